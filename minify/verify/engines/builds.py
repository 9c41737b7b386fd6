"""What a build is given: the options in a client's words, and a private copy of the Dockerfile."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from minify.errors import UsageError
from minify.verify.engine import BuildOptions

DOCKERFILE: Final = "Dockerfile"
_IGNORED: Final = f"{DOCKERFILE}.dockerignore"

_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(?P<name>[A-Za-z][A-Za-z0-9]*)[ \t]*=.*")
_BOM: Final = b"\xef\xbb\xbf"


def build_arguments(options: BuildOptions) -> list[str]:
    """The options as docker, podman and buildah all write them.

    >>> build_arguments(BuildOptions(build_args=("A=1",), target="app"))
    ['--build-arg', 'A=1', '--target', 'app']
    """
    given = [("--build-arg", value) for value in options.build_args]
    single = {"--target": options.target, "--platform": options.platform, "--network": options.network}
    given += [(name, value) for name, value in single.items() if value is not None]
    given += [("--secret", value) for value in options.secrets]
    given += [("--build-context", value) for value in options.build_contexts]
    given += [("--ssh", value) for value in options.ssh]
    return [*(word for pair in given for word in pair), *(["--no-cache"] if options.no_cache else [])]


def private_copy(dockerfile: bytes, path: str, parent: Path) -> Path:
    """A folder of its own with the text, and with what is ignored for a Dockerfile at `path`: no context is touched."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    (folder / DOCKERFILE).write_bytes(dockerfile)
    ignored = Path(f"{path}.dockerignore")
    if ignored.is_file():
        try:
            shutil.copyfile(ignored, folder / _IGNORED)
        except OSError as error:
            raise UsageError(f"cannot be read: {error.strerror}", path=str(ignored)) from error
    return folder


def ignore_file(folder: Path) -> tuple[str, ...]:
    """What buildah has to be told of a private copy: not every version looks beside the Dockerfile."""
    return ("--ignorefile", str(folder / _IGNORED)) if (folder / _IGNORED).exists() else ()


def without_syntax_line(dockerfile: bytes) -> tuple[bytes, str] | None:
    r"""The text without its `# syntax=` line, and that line; None when there is none.

    A comment stands in for it after the directives, so that every instruction keeps its line.

    >>> without_syntax_line(b"# syntax=docker/dockerfile:1\n# escape=`\nFROM scratch\n")
    (b'# escape=`\n#\nFROM scratch\n', '# syntax=docker/dockerfile:1')
    """
    bom = _BOM if dockerfile.startswith(_BOM) else b""
    lines = dockerfile.removeprefix(_BOM).splitlines(keepends=True)
    directives = 0
    at: int | None = None
    for index, line in enumerate(lines):
        found = _DIRECTIVE.fullmatch(line.rstrip(b"\r\n"))
        if found is None:
            break
        directives += 1
        if found["name"].lower() == b"syntax":
            at = index
    if at is None:
        return None
    dropped = lines[at]
    kept = lines[:at] + lines[at + 1 : directives]
    text = b"".join([bom, *kept, b"#" + dropped[len(dropped.rstrip(b"\r\n")) :], *lines[directives:]])
    return text, dropped.decode("utf-8", "replace").strip()
