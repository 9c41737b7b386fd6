"""Python as the distributions package it: data/python.yaml, checked on load.

pip_prefix("alpine3.22", "apk")    # "/usr": beside what the distribution's own packages bring
pip_prefix("debian12", "apt")      # "/usr/local"
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from minify.image import data
from minify.image.packages import DATABASES

_UNKNOWN: Final = "unknown"
_KEYS: Final = frozenset(
    {"source", "as_of", "pip", "versions", "brings", "beginnings", "installers", "servers", "with_pip"},
)


def pip_prefix(distro: str | None, manager: str | None) -> str | None:
    """Where pip installs to when root runs it with the system's own Python; None when that is not known.

    >>> pip_prefix("fedora42", "dnf"), pip_prefix("azurelinux3.0", "tdnf"), pip_prefix(None, "zypper")
    ('/usr/local', '/usr', None)
    """
    rows: Mapping[str, str] = _facts()["pip"]
    found = next((prefix for name, prefix in rows.items() if distro and distro.startswith(name)), None)
    found = found or (rows.get(manager or "") if distro is None else None)
    return None if found == _UNKNOWN else found


def version_of(distro: str | None) -> str | None:
    """The version of a release's python3: `version_of("debian12")` is "3.11"."""
    found: str | None = _facts()["versions"].get(distro or "")
    return found


def brings_python(package: str) -> bool:
    """Whether a system package brings python3 along.

    >>> brings_python("py3-pip"), brings_python("python3-dev"), brings_python("libpython3-dev")
    (True, True, False)
    """
    return package in words("brings") or package.startswith(words("beginnings"))


def with_pip(manager: str | None) -> tuple[str, ...]:
    """Where setuptools and distutils lie, that the package of pip brings: pip installs nothing that is there.

    >>> with_pip("dnf")[0], with_pip("apk")
    ('/usr/lib/python3.*/site-packages/pkg_resources', ())
    """
    rows: Mapping[str, str] = _facts()["with_pip"]
    return tuple(rows.get(DATABASES.get(manager or "", ""), "").split())


@cache
def words(name: str) -> tuple[str, ...]:
    """A list of names: `words("servers")`."""
    return tuple(_facts()[name].split())


@cache
def _facts() -> Mapping[str, Any]:
    path = data.ROOT / "python.yaml"
    facts: dict[str, Any] = data.read_yaml(path)
    data.check_origin(path, facts)
    if facts.keys() != _KEYS:
        data.wrong(path, "", f"needs {', '.join(sorted(_KEYS))}")
    for name, prefix in facts["pip"].items():
        if prefix not in ("/usr", "/usr/local", _UNKNOWN):
            data.wrong(path, f"pip.{name}", "must be /usr, /usr/local or unknown")
    return facts
