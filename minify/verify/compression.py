"""How small a stream becomes when it is packed, found out beside the reading of it.

with Compression() as compression:
    compression.add(chunk)
    compression.size()
"""

from __future__ import annotations

import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

# gzip's fastest level; better ones take five times as long for a tenth less
_LEVEL: Final = 1
# Chunks that wait are memory
_WAITING: Final = 4


class Compression:
    """Packs chunks each for itself, in threads (zlib works outside of Python's lock), and keeps only their sizes.

    Chunks of a MiB come out 0.1 % larger than the same stream packed in one piece.
    """

    def __init__(self) -> None:
        self.taken = 0
        """Bytes that were added."""
        self._workers = min(os.cpu_count() or 1, 4)
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="compression")
        self._waiting: list[Future[int]] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, chunk: bytes) -> None:
        """Pack a chunk; waits while too many are under way."""
        self.taken += len(chunk)
        if len(self._waiting) >= self._workers * _WAITING:
            self._size += self._waiting.pop(0).result()
        self._waiting.append(self._pool.submit(_packed, chunk))

    def size(self) -> int:
        """The bytes of all chunks, packed."""
        while self._waiting:
            self._size += self._waiting.pop(0).result()
        return self._size


def _packed(chunk: bytes) -> int:
    return len(zlib.compress(chunk, _LEVEL))
