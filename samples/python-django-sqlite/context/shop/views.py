import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from lxml import etree


def index(request: HttpRequest) -> HttpResponse:
    User.objects.get_or_create(username="visitor")
    order = etree.fromstring("<order><item>tea</item><item>cups</item></order>")
    when = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc).astimezone(ZoneInfo("America/New_York"))
    return render(request, "index.html", {"users": User.objects.count(), "items": order.xpath("//item/text()"), "when": when})
