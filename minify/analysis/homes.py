"""The home directory of a user: what HOME is where a command of the file runs.

Docker sets HOME to what /etc/passwd says of the user; a file that changes that by other means than the tools for it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.analysis.facts import Facts
from minify.analysis.placements import placed_files
from minify.analysis.scopes import ROOT, join
from minify.image import data
from minify.shell.effects import MakesUser, Writes

_ACCOUNTS: Final = "/etc/passwd"
# Where `useradd` and `adduser` are told which directory homes are made in
_DEFAULTS: Final = ("/etc/default/useradd", "/etc/adduser.conf", "/etc/login.defs")


def home(facts: Facts, env: Mapping[str, str], user: str) -> str | None:
    """The directory of `user`, as USER names it, or None when it is not known.

    home(facts, {}, "app")    # "/srv/app" after `useradd -d /srv/app app`
    """
    name = user.partition(":")[0]
    if env.get("HOME"):
        return join("/", env["HOME"])
    if name in ROOT:
        return "/root"
    if _written(facts):
        return None
    made = next(
        (u for u in reversed(facts.footprint.users) if isinstance(u, MakesUser) and name in (u.name, u.uid)), None
    )
    if made is not None:
        moved = _moved(facts, made.name)
        defaults = made.home == f"/home/{made.name}" and any(w.path in _DEFAULTS for w in facts.footprint.written)
        return moved or (None if defaults or not made.home else join("/", made.home))
    for entry in (*(facts.base.users if facts.base is not None else ()), *_of_system(facts)):
        owner, uid, *rest = entry.split(":")
        if name in (owner, uid):
            return _moved(facts, owner) or rest[-1]
    # A number that no account has: Docker says so. https://docs.docker.com/reference/dockerfile/#user
    numbered = all(not isinstance(u, MakesUser) or u.uid for u in facts.footprint.users)
    return "/" if facts.base is not None and name.isdigit() and numbered else None


def _written(facts: Facts) -> bool:
    """Whether the file writes the accounts itself."""
    from minify.shell.vocabulary.users import TOOLS

    return (
        any(
            isinstance(effect, Writes) and effect.path == _ACCOUNTS and effect.command.name not in TOOLS
            for _, effect in facts.footprint.effects()
        )
        or any(w.path == _ACCOUNTS and w.origin != "run" for w in facts.footprint.written)
        or any(placement.target == _ACCOUNTS for placement in placed_files(facts.placed, facts.context))
    )


def _moved(facts: Facts, name: str) -> str | None:
    """`usermod -d /srv app`."""
    found = None
    for _, effect in facts.footprint.effects():
        if isinstance(effect, Writes) and effect.command.name == "usermod" and not effect.path.startswith("/etc/"):
            words = [word.static for word in effect.command.argv]
            found = effect.path if name in words else found
    return join("/", found) if found else None


def _of_system(facts: Facts) -> tuple[str, ...]:
    distro = facts.base.distro if facts.base is not None else None
    return data.distros().accounts(distro) if distro else ()
