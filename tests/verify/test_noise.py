"""What two runs of one image differ in makes room for that, and for nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minify.verify.noise import only_noise
from tests.verify import EXAMPLES


@pytest.mark.parametrize(
    ("before", "control", "after", "why"),
    [
        ("token a1b2\nok", "token c3d4\nok", "token e5f6\nok", "a word that is another one in each run"),
        ("a 1 b 2", "a 3 b 4", "a 5 b 6", "two words of one line"),
        ("id=a-b;", "id=abc;", "id=x-y-z;", "values of another form"),
        ("w1 up\nw2 up", "w2 up\nw1 up", "w1 up\nw2 up", "the order of two workers"),
        ("{a, b, c}", "{b, a, c}", "{c, b, a}", "a set, written out"),
        ("x\nretry 1\ny", "x\nretry 1\nretry 2\ny", "x\nretry 1\nretry 2\nretry 3\ny", "lines that come so often"),
        ("x\nretry 1\ny", "x\ny", "x\ny", "a line that does not always come"),
        ("same", "same", "same", "nothing differs"),
    ],
)
def test_noise_is_told(before: str, control: str, after: str, why: str) -> None:
    assert only_noise(before, control, after), why


@pytest.mark.parametrize(
    ("before", "control", "after", "why"),
    [
        ("ok", "ok", "no", "two runs agree, the new image does not"),
        ("token a1\nok", "token b2\nok", "token c3\nfailed", "another line differs"),
        ("token a1\nok", "token b2\nok", "token c3", "a line is missing"),
        ("token a1 ok", "token b2 ok", "token c3 failed", "another word of the same line differs"),
        ("x\nretry 1\ny", "x\ny", "x\ncrash\ny", "a line of another kind, where lines come and go"),
        ("w1\nw2", "w2\nw1", "w1\nw1", "in any order, but not other ones"),
        ("a\nb", "b\na", "a\nb\nerror", "one line more than in either order"),
    ],
)
def test_what_is_no_noise_stays(before: str, control: str, after: str, why: str) -> None:
    assert not only_noise(before, control, after), why


_TEXT = st.lists(st.sampled_from(["a", "b 1", "b 2", "c x9", "", "d"]), max_size=6).map("\n".join)


@settings(max_examples=EXAMPLES)
@given(_TEXT, _TEXT)
def test_the_two_runs_themselves_always_fit(before: str, control: str) -> None:
    assert only_noise(before, control, before)
    assert only_noise(before, control, control)


@settings(max_examples=EXAMPLES)
@given(_TEXT, _TEXT)
def test_without_noise_nothing_else_fits(text: str, after: str) -> None:
    assert only_noise(text, text, after) == (after == text)


def test_a_token_in_a_page_that_is_too_long_to_align() -> None:
    before, control, after = (
        "\n".join(["<p>text</p>"] * 2000 + [f"href=/cfg/{token}>"]) for token in ("a1", "b2", "c3")
    )
    assert only_noise(before, control, after)
    assert not only_noise(before, control, after.replace("text", "other", 1))
