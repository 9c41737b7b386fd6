"""Bake files: `target "api" { context = "api" }` in HCL, and the same in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from minify.batch.evidence.paths import claim
from minify.batch.records import Claim

SOURCE: Final = "bake"
# Paths in a bake file start where bake is run: at the root
PATHS: Final = re.compile(r"^docker-bake(?:\.override)?\.(?:hcl|json)$")

_TOKEN: Final = re.compile(
    r'(?P<comment>#[^\n]*|//[^\n]*|/\*.*?\*/)|"(?P<text>(?:[^"\\\n]|\\.)*)"|(?P<word>[\w.\-]+)|(?P<mark>[{}=\[\](),])|(?P<line>\n)',
    re.DOTALL,
)
_MOST_PARENTS: Final = 20


class Target(NamedTuple):
    """A target's own settings, and the targets that it takes the rest from."""

    settings: Mapping[str, str]
    inherits: tuple[str, ...]
    line: int


def claims(path: str, text: str) -> Iterator[Claim]:
    """One claim a target that says its context or its Dockerfile."""
    targets = _from_json(text) if path.endswith(".json") else _from_hcl(text)
    for name, target in targets.items():
        settings = _inherited(targets, name, 0)
        if name == "_common" or not {"context", "dockerfile"} & settings.keys() or "dockerfile-inline" in settings:
            continue
        said = claim(
            SOURCE,
            path,
            target.line or None,
            context=settings.get("context", "."),
            dockerfile=settings.get("dockerfile"),
            folder="",
            of_context=True,
        )
        if said is not None:
            yield said


def _inherited(targets: Mapping[str, Target], name: str, depth: int) -> dict[str, str]:
    target = targets.get(name)
    if target is None or depth > _MOST_PARENTS:
        return {}
    found: dict[str, str] = {}
    for parent in target.inherits[:_MOST_PARENTS]:
        found |= _inherited(targets, parent, depth + 1)
    return found | dict(target.settings)


def _from_json(text: str) -> dict[str, Target]:
    try:
        data: Any = json.loads(text)
        listed = data.get("target", {}).items()
    except (ValueError, RecursionError, AttributeError):
        return {}
    return {
        name: Target(
            {key: item for key, item in target.items() if isinstance(item, str)},
            tuple(item for item in target.get("inherits", ()) if isinstance(item, str)),
            0,
        )
        for name, target in listed
        if isinstance(target, dict)
    }


def _from_hcl(text: str) -> dict[str, Target]:
    """Blocks `target "name" { key = "text" }`; a value that is computed is not known, and left out."""
    found: dict[str, Target] = {}
    tokens = [
        (m.lastgroup or "", m[0] if m.lastgroup != "text" else m["text"], m.start()) for m in _TOKEN.finditer(text)
    ]
    tokens = [token for token in tokens if token[0] not in ("comment", "line")]
    for at in range(len(tokens) - 2):
        if [tokens[at][:2], tokens[at + 1][0], tokens[at + 2][:2]] == [("word", "target"), "text", ("mark", "{")]:
            block = _block(tokens, at + 3)
            found[tokens[at + 1][1]] = Target(
                {key: values[0] for key, (values, is_list) in block.items() if values and not is_list},
                tuple(block.get("inherits", ([], True))[0]),
                text.count("\n", 0, tokens[at][2]) + 1,
            )
    return found


def _block(tokens: list[tuple[str, str, int]], at: int) -> dict[str, tuple[list[str], bool]]:
    """The settings of one block by name: its texts, and whether they stand in a list."""
    found: dict[str, tuple[list[str], bool]] = {}
    depth = 1
    while at < len(tokens) and depth:
        kind, said, _ = tokens[at]
        if kind == "mark" and said in "{[(":
            depth += 1
        elif kind == "mark" and said in "}])":
            depth -= 1
        elif depth == 1 and kind == "word" and at + 2 < len(tokens) and tokens[at + 1][:2] == ("mark", "="):
            after = tokens[at + 2]
            if after[0] == "text":
                # What follows a text on its line makes an expression of it
                found[said] = ([after[1]], False)
                at += 2
            elif after[:2] == ("mark", "["):
                end = at + 3
                while end < len(tokens) and tokens[end][:2] != ("mark", "]"):
                    end += 1
                found[said] = ([token[1] for token in tokens[at + 3 : end] if token[0] == "text"], True)
                at = end
        at += 1
    return found
