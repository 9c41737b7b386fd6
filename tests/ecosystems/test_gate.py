"""The gate: what stops a final stage of its own, whatever the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.ecosystems import gate
from minify.ecosystems.absent import absent
from minify.plan import Rung
from minify.syntax import Source, parse
from tests.context.folder import context

PROGRAMS = [
    pytest.param('CMD ["bash"]', "bash is a shell", id="a shell by itself"),
    pytest.param('CMD ["bash", "run.sh"]', "bash run.sh is run by a shell", id="a shell with a script"),
    pytest.param('CMD ["./run.sh"]', "./run.sh is a shell script", id="a script"),
]


@pytest.mark.parametrize(("command", "reason"), PROGRAMS)
def test_what_starts_is_a_shell(tmp_path: Path, command: str, reason: str) -> None:
    facts = gather(parse(Source(f"FROM debian:13\n{command}\n", "Dockerfile")), Context(tmp_path, None))
    assert reason in [refusal.reason for refusal in gate.gate(facts)]


@pytest.mark.parametrize(
    ("base", "start", "reason"),
    [
        ("hexpm/elixir:1.18.4-erlang-28.0-debian-trixie-20250908-slim", '["mix", "phx.server"]', "mix is started by"),
    ],
)
def test_languages_whose_programs_a_shell_starts_keep_it(tmp_path: Path, base: str, start: str, reason: str) -> None:
    (tmp_path / "app.R").write_text("x")
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nCOPY . /app\nWORKDIR /app\nCMD {start}\n")
    plan = api.fix(tmp_path / "Dockerfile").plan
    assert plan.rung is Rung.PRUNED
    assert plan.refusals[0].reason.startswith(reason)


# The Dockerfile after `COPY . .` below /app, the files around it, and the script that is missing
ABSENT = [
    pytest.param("FROM node:22-slim", 'CMD ["node", "server.js"]', {"util.js": ""}, "server.js", id="no such file"),
    pytest.param(
        "FROM python:3.12-slim", 'CMD ["python", "/app/a.py"]', {"b.py": ""}, "/app/a.py", id="by its whole path"
    ),
    pytest.param("FROM debian:12", 'CMD ["./run.py"]', {"b.py": ""}, "./run.py", id="by itself"),
    pytest.param("FROM node:22-slim", 'CMD ["node", "server.js"]', {"server.js": ""}, None, id="it is there"),
    pytest.param(
        "FROM node:22-slim", 'RUN npm run build\nCMD ["node", "d.js"]', {"d.ts": ""}, None, id="a step may make it"
    ),
    pytest.param("FROM debian:12", 'RUN echo > run.py\nCMD ["./run.py"]', {"b.py": ""}, None, id="a step makes it"),
    pytest.param(
        "FROM debian:12", 'COPY <<E run.py\nx\nE\nCMD ["./run.py"]', {"b.py": ""}, None, id="a text of the file"
    ),
    pytest.param(
        "FROM tomcat:10.1", 'CMD ["/usr/local/tomcat/bin/catalina.sh"]', {"b.py": ""}, None, id="the base image's"
    ),
    pytest.param("FROM python:3.12-slim", 'CMD ["python", "-m", "app"]', {"b.py": ""}, None, id="a module"),
]


@pytest.mark.parametrize(("base", "rest", "files", "script"), ABSENT)
def test_a_script_that_nothing_brings(
    tmp_path: Path, base: str, rest: str, files: dict[str, str], script: str | None
) -> None:
    dockerfile = parse(Source(f"{base}\nWORKDIR /app\nCOPY . .\n{rest}\n"))
    assert absent(gather(dockerfile, context(tmp_path, files))) == script
