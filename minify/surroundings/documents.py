"""YAML with the place of every value: what a line says, and where its text begins and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from yaml.nodes import Node

MOST_NODES = 50_000
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])")


class Value(NamedTuple):
    """A value of a document: a text, items or pairs. `start` and `end` are offsets in the file's text.

    `shared` when it is written elsewhere (an alias, a merged mapping): a change of it is one of others too.
    """

    line: int
    start: int
    end: int
    text: str | None = None
    items: tuple[Value, ...] | None = None
    pairs: tuple[tuple[Value, Value], ...] | None = None
    shared: bool = False
    after_key: int = -1
    """Where the key ends that it stands behind; -1 for an item."""

    def get(self, *keys: str) -> Value | None:
        """The value below a path of keys."""
        found: Value | None = self
        shared = self.shared
        for key in keys:
            pairs = found.pairs if found is not None else None
            found = next((value for name, value in reversed(pairs or ()) if name.text == key), None)
            shared = shared or (found is not None and found.shared)
        return found._replace(shared=True) if found is not None and shared else found

    def said(self, *keys: str) -> str:
        """The text below a path of keys, or ""."""
        found = self.get(*keys)
        return (found.text or "") if found is not None else ""

    def each(self, *keys: str) -> tuple[Value, ...]:
        """The items below a path of keys."""
        found = self.get(*keys)
        items = (found.items or ()) if found is not None else ()
        return tuple(item._replace(shared=True) for item in items) if found is not None and found.shared else items

    @property
    def words(self) -> tuple[str, ...] | None:
        """A list of texts."""
        if self.items is None or any(item.text is None for item in self.items):
            return None
        return tuple(item.text or "" for item in self.items)


@lru_cache(maxsize=64)
def documents(text: str) -> tuple[Value, ...]:
    """The documents of a YAML text; none when it is none, or is larger than anything a person writes."""
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=loader) if node is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()
    reader = _Reader(text)
    try:
        return tuple(reader.value(node, shared=False) for node in nodes)
    except _TooLarge:
        return ()


def mappings(value: Value) -> Iterator[Value]:
    """Every mapping in a value, outermost first, each once."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if item.pairs is not None:
            yield item
            pending += [below for _, below in reversed(item.pairs)]
        elif item.items is not None:
            pending += reversed(item.items)


class _TooLarge(Exception):  # noqa: N818 - never leaves this module
    pass


class _Reader:
    def __init__(self, text: str) -> None:
        # libyaml counts lines and columns in characters
        self.text = text
        self.starts = [0, *accumulate(len(line) for line in _LINE.findall(text))]
        self.known: dict[int, Value] = {}
        self.open: set[int] = set()

    def offset(self, mark: object) -> int:
        line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
        return min(self.starts[line] + column, len(self.text)) if line < len(self.starts) else len(self.text)

    def value(self, node: Node, *, shared: bool, after_key: int = -1) -> Value:
        """The value of a node; a node that is met again is an alias."""
        before = self.known.get(id(node))
        if before is not None:
            return before._replace(shared=True, after_key=-1)
        if id(node) in self.open or len(self.known) + len(self.open) > MOST_NODES:
            raise _TooLarge
        self.open.add(id(node))
        start, end = self.offset(node.start_mark), self.offset(node.end_mark)
        made = Value(line=node.start_mark.line + 1, start=start, end=end, shared=shared, after_key=after_key)
        # An anchor: others read it too
        shared = shared or "&" in self.text[max(0, start - 1) : start + 1]
        if isinstance(node.value, str):
            made = made._replace(text=node.value)
        elif node.value and isinstance(node.value[0], tuple):
            pairs = tuple(self._pairs(node, shared=shared))
            made = made._replace(pairs=pairs, end=self._end(node, [value for _, value in pairs], end))
        else:
            kind = getattr(node, "id", "")
            if kind == "mapping":
                made = made._replace(pairs=())
            else:
                items = tuple(self.value(item, shared=shared) for item in node.value)
                made = made._replace(items=items, end=self._end(node, items, end))
        self.open.discard(id(node))
        self.known[id(node)] = made
        return made

    def _pairs(self, node: Node, *, shared: bool) -> Iterator[tuple[Value, Value]]:
        merged: list[tuple[Value, Value]] = []
        own: list[tuple[Value, Value]] = []
        for key, below in node.value:
            name = self.value(key, shared=shared)
            value = self.value(below, shared=shared, after_key=name.end)
            if name.text == "<<" and name.end - name.start == 2:
                for source in value.items if value.items is not None else (value,):
                    merged += [(k, v._replace(shared=True)) for k, v in source.pairs or ()]
            else:
                own.append((name, value))
        yield from merged
        yield from own

    @staticmethod
    def _end(node: Node, below: object, end: int) -> int:
        """A block's own end mark is where the next thing begins: it ends where its last value does."""
        last = below[-1] if isinstance(below, list | tuple) and below else None
        return end if getattr(node, "flow_style", False) or last is None else max(last.end, 0)
