"""Dockerfiles that reports are made of: several changes, a conversion, and one full of what must be escaped."""

from __future__ import annotations

from pathlib import Path

from minify.api import fix_text
from minify.planner import Wish
from minify.report.page_data import data
from minify.report.reported import Reported
from minify.review.changes import changes_of

SEVERAL = b"""FROM python:3.12
RUN apt-get update && apt-get install -y curl git
WORKDIR /app
COPY . .
RUN pip install flask
CMD sh -c "apt-get update; flask run --port $PORT"
"""
"""Two changes, and two that are only shown."""

HOSTILE = b"""# </script><script>window.broken = 1</script> <!-- <img src=x onerror="window.broken = 2">
FROM debian:12 AS a
LABEL a="<img src=x onerror='window.broken = 3'>" b='${{ x }} {% raw %} `id` | @everyone'
RUN apt-get update && apt-get install -y curl && echo "</script><svg onload=window.broken=4>" '\xe2\x80\xae\xe2\x80\x8b'
RUN pip install "<b>flask</b>" \xff \xf0\x9f\x90\xb3 &amp; [x](javascript:window.broken=5) ```
COPY <<EOF /index.html
<body onload="window.broken = 6">\xff</body>
EOF
CMD apt-get update; echo '</title><script>window.broken = 7</script>'
"""
CRLF = SEVERAL.replace(b"\n", b"\r\n")[:-2]
"""Without a final newline, too."""


def reported(text: bytes, path: str = "Dockerfile", context: Path | None = None) -> Reported:
    """What `fix` says of a text."""
    return Reported(path=path, outcome=fix_text(text, path=path, context=context))


def page_data(text: bytes, path: str = "Dockerfile", context: Path | None = None) -> dict[str, object]:
    """The same for the HTML page."""
    outcome = fix_text(text, path=path, context=context)
    return data(outcome, changes_of(outcome, Wish()))
