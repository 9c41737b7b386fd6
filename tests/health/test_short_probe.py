"""The short program in C, compiled as the build stage does, against the tool that it stands for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify.health.renderers.clang import short
from tests.health.programs import healthy, plan_of
from tests.health.server import refused, serve
from tests.health.test_differential import BODIES, BROKEN, SLOW, STATUSES

ASKED = {
    "curl -f http://127.0.0.1:{}/{} || exit 1": (*STATUSES, *BODIES, *BROKEN, "redirect/302/status/503", "loop"),
    "curl -s http://localhost:{}/{}": ("status/200", "status/500", "cut-length", "chunked"),
    "curl -fs -m 2 http://127.0.0.1:{}/{}": SLOW,
    "curl -s http://127.0.0.1:{}/{} | grep -q ok": ("status/200", "empty", *BODIES),
}
# As in the comparison of the long program: curl does without the end of the headers
EXCEPTIONS = ("cut-head",)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve() as port:
        yield port


def compiled(command: str, folder: Path) -> tuple[str, ...]:
    source = short(plan_of(command))
    assert source is not None, command
    path, built = folder / "health.c", folder / "health"
    path.write_text(source)
    flags = ("-O2", "-static", "-Wall", "-Wextra", "-Werror")
    made = subprocess.run(("gcc", *flags, "-o", built, path), capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr + source
    return (str(built),)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "what"), [(c, w) for c, answers in ASKED.items() for w in answers])
def test_every_answer(command: str, what: str, port: int, tmp_path: Path) -> None:
    for tool in ("gcc", "curl"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    if what in EXCEPTIONS:
        pytest.skip("curl says otherwise of what no server sends")
    said = command.format(port, what)
    assert healthy(compiled(said, tmp_path), {}, tmp_path) is healthy(("sh", "-c", said), {}, tmp_path)


def test_ports(port: int, tmp_path: Path) -> None:
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    assert healthy(compiled(f"nc -z localhost {port}", tmp_path), {}, tmp_path)
    assert not healthy(compiled(f"nc -z localhost {refused()}", tmp_path), {}, tmp_path)
    assert not healthy(compiled(f"curl -f http://localhost:{refused()}/", tmp_path), {}, tmp_path)


LONG = (
    "curl -fL http://localhost/",
    "wget -q --spider http://localhost/",
    "curl -f http://localhost:$PORT/",
    "curl -fk https://localhost/",
    "curl -f http://api/",
    "curl -f -H 'X-A: b' http://localhost/",
    "curl -fs http://localhost/ | grep -qi ok",
    "curl -f -m 2.5 http://localhost/",
    "test -f /tmp/healthy",
    "curl -f http://localhost/a && curl -f http://localhost/b",
    "curl -fI http://localhost/",
)


@pytest.mark.parametrize("command", LONG)
def test_what_takes_more(command: str) -> None:
    assert short(plan_of(command)) is None
