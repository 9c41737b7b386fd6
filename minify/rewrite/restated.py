"""What the old base image says of the container and the new one does not: said again in the final stage."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.image.catalog import BaseImage
from minify.plan import Decision, Outcome
from minify.syntax import Expose, process_word

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
    if facts.contract.stop_signal is None and (base.stop_signal or _USUAL) != (final.stop_signal or _USUAL):
        lines.append(f"STOPSIGNAL {base.stop_signal}")
    newline = facts.dockerfile.source.newline
    for line in lines:
        reason = f"{facts.base_written} says it, {final.reference} does not"
        decisions.append(Decision(subject=line, outcome=Outcome.ADDED, reason=reason))
        yield line + newline


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
