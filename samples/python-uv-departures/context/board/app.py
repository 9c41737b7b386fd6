"""What leaves where, and when: clocks of the places that trains go to."""

import csv
import gzip
import os
import pwd
import ssl
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import certifi
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

HERE = Path(__file__).parent
# A RUN of the Dockerfile packs it
TIMETABLE = Path(os.getenv("TIMETABLE", "/srv/board/data/timetable.csv.gz"))
templates = Jinja2Templates(directory=HERE / "templates")
MIDNIGHT = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Vienna"))


@lru_cache
def timetable() -> list[dict[str, str]]:
    with gzip.open(TIMETABLE, "rt", encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def departure(row: dict[str, str]) -> dict[str, str]:
    start = datetime.combine(
        MIDNIGHT.date(), datetime.strptime(row["leaves"], "%H:%M").time(), tzinfo=ZoneInfo("Europe/Vienna")
    )
    arrival = start.astimezone(timezone.utc) + timedelta(minutes=int(row["minutes"]))
    return {
        "train": row["train"],
        "to": row["to"],
        "leaves": start.isoformat(),
        "arrives": arrival.astimezone(ZoneInfo(row["zone"])).isoformat(),
    }


async def board(request: Request) -> Response:
    rows = [departure(row) for row in timetable()]
    return templates.TemplateResponse(request, "board.html", {"rows": rows})


async def departures(request: Request) -> Response:
    wanted = request.query_params.get("to", "").casefold()
    rows = [departure(row) for row in timetable()]
    return JSONResponse([row for row in rows if wanted in row["to"].casefold()])


async def machine(request: Request) -> Response:
    """What the image around the application gives it."""
    context = ssl.create_default_context(cafile=certifi.where())
    return JSONResponse(
        {
            "user": pwd.getpwuid(os.getuid()).pw_name,
            "group": os.getgid(),
            "directory": os.getcwd(),
            "local": datetime(2026, 7, 1, 12, tzinfo=timezone.utc).astimezone().isoformat(),
            "zones": len(available_timezones()) > 300,
            "certifi": len(context.get_ca_certs()) > 100,
            "system": ssl.create_default_context().cert_store_stats()["x509_ca"] > 50,
            "greeting": "Grüß Gott".encode().decode(),
        }
    )


app = Starlette(
    routes=[
        Route("/", board),
        Route("/departures", departures),
        Route("/machine", machine),
        Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
    ]
)
