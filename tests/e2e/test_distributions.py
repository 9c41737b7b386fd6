"""Applications on other distributions than Debian, before and after: on each rung, with packages that their own database knows."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from minify import api
from minify.plan import Rung
from minify.planner import Wish
from tests.e2e.conversions import bases_of
from tests.e2e.engine import Engine

pytestmark = pytest.mark.e2e

# What the system says of a user, a time zone, and the file of a package that only its name brings
PROGRAM = r"""
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void there(const char *path) { printf("%s %d\n", path, access(path, R_OK)); }

int main(void) {
  time_t then = 1780000000;
  setenv("TZ", "Europe/Berlin", 1);
  struct tm *parts = localtime(&then);
  struct passwd *user = getpwuid(getuid());
  printf("%s %02d:%02d\n", user ? user->pw_name : "nobody", parts->tm_hour, parts->tm_min);
  there("/usr/share/lua/5.4/serpent.lua");
  there("/tmp");
  return 0;
}
"""
SCRIPT = """
import ctypes, datetime, os, pwd, sqlite3, ssl, tempfile, zoneinfo
context = ssl.create_default_context()
print(ssl.OPENSSL_VERSION, len(context.get_ca_certs()) > 50, len(context.get_ciphers()), context.minimum_version)
print(sqlite3.connect(":memory:").execute("select 40 + 2").fetchone(), pwd.getpwuid(os.getuid()).pw_name)
print(zoneinfo.ZoneInfo("Europe/Berlin").utcoffset(datetime.datetime(2026, 7, 1)), tempfile.gettempdir())
print(open("/usr/share/lua/5.4/serpent.lua").readline(), "é".encode("cp850"))
"""


class Case(NamedTuple):
    """A Dockerfile and its context; `managers` must not be in a final image."""

    dockerfile: str
    files: Mapping[str, str]
    managers: tuple[str, ...]


_COMPILED = "FROM gcc:14 AS make\nCOPY main.c /\nRUN gcc -O2 -o /usr/local/bin/says /main.c\n"
CASES = {
    "Alpine": Case(
        "FROM alpine:3.22\nRUN apk add --no-cache --virtual .build-deps gcc musl-dev \\\n"
        "    && apk add --no-cache ca-certificates tzdata tini lua5.4-serpent\nCOPY main.c /src/\n"
        "RUN gcc -O2 -o /usr/local/bin/says /src/main.c && apk del .build-deps\n"
        'ENTRYPOINT ["/sbin/tini", "--", "says"]\n',
        {"main.c": PROGRAM},
        ("/sbin/apk", "/lib/apk"),
    ),
    "Rocky Linux": Case(
        "FROM rockylinux:9\nRUN dnf install -y python3 lua-serpent && dnf clean all\nWORKDIR /app\nCOPY app.py .\n"
        'CMD ["python3", "app.py"]\n',
        {"app.py": SCRIPT},
        ("/usr/bin/dnf", "/usr/bin/yum", "/usr/bin/rpm", "/var/lib/rpm"),
    ),
    "Red Hat's minimal image": Case(
        "FROM registry.access.redhat.com/ubi9-minimal\nRUN microdnf install -y python3 lua-serpent\nWORKDIR /app\nCOPY app.py .\n"
        'CMD ["python3", "app.py"]\n',
        {"app.py": SCRIPT},
        ("/usr/bin/microdnf", "/usr/bin/rpm", "/var/lib/rpm"),
    ),
    "Fedora": Case(
        f"{_COMPILED}FROM fedora:42\nRUN dnf -y install lua-serpent\nCOPY --from=make /usr/local/bin/says /usr/local/bin/says\n"
        'CMD ["says"]\n',
        {"main.c": PROGRAM},
        ("/usr/bin/dnf", "/usr/bin/rpm", "/usr/lib/sysimage/rpm"),
    ),
    "Arch": Case(
        f"{_COMPILED}FROM archlinux:latest\nRUN pacman -Syu --noconfirm lua-serpent && pacman -Scc --noconfirm\n"
        'COPY --from=make /usr/local/bin/says /usr/local/bin/says\nENTRYPOINT ["/usr/local/bin/says"]\n',
        {"main.c": PROGRAM},
        ("/usr/bin/pacman", "/var/lib/pacman"),
    ),
    "Ubuntu": Case(
        f"{_COMPILED}FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata\n"
        "COPY --from=make /usr/local/bin/says /usr/local/bin/says\nUSER ubuntu\n"
        'CMD ["says"]\n',
        {"main.c": PROGRAM},
        ("/usr/bin/apt-get", "/usr/bin/dpkg", "/var/lib/dpkg/info"),
    ),
}
RUNGS = (Rung.DISTROLESS, Rung.SCRATCH, Rung.PRUNED)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.label)
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name) for name, case in CASES.items()],
)
def test_an_application_says_the_same(
    case: Case, rung: Rung, engine: Engine, need: Callable[[str], None], tmp_path: Path
) -> None:
    for name, text in case.files.items():
        (tmp_path / name).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(case.dockerfile)
    outcome = api.fix(path, wish=Wish(to=rung))
    assert outcome.plan.rung is rung, outcome.plan.refusals
    after = outcome.patch.after.text
    for base in dict.fromkeys((*bases_of(case.dockerfile.encode()), *bases_of(after.encode()))):
        need(base)
    # Cases run side by side, and each takes its images away
    names = [f"localhost/distributions:{os.getpid()}-{when}" for when in ("before", "after")]
    said = []
    for name, text in zip(names, (case.dockerfile, after), strict=True):
        path.write_text(text)
        engine.build(tmp_path, tag=name)
        said.append(engine.run(name).stdout)
    assert said[0] == said[1]
    assert engine.size(names[1]) < engine.size(names[0])
    listing = {entry.path.rstrip("/"): entry for entry in engine.listing(names[1])}
    assert [manager for manager in case.managers if manager in listing] == []
    if rung is not Rung.PRUNED:
        shells = [p for p in listing if posixpath.basename(p) in ("sh", "bash", "busybox")]
        assert shells == []
    engine.remove(*names)
