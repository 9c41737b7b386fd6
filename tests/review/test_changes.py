"""What the changes of a file are, and the file that a choice of them gives."""

from __future__ import annotations

import itertools

import pytest

from minify.api import Outcome, fix, fix_text
from minify.planner import Wish
from minify.review.changes import changes_of, open_to
from minify.review.compose import compose
from minify.syntax import Source, parse
from tests.report.dockerfiles import CRLF, HOSTILE, SEVERAL
from tests.samples import SAMPLES

CONVERTED = SAMPLES / "python-flask-postgres" / "context" / "Dockerfile"
OLD = b"FROM python:3.8\nWORKDIR /app\nCOPY . .\nRUN pip install flask\nCMD apt-get update; python app.py\n"


def suggested(outcome: Outcome) -> set[str]:
    return {change.key for change in changes_of(outcome, Wish()) if change.suggested}


@pytest.mark.parametrize("text", [SEVERAL, HOSTILE, CRLF, OLD], ids=["several", "hostile", "crlf", "old"])
def test_all_that_is_suggested_is_what_fix_writes_and_nothing_is_nothing(text: bytes) -> None:
    outcome = fix_text(text)
    changes = changes_of(outcome, Wish())
    source = outcome.patch.before
    assert compose(source, changes, suggested(outcome)).patch.after == outcome.patch.after
    assert compose(source, changes, ()).patch.after.encode() == text


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/context/Dockerfile")), ids=lambda path: path.parts[-3])
def test_the_same_of_each_sample(path: object) -> None:
    outcome = fix(path)  # type: ignore[arg-type]
    changes = changes_of(outcome, Wish())
    assert compose(outcome.patch.before, changes, suggested(outcome)).patch.after == outcome.patch.after


def test_every_choice_parses_and_holds_what_was_chosen() -> None:
    outcome = fix_text(SEVERAL)
    changes = changes_of(outcome, Wish())
    marks = {"apt-lists": "rm -rf /var/lib/apt/lists", "pip-no-cache": "--no-cache-dir"}
    marks |= {"slim-base": "3.12-slim", "apt-recommends": "--no-install-recommends"}
    assert [change.fix.code for change in changes] == ["apt-lists", "pip-no-cache", "slim-base", "apt-recommends"]
    for number in range(5):
        for some in itertools.combinations(changes, number):
            composed = compose(outcome.patch.before, changes, [change.key for change in some])
            text = composed.patch.after.text
            parse(Source(text))
            assert composed.left == ()
            chosen = {change.fix.code for change in some}
            assert {code for code, mark in marks.items() if mark in text} == chosen


def test_a_key_is_of_this_change_of_this_file() -> None:
    keys = [
        [change.key for change in changes_of(fix_text(text), Wish())] for text in (SEVERAL, SEVERAL, SEVERAL + b"#\n")
    ]
    assert keys[0] == keys[1]
    assert not set(keys[0]) & set(keys[2])


def test_what_comes_in_the_place_of_a_conversion_goes_not_with_it() -> None:
    outcome = fix(CONVERTED)
    whole, *instead = changes_of(outcome, Wish())
    assert [change.fix.code for change in instead] == ["pip-no-cache", "slim-base", "apt-recommends"]
    assert not any(change.suggested for change in instead)
    assert not open_to(instead[0], [whole.key]) and open_to(instead[0], [])
    both = compose(outcome.patch.before, (whole, *instead), [whole.key, instead[0].key])
    assert both.taken == (whole.key,) and both.left == (instead[0].key,)
    assert both.patch.after == outcome.patch.after


def test_a_newer_base_and_what_was_planned_for_it_are_one() -> None:
    wish = Wish(upgrade=True)
    outcome = fix_text(OLD, wish=wish)
    whole, *instead = changes_of(outcome, wish)
    assert "python:3.8" not in outcome.patch.after.text and "--no-cache-dir" in outcome.patch.after.text
    assert compose(outcome.patch.before, (whole, *instead), [whole.key]).patch.after == outcome.patch.after
    without = next(change for change in instead if change.fix.code == "pip-no-cache")
    text = compose(outcome.patch.before, (whole, *instead), [without.key]).patch.after.text
    assert "FROM python:3.8\n" in text and "--no-cache-dir" in text
