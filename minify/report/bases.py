"""`bases`: what an image is, and the slimmer ones, safest first, with what makes each unsafe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from minify.image.alternatives import alternatives
from minify.image.catalog import BaseImage, lookup
from minify.image.reference import ImageReference
from minify.report.lines import Line, line


def _known(image: str) -> tuple[ImageReference, BaseImage | None]:
    reference = ImageReference.parse(image)
    return reference, lookup(reference)


def lines(image: str) -> Iterator[Line]:
    """The facts of one image and its alternatives, for a person."""
    reference, base = _known(image)
    yield line(str(reference), "bold")
    if base is None:
        yield line(f"  nothing is known of {reference.normalized}; dockminify rewrites no file that stands on it")
        return
    for name, value in _facts(base):
        yield Line(((f"  {name:<16}", "dim"), (value, "")))
    found = alternatives(base)
    yield line()
    yield line("Slimmer" if found else "Nothing slimmer is known", "bold")
    for other in found:
        size = f"{other.size_mb:.1f} MB" if other.size_mb is not None else "size not known"
        yield Line((("  ", ""), (other.reference, "green" if other.safe else "yellow"), (f"  {size}", "dim")))
        yield line(f"      {other.why}")
        if other.constraint:
            yield line(f"      but: {other.constraint}")


def document(image: str) -> dict[str, Any]:
    """The same as plain data: docs/json.md, section bases."""
    reference, base = _known(image)
    return {
        "schema_version": 1,
        "reference": str(reference),
        "normalized": reference.normalized,
        "known": base is not None,
        "facts": dict(_facts(base)) if base is not None else {},
        "alternatives": [
            {
                "reference": other.reference,
                "size_mb": other.size_mb,
                "safe": other.safe,
                "why": other.why,
                "constraint": other.constraint,
            }
            for other in (alternatives(base) if base is not None else ())
        ],
    }


def _facts(base: BaseImage) -> Iterator[tuple[str, str]]:
    yield "publisher", base.publisher or "not known"
    nothing = "none" if base.placed else "not known"
    yield "distribution", (base.distro or nothing) + (" (inferred)" if base.distro and not base.certain else "")
    yield "C library", " ".join(part for part in (base.libc, base.glibc) if part) or nothing
    yield "shell", base.shell or nothing
    yield "package manager", base.package_manager or nothing
    yield "user", base.user or "root"
    if base.language:
        yield "language", f"{base.language} {base.language_version or base.version or ''}".strip()
    yield "end of life", f"{base.eol or 'not known'} ({base.status})"
    sizes = [
        f"{size:g} MB {what}"
        for size, what in ((base.compressed_mb, "to download"), (base.uncompressed_mb, "on disk"))
        if size is not None
    ]
    yield "size", ", ".join(sizes) or "not known"
    for note in base.notes:
        yield "note", note
    yield "source", f"{base.source} ({base.as_of})"
