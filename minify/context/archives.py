"""Which files of the build context ADD unpacks: tar archives, known by what they hold and not by their names."""

from __future__ import annotations

from typing import Final

from minify.context.tree import Context

_BLOCK: Final = 512
# A block of bzip2 is given back whole: https://sourceware.org/bzip2/manual/manual.html#options
_READ: Final = 1_000_000


def unpacked(context: Context, source: str) -> str | None:
    """The first file of an ADD source that is unpacked where it is added, or None.

    unpacked(context, "vendor.tar.gz")    # "vendor.tar.gz", where it is a tar archive

    Docker knows gzip, bzip2, xz and Zstandard: https://docs.docker.com/reference/dockerfile/#adding-local-tar-archives
    What lies in a directory that is added is not unpacked.
    """
    if context.is_dir(source):
        return None
    return next((path for path in context.expand(source) if _is_tar(context.read(path, _READ) or b"")), None)


def _is_tar(head: bytes) -> bool:
    import tarfile

    # Python before 3.14 reads no Zstandard; what is packed so and added is hardly anything else
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return True
    try:
        tarfile.TarInfo.frombuf(_first_block(head), "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def _first_block(head: bytes) -> bytes:
    import bz2
    import lzma
    import zlib

    try:
        if head.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _BLOCK)
        if head.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(head, _BLOCK)
        if head.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor().decompress(head, _BLOCK)
    except (OSError, zlib.error, lzma.LZMAError):
        return b""
    return head[:_BLOCK]
