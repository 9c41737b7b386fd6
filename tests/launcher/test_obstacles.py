"""What is not translated is said: each construct, where it stands, and all of them at once."""

from __future__ import annotations

import pytest

from minify.launcher import Dialect, Obstacle, Program, read

DASH, BASH, ASH = Dialect.DASH, Dialect.BASH, Dialect.ASH

OBSTACLES = [
    # text, dialect, part of the reason
    ("eval $CMD", DASH, "eval"),
    ("trap 'exit 0' EXIT; app", DASH, "a trap"),
    ("read answer", DASH, "read"),
    ("IFS=,; app", DASH, "IFS is set"),
    ("app $(a; b)", DASH, "several commands in $(…)"),
    (". /opt/env.sh; app", DASH, "whose text is not known"),
    ("pipe() { :; }; a | pipe", DASH, "a pipe with what is no program"),
    ("cat a | while read l; do echo $l; done", DASH, "a pipe with what is no program"),
    ("exec 3>&1; app", DASH, "a file descriptor above 2"),
    ("a=(1 2); app", BASH, "an array"),
    ('app "${list[@]}"', BASH, "an array"),
    ("app ${!name}", BASH, "an indirect variable"),
    ("diff <(a) <(b)", BASH, "a process as a file"),
    ("for ((i=0; i<3; i++)); do app; done", BASH, "a loop that counts"),
    ("((i++))", BASH, "an assignment in arithmetic"),
    ("echo $RANDOM", BASH, "which the shell makes"),
    ("shopt -s nullglob", BASH, "shopt"),
    ("declare -A x", BASH, "declare"),
    ("[[ $a =~ $b ]]", BASH, "a regular expression"),
    ("[[ $a == $b ]]", BASH, "a pattern that only running tells"),
    ("time app", BASH, "time"),
    ("a &> $LOG", BASH, "several words"),
    # What only bash reads
    ("app ${x/a/b}", DASH, "an operator that dash does not have"),
    ("app ${x:0:1}", DASH, "an operator that dash does not have"),
    ("[ $a == b ]", DASH, "an error to dash"),
    ("set -o pipefail", DASH, "pipefail"),
    ("app $'a\\n'", DASH, "read by bash only"),
    ("cat <<< x", ASH, "read by bash only"),
    ("app ${x^^}", ASH, "an operator that ash does not have"),
    # What the shell would take otherwise than it looks
    ('app "$A"$B', DASH, "quoted and unquoted"),
    ("app ${A:-'a b'}", DASH, "quotes inside an unquoted"),
    ("app x$@y \"x$@\"", DASH, "with other text around it"),
    ("[ -n $A -a -f x ]", DASH, "an unquoted word in a test of several parts"),
    ('[ "$A" -gt 2 ]', DASH, "the number that a test"),
    ("exit $CODE", DASH, "a status that may be no number"),
    ("cd -", DASH, "an option of cd"),
    ("A=1 cd x", DASH, "a variable for a command of the shell"),
    ("f() { :; }; A=1 f", DASH, "a variable for a function alone"),
    ("f() { :; }; f > x", DASH, "a redirection around a function"),
    ("f() { :; }; $X", DASH, "may be a function"),
    ("if app; then f() { :; }; fi", DASH, "defined on a condition"),
    ("[ -n \"$D\" ] && set -e; app", DASH, "set -o errexit on a condition"),
    ("(exit 3)", DASH, "exit in ( … )"),
    ("(A=1; export A)", DASH, "export in ( … )"),
    ("app $(echo $((x++)))", DASH, "an assignment in arithmetic"),
    ("echo $((x / y))", DASH, "a division by what may be 0"),
    ("echo $((010))", DASH, "the octal number"),
    ("printf '%5s' x", DASH, "a format of printf"),
    ("break", DASH, "out of more than one loop, or of none"),
    ("return", DASH, "return outside a function"),
    ("~bob/run", DASH, "the home directory of another user"),
    ("app $!", DASH, "$! with nothing in the background"),
    ("unset -f x", DASH, "unset of what is no plain variable"),
    ("local x", DASH, "local outside a function"),
    ("command -v app", DASH, "command -v that writes"),
    # What is no text of this shell
    ("if true; then app", DASH, "if is not closed"),
    ("app 'x", DASH, "a single quote is not closed"),
    ('app "x', DASH, "a double quote is not closed"),
    ("app )", DASH, ") stands where no command can begin"),
    ("fi", DASH, "fi stands where no command can begin"),
    ("app\r\napp\r\n", DASH, "carriage return"),
    ("! ! app", DASH, "! stands where no command can begin"),
    ("cat <<EOF\nx\n", BASH, "a here-document is not closed"),
    ("case x in a) app", DASH, "case is not closed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "dialect", "reason"), OBSTACLES, ids=[one[0][:40] for one in OBSTACLES])
def test_obstacle(text: str, dialect: Dialect, reason: str) -> None:
    found = read(text, dialect)
    assert isinstance(found, tuple)
    assert any(reason in one.reason for one in found), found


def test_every_one_is_named_with_its_place() -> None:
    text = 'set -e\napp\nif [ -n "$A" ]; then\n    eval x\nfi\n  trap y EXIT; read z\n'
    assert read(text, DASH) == (
        Obstacle(reason="eval", line=4, column=5, raw="eval x"),
        Obstacle(reason="a trap that is no text for signals", line=6, column=3, raw="trap y EXIT"),
        Obstacle(reason="read", line=6, column=16, raw="read z"),
    )


def test_in_another_file() -> None:
    files = {"./lib.sh": "ok=1\neval $ok\n"}
    found = read(". ./lib.sh\napp $ok\n", DASH, files.get)
    assert found == (Obstacle(reason="eval", line=2, column=1, raw="eval $ok", path="./lib.sh"),)


def test_bash_is_read_where_dash_is_not() -> None:
    for text in ("app ${x/a/b}", "[[ -n $x ]] && app", "app $'a'", "source ./x", "function f { app; }; f"):
        files = {"./x": "y=1"}
        assert isinstance(read(text, BASH, files.get), Program), text


def test_source_is_a_program_to_dash() -> None:
    found = read("source ./x", DASH, {"./x": "y=1"}.get)
    assert isinstance(found, Program)
    assert [one.name for one in found.programs] == ["source"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "#!/bin/sh\n"])
def test_nothing_to_do(text: str) -> None:
    found = read(text, DASH, script="/x.sh")
    assert isinstance(found, Program)
    assert found.body == ()


def test_deep_nesting_is_an_obstacle() -> None:
    found = read("$(" * 3000 + "x" + ")" * 3000, DASH)
    assert isinstance(found, tuple)
    assert found[0].reason == "it nests too deeply"
