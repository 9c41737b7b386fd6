"""A health check whose program comes along: what is called, what of it is copied, and what stops that."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

# The base image with what is installed, the check, its exec form, and what is copied
COMES = [
    pytest.param("FROM nginx:1.30\n", "CMD curl -f http://localhost/ || exit 1", '["curl", "-f", "http://localhost/"]', "/usr/bin/curl", id="curl of the image"),
    pytest.param("FROM nginx:1.30\n", 'CMD ["curl", "-f", "http://localhost/"]', '["curl", "-f", "http://localhost/"]', "/usr/bin/curl", id="the exec form"),
    pytest.param("FROM nginx:1.30\n", "CMD curl -f http://localhost/ > /dev/null 2>&1 || exit 1", '["curl", "-f", "http://localhost/"]', "/usr/bin/curl", id="no output"),
    pytest.param("FROM nginx:1.30\n", "CMD curl -f --unix-socket /run/x http://localhost/", '["curl", "-f", "--unix-socket", "/run/x", "http://localhost/"]', "/usr/bin/curl", id="an option that no runtime knows"),
    pytest.param("FROM nginx:1.30-alpine\n", "CMD wget -q --spider http://localhost/ || exit 1", '["wget", "-q", "--spider", "http://localhost/"]', "/usr/bin/wget", id="wget of busybox"),
    pytest.param("FROM httpd:2.4\nRUN apt-get update && apt-get install -y wget\n", "CMD /usr/bin/wget -qO- http://localhost/", '["/usr/bin/wget", "-qO-", "http://localhost/"]', "/usr/bin/wget", id="what the file installs"),
]  # fmt: skip

# The base image with what is installed, the check, why it stays on a lower rung
STOPPED = [
    pytest.param("FROM httpd:2.4\n", "CMD curl -f http://localhost/", "HEALTHCHECK runs curl, and nothing in the final image could ask", id="it is not there"),
    pytest.param("FROM nginx:1.30\nRUN apt-get purge -y curl\n", "CMD curl -f http://localhost/", "HEALTHCHECK runs curl, and nothing in the final image could ask", id="it is taken away"),
    pytest.param("FROM nginx:1.30\n", "CMD curl -f http://localhost/ | grep ok", "HEALTHCHECK runs curl, and nothing in the final image could ask", id="a pipe"),
    pytest.param("FROM nginx:1.30\n", "CMD curl -f http://localhost/ && curl -f http://localhost:81/", "HEALTHCHECK runs curl, and nothing in the final image could ask", id="two commands"),
    pytest.param("FROM nginx:1.30\n", "CMD curl -f http://localhost/ > /tmp/answer", "HEALTHCHECK needs what the final image lacks", id="a file"),
    pytest.param("FROM nginx:1.30-alpine\n", "CMD wget -q --spider https://localhost/", "HEALTHCHECK runs wget, and nothing in the final image could ask", id="busybox asks another program for https"),
]  # fmt: skip


def fix(tmp_path: Path, before: str, check: str) -> api.Outcome:
    path = tmp_path / "Dockerfile"
    path.write_text(f"{before}HEALTHCHECK --interval=5s {check}\n")
    return api.fix(path)


@pytest.mark.parametrize(("before", "check", "after", "copied"), COMES)
def test_its_program_comes_along(tmp_path: Path, before: str, check: str, after: str, copied: str) -> None:
    outcome = fix(tmp_path, before, check)
    assert outcome.plan.rung is Rung.DISTROLESS
    text = outcome.patch.after.text
    assert f"HEALTHCHECK --interval=5s CMD {after}\n" in text
    assert f'install -D "$(readlink -f {copied})" /runtime{copied}; ' in text and f"ldd {copied} >> /tmp/ldd; " in text
    name = copied.rpartition("/")[2]
    assert [d.outcome for d in outcome.plan.decisions if d.subject == name] == [Outcome.KEPT]


@pytest.mark.parametrize(("before", "check", "reason"), STOPPED)
def test_what_cannot_come_along(tmp_path: Path, before: str, check: str, reason: str) -> None:
    outcome = fix(tmp_path, before, check)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(r.reason.startswith(reason) for r in outcome.plan.refusals), outcome.plan.refusals


def test_an_image_that_can_ask_itself_needs_no_program(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print('hello')\n")
    before = 'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y curl\nCOPY app.py /app.py\nCMD ["python", "/app.py"]\n'
    outcome = fix(tmp_path, before, "CMD curl -f http://localhost/")
    assert "curl" not in outcome.patch.after.text.partition("\nFROM ")[2]
