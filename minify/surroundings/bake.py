"""Bake files: `target "api" { context = "api" }` in HCL with what it inherits and its matrix, and the same in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

_TOKEN: Final = re.compile(
    r'(?P<comment>#[^\n]*|//[^\n]*|/\*.*?\*/)|"(?P<text>(?:[^"\\\n]|\\.)*)"|(?P<word>[\w.\-]+)|(?P<mark>[{}=\[\](),])|(?P<line>\n)',
    re.DOTALL,
)
_MOST_PARENTS: Final = 20
_MOST_VARIANTS: Final = 200

_Token = tuple[str, str, int]


class Target(NamedTuple):
    """A target with all that it says and inherits: texts by name, and its tags; `line` is 0 where that is not known."""

    name: str
    settings: Mapping[str, str]
    tags: tuple[str, ...]
    args: Mapping[str, str]
    line: int


class _Block(NamedTuple):
    texts: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    matrix: Mapping[str, tuple[str, ...]]
    args: Mapping[str, str]
    line: int


def targets(path: str, text: str) -> Iterator[Target]:
    """Every target of a file; one of a matrix once for each of its values. A value that is computed is left out.

    >>> [t.settings for t in targets("docker-bake.hcl", 'target "b" { target = "x" }\\ntarget "a" { inherits = ["b"] }')]
    [{'target': 'x'}, {'target': 'x'}]
    """
    blocks = _from_json(text) if path.endswith(".json") else _from_hcl(text)
    for name, block in blocks.items():
        whole = _inherited(blocks, name, 0)
        for values in _variants(block.matrix):
            settings = {key: _with(value, values) for key, value in whole.texts.items()}
            tags = tuple(_with(tag, values) for tag in whole.lists.get("tags", ()))
            args = {key: _with(value, values) for key, value in whole.args.items()}
            named = settings.pop("name", name)
            yield Target(named, _known(settings), tags, _known(args), block.line)


def _known(texts: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in texts.items() if "${" not in value}


def _variants(matrix: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    found = (dict(zip(matrix, values, strict=True)) for values in product(*matrix.values()))
    for _, values in zip(range(_MOST_VARIANTS), found, strict=False):
        yield values


def _with(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\s*(\w+)\s*\}", lambda m: values.get(m[1], m[0]), text)


def _inherited(blocks: Mapping[str, _Block], name: str, depth: int) -> _Block:
    block = blocks.get(name)
    if block is None or depth > _MOST_PARENTS:
        return _Block({}, {}, {}, {}, 0)
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    args: dict[str, str] = {}
    for parent in block.lists.get("inherits", ())[:_MOST_PARENTS]:
        above = _inherited(blocks, parent, depth + 1)
        texts |= above.texts
        lists |= above.lists
        args |= above.args
    return block._replace(texts={**texts, **block.texts}, lists={**lists, **block.lists}, args={**args, **block.args})


def _from_json(text: str) -> dict[str, _Block]:
    try:
        data: Any = json.loads(text)
        listed = data.get("target", {}).items()
    except (ValueError, RecursionError, AttributeError):
        return {}
    return {
        name: _Block(
            {key: item for key, item in target.items() if isinstance(item, str)},
            {key: _texts(item) for key, item in target.items() if isinstance(item, list)},
            {key: _texts(item) for key, item in _pairs(target.get("matrix")) if isinstance(item, list)},
            {key: item for key, item in _pairs(target.get("args")) if isinstance(item, str)},
            0,
        )
        for name, target in listed
        if isinstance(target, dict)
    }


def _pairs(value: Any) -> Sequence[tuple[str, Any]]:
    return tuple(value.items()) if isinstance(value, dict) else ()


def _texts(items: Sequence[Any]) -> tuple[str, ...]:
    return tuple(item for item in items if isinstance(item, str))


def _from_hcl(text: str) -> dict[str, _Block]:
    found: dict[str, _Block] = {}
    tokens = [
        (m.lastgroup or "", m[0] if m.lastgroup != "text" else m["text"], m.start()) for m in _TOKEN.finditer(text)
    ]
    tokens = [token for token in tokens if token[0] not in ("comment", "line")]
    for at in range(len(tokens) - 2):
        if [tokens[at][:2], tokens[at + 1][0], tokens[at + 2][:2]] == [("word", "target"), "text", ("mark", "{")]:
            texts, lists, inner = _block(tokens, at + 3)
            matrix = _block(tokens, inner["matrix"])[1] if "matrix" in inner else {}
            args = _block(tokens, inner["args"])[0] if "args" in inner else {}
            line = text.count("\n", 0, tokens[at][2]) + 1
            found[tokens[at + 1][1]] = _Block(texts, lists, matrix, args, line)
    return found


def _block(tokens: Sequence[_Token], at: int) -> tuple[dict[str, str], dict[str, tuple[str, ...]], dict[str, int]]:
    """The settings of one block by name: its texts, its lists of texts, and where the blocks in it begin."""
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    blocks: dict[str, int] = {}
    depth = 1
    while at < len(tokens) and depth:
        kind, said, _ = tokens[at]
        if kind == "mark" and said in "{[(":
            depth += 1
        elif kind == "mark" and said in "}])":
            depth -= 1
        elif depth == 1 and kind in ("word", "text") and at + 2 < len(tokens) and tokens[at + 1][:2] == ("mark", "="):
            after = tokens[at + 2]
            if after[0] == "text":
                # What follows a text on its line makes an expression of it
                texts[said] = after[1]
                at += 2
            elif after[0] == "word" and tokens[at + 3 : at + 4] and tokens[at + 3][:2] != ("mark", "("):
                # `target = tgt` is `"${tgt}"`
                texts[said] = f"${{{after[1]}}}"
                at += 2
            elif after[:2] == ("mark", "["):
                end = at + 3
                while end < len(tokens) and tokens[end][:2] != ("mark", "]"):
                    end += 1
                lists[said] = tuple(token[1] for token in tokens[at + 3 : end] if token[0] == "text")
                at = end
            elif after[:2] == ("mark", "{"):
                blocks[said] = at + 3
        at += 1
    return texts, lists, blocks
