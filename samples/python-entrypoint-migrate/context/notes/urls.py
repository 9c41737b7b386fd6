from django.http import HttpRequest, JsonResponse
from django.urls import path

from notes.models import Note


def index(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"notes": list(Note.objects.order_by("id").values_list("text", flat=True))})


urlpatterns = [path("", index)]
