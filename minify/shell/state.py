"""What is known while a script is read: the directory it is in and the variables it has."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

UNKNOWN_DIRECTORY: Final = ""

# What /etc/os-release assigns when it is sourced (os-release(5)).
_OS_RELEASE: Final = (
    "NAME",
    "VERSION",
    "ID",
    "ID_LIKE",
    "VERSION_ID",
    "VERSION_CODENAME",
    "PRETTY_NAME",
    "UBUNTU_CODENAME",
)


class State(NamedTuple):
    """A place in a script; changes make a copy.

    >>> State("/app", {}).entered("src").cwd
    '/app/src'
    """

    cwd: str
    env: Mapping[str, str]
    previous: str = UNKNOWN_DIRECTORY
    pushed: tuple[str, ...] = ()

    def entered(self, directory: str | None) -> State:
        """After `cd directory`; None is a directory that is not known."""
        target = self.previous if directory == "-" else absolute(directory, self.cwd) or UNKNOWN_DIRECTORY
        return self._replace(cwd=target, previous=self.cwd)

    def left(self) -> State:
        """After something that may have changed the directory."""
        return self._replace(cwd=UNKNOWN_DIRECTORY, previous=UNKNOWN_DIRECTORY, pushed=())

    def assigned(self, name: str, value: str | None) -> State:
        """After `name=value`; None is a value that is not known."""
        if value is None:
            return self.forgot((name,))
        return self._replace(env={**self.env, name: value})

    def forgot(self, names: Iterable[str]) -> State:
        """After something that may have changed these variables."""
        gone = [name for name in names if name in self.env]
        return self._replace(env={name: self.env[name] for name in self.env if name not in gone}) if gone else self

    def sourced(self, path: str | None) -> State:
        """After `. path`: a virtual environment's activate is understood, another script may set anything."""
        if path is None:
            return self._replace(env={}, cwd=UNKNOWN_DIRECTORY)
        if path.endswith("/bin/activate"):
            root = absolute(path.removesuffix("/bin/activate"), self.cwd)
            if root is None:
                return self.forgot(("PATH", "VIRTUAL_ENV"))
            before = self.env.get("PATH")
            search = f"{root}/bin" if before is None else f"{root}/bin:{before}"
            return self._replace(env={**self.env, "VIRTUAL_ENV": root, "PATH": search})
        if path.endswith("/os-release"):
            return self.forgot(_OS_RELEASE)
        if path.endswith(("/.cargo/env", "/nvm.sh", "/etc/profile", "/.bashrc", "/.profile")):
            return self.forgot(("PATH",))
        return self._replace(env={}, cwd=UNKNOWN_DIRECTORY)


def merged(states: Iterable[State]) -> State:
    """What is known after one of several branches was taken: what they agree on."""
    first, *others = states
    for other in others:
        if other is first:
            continue
        env = first.env
        if other.env is not env:
            env = {name: value for name, value in env.items() if other.env.get(name) == value}
        same = first.cwd == other.cwd
        back = first.previous if first.previous == other.previous else UNKNOWN_DIRECTORY
        first = State(first.cwd if same else UNKNOWN_DIRECTORY, env, back, first.pushed if same else ())
    return first


def absolute(path: str | None, cwd: str) -> str | None:
    """The path seen from the root; None when it, or the directory it is relative to, is not known.

    >>> absolute("../lib", "/usr/local")
    '/usr/lib'
    """
    if path is None or not path:
        return None
    if not path.startswith("/"):
        if not cwd:
            return None
        path = f"{cwd}/{path}"
    normal = posixpath.normpath(path)
    return normal[1:] if normal.startswith("//") else normal
