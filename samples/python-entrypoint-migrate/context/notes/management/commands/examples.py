from django.core.management.base import BaseCommand

from notes.models import Note


class Command(BaseCommand):
    help = "Make the examples that are missing"

    def handle(self, *args: object, **options: object) -> None:
        for text in ("water the plants", "call the plumber"):
            Note.objects.get_or_create(text=text)
