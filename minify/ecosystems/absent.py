"""The file that the container starts, where nothing of the Dockerfile and its build context brings it.

It is made outside before the image is built (a `dist` that git ignores), or mounted: what it calls cannot be read.
"""

from __future__ import annotations

from typing import Final

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.analysis.scopes import join
from minify.context.archives import unpacked
from minify.ecosystems.data_files import placements
from minify.image.purposes import behind, starts
from minify.shell.effects import Builds, Downloads, InstallsLibraries, RunsProject

_BUILT: Final = (".js", ".mjs", ".cjs")


def absent(facts: Facts) -> str | None:
    """The script that starts, as the command names it, when it is sure that nothing read here brings it.

    `CMD ["node", "server.js"]` after `COPY . .` of a folder without a server.js.
    """
    if not facts.context.known or not facts.launch.argv or facts.footprint.unknown:
        return None
    argv = behind(facts.launch.argv)
    name = argv[0].rpartition("/")[2]
    words = argv[1:2] if name.rstrip("0123456789.") in starts("runtimes") else argv[:1]
    script = next((word for word in words if word.endswith(starts("scripts"))), None)
    if script is None or (script == argv[0] and "/" not in script):
        return None
    path = join(facts.contract.workdir, script)
    # The project's own steps of an installation may make a script of Node's
    made = (Builds, Downloads, RunsProject, *((InstallsLibraries,) if script.endswith(_BUILT) else ()))
    if not path or any(isinstance(effect, made) for _, effect in facts.footprint.effects()):
        return None
    written = facts.footprint.written
    context = [w for w in written if w.origin == "context"]
    # In a directory of the base image a script of its own may lie
    if path in {placement.target for placement in placements(facts)} or not any(under(path, w.path) for w in context):
        return None
    if any(w.path == path or unpacked(facts.context, w.source) for w in context):
        return None
    brought = any(w.origin not in ("context", "workdir") and under(path, w.path) for w in written)
    return None if brought else script
