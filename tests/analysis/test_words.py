"""Variables that BuildKit cannot expand are refused with their line, and those that a build argument may give are not."""

from __future__ import annotations

import pytest

from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.errors import SyntaxRefusedError
from minify.syntax import Source, parse


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ARG TAG=${option:variant}\nFROM debian\n", 1),
        ("FROM debian:${TAG!}\n", 1),
        ("FROM debian AS a\n\nFROM b:${}\n", 3),
        ('FROM debian\nCMD ["x"]\nENV A=${B:=c}\n', 3),
        ("FROM debian\nARG A=${B^^}\n", 2),
        ("FROM debian\nLABEL a=${B@Q}\n", 2),
        ("FROM debian\nWORKDIR ${B\n", 2),
        ("FROM debian\nCOPY --chown=${B!} a /a\n", 2),
        ('FROM debian\nVOLUME ["/a", "${}"]\n', 2),
        ("FROM debian AS a\nUSER ${B!}\nFROM debian\nCOPY --from=a /a /a\n", 2),
    ],
)
def test_what_buildkit_cannot_expand_is_refused(text: str, line: int) -> None:
    with pytest.raises(SyntaxRefusedError) as raised:
        gather(parse(Source(text)), Context(None, None))
    assert raised.value.line == line
    assert "subst" in raised.value.message or "missing" in raised.value.message


@pytest.mark.parametrize(
    "text",
    [
        # Not built for the last stage
        "FROM debian AS a\nENV B=${C!}\nFROM debian\n",
        # The shell's, not BuildKit's
        'FROM debian\nRUN echo ${A^^} ${B@Q}\nCMD echo ${A^^}\nENTRYPOINT ["sh", "-c", "echo ${!x}"]\n',
        # What --build-arg may give
        "ARG TAG\nFROM debian:${TAG:?needed}\n",
        "FROM debian\nARG D\nWORKDIR ${D:?needed}\nENV A=1.2 B=${A%.*} C=${A/./-}\n",
    ],
)
def test_what_it_may_expand_is_not(text: str) -> None:
    gather(parse(Source(text)), Context(None, None))
