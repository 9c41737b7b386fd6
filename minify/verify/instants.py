"""Times in a text, each told by how far it is from now: to a quarter of an hour, so that a time zone still shows.

Two runs write two times, seconds apart; a run without its time zone data writes one that is hours off. So a time is
not blanked, it becomes its distance: `2026-03-01 14:00:07` is `<now>` in London, and `<now+02h00>` in Helsinki.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

_QUARTER: Final = 900
_DAY: Final = 86_400
# Times further off are data: two runs write the same one
_FAR: Final = 2 * _DAY

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
# The offset from UTC, written behind the time: part of what is compared
_ZONE = r"(?: ?Z\b| ?(?:UTC|GMT)?[+-]\d\d:?\d\d\b)?"

_TIME: Final = re.compile(
    # 2026-03-01T14:00:07.123+02:00, 2026/03/01 14:00:07
    rf"(?P<iso>\b(?P<y1>\d{{4}})[-/](?P<m1>\d\d)[-/](?P<d1>\d\d)(?:T|[ ,_]{{1,2}})(?P<c1>{_CLOCK}))(?P<z1>{_ZONE})"
    # Sun, 01 Mar 2026 14:00:07 GMT, 01/Mar/2026:14:00:07 +0000
    rf"|(?P<http>(?:{_WEEKDAY},? )?\b(?P<d2>\d\d?)[ /-](?P<m2>{_MONTH})[ /-](?P<y2>\d{{4}})[ :](?P<c2>{_CLOCK}))(?P<z2>{_ZONE})"
    # Sun Mar  1 14:00:07 CET 2026, Mar  1 14:00:07
    rf"|(?P<c>(?:{_WEEKDAY} )?\b(?P<m3>{_MONTH}) {{1,2}}(?P<d3>\d\d?),? (?:(?P<y3>\d{{4}}) )?(?P<c3>{_CLOCK})(?P<z3>{_ZONE})"
    r"(?P<name>(?: (?!AM|PM)[A-Z]{3,5})?)(?: (?P<y4>\d{4})\b)?)"
    # 14:00:07, 2:00:07 PM
    r"|(?P<clock>(?<![\d:.])(?P<c4>\d?\d:\d\d:\d\d(?:[.,]\d+)?)(?: ?(?P<half>[AP]M)\b)?(?![\d:]))"
    # Seconds, milliseconds, microseconds and nanoseconds since 1970
    r"|(?P<epoch>(?<![\w.])1[5-9]\d{8}(?:\d{3}){0,3}(?:\.\d+)?(?![\w]))"
)


def mask_times(text: str, now: float) -> str:
    """The text with each time as its distance from `now`.

    >>> mask_times("at 2026-03-01T14:00:07+02:00, since 1999-12-31 23:59:59", 1772366400.0)
    'at <now>+02:00, since 1999-12-31 23:59:59'
    """
    return _TIME.sub(lambda found: _masked(found, now), text)


def _masked(found: re.Match[str], now: float) -> str:
    try:
        distance, rest = _distance(found, now)
    except ValueError:
        # No such day: 2026-02-31 00:00:00 is no time
        return found[0]
    if abs(distance) > _FAR:
        return found[0]
    quarters = round(distance / _QUARTER)
    if not quarters:
        return f"<now>{rest}"
    sign = "-" if quarters < 0 else "+"
    return f"<now{sign}{abs(quarters) // 4:02}h{abs(quarters) % 4 * 15:02}>{rest}"


def _distance(found: re.Match[str], now: float) -> tuple[float, str]:
    """Seconds from now, and the part of the text that stays: its zone."""
    if found["iso"]:
        zone = found["z1"]
        return _instant(found["y1"], found["m1"], found["d1"], found["c1"], zone) - now, zone
    if found["http"]:
        zone = found["z2"]
        return _instant(found["y2"], _month(found["m2"]), found["d2"], found["c2"], zone) - now, zone
    if found["c"]:
        year = found["y3"] or found["y4"] or str(time.gmtime(now).tm_year)
        zone = found["z3"]
        return _instant(year, _month(found["m3"]), found["d3"], found["c3"], zone) - now, zone + found["name"]
    if found["clock"]:
        return _of_day(found["c4"], found["half"], now), ""
    digits = found["epoch"].partition(".")[0]
    return int(digits) / 10 ** (len(digits) - 10) - now, ""


def _instant(year: str, month: str, day: str, clock: str, zone: str) -> float:
    hours, minutes, seconds = _clock(clock)
    # A leap second has no date of its own
    moment = datetime(int(year), int(month), int(day), hours, minutes, min(seconds, 59), tzinfo=UTC)
    return moment.timestamp() - _offset(zone)


def _clock(text: str) -> tuple[int, int, int]:
    hours, minutes, seconds = (int(part) for part in re.split("[.,]", text)[0].split(":"))
    if hours > 23 or minutes > 59 or seconds > 60:
        raise ValueError
    return hours, minutes, seconds


def _of_day(text: str, half: str | None, now: float) -> float:
    """The distance of a time without a date, at most half a day."""
    hours, minutes, seconds = _clock(text)
    if half is not None:
        hours = hours % 12 + (12 if half == "PM" else 0)
    distance = (hours * 3600 + minutes * 60 + seconds - now % _DAY) % _DAY
    return distance - _DAY if distance > _DAY / 2 else distance


def _offset(zone: str) -> int:
    found = re.search(r"([+-])(\d\d):?(\d\d)$", zone)
    if found is None:
        return 0
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    return -seconds if found[1] == "-" else seconds


def _month(name: str) -> str:
    return str(_MONTHS.index(name.lower()) + 1)
