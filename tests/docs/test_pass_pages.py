"""The examples on the pages of the passes, run: documentation that is wrong fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from minify.api import fix_source
from minify.context.tree import Context
from minify.edit import Safety
from minify.plan import Rung
from minify.planner import Wish
from minify.syntax import Source

PAGES = Path(__file__).resolve().parents[2] / "docs" / "passes"
BLOCK = re.compile(r"^```dockerfile (before|after|unchanged)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_CONTEXT = ("multi-stage", "final-base")


def examples() -> Iterator[tuple[str, str, str]]:
    """Every (page, before, after); an unchanged example is its own after."""
    for page in sorted(PAGES.glob("*.md")):
        before = None
        for kind, text in BLOCK.findall(page.read_text("utf-8")):
            if kind == "unchanged":
                yield page.stem, text, text
            elif kind == "before":
                before = text
            else:
                assert before is not None, f"{page.name}: an after without its before"
                yield page.stem, before, text
                before = None


@pytest.mark.parametrize(("code", "before", "after"), list(examples()))
def test_an_example_does_what_the_page_says(code: str, before: str, after: str) -> None:
    outcome = fix_source(Source(before), Context(None, None), Wish(to=Rung.SLIM), Safety.INFERRED)
    others = [a.fix.code for a in outcome.applied if a.fix.code != code]
    if before == after:
        assert code not in [a.fix.code for a in outcome.applied]
    else:
        assert outcome.patch.after.text == after
        assert others == []


def test_every_pass_page_has_both_kinds_of_example() -> None:
    seen = {(code, before == after) for code, before, after in examples()}
    pages = [page.stem for page in sorted(PAGES.glob("*.md")) if page.stem not in WITH_CONTEXT]
    assert pages
    assert [(code, same) for code in pages for same in (True, False) if (code, same) not in seen] == []
