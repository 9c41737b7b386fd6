"""How large both images are: bytes, layers, files, packages."""

from __future__ import annotations

from typing import Final

from minify.verify.databases import packages
from minify.verify.engine import Image
from minify.verify.filesystem import Filesystem
from minify.verify.verdict import Finding, Section, Verdict

NAME: Final = "size"
# Two builds of the same file differ a little: time stamps, byte code, what a package index offers today
_TOLERANCE: Final = 0.01
_NOTE: Final = "compressed: the root file system packed by gzip's fastest level; a registry's own packing, layer by layer, differs a little"


def compare(before_image: Image, before: Filesystem, after_image: Image, after: Filesystem) -> Section:
    """The section `size`: different only where all layers together grew by more than 1 %."""
    old, new = before_image.size, after_image.size
    findings = [
        _size("uncompressed", old, new, grown=Verdict.DIFFERENT, detail="all layers, as a host stores them"),
        _size("compressed", before.compressed, after.compressed),
        _size("root file system", before.size, after.size, detail="the files of a container, hard links once"),
        _number("layers", before_image.layers, after_image.layers),
        _number("files", before.files, after.files),
        _number("system packages", packages(before)[0], packages(after)[0]),
    ]
    return Section.of(NAME, f"{_mb(old)} → {_mb(new)}{_share(old, new)}", findings, [_NOTE])


def _size(what: str, old: int, new: int, *, grown: Verdict = Verdict.SAME, detail: str = "") -> Finding:
    if new > old * (1 + _TOLERANCE):
        verdict = grown
        detail = f"{detail}; grew{_share(old, new)}".lstrip("; ")
    else:
        verdict = Verdict.BETTER if new < old * (1 - _TOLERANCE) else Verdict.SAME
    return Finding(what=what, verdict=verdict, before=_mb(old), after=_mb(new), detail=detail)


def _number(what: str, old: int, new: int) -> Finding:
    """More of them is no worse in itself: five layers may be smaller than one."""
    verdict = Verdict.BETTER if new < old else Verdict.SAME
    return Finding(what=what, verdict=verdict, before=f"{old:,}", after=f"{new:,}")


def _mb(size: int) -> str:
    """`79.4 MB`, in units of 10^6 bytes as engines show them."""
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def _share(old: int, new: int) -> str:
    """` (-67%)`; what is left of an image is never rounded to nothing: ` (-99.5%)`."""
    if not old:
        return ""
    share = (new - old) / old
    if -1 < share < -0.99:
        # Towards zero
        return f" (-{int(-share * 1000) / 10:.1f}%)"
    rounded = f"{share:+.0%}"
    return f" ({rounded})" if rounded.strip("+-") != "0%" else ""
