"""Settings of a folder: `.dockminify.toml`, or `[tool.dockminify]` in `pyproject.toml`; and comments in the Dockerfile.

The nearest file wins, from the Dockerfile's folder up to the repository's root. Options of the command line win over it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from minify.errors import ConfigurationError
from minify.plan import Rung

_NAME = ".dockminify.toml"
_KEYS = ("to", "user", "debug-stage", "templates", "keep", "disable")
_SKIP = re.compile(r"#\s*dockminify:\s*skip\s*$")


class Config(NamedTuple):
    """The settings that hold for a Dockerfile; `path` is the file that they are from, None when there is none.

    `keep` are paths of the build stage that the final image takes although nothing shows that it needs them;
    `disable` are codes of passes that are not asked.
    """

    path: Path | None = None
    to: Rung | None = None
    user: str | None = None
    debug_stage: bool = False
    templates: Path | None = None
    keep: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()


def load(folder: Path) -> Config:
    """The settings for a folder; a file that cannot be used is a ConfigurationError that names the key."""
    for directory in (folder, *folder.parents):
        own = directory / _NAME
        if own.is_file():
            return _read(own, ())
        project = directory / "pyproject.toml"
        if project.is_file() and b"[tool.dockminify]" in project.read_bytes():
            return _read(project, ("tool", "dockminify"))
        if (directory / ".git").exists():
            break
    return Config()


def skipped(text: str) -> int | None:
    """The line of `# dockminify: skip` before the first instruction, or None.

    >>> skipped("# dockminify: skip\\nFROM a\\n"), skipped("FROM a\\n# dockminify: skip\\n")
    (1, None)
    """
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            return None
        if _SKIP.match(stripped):
            return number
    return None


def _read(path: Path, table: tuple[str, ...]) -> Config:
    import tomllib

    try:
        data: Any = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"cannot be read: {error}", path=str(path)) from error
    for key in table:
        data = data.get(key, {})
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise ConfigurationError(
            f"{unknown[0]} is not a setting", path=str(path), hint=f"the settings are {', '.join(_KEYS)}"
        )
    return Config(
        path=path,
        to=_rung(data, path),
        user=_value(data, "user", str, path),
        debug_stage=bool(_value(data, "debug-stage", bool, path)),
        templates=path.parent / data["templates"] if _value(data, "templates", str, path) else None,
        keep=_texts(data, "keep", path),
        disable=_texts(data, "disable", path),
    )


def _value(data: Mapping[str, Any], key: str, kind: type, path: Path) -> Any:
    value = data.get(key)
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(f"{key} is {value!r}: not a {kind.__name__}", path=str(path))
    return value


def _texts(data: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise ConfigurationError(f"{key} is {values!r}: not a list of texts", path=str(path))
    return tuple(values)


def _rung(data: Mapping[str, Any], path: Path) -> Rung | None:
    value = _value(data, "to", str, path)
    if value is None:
        return None
    if value not in ("scratch", "distroless", "slim"):
        raise ConfigurationError(f"to is {value!r}", path=str(path), hint="one of scratch, distroless, slim")
    return Rung[value.upper()]
