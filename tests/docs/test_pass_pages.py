"""The examples on the pages of the passes, run and compared exactly: documentation that is wrong fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from minify.api import fix_source
from minify.context.tree import Context
from minify.edit import Safety
from minify.image.mirror import Mirror
from minify.plan import Options, Rung
from minify.planner import Wish
from minify.syntax import Source

PAGES = Path(__file__).resolve().parents[2] / "docs" / "passes"
BLOCK = re.compile(
    r"^```(dockerfile before|dockerfile after|dockerfile unchanged|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
WITH_CONTEXT = ("multi-stage", "final-base", "pruned")
"""Pages whose examples need a build context: the clean-ups are asked on their own, these are chosen by the planner."""


class Example(NamedTuple):
    """A Dockerfile of a page, what becomes of it, and the build context above it; an unchanged one is its own after."""

    code: str
    before: str
    after: str
    context: str


def examples(page: Path) -> Iterator[Example]:
    """Every example of a page, in its order; a `text` block is the context of all that follow it."""
    context = ""
    before = None
    for kind, text in BLOCK.findall(page.read_text("utf-8")):
        match kind.rpartition(" ")[2]:
            case "text":
                context = text
            case "unchanged":
                yield Example(page.stem, text, text, context)
            case "before":
                before = text
            case _:
                assert before is not None, f"{page.name}: an after without its before"
                yield Example(page.stem, before, text, context)
                before = None
    assert before is None, f"{page.name}: a before without its after"


def written(context: str, folder: Path) -> Context:
    r"""The context that `path: line` lines describe; a path that comes again goes on with its file."""
    if not context:
        return Context(None, None)
    for line in context.splitlines():
        path, _, text = line.partition(": ")
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(text + "\n")
    return Context(folder, None)


EVERY = [example for page in sorted(PAGES.glob("*.md")) for example in examples(page)]


@pytest.mark.parametrize("example", EVERY, ids=[f"{e.code}-{number}" for number, e in enumerate(EVERY)])
def test_an_example_does_what_the_page_says(example: Example, tmp_path: Path) -> None:
    to = None if example.code in WITH_CONTEXT else Rung.SLIM
    mirror = Mirror.of("registry.example" if example.code == "registry" else None, {})
    wish = Wish(to=to, upgrade=example.code == "end-of-life", options=Options(mirror=mirror))
    outcome = fix_source(Source(example.before), written(example.context, tmp_path), wish, Safety.INFERRED)
    assert outcome.patch.after.text == example.after
    expected = [] if example.before == example.after else [example.code]
    assert list(dict.fromkeys(applied.fix.code for applied in outcome.applied)) == expected


def test_every_page_begins_its_examples_with_one_that_stays_as_it_is() -> None:
    pages = sorted(PAGES.glob("*.md"))
    assert pages
    for page in pages:
        kinds = [example.before == example.after for example in examples(page)]
        assert kinds[:1] == [True] and False in kinds, page.name


def test_every_page_says_how_safe_it_is() -> None:
    for page in sorted(PAGES.glob("*.md")):
        assert "\n## Safety\n" in page.read_text("utf-8"), page.name
