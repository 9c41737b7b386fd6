"""What the C library looks up by itself: the time zone, and the locale that LANG names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from minify.verify.decided import judged, same
from minify.verify.filesystem import Filesystem
from minify.verify.localtime import zone
from minify.verify.pair import brought
from minify.verify.verdict import Finding, Verdict

_ARCHIVE = "/usr/lib/locale/locale-archive"


def compare(before: Filesystem, after: Filesystem, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Finding]:
    """Findings of what is set the same way and not found any more; `old` and `new` are the environments."""
    if "TZ" in new:
        yield from _missing(before, after, "TZ", new["TZ"], (f"/usr/share/zoneinfo/{new['TZ'].removeprefix(':')}",))
    elif "TZ" not in old:
        was, now = zone(before), zone(after)
        yield same("time zone", was) if was == now else judged("time zone", was, now, None, "/etc/localtime is another")
    name = next((variable for variable in ("LC_ALL", "LC_CTYPE", "LANG") if new.get(variable)), None)
    # C.UTF-8 is in the C library itself since glibc 2.35, and in musl: https://sourceware.org/glibc/wiki/Release/2.35
    if name is not None and new[name].partition(".")[0] not in ("C", "POSIX"):
        language, _, codeset = new[name].partition(".")
        spelt = codeset.lower().replace("-", "")
        folders = (f"/usr/lib/locale/{language}.{spelt}", f"/usr/lib/locale/{new[name]}", _ARCHIVE)
        yield from _missing(before, after, name, new[name], folders)


def _missing(before: Filesystem, after: Filesystem, name: str, value: str, paths: tuple[str, ...]) -> Iterator[Finding]:
    """A finding where the original has one of the files that a variable asks for, and the new image none."""
    there = next((path for path in paths if before.exists(path)), None)
    if there is not None and not any(after.exists(path) for path in paths):
        yield Finding(
            what=f"env {name}={value}",
            verdict=Verdict.DIFFERENT,
            before=there,
            after="missing",
            detail="the C library looks it up and finds nothing",
            repair=brought(before, after, there),
        )
