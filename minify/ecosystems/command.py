"""ENTRYPOINT and CMD of a compiled program, as the final stage says them."""

from __future__ import annotations

from minify.analysis.facts import Facts

Parts = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


def by_path(facts: Facts, path: str | None) -> Parts:
    """ENTRYPOINT and CMD with the program by its path (by its name where the path is None: PATH finds it, as before).

    None stands for an instruction of the source that moves as it is; a shell form never does.
    """
    spoken = [facts.launch.entrypoint, facts.launch.cmd]
    first = next(i for i, s in enumerate(spoken) if s.argv)
    out: list[tuple[str, ...] | None] = [s.argv if s.rewritten else None for s in spoken]
    if path is not None and spoken[first].argv[0] != path:
        out[first] = (path, *spoken[first].argv[1:])
    return out[0], out[1]
