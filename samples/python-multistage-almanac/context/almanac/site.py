"""The almanac as a WSGI application: a page for each month."""

from pathlib import Path

import markdown
import yaml

MONTHS = yaml.safe_load(Path(__file__).with_name("months.yaml").read_text("utf-8"))


def page(path: str) -> tuple[str, str]:
    if path == "/":
        return "200 OK", "".join(f"<li>{month['name']}</li>" for month in MONTHS)
    number = path.removeprefix("/month/")
    if number.isdigit() and 1 <= int(number) <= len(MONTHS):
        month = MONTHS[int(number) - 1]
        return "200 OK", f"<h1>{month['name']}</h1>{markdown.markdown(month['text'])}"
    return "404 Not Found", "There is no such month."


def application(environ, start_response):
    status, body = page(environ["PATH_INFO"])
    data = body.encode()
    start_response(status, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(data)))])
    return [data]
