"""What a Dockerfile's own comments ask for."""

from __future__ import annotations

import pytest

from minify.api import Outcome, fix, fix_text
from minify.directives import read
from minify.errors import ConfigurationError
from minify.plan import Outcome as Became
from minify.plan import Rung
from minify.planner import Wish
from minify.syntax import Source, parse
from tests.report.dockerfiles import SEVERAL
from tests.samples import SAMPLES

FLASK = SAMPLES / "python-flask-postgres" / "context"
GO = SAMPLES / "go-web-templates" / "context"


def codes(outcome: Outcome) -> list[str]:
    return [a.fix.code for a in outcome.applied] + [s.fix.code for s in outcome.skipped]


def text_of(folder: object, comment: str) -> bytes:
    return comment.encode() + b"\n" + (folder / "Dockerfile").read_bytes()  # type: ignore[operator,no-any-return]


@pytest.mark.parametrize("comment", ["# dockminify: off", "#dockminify:skip", "  # dockminify: off  "])
def test_off(comment: str) -> None:
    outcome = fix_text(comment.encode() + b"\n" + SEVERAL)
    assert outcome.patch.empty
    assert outcome.plan.decisions[0].line == 1


def test_off_further_down_is_a_comment() -> None:
    assert not fix_text(SEVERAL + b"# dockminify: off\n").patch.empty


def test_off_is_of_every_fix_an_upgrade_too() -> None:
    text = b"# dockminify: off\nFROM python:3.8\nRUN pip install x\nCMD apt-get update; python app.py\n"
    outcome = fix_text(text, wish=Wish(upgrade=True))
    assert codes(outcome) == []


def test_ignore_of_the_whole_file() -> None:
    outcome = fix_text(b"# dockminify: ignore=pip-no-cache,apt-lists offline builds\n" + SEVERAL)
    assert codes(outcome) == ["slim-base", "apt-recommends"]
    said = [d for d in outcome.plan.decisions if d.subject == "pip-no-cache"]
    assert said[0].reason == "a comment asks to leave it out: offline builds"
    assert said[0].line == 1


def test_ignore_of_one_instruction() -> None:
    text = b"FROM debian:12-slim\nRUN pip install a\n# dockminify: ignore=pip-no-cache the cache is shipped\nRUN pip install b\nCMD apt-get update; a\n"
    assert fix_text(text).patch.after.text == text.decode().replace("install a", "install --no-cache-dir a")


def test_ignore_of_a_conversion_leaves_the_clean_ups() -> None:
    data = text_of(FLASK, "# dockminify: ignore=multi-stage it is done by hand")
    outcome = fix_text(data, context=FLASK)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert "pip-no-cache" in codes(outcome)


@pytest.mark.parametrize(
    ("comment", "hint"),
    [
        ("# dockminify: of", "did you mean off?"),
        ("# dockminify: kep=curl", "did you mean keep?"),
        ("# dockminify: ignore=pip-nocache x", "did you mean pip-no-cache?"),
        ("# dockminify: ignore", "write one of off, keep=…, ignore=…"),
        ("# dockminify: keep=a b", "name programs and paths with commas between them"),
        ("# dockminify: keep=$(reboot)", "name programs and paths with commas between them"),
    ],
)
def test_what_is_not_understood_is_an_error(comment: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        fix_text(b"FROM a\n" + comment.encode() + b"\nCMD x\n")
    assert error.value.hint == hint
    assert error.value.line == 2


def test_only_a_comment_line_is_one() -> None:
    text = "FROM a\nRUN <<E\n# dockminify: off\nE\nRUN x \\\n# dockminify: nonsense\n  y\nLABEL a='# dockminify: b'\n"
    assert read(parse(Source(text))) == read(parse(Source("FROM a\n")))


def test_a_package_that_is_kept_comes_whole() -> None:
    plain = fix(FLASK / "Dockerfile")
    outcome = fix_text(text_of(FLASK, "# dockminify: keep=curl"), context=FLASK)
    assert outcome.plan.rung is Rung.DISTROLESS
    became = {d.subject: d.outcome for d in outcome.plan.decisions}
    assert {d.subject: d.outcome for d in plain.plan.decisions}["curl"] is Became.DROPPED
    assert became["curl"] is Became.KEPT
    assert "apt-cache depends" in outcome.patch.after.text and " curl " in outcome.patch.after.text
    assert [d.line for d in outcome.plan.decisions if d.subject == "curl"] == [1]


def test_a_program_that_is_kept_comes_with_its_libraries() -> None:
    """Go's final base has no C library: the program brings it."""
    assert "ldd" not in fix(GO / "Dockerfile").patch.after.text
    outcome = fix_text(text_of(GO, "# dockminify: keep=bash,/srv/data"), context=GO)
    text = outcome.patch.after.text
    assert "for name in bash; do" in text and "/srv/data" in text and "ldd" in text
    again = fix_text(text.encode(), context=GO)
    assert again.patch.empty


def test_a_base_that_lacks_what_is_kept_is_not_taken() -> None:
    assert "slim-base" in codes(fix_text(SEVERAL))
    assert "slim-base" not in codes(fix_text(b"# dockminify: keep=curl\n" + SEVERAL))
