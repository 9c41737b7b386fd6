"""What the old base image says of the container and the new one does not: said again in the final stage."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.image.catalog import BaseImage
from minify.plan import Decision, Outcome
from minify.rewrite.render import env_value
from minify.syntax import Expose, Label, process_word

_USUAL = "SIGTERM"


def restated(facts: Facts, final: BaseImage, decisions: list[Decision]) -> Iterator[str]:
    """The lines for ports, volumes and the stop signal that come with the base image and with no line of the file.

    `FROM nginx` brings `EXPOSE 80` and `STOPSIGNAL SIGQUIT`.
    """
    base = facts.base
    if base is None:
        return
    ports = _exposed(facts)
    new = (port for port in base.exposed if _port(port) not in ports and port not in final.exposed)
    lines = [f"EXPOSE {port.removesuffix('/tcp')}" for port in new]
    lines += [f"VOLUME {path}" for path in base.volumes if path not in (*facts.contract.volumes, *final.volumes)]
    lines += _asked(facts)
    if facts.contract.stop_signal is None and (base.stop_signal or _USUAL) != (final.stop_signal or _USUAL):
        lines.append(f"STOPSIGNAL {base.stop_signal}")
    newline = facts.dockerfile.source.newline
    for line in lines:
        reason = f"{facts.base_written} says it, {final.reference} does not"
        decisions.append(Decision(subject=line, outcome=Outcome.ADDED, reason=reason))
        yield line + newline


def _asked(facts: Facts) -> Iterator[str]:
    """Labels and the health check of a base image that was asked for; those of the catalog say nothing of it."""
    base, own = facts.base, facts.contract
    assert base is not None
    said = {
        process_word(pair.name, placed.scope.values).text
        for placed in own.instructions
        if isinstance(placed.instruction, Label)
        for pair in placed.instruction.pairs
    }
    labels = [(name, value) for name, value in base.labels if name not in said]
    yield from (f"LABEL {env_value(name)}={env_value(value)}" for name, value in labels)
    if base.health and own.healthcheck is None:
        yield base.health


def _exposed(facts: Facts) -> frozenset[str]:
    """The ports of every EXPOSE, each with its protocol."""
    return frozenset(
        _port(process_word(written, placed.scope.values).text)
        for placed in facts.contract.instructions
        if isinstance(placed.instruction, Expose)
        for written in placed.instruction.ports
    )


def _port(text: str) -> str:
    return text if "/" in text else f"{text}/tcp"
