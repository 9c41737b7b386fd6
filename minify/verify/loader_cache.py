"""glibc's /etc/ld.so.cache: libraries outside of the directories that the loader searches by itself.

https://sourceware.org/git/?p=glibc.git;a=blob;f=sysdeps/generic/dl-cache.h
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

_MAGIC: Final = b"glibc-ld.so.cache1.1"
_HEADER: Final = 48
_ENTRY: Final = 24


def cached_paths(data: bytes) -> Mapping[str, tuple[str, ...]]:
    """The paths by name: `{"libpython3.12.so.1.0": ("/usr/local/lib/libpython3.12.so.1.0",)}`; empty where it is no cache.

    An entry of the format before glibc 2.2 may stand in front; what it says is said again.
    """
    start = data.find(_MAGIC)
    if start < 0:
        return {}
    # Offsets count from the magic, and numbers are in the order of the machine's bytes
    body = data[start:]
    for order in "<>":
        count = struct.unpack_from(f"{order}I", body, len(_MAGIC))[0] if len(body) >= _HEADER else 0
        if 0 < count <= (len(body) - _HEADER) // _ENTRY:
            return _entries(body, order, count)
    return {}


def _entries(body: bytes, order: str, count: int) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    table = body[_HEADER : _HEADER + count * _ENTRY]
    for _, name, path, _, _ in struct.iter_unpack(f"{order}iIIIQ", table):
        key = _string(body, name)
        found[key] = (*found.get(key, ()), _string(body, path))
    return found


def _string(body: bytes, at: int) -> str:
    end = body.find(b"\0", at, at + 4096)
    return body[at : end if end >= 0 else at].decode("utf-8", "surrogateescape")
