"""The gate: what stops a final stage of its own, whatever the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.ecosystems import gate
from minify.plan import Rung
from minify.syntax import Source, parse

PROGRAMS = [
    pytest.param('CMD ["bash"]', "bash is a shell", id="a shell by itself"),
    pytest.param('CMD ["bash", "run.sh"]', "bash run.sh is run by a shell", id="a shell with a script"),
    pytest.param('CMD ["./run.sh"]', "./run.sh is a shell script", id="a script"),
]


@pytest.mark.parametrize(("command", "reason"), PROGRAMS)
def test_what_starts_is_a_shell(tmp_path: Path, command: str, reason: str) -> None:
    facts = gather(parse(Source(f"FROM debian:13\n{command}\n", "Dockerfile")), Context(tmp_path, None))
    assert reason in [refusal.reason for refusal in gate.gate(facts)]


RELEASES = [
    pytest.param("elixir:1.18-slim", "mix release", "_build/prod/rel/shop", id="mix"),
    pytest.param("erlang:27", "rebar3 as prod release", "_build/prod/rel/shop", id="rebar3"),
]


@pytest.mark.parametrize(("base", "command", "made"), RELEASES)
def test_a_release_of_erlang_is_started_by_a_shell(tmp_path: Path, base: str, command: str, made: str) -> None:
    text = (
        f"FROM {base} AS build\nWORKDIR /app\nCOPY . .\nRUN {command}\nFROM debian:trixie-slim\nWORKDIR /app\n"
        f'COPY --from=build /app/{made} ./\nCMD ["bin/shop", "start"]\n'
    )
    (tmp_path / "mix.exs").write_text("x")
    (tmp_path / "Dockerfile").write_text(text)
    plan = api.fix(tmp_path / "Dockerfile").plan
    assert plan.rung is Rung.PRUNED
    assert plan.refusals[0].reason == "bin/shop is the start script of a release, which a shell reads"


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
