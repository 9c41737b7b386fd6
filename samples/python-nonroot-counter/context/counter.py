"""Counts its visitors."""

import os
import tempfile
from pathlib import Path

COUNT = Path(os.environ["COUNTER_FILE"])
EXPORTS = Path("exports")


def count():
    number = int(COUNT.read_text()) + 1 if COUNT.exists() else 1
    COUNT.write_text(str(number))
    return f"{number}\n"


def export():
    """The count as a file beside the program, by way of a temporary one."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write(f"count,{COUNT.read_text() if COUNT.exists() else 0}\n")
    path = EXPORTS / "count.csv"
    path.write_text(Path(file.name).read_text())
    os.remove(file.name)
    return path.read_text()


def app(environ, start_response):
    pages = {"/": lambda: "ask /count\n", "/count": count, "/export": export, "/whoami": lambda: "somebody\n"}
    page = pages.get(environ["PATH_INFO"])
    start_response("200 OK" if page else "404 Not Found", [("Content-Type", "text/plain")])
    return [(page() if page else "no such page\n").encode()]
