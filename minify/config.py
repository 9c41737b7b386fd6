"""Settings of a folder: `.dockminify.toml`, or `[tool.dockminify]` in `pyproject.toml`.

The nearest file wins, from the Dockerfile's folder up to the repository's root. Options of the command line win over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from minify.errors import ConfigurationError
from minify.plan import Rung

_NAME = ".dockminify.toml"
CODES: Final = (
    "multi-stage",
    "final-base",
    "pruned",
    "end-of-life",
    "registry",
    "slim-base",
    "apt-recommends",
    "apt-lists",
    "apk-no-cache",
    "rpm-cache",
    "pip-no-cache",
    "npm-cache",
    "cache-mount",
)
"""What `disable` and `# dockminify: ignore=` name: the code of every fix."""
RUNGS: Final = ("scratch", "distroless", "pruned", "slim")
INSPECT: Final = ("engine", "registry")
"""Who is asked for base images that the catalog does not know."""
FAMILIES: Final = ("distroless", "scratch")


class Config(NamedTuple):
    """The settings that hold for a Dockerfile; `path` is the file that they are from, None when there is none.

    `keep` are paths and programs that the final image takes although nothing shows that it needs them; `disable` are codes of
    fixes that are not asked; `allow` and `deny` are patterns of the images that may be introduced.
    """

    path: Path | None = None
    to: Rung | None = None
    rungs: tuple[Rung, ...] = ()
    base_family: str | None = None
    user: str | None = None
    debug_stage: bool = False
    java_options: bool = False
    templates: Path | None = None
    keep: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    registry: str | None = None
    inspect: str | None = None
    registries: Mapping[str, str] = {}


_KEYS: Final = tuple(field.replace("_", "-") for field in Config._fields if field != "path")


def load(folder: Path, name: str | None = None) -> Config:
    """The settings for a Dockerfile of that name in a folder; a file that cannot be used is a ConfigurationError that names the key."""
    for directory in (folder, *folder.parents):
        own = directory / _NAME
        if own.is_file():
            return _read(own, (), folder, name)
        project = directory / "pyproject.toml"
        if project.is_file() and b"[tool.dockminify" in project.read_bytes():
            return _read(project, ("tool", "dockminify"), folder, name)
        if (directory / ".git").exists():
            break
    return Config()


def suggestion(word: str, known: tuple[str, ...], otherwise: str) -> str:
    """`did you mean disable?`, or what there is.

    >>> suggestion("disabel", ("to", "disable"), "…"), suggestion("x", ("to", "disable"), "the settings are")
    ('did you mean disable?', 'the settings are to, disable')
    """
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"{otherwise} {', '.join(known)}"


def _read(path: Path, table: tuple[str, ...], folder: Path, name: str | None) -> Config:
    import tomllib

    try:
        data: Any = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"cannot be read: {error}", path=str(path)) from error
    for key in table:
        data = data.get(key, {})
    overrides = data.pop("paths", [])
    if not isinstance(overrides, list) or not all(isinstance(one, dict) for one in overrides):
        raise ConfigurationError("paths is not a list of tables", path=str(path), hint="write [[paths]]")
    config = _settings(data, path, Config(path=path))
    for override in overrides:
        # All of them are checked, whatever Dockerfile is asked about
        patterns = override.pop("match", None)
        patterns = [patterns] if isinstance(patterns, str) else patterns
        if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) for one in patterns):
            raise ConfigurationError("[[paths]] has no match", path=str(path), hint='match = "services/legacy/*"')
        overridden = _settings(override, path, config)
        if name is not None and _matches((folder / name), path.parent, patterns):
            config = overridden
    return config


def _matches(dockerfile: Path, root: Path, patterns: list[str]) -> bool:
    from fnmatch import fnmatchcase

    relative = dockerfile.relative_to(root).as_posix() if dockerfile.is_relative_to(root) else dockerfile.name
    return any(fnmatchcase(relative, pattern) for pattern in patterns)


def _settings(data: Mapping[str, Any], path: Path, under: Config) -> Config:
    """The settings of a table over those that hold without it."""
    for key in data:
        if key not in _KEYS:
            raise ConfigurationError(
                f"{key} is not a setting", path=str(path), hint=suggestion(key, (*_KEYS, "paths"), "the settings are")
            )
    to = _choice(data, "to", RUNGS, path)
    templates = _value(data, "templates", str, path)
    found: dict[str, Any] = {
        "to": Rung[to.upper()] if to else None,
        "rungs": tuple(Rung[rung.upper()] for rung in _texts(data, "rungs", path, RUNGS)),
        "base_family": _choice(data, "base-family", FAMILIES, path),
        "user": _value(data, "user", str, path),
        "debug_stage": _value(data, "debug-stage", bool, path),
        "java_options": _value(data, "java-options", bool, path),
        "templates": path.parent / templates if templates else None,
        "keep": _texts(data, "keep", path),
        "disable": _texts(data, "disable", path, CODES),
        "allow": _texts(data, "allow", path),
        "deny": _texts(data, "deny", path),
        "registry": _value(data, "registry", str, path),
        "registries": _rules(data, path),
        "inspect": _choice(data, "inspect", INSPECT, path),
    }
    return under._replace(**{name: value for name, value in found.items() if name.replace("_", "-") in data})


def _value(data: Mapping[str, Any], key: str, kind: type, path: Path) -> Any:
    value = data.get(key)
    if value is not None and not isinstance(value, kind):
        raise ConfigurationError(f"{key} is {value!r}: not a {kind.__name__}", path=str(path))
    return value


def _texts(data: Mapping[str, Any], key: str, path: Path, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    values = data.get(key, [])
    if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
        raise ConfigurationError(f"{key} is {values!r}: not a list of texts", path=str(path))
    for value in values:
        if known and value not in known:
            raise ConfigurationError(f"{key} has {value!r}", path=str(path), hint=suggestion(value, known, "one of"))
    return tuple(values)


def _choice(data: Mapping[str, Any], key: str, known: tuple[str, ...], path: Path) -> str | None:
    value: str | None = _value(data, key, str, path)
    if value is not None and value not in known:
        raise ConfigurationError(f"{key} is {value!r}", path=str(path), hint=suggestion(value, known, "one of"))
    return value


def _rules(data: Mapping[str, Any], path: Path) -> Mapping[str, str]:
    rules = _value(data, "registries", dict, path) or {}
    for prefix, target in rules.items():
        if not isinstance(target, str) or not target:
            raise ConfigurationError(f"registries.{prefix} is {target!r}: not a text", path=str(path))
    return dict(rules)
