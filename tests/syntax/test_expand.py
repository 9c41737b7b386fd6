"""Quotes, escapes and variables as BuildKit takes them."""

from __future__ import annotations

import pytest

from minify.syntax import ExpansionError, process_word, process_words

ENV = {"x": "one", "empty": "", "path": "/tmp/tmp/file.tar.gz", "stars": "a**b", "y": "é/ü", "sp": "a  b "}

ROWS = [
    ("plain", "plain", "no-op: nothing to expand"),
    ("a-b/c:d=e", "a-b/c:d=e", "no-op: no special character"),
    ("", "", "no-op: empty"),
    ("$x", "one", "bare name"),
    ("${x}", "one", "braces"),
    ("$x.$x", "one.one", "a name ends where its letters do"),
    ("$xx", "", "a longer name is another one"),
    ("$", "$", "a lone dollar stays"),
    ("a$.b", "a$.b", "no name"),
    ("$1x", "x", "a number is a name of its own"),
    ("$?", "", "a special parameter"),
    ("'$x'", "$x", "single quotes keep all"),
    ("'a\\'", "a\\", "a backslash is nothing special in them"),
    ('"$x y"', "one y", "double quotes expand"),
    ('"a\\"b"', 'a"b', "an escaped quote"),
    ('"a\\b"', "a\\b", "other backslashes stay in double quotes"),
    ('"\\$x"', "$x", "an escaped dollar in double quotes"),
    ("\\$x", "$x", "an escaped dollar"),
    ("a\\ b", "a b", "an escaped space"),
    ("a\\\\b", "a\\b", "an escaped backslash"),
    ("a\\", "a", "an escape at the end is dropped"),
    ("${x:-y}", "one", "default of what is set"),
    ("${n:-y}", "y", "default of what is not"),
    ("${empty:-y}", "y", "default of what is empty"),
    ("${empty-y}", "", "without the colon empty is set"),
    ("${n-$x}", "one", "a default is expanded"),
    ("${n:-'a b'}", "a b", "and loses its quotes"),
    ("${n:-${m:-deep}}", "deep", "defaults nest"),
    ("${x:+y}", "y", "instead of what is set"),
    ("${empty:+y}", "", "nothing instead of what is empty"),
    ("${empty+y}", "y", "without the colon empty is set"),
    ("${n+y}", "", "nothing instead of what is not set"),
    ("${x:?no}", "one", "an error that does not happen"),
    ("${empty?no}", "", "nor here"),
    ("${path#*/}", "tmp/tmp/file.tar.gz", "shortest start"),
    ("${path##*/}", "file.tar.gz", "longest start"),
    ("${path%.*}", "/tmp/tmp/file.tar", "shortest end"),
    ("${path%%.*}", "/tmp/tmp/file", "longest end"),
    ("${path#?}", "tmp/tmp/file.tar.gz", "one character"),
    ("${path#nothing}", "/tmp/tmp/file.tar.gz", "no match"),
    ("${stars%\\**}", "a*", "an escaped star is a star"),
    ("${stars#a[*]}", "a**b", "no brackets in patterns"),
    ("${path/tmp/x}", "/x/tmp/file.tar.gz", "the first match"),
    ("${path//tmp/x}", "/x/x/file.tar.gz", "every match"),
    ("${path//\\//-}", "-tmp-tmp-file.tar.gz", "an escaped slash"),
    ("${path//t*p}", None, "a replacement is needed"),
    ("${path//$x/y}", "/tmp/tmp/file.tar.gz", "a pattern is expanded"),
    ("${y/\\//-}", "é-ü", "beyond ASCII"),
    ("${n/a/b}", "", "not set"),
    ("'a", None, "single quote not closed"),
    ('"a', None, "double quote not closed"),
    ("${x", None, "brace not closed"),
    ("${x:-", None, "brace not closed after a modifier"),
    ("${}", None, "no name in braces"),
    ("${{x}}", None, "a brace in braces"),
    ("${x=y}", None, "a modifier that is none"),
    ("${x:#y}", None, "a pattern takes no colon"),
    ("${n:?no}", None, "an error that happens"),
    ("${empty:?}", None, "an error without words"),
    ("${x#\\a}", None, "an escape that a pattern does not take"),
]


@pytest.mark.parametrize(("word", "expected", "reason"), ROWS, ids=[row[2] for row in ROWS])
def test_process_word(word: str, expected: str | None, reason: str) -> None:
    if expected is None:
        with pytest.raises(ExpansionError):
            process_word(word, ENV, demanding=True)
    else:
        assert process_word(word, ENV).text == expected


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("${n:?needed}", "n: needed"),
        ("${n?}", "n: is not allowed to be unset"),
        ("${empty:?}", "empty: is not allowed to be empty"),
        ("${x:=y}", "unsupported modifier (:=) in substitution"),
        ("${x", "syntax error: missing '}'"),
        ("${x:-a", "syntax error: missing '}'"),
        ("${}", "syntax error: bad substitution"),
        ("'", "unexpected end of statement while looking for matching single-quote"),
    ],
)
def test_reasons(word: str, reason: str) -> None:
    with pytest.raises(ExpansionError) as raised:
        process_word(word, ENV, demanding=True)
    assert str(raised.value) == reason


def test_unresolved_names_come_once_and_in_order() -> None:
    assert process_word("$b${a:-x}$x$b'$c'", ENV).unresolved == ("b", "a")


def test_a_function_looks_up_too() -> None:
    assert process_word("$a$b", lambda name: name.upper() if name == "a" else None).text == "A"


def test_backtick_escapes() -> None:
    assert process_word("c:\\dir`$x `` `a", ENV, "`").text == "c:\\dir$x ` a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a b\tc", ["a", "b", "c"]),
        ("$sp", ["a", "b"]),
        ("x$sp'y'", ["xa", "b", "y"]),
        ('"$sp"', ["a  b "]),
        ("a\\ b c", ["a b", "c"]),
        ("'' a", ["a"]),
        ("$n", []),
    ],
)
def test_process_words(text: str, expected: list[str]) -> None:
    assert process_words(text, ENV) == expected
