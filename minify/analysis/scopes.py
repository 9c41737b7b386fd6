"""ARG and ENV values at every instruction of a stage, with what the base image sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from minify.analysis.stages import StageNode, declare, global_scope
from minify.image.catalog import BaseImage
from minify.syntax import Arg, Dockerfile, Env, Instruction, Label, Shell, User, Workdir, process_word

DEFAULT_SHELL: tuple[str, ...] = ("/bin/sh", "-c")


ROOT: Final = ("", "root", "0")
"""How USER names root; "" is where no instruction names a user."""


class Scope(NamedTuple):
    """What holds where an instruction stands: variables (ENV over ARG), directory, user and shell.

    `workdir` is absolute, or "" when it hangs on a variable without a value.
    """

    env: Mapping[str, str]
    args: Mapping[str, str]
    workdir: str
    user: str
    shell: tuple[str, ...]

    @property
    def values(self) -> dict[str, str]:
        """Every variable that an instruction sees: an ENV wins over an ARG of the same name."""
        return {**self.args, **self.env}


def join(directory: str, path: str) -> str:
    """An absolute, normalised path: `join("/app", "x/../y")` is `/app/y`; "" when the directory is not known.

    >>> join("/app", "./x"), join("/app", "/etc"), join("", "x")
    ('/app/x', '/etc', '')
    """
    if path.startswith("/"):
        whole = path
    elif directory:
        whole = f"{directory}/{path}"
    else:
        return ""
    parts: list[str] = []
    for part in whole.split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            if parts:
                parts.pop()
        else:
            parts.append(part)
    return "/" + "/".join(parts)


class Placed(NamedTuple):
    """An instruction of a stage's lineage, the scope it is read in, and the stage it stands in."""

    instruction: Instruction
    scope: Scope
    stage: int


def walk(
    dockerfile: Dockerfile, lineage: Sequence[StageNode], base: BaseImage | None
) -> tuple[tuple[Placed, ...], Scope]:
    """Every instruction that makes a stage's image, in order, with its scope; and the scope at the end.

    ENV, WORKDIR, USER and SHELL pass from a stage to the one built on it; ARGs do not.
    """
    env = dict(base.env) if base else {}
    workdir = base.workdir if base else "/"
    user = base.user if base else ""
    shell = (base.run_shell if base else ()) or DEFAULT_SHELL
    outer = global_scope(dockerfile)
    placed: list[Placed] = []
    args: dict[str, str] = {}
    for node in lineage:
        args = {}
        for instruction in node.stage.instructions:
            scope = Scope(env=dict(env), args=dict(args), workdir=workdir, user=user, shell=shell)
            placed.append(Placed(instruction, scope, node.stage.index))
            values = scope.values
            match instruction:
                case Arg():
                    declare(instruction, args, outer, dockerfile.escape)
                # A Label reads like an Env, and is one to Python
                case Label():
                    pass
                case Env():
                    for pair in instruction.pairs:
                        name = process_word(pair.name, values, dockerfile.escape).text
                        env[name] = process_word(pair.value, values, dockerfile.escape).text
                case Workdir():
                    expanded = process_word(instruction.path, values, dockerfile.escape)
                    workdir = "" if expanded.unresolved else join(workdir, expanded.text)
                case User():
                    user = process_word(instruction.user, values, dockerfile.escape).text
                case Shell():
                    shell = instruction.argv
                case _:
                    pass
    return tuple(placed), Scope(env=env, args=args, workdir=workdir, user=user, shell=shell)
