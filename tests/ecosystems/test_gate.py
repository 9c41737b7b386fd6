"""The gate: what stops a final stage of its own, whatever the language."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.ecosystems import gate
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
