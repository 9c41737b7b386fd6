"""cache-mount beside the passes that keep caches out of the image in another way."""

from __future__ import annotations

import pytest

from minify.api import fix_text
from minify.planner import Wish

HEAD = b"FROM python:3.12-slim\nRUN --mount=type=secret,id=a true\n"
MOUNT = "RUN --mount=type=cache,target=/root/.cache/pip pip install flask"
ROWS = [
    pytest.param(b"# syntax=docker/dockerfile:1\n" + HEAD, (), MOUNT, id="the mount makes the option needless"),
    pytest.param(
        b"# syntax=docker/dockerfile:1\n" + HEAD,
        ("cache-mount",),
        "RUN pip install --no-cache-dir flask",
        id="without it the option stays",
    ),
    pytest.param(HEAD, (), "RUN pip install --no-cache-dir flask", id="no frontend is chosen"),
    pytest.param(
        b"# syntax=docker/dockerfile:1.1\n" + HEAD,
        (),
        "RUN pip install --no-cache-dir flask",
        id="a frontend without mounts",
    ),
    pytest.param(
        b"# syntax=docker/dockerfile:1\nFROM python:3.12-slim\n",
        (),
        "RUN pip install --no-cache-dir flask",
        id="an older builder may build it",
    ),
]


@pytest.mark.parametrize(("head", "disable", "line"), ROWS)
def test_one_way_for_each_cache(head: bytes, disable: tuple[str, ...], line: str) -> None:
    outcome = fix_text(head + b'RUN pip install flask\nCMD ["bash"]\n', wish=Wish(disable=disable))
    assert outcome.patch.after.text.splitlines()[-2] == line
    assert fix_text(outcome.patch.after.encode(), wish=Wish(disable=disable)).patch.empty
