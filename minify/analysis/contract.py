"""The runtime contract: what `docker run` sees of an image. It survives every rewrite, or a Decision says what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from minify.analysis.scopes import Placed, Scope
from minify.image.catalog import BaseImage
from minify.syntax import (
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

CONTRACT: tuple[type[Instruction], ...] = (
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where engines look for programs in an image that sets no PATH."""

MOVABLE: tuple[type[Instruction], ...] = (
    Cmd,
    Entrypoint,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Stopsignal,
    Volume,
)
"""Instructions that only describe the image: nothing in the build stage needs them, so they move to the final stage."""


class RuntimeContract(NamedTuple):
    """What the final stage promises: the last word on each setting, with the instruction that says it.

    `entrypoint` and `cmd` are the effective ones (an ENTRYPOINT resets a CMD that stands in a base); None where the base image's holds.
    """

    user: str
    workdir: str
    env: tuple[tuple[str, str], ...]
    entrypoint: Placed | None
    cmd: Placed | None
    healthcheck: Placed | None
    stop_signal: Placed | None
    onbuild: tuple[Placed, ...]
    instructions: tuple[Placed, ...]
    """Every instruction of the contract in the order of the file."""
    base_entrypoint: tuple[str, ...]
    base_cmd: tuple[str, ...]
    base_runs: str | None
    """The program that the base's own entrypoint script gives flags and scripts to, when that is all it does; "" for none."""
    base_words: tuple[str, ...] = ()
    """Words that it gives to that program too: its commands."""

    @property
    def path(self) -> str:
        """PATH in the container, which engines set where the image does not."""
        return dict(self.env).get("PATH") or USUAL_PATH

    @property
    def volumes(self) -> tuple[str, ...]:
        """The paths of every VOLUME, as written."""
        return tuple(
            path for p in self.instructions if isinstance(p.instruction, Volume) for path in p.instruction.paths
        )


def contract(placed: Sequence[Placed], end: Scope, base: BaseImage | None) -> RuntimeContract:
    """Read the contract of a stage from the instructions that make it and its base image."""
    entrypoint = _last(placed, Entrypoint)
    cmd = _last(placed, Cmd)
    return RuntimeContract(
        user=end.user,
        workdir=end.workdir,
        env=tuple(end.env.items()),
        entrypoint=entrypoint,
        cmd=cmd,
        healthcheck=_last(placed, Healthcheck),
        stop_signal=_last(placed, Stopsignal),
        onbuild=tuple(p for p in placed if isinstance(p.instruction, Onbuild)),
        instructions=tuple(p for p in placed if isinstance(p.instruction, CONTRACT)),
        base_entrypoint=base.entrypoint if base else (),
        base_runs=base.entrypoint_runs if base and entrypoint is None else None,
        base_words=base.entrypoint_words if base and entrypoint is None else (),
        # An ENTRYPOINT in the file empties the CMD that the base image brings.
        base_cmd=base.cmd if base and entrypoint is None else (),
    )


def _last(placed: Sequence[Placed], kind: type[Instruction]) -> Placed | None:
    return next((p for p in reversed(placed) if isinstance(p.instruction, kind)), None)
