"""ENV before and after: what is the same, what only described the base image, and what is missed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from minify.analysis.contract import USUAL_PATH
from minify.image import data
from minify.plan import Outcome
from minify.verify.decided import Decided, judged, same
from minify.verify.engine import Configuration
from minify.verify.filesystem import Filesystem
from minify.verify.links import shown
from minify.verify.verdict import Finding

_PATH: Final = Path(__file__).parent / "data" / "base_environment.yaml"
# Where an image has its own files: another image has them elsewhere
_PLACES: Final = ("LD_LIBRARY_PATH", "SSL_CERT_DIR", "SSL_CERT_FILE")


class _Known(NamedTuple):
    describes: re.Pattern[str]
    toolchain: Mapping[str, str]


def compare(
    before: Configuration, after: Configuration, files: Filesystem, decided: Decided, base: Configuration | None
) -> Iterator[Finding]:
    """One finding for each variable that is another one, and one for all that are not; `files` are the new image's."""
    old, new = ({k: v for k, v in each.env.items() if k != "PATH"} for each in (before, after))
    equal = [name for name in old if new.get(name) == old[name]]
    if equal:
        yield same("env", f"{len(equal)} variable{'s' if len(equal) > 1 else ''}", ", ".join(map(shown, equal)))
    for name in [*old, *(name for name in new if name not in old)]:
        if name in equal:
            continue
        outcomes = (Outcome.ADDED, Outcome.REPLACED) if name not in old else (Outcome.DROPPED, Outcome.REPLACED)
        reason = decided.reason("ENV", name, outcomes) or _reason(name, old, new, files, base)
        # A variable that is set to nothing is set
        was, now = (each[name] or "(empty)" if name in each else "" for each in (old, new))
        yield judged(f"env {shown(name)}", was, now, reason, "nothing says why")
    yield _path(before, after, files)


def _reason(
    name: str, old: Mapping[str, str], new: Mapping[str, str], files: Filesystem, base: Configuration | None
) -> str | None:
    """Why it is no matter, when that can be seen here."""
    known = _known()
    of_base = base is None or name not in old or base.env.get(name) == old[name]
    if of_base and known.describes.fullmatch(name):
        return "only describes the base image"
    program = known.toolchain.get(name)
    if program is not None and name not in new and not any(files.entries[p].executable for p in files.find(program)):
        return f"only {program} reads it, and the new image has none"
    if name in _PLACES and name in new and all(files.exists(path) for path in new[name].split(":") if path):
        return "says where the new image has its own files"
    return None


def _path(before: Configuration, after: Configuration, files: Filesystem) -> Finding:
    """PATH: the same as long as every program of the new image is found that its old value would find there."""
    old, new = (each.env.get("PATH", USUAL_PATH) for each in (before, after))
    if old == new:
        return same("env PATH", old)
    found_old, found_new = _programs(old, files), _programs(new, files)
    lost = sorted(name for name, path in found_old.items() if found_new.get(name) != path)
    if lost:
        names = ", ".join(map(shown, lost[:5])) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        return judged("env PATH", old, new, None, f"no longer finds {names}")
    return judged("env PATH", old, new, "finds every program of the new image that it found before")


def _programs(search: str, files: Filesystem) -> Mapping[str, str]:
    """What PATH finds: the paths of programs by their names."""
    found: dict[str, str] = {}
    for folder in search.split(":"):
        for path in files.children(folder) if folder.startswith("/") else ():
            entry = files.entry(path)
            if entry is not None and entry.executable:
                found.setdefault(path.rpartition("/")[2], path)
    return found


@cache
def _known() -> _Known:
    facts: dict[str, Any] = data.read_yaml(_PATH)
    data.check_origin(_PATH, facts)
    describes = facts["describes"]
    for key in ("products", "endings", "names"):
        if not describes.get(key):
            data.wrong(_PATH, f"describes.{key}", "is missing")
    products, endings, names = ("|".join(describes[key].split()) for key in ("products", "endings", "names"))
    return _Known(re.compile(f"(?:{products})(?:_[A-Z0-9_]+)?_(?:{endings})|{names}"), facts["toolchain"])
