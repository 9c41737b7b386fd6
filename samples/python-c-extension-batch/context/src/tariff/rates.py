from __future__ import annotations

import csv
import tomllib
from array import array
from importlib import resources
from pathlib import Path

from tariff import _rate

DATA = resources.files("tariff") / "data"


def prices(tariff: str) -> array[float]:
    """One price for each hour of a day."""
    wanted = tomllib.loads((DATA / "tariffs.toml").read_text("utf-8"))[tariff]
    return array("d", [wanted["night"] if hour < 6 or hour >= 22 else wanted["day"] for hour in range(24)])


def holidays() -> set[str]:
    with (DATA / "holidays.csv").open(encoding="utf-8", newline="") as lines:
        return {row["date"] for row in csv.DictReader(lines)}


def bill(readings: Path, tariff: str) -> tuple[float, int]:
    values = array("d", (float(line) for line in readings.read_text().split() if line.strip()))
    if len(values) % 24:
        raise ValueError(f"{readings.name}: {len(values)} readings are no whole days")
    hourly = prices(tariff)
    if readings.stem in holidays():
        hourly = array("d", [min(hourly)] * 24)
    return _rate.rate(values, hourly)
