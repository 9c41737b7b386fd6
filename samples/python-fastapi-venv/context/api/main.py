import os
import sqlite3
import ssl
from datetime import datetime, timezone
from getpass import getuser
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

app = FastAPI(title="Notes")
DATABASE = Path(os.environ.get("DATA", "/data")) / "notes.sqlite"


@app.get("/")
def who() -> dict[str, object]:
    return {"user": getuser(), "uid": os.getuid(), "home": str(Path.home()), "directory": os.getcwd()}


@app.get("/zone")
def zone() -> dict[str, str]:
    summer = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
    return {"local": summer.astimezone().isoformat(), "tokyo": summer.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()}


@app.get("/certificates")
def certificates() -> dict[str, bool]:
    return {"trusted": len(ssl.create_default_context().get_ca_certs()) > 50}


@app.get("/notes")
def notes() -> dict[str, object]:
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT UNIQUE)")
        connection.execute("INSERT OR IGNORE INTO notes VALUES ('grüezi')")
        rows = connection.execute("SELECT text FROM notes").fetchall()
    return {"notes": [text for (text,) in rows], "owner": DATABASE.owner()}
