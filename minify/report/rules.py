"""What each code stands for, in a line: the rules of machine-readable reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RULES: Final[Mapping[str, str]] = {
    "multi-stage": "The application can run on a final stage of its own, without what only builds it",
    "final-base": "The last stage only copies what other stages built: a smaller base is enough under it",
    "pruned": "The image can do without its package managers, compilers, caches and documentation",
    "end-of-life": "The base image is past the end of its life: it gets no updates",
    "registry": "The image is pulled from another registry than the settings say",
    "slim-base": "The same release of the base image comes without what only builds or documents",
    "apt-recommends": "apt installs packages that are only recommended",
    "apt-lists": "apt's package lists stay in the image",
    "apk-no-cache": "apk's package index stays in the image",
    "rpm-cache": "The caches of dnf, yum or zypper stay in the image",
    "cache-mount": "What an installer downloads could be kept between builds, and out of the image",
    "pip-no-cache": "pip's downloads stay in the image",
    "npm-cache": "npm's downloads stay in the image",
    "refused": "The file is not rewritten",
}
