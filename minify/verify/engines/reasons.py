"""Why a container could not be started: because of what is in its image, or because of the machine."""

from __future__ import annotations

import re

# The words of runc, crun and the engines around them: a program, a working directory or a user that is not there
_IMAGES = re.compile(
    r"\bexec\b|\bexecutable\b|\bchdir\b|\bworking directory\b|\bpasswd\b|\bfind (?:user|group|uid|gid)\b"
    r"|no command",
    re.IGNORECASE,
)


def is_the_images(reason: str) -> bool:
    """Whether the image is the cause, so that another image may start.

    >>> is_the_images('exec: "app": executable file not found in $PATH')
    True
    >>> is_the_images("cgroups in hybrid mode not supported")
    False
    """
    return _IMAGES.search(reason) is not None
