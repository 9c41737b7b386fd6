"""What is lent to whom, and until when."""

from datetime import date, timedelta
from pathlib import Path

import yaml

SHELF = Path(__file__).with_name("shelf.yaml")


def shelf() -> tuple[date, list[dict]]:
    data = yaml.safe_load(SHELF.read_text("utf-8"))
    return data["today"], data["loans"]


def due_within(days: int) -> list[dict]:
    today, loans = shelf()
    return [loan for loan in loans if loan["due"] <= today + timedelta(days=days)]
