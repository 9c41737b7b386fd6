"""What a command leaves behind, as facts; the vocabulary says which command has which.

Paths are absolute and normalised. A path may end in a pattern (`/var/lib/apt/lists/*`) in `Removes`,
`ChangesOwner`, `ChangesMode` and the source of `CopiesFile`; `Writes` names the directory above the pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from minify.shell.script import Command, Script
from minify.syntax.source import Span


class Package(NamedTuple):
    """`libpq-dev=15.*` of apt, or `build-base` of apk with `--virtual .deps`.

    The name of a file, `./x.deb`, is its absolute path; a version may be `$VERSION`, as written.
    """

    name: str
    version: str | None
    span: Span
    virtual: str | None = None
    architecture: str | None = None


class InstallsPackages(NamedTuple):
    """`apt-get install -y gcc`: `recommends` when the recommended ones come too.

    No packages means an upgrade of all that are installed.
    """

    manager: str
    packages: tuple[Package, ...]
    recommends: bool
    command: Command


class RemovesPackages(NamedTuple):
    """`apt-get purge gcc`, `apk del .deps`; no names: what nothing needs (`autoremove`)."""

    manager: str
    names: tuple[str, ...]
    command: Command


class RefreshesIndex(NamedTuple):
    """`apt-get update`."""

    manager: str
    command: Command


class CleansIndex(NamedTuple):
    """`rm -rf /var/lib/apt/lists/*`, `apt-get clean`, `dnf clean all`."""

    manager: str
    command: Command


class InstallsLibraries(NamedTuple):
    """`pip install -r requirements.txt`, `npm ci`: libraries of a language.

    `packages` are as written, `files` the absolute manifests read, `prefix` where it installs (None: the
    interpreter's own place), `cache` whether a download cache is left, `dev` whether development dependencies
    come too, `leaves` where it writes beside its libraries.
    """

    tool: str
    packages: tuple[str, ...]
    files: tuple[str, ...]
    prefix: str | None
    editable: bool
    user: bool
    cache: bool
    dev: bool
    command: Command
    leaves: str | None = None


class RemovesLibraries(NamedTuple):
    """`pip uninstall pip`, `npm uninstall`."""

    tool: str
    packages: tuple[str, ...]
    command: Command


class Configures(NamedTuple):
    """`poetry config virtualenvs.create false`: a setting that later commands of the tool obey."""

    tool: str
    name: str
    value: str | None
    command: Command

    @property
    def variable(self) -> str | None:
        """The environment variable that says the same, `POETRY_VIRTUALENVS_CREATE`; None for no such."""
        name = self.name.rpartition(".")[2] if self.tool == "pip" else self.name
        prefixes = {"poetry": "POETRY_", "pip": "PIP_", "npm": "NPM_CONFIG_", "go": ""}
        prefix = prefixes.get(self.tool)
        return None if prefix is None else prefix + name.upper().replace(".", "_").replace("-", "_")


class Writes(NamedTuple):
    """Something at or below `path` is made or changed.

    Not `certain` when that is the custom rather than what the command says: `make install` and /usr/local.
    """

    path: str
    command: Command
    certain: bool = True


class Removes(NamedTuple):
    """`rm -rf path`; not `certain` when only something at or below `path` goes, and which is not known."""

    path: str
    command: Command
    certain: bool = True


class CopiesFile(NamedTuple):
    """`cp`, `mv`, `ln`, `install`: `target` is the file or the directory it is put at, as written."""

    source: str
    target: str
    command: Command


class MakesUser(NamedTuple):
    """`useradd -u 1000 -m app`."""

    name: str
    uid: str | None
    gid: str | None
    home: str | None
    group: str | None
    command: Command


class MakesGroup(NamedTuple):
    """`groupadd -g 1000 app`."""

    name: str
    gid: str | None
    command: Command


class ChangesOwner(NamedTuple):
    """`chown -R app:app /app`."""

    path: str
    owner: str
    recursive: bool
    command: Command


class ChangesMode(NamedTuple):
    """`chmod +x /entrypoint.sh`."""

    path: str
    mode: str
    recursive: bool
    command: Command


class Builds(NamedTuple):
    """`CGO_ENABLED=0 go build -o /app .`: the project's own sources, built below the directory it runs in.

    `output` is absolute, a directory when it ends in `/`, None when the tool chooses the name; `static` is
    None when not known. Caches of the tool are not told apart.
    """

    tool: str
    output: str | None
    package: str | None
    static: bool | None
    command: Command


class RunsProject(NamedTuple):
    """`npm run build`, `python manage.py`, `./build.sh`: the application's own code at build time."""

    tool: str
    script: str | None
    command: Command


class Downloads(NamedTuple):
    """`curl -o path url`; no path: to its output. `sources`: a project's sources below the path, as a clone is."""

    url: str | None
    path: str | None
    command: Command
    sources: bool = False


class ChangesNothing(NamedTuple):
    """`echo`, `test`, `set`: nothing is left on disk."""

    command: Command


class Unknown(NamedTuple):
    """What it writes cannot be said, and why."""

    reason: str
    command: Command | None
    span: Span


Effect = (
    InstallsPackages
    | RemovesPackages
    | RefreshesIndex
    | CleansIndex
    | InstallsLibraries
    | RemovesLibraries
    | Configures
    | Writes
    | Removes
    | CopiesFile
    | MakesUser
    | MakesGroup
    | ChangesOwner
    | ChangesMode
    | Builds
    | RunsProject
    | Downloads
    | ChangesNothing
    | Unknown
)


def effects(script: Script, env: Mapping[str, str] | None = None) -> tuple[Effect, ...]:
    """What the commands of a script leave behind, in order.

    `RUN apt-get update && apt-get install -y gcc` is RefreshesIndex and InstallsPackages. `env` adds to the
    variables that the script was read with.
    """
    # The vocabulary is large: it is imported when the first script is looked at
    from minify.shell.interpret import interpret

    return interpret(script, {} if env is None else env)
