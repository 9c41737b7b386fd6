"""Which images may be introduced: patterns of names, as settings list them."""

from __future__ import annotations

from collections.abc import Sequence

from minify.errors import UsageError
from minify.image.reference import ImageReference


def permitted(image: str, allow: Sequence[str], deny: Sequence[str]) -> bool:
    """Whether some pattern of `allow` fits, or there is none, and no pattern of `deny` does; `scratch` is no image.

    >>> permitted("gcr.io/distroless/cc-debian12", ["gcr.io/distroless/*"], []), permitted("python:3.12-slim", [], ["python:*"])
    (True, False)
    """
    if not (allow or deny):
        return True
    from fnmatch import fnmatchcase

    if image == "scratch":
        return "scratch" not in deny
    try:
        reference = ImageReference.parse(image)
    except UsageError:
        # A variable chooses it: what it is, nobody knows
        return not allow
    names = (image, reference.familiar, reference.normalized, reference.repository)

    def fits(patterns: Sequence[str]) -> bool:
        return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    return (not allow or fits(allow)) and not fits(deny)
