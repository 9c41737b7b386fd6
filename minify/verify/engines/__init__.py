"""The container engines, and which of them is taken: `choose(None)`, `choose("podman")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from minify.verify.engine import Engine, EngineError
from minify.verify.engines import buildah, docker, podman
from minify.verify.engines.session import Session

_FIND: Mapping[str, Callable[[Session], Engine | str]] = {
    "docker": docker.find,
    "podman": podman.find,
    "buildah": buildah.find,
}
"""The first one that is there and answers is taken."""

NAMES = tuple(_FIND)


def choose(name: str | None, *, keep: bool = False) -> Engine:
    """The engine of that name, or the first that is there and answers; EngineError when there is none."""
    if name is not None and name not in _FIND:
        raise EngineError(f"unknown container engine: {name}", hint=f"one of {', '.join(NAMES)}")
    session = Session(keep=keep)
    problems: list[str] = []
    for one in NAMES if name is None else (name,):
        found = _FIND[one](session)
        if not isinstance(found, str):
            return found
        if found:
            problems.append(found)
    if problems:
        raise EngineError(problems[0], hint="start it, or name another engine with --engine")
    if name is not None:
        raise EngineError(f"{name} is not installed", hint=f"install it, or take another of {', '.join(NAMES)}")
    raise EngineError("no container engine is installed", hint=f"install one of {', '.join(NAMES)}")
