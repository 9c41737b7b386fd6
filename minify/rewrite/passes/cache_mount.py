"""Download caches of package installers in a cache mount: out of the image, and there again at the next build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from minify.analysis.facts import Facts
from minify.analysis.footprint import RunRead
from minify.edit import Edit, Fix, Safety
from minify.rewrite.passes.places import plain_runs
from minify.shell.effects import InstallsLibraries
from minify.syntax import Span

CODE = "cache-mount"

# https://docs.docker.com/build/buildkit/frontend/#stable-channel: RUN --mount came with 1.2
_FRONTEND: Final = re.compile(
    r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?::(?!1\.[01](?![\d])|0|1\.\d+-experimental)[\w.-]+)?(?:@\S+)?"
)
_CACHES: Final = {"pip": "/root/.cache/pip", "npm": "/root/.npm"}
_SETTINGS: Final = (
    "HOME",
    "XDG_CACHE_HOME",
    "PIP_CACHE_DIR",
    "PIP_NO_CACHE_DIR",
    "NPM_CONFIG_CACHE",
    "npm_config_cache",
)


def fixes(facts: Facts) -> Iterator[Fix]:
    """`RUN pip install x` gains `--mount=type=cache,target=/root/.cache/pip`, where the file says that BuildKit builds it."""
    for run in plain_runs(facts):
        target = mount(facts, run)
        if target:
            yield _fix(run, target, Safety.INFERRED if _surely_buildkit(facts) else Safety.DISPLAY)


def shown(facts: Facts) -> Iterator[Fix]:
    """The same for a stage that only builds: nothing of it is in the image, so that it is a matter of taste."""
    for run in plain_runs(facts):
        target = mount(facts, run)
        if target:
            yield _fix(run, target, Safety.DISPLAY)


def without_needless(facts: Facts, found: Sequence[Fix]) -> tuple[Fix, ...]:
    """The fixes less those that keep a cache out of the image which a mount keeps out."""
    mounts = {fix.edits[0].span.start for fix in found if fix.code == CODE and fix.safety >= Safety.INFERRED}
    runs = [run.placed.instruction.span for run in facts.footprint.runs]
    mounted = [span for span in runs if any(span.start <= at < span.end for at in mounts)]
    return tuple(
        fix
        for fix in found
        if fix.code not in _NEEDLESS or not any(span.start <= fix.edits[0].span.start < span.end for span in mounted)
    )


_NEEDLESS: Final = ("pip-no-cache", "npm-cache")


def mount(facts: Facts, run: RunRead) -> str:
    """The directory of the one cache that a RUN fills; "" when there is none, or the RUN treats it itself."""
    frontend = facts.dockerfile.syntax
    if frontend is None or not _FRONTEND.fullmatch(frontend):
        return ""
    scope = run.placed.scope
    if scope.user not in ("", "root", "0") or any(scope.values.get(name) for name in _SETTINGS):
        return ""
    tools = {e.tool: e for e in run.effects if isinstance(e, InstallsLibraries)}
    if len(tools) != 1 or "cache" in run.placed.instruction.text or ".npm" in run.placed.instruction.text:
        # A RUN that removes its cache would fail on a directory that is mounted
        return ""
    tool, effect = next(iter(tools.items()))
    return _CACHES.get(tool, "") if effect.cache else ""


def _surely_buildkit(facts: Facts) -> bool:
    """Whether the file cannot be built without BuildKit already: the older builder takes `# syntax` for a comment."""
    return any(
        instruction.flag("mount") or instruction.heredocs
        for node in facts.graph.nodes
        for instruction in node.stage.instructions
    )


def _fix(run: RunRead, target: str, safety: Safety) -> Fix:
    instruction = run.placed.instruction
    keyword = re.match(r"\w+[ \t]+", instruction.text)
    assert keyword is not None
    at = instruction.span.start + keyword.end()
    return Fix(
        code=CODE,
        edits=(Edit(Span(at, at), f"--mount=type=cache,target={target} "),),
        safety=safety,
        reason=f"{target} keeps what is downloaded for the next build, and out of the image",
    )
