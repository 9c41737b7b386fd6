"""Shell scripts that a Dockerfile copies by their name though nothing in the image starts them: something outside may.

A manifest's `command`, a cron job of the host, or somebody with `docker exec`: without a shell none of them runs.
"""

from __future__ import annotations

from minify.analysis.facts import Facts
from minify.analysis.scopes import join
from minify.ecosystems.gate import SHELLS
from minify.plan import Decision, Outcome
from minify.syntax import Add, Cmd, Copy, Entrypoint, Healthcheck, Run, process_word


def decisions(facts: Facts) -> tuple[Decision, ...]:
    """What to look at, for an image that has no shell."""
    named = _named_scripts(facts)
    told = [
        item.instruction.value
        for item in facts.placed
        if isinstance(item.instruction, Run | Cmd | Entrypoint | Healthcheck)
    ]
    started: set[str] = set()
    # What a script that is started says may start others
    while True:
        found = {path for path in named.keys() - started if any(path.rpartition("/")[2] in text for text in told)}
        if not found:
            break
        started |= found
        told = [named[path][0] for path in found]
    return tuple(
        Decision(
            subject=path,
            outcome=Outcome.CHECK,
            reason="a shell script that nothing in the image starts: what starts it from outside finds no shell here",
            line=named[path][1],
        )
        for path in named
        if path not in started
    )


def _named_scripts(facts: Facts) -> dict[str, tuple[str, int]]:
    """Path in the image, text and line of each shell script that a COPY or ADD names."""
    found: dict[str, tuple[str, int]] = {}
    for item in facts.placed:
        instruction = item.instruction
        if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
            continue
        dest = process_word(instruction.dest, item.scope.values).text
        for written in instruction.sources:
            source = process_word(written, item.scope.values).text
            head = facts.context.read(source, 200) if not written.startswith("<<") else None
            text = facts.context.read_text(source) if head is not None and _of_a_shell(head) else None
            if text is None:
                continue
            into = dest.endswith("/") or dest in (".", "./", "..") or len(instruction.sources) > 1
            target = join(item.scope.workdir, dest)
            path = join(target, source.rpartition("/")[2]) if into else target
            found[path or source] = (text, instruction.source.line(instruction.span.start))
    return found


def _of_a_shell(head: bytes) -> bool:
    words = head.partition(b"\n")[0].decode("utf-8", "replace").removeprefix("#!").split()
    return head.startswith(b"#!") and any(word.rpartition("/")[2] in SHELLS for word in words[:2])
