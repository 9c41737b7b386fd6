"""Clean-ups of a final stage that keeps its shape: one file a pass, each fix with a safety of its own.

Their place in `PASSES` is the order in which they are asked. A pass reads facts and yields fixes; it never edits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from minify.analysis.facts import Facts
from minify.edit import Fix
from minify.rewrite.passes import (
    apk_no_cache,
    apt_lists,
    apt_recommends,
    cache_mount,
    npm_cache,
    pip_no_cache,
    rpm_cache,
    slim_base,
)

Pass = Callable[[Facts], Iterator[Fix]]

PASSES: Final[tuple[Pass, ...]] = (
    slim_base.fixes,
    apt_recommends.fixes,
    apt_lists.fixes,
    apk_no_cache.fixes,
    rpm_cache.fixes,
    cache_mount.fixes,
    pip_no_cache.fixes,
    npm_cache.fixes,
)
