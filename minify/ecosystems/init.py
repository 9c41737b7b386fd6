"""An init process (tini, dumb-init) in front of the application: it comes along, and goes on starting it."""

from __future__ import annotations

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.plan import Decision, Outcome, Refusal, Runtime, Tree, refuse


def with_init(facts: Facts, runtime: Runtime) -> Runtime | Refusal:
    """The runtime with the init process that the file starts the application by, and the libraries that it loads."""
    init = facts.launch.init
    if not init:
        return runtime
    path = _path(facts, init[0])
    if path is None:
        return refuse(f"where {init[0]} comes from is not known", facts.launch.line)
    decision = Decision(
        subject=path,
        outcome=Outcome.KEPT,
        reason="the init process that starts the application",
        line=facts.launch.line,
    )
    trees = runtime.trees
    if not any(tree.certain and under(path, tree.path) for tree in trees):
        trees = (Tree(path=path, reason="the init process"), *trees)
    base_has_libc = runtime.base.libc is not None
    return runtime._replace(
        trees=trees,
        brings_libc=runtime.brings_libc or not base_has_libc,
        program=None,
        decisions=(*runtime.decisions, decision),
    )


def _path(facts: Facts, word: str) -> str | None:
    """The absolute path of the init process: as written, or where the package of its name puts it."""
    if word.startswith("/"):
        return word
    if any(
        package.name == word
        for install in facts.footprint.installs
        for package in install.packages
        if install.manager == "apt"
    ):
        # https://packages.debian.org/bookworm/tini and .../dumb-init: one program each, in /usr/bin
        return f"/usr/bin/{word}"
    if any(
        word in install.packages
        for install in facts.footprint.libraries
        if install.tool == "pip" and not install.prefix
    ):
        return f"/usr/local/bin/{word}"
    return None
