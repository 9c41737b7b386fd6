"""What a person's own lines change of what `docker run` sees: said before they are written."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts, gather
from minify.context.tree import Context
from minify.syntax import Expose, Label, Source, parse


def differences(before: Source, after: Source, context: Context) -> tuple[str, ...]:
    """`CMD: ["a"] → ["b"]`: every setting of the final image that is another one."""
    old, new = (dict(_settings(gather(parse(source), context))) for source in (before, after))
    names = dict.fromkeys((*old, *new))
    return tuple(
        f"{name}: {old.get(name, '(none)')} → {new.get(name, '(none)')}"
        for name in names
        if old.get(name) != new.get(name)
    )


def _settings(facts: Facts) -> Iterator[tuple[str, str]]:
    contract = facts.contract
    yield "USER", contract.user or "root"
    yield "WORKDIR", contract.workdir or "/"
    for name, value in contract.env:
        yield f"ENV {name}", value
    for name, placed in (
        ("ENTRYPOINT", contract.entrypoint),
        ("CMD", contract.cmd),
        ("HEALTHCHECK", contract.healthcheck),
        ("STOPSIGNAL", contract.stop_signal),
    ):
        if placed is not None:
            flags = "".join(f"--{flag.name}={flag.value} " for flag in placed.instruction.flags)
            yield name, flags + " ".join(placed.instruction.value.split())
    for path in contract.volumes:
        yield f"VOLUME {path}", "declared"
    for placed in contract.instructions:
        if isinstance(placed.instruction, Expose):
            for port in placed.instruction.ports:
                yield f"EXPOSE {port}", "declared"
        elif isinstance(placed.instruction, Label):
            for pair in placed.instruction.pairs:
                yield f"LABEL {pair.name}", pair.value
