"""Commands: what runs, where, with which arguments, and whether for sure."""

from __future__ import annotations

import pytest

from minify.shell.run import is_posix_shell, read_argv, read_command_line
from minify.shell.script import Script


def names(script: Script) -> list[str]:
    return [command.name for command in script.commands]


def where(script: Script) -> list[tuple[str, str]]:
    return [(command.name, command.cwd) for command in script.commands if command.name not in ("cd", "chdir")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# nothing runs in a comment", []),
        ("A=1", [""]),
        ("a && b; c || d", ["a", "b", "c", "d"]),
        ("a | b |& c", ["a", "b", "c"]),
        ("(a; b) && { c; }", ["a", "b", "c"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("case $x in a) b;; c|d) e;; *) f;; esac", ["b", "e", "f"]),
        ("for x in 1 2; do a; done; while b; do c; done", ["a", "b", "c"]),
        ("! a && [ -f x ] && [[ -n y ]]", ["a", "[", "[["]),
        ("echo $(a `b`)", ["b", "a", "echo"]),
        ("diff <(a) <(b)", ["a", "b", "diff"]),
        ("x=$(a) b", ["a", "b"]),
        ("f() { a; }; f", ["a", "f"]),
        ("export A=1; unset A", ["export", "unset"]),
        ("cat <<EOF | tee /x && a\nb $(c)\nEOF\nd", ["c", "cat", "tee", "a", "d"]),
    ],
)
def test_commands_in_the_order_they_run(text: str, expected: list[str]) -> None:
    script = read_command_line(text)
    assert names(script) == expected
    assert not script.opaque


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("pip install x", "pip", ("install", "x")),
        ("/opt/venv/bin/pip install x", "pip", ("install", "x")),
        ("sudo -E -u app env A=1 B=2 make x", "make", ("x",)),
        ("exec -a name node x.js", "node", ("x.js",)),
        ("time nice -n 5 make", "make", ()),
        ("command -v git", "command", ("-v", "git")),
        ("timeout -s KILL 30 curl x", "curl", ("x",)),
        ("gosu app:app npm ci", "npm", ("ci",)),
        ("env", "env", ()),
        ("sudo -i", "sudo", ("-i",)),
        ("eatmydata apt-get update", "apt-get", ("update",)),
        ("$TOOL x", "", ("x",)),
    ],
)
def test_prefixes_are_seen_through(text: str, name: str, args: tuple[str, ...]) -> None:
    (command,) = read_command_line(text).commands
    assert (command.name, command.args) == (name, args)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", ("plain",)),
        ("'a b'", ("a b",)),
        ('"a  $X  b"', ("a  1 2  b",)),
        ("$X", ("1", "2")),
        ("a$X-b", ("a1", "2-b")),
        ("$EMPTY", ()),
        ('"$EMPTY"', ("",)),
        ("$UNKNOWN", (None,)),
        ("${UNKNOWN:-x}", (None,)),
        ("${EMPTY:-x}", ("x",)),
        ("${EMPTY-x}", ()),
        ("${X%2}", (None,)),
        ("a\\ b", ("a b",)),
        ('"\\$X \\a"', ("$X \\a",)),
        ("$'a\\tb'", ("a\tb",)),
        ("~/x", ("/home/me/x",)),
        ("~app/x", (None,)),
        ("$(a)b", (None,)),
        ("a\"b\"'c'$Y", ("abc3",)),
        ("--x={{a}}", ("--x={{a}}",)),
        ("*.txt", ("*.txt",)),
    ],
)
def test_words(word: str, expected: tuple[str | None, ...]) -> None:
    env = {"X": "1 2", "Y": "3", "EMPTY": "", "HOME": "/home/me"}
    assert read_command_line(f"echo {word}", env=env).commands[-1].args == expected


@pytest.mark.parametrize(
    ("word", "glob"),
    [
        ("a", False),
        ("'*'", False),
        ("\\*", False),
        ("a*", True),
        ("[ab]", True),
        ("{a,b}", True),
        ("{}", False),
    ],
)
def test_only_unquoted_patterns_are_globs(word: str, glob: bool) -> None:
    assert read_command_line(f"echo {word}").commands[0].argv[1].has_glob is glob


def test_an_exported_substitution_is_not_text() -> None:
    (inner, outer) = read_command_line("export A=$(b)").commands
    assert (inner.name, outer.args) == ("b", (None,))


def test_static_is_what_needs_no_variable() -> None:
    words = read_command_line("echo 'a'b $x \"c\"").commands[0].argv
    assert [word.static for word in words] == ["echo", "ab", None, "c"]
    assert [word.raw for word in words] == ["echo", "'a'b", "$x", '"c"']


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("a", [("a", "/w")], "it starts in WORKDIR"),
        ("cd x && a; b", [("a", "/w/x"), ("b", "/w/x")], "the shell stays there"),
        ("chdir x && a; b", [("a", "/w/x"), ("b", "/w/x")], "dash's other name for it"),
        ("cd /x/../y && a", [("a", "/y")], "paths are normalised"),
        ("(cd x && a); b", [("a", "/w/x"), ("b", "/w")], "a subshell comes back"),
        ("cd x | a; b", [("a", "/w"), ("b", "/w")], "a stage of a pipeline is a subshell"),
        ("cd $X && a", [("a", "")], "an unknown directory"),
        ("cd $X && cd /y && a", [("a", "/y")], "known again"),
        ("cd x && cd - && a", [("a", "/w")], "back"),
        ("cd && a", [("a", "/home/me")], "home"),
        (
            "pushd x && a && popd && b",
            [("pushd", "/w"), ("a", "/w/x"), ("popd", "/w/x"), ("b", "/w")],
            "the stack",
        ),
        ("if a; then cd x; fi; b", [("a", "/w"), ("b", "")], "it may be either"),
        ("if a; then cd x; else cd x; fi; b", [("a", "/w"), ("b", "/w/x")], "all branches agree"),
        ("if a; then cd x; exit 1; fi; b", [("a", "/w"), ("exit", "/w/x"), ("b", "/w")], "that branch ended"),
        ("cd x || exit 1; a", [("exit", ""), ("a", "/w/x")], "only where cd worked"),
        ("cd x || true; a", [("true", ""), ("a", "")], "cd may have failed"),
        ("cd x && a || true", [("a", "/w/x"), ("true", "")], "known inside the chain"),
        ("for d in a b; do cd $d; m; cd ..; done; a", [("m", ""), ("a", "")], "the second time around"),
        ("f() { a; }; cd x; f", [("a", ""), ("f", "/w/x")], "a function runs where it is called"),
        ("f() { cd $1; }; f x; a", [("f", "/w"), ("a", "")], "a function may have left"),
        ("x=$(cd /y && a); b", [("a", "/y"), ("", "/w"), ("b", "/w")], "a substitution is a subshell"),
        ("cd $(mktemp -d) && a", [("mktemp", "/w"), ("a", "")], "it has no name"),
        (
            "d=$(mktemp -d) && cd $d && a",
            [("mktemp", "/w"), ("", "/w"), ("a", "/tmp/tmp.XXXXXXXXXX")],
            "it has",
        ),
    ],
)
def test_the_directory_is_followed(text: str, expected: list[tuple[str, str]], why: str) -> None:
    assert where(read_command_line(text, cwd="/w", env={"HOME": "/home/me"})) == expected, why


@pytest.mark.parametrize(
    ("text", "conditional", "why"),
    [
        ("a && b && c", [], "the build fails where one fails"),
        ("a; b", [], ""),
        ("a || b", ["b"], ""),
        ("a && b || c", ["b", "c"], "b does not run where a fails, and nobody hears of it"),
        ("if a; then b; else c; fi", ["b", "c"], "the condition itself runs"),
        ("for x in 1; do a; done", ["a"], ""),
        ("case x in y) a;; esac", ["a"], ""),
        ("test -f x && a; b", ["a"], "a test is made to fail"),
        ("test -f x && a", [], "its failure would be the build's"),
        ("f() { a; }; b", ["a"], ""),
        ("(a && b)", [], ""),
    ],
)
def test_conditional(text: str, conditional: list[str], why: str) -> None:
    script = read_command_line(text)
    assert [command.name for command in script.commands if command.conditional] == conditional, why


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("V=1; a $V", "1", ""),
        ("export V=1; a $V", "1", ""),
        ("V=1 V2=x; a $V", "1", ""),
        ("V=$E-x; a $V", "e-x", "from the environment"),
        ("V=$(b); a $V", None, "only the shell knows"),
        ("V=1; unset V; a $V", None, ""),
        ("V=1; V+=2; a $V", "12", ""),
        ("if b; then V=1; fi; a $V", None, "it may be either"),
        ("V=1; if b; then V=1; fi; a $V", "1", "either is the same"),
        ("case $E in x) V=1;; *) V=1;; esac; a $V", "1", ""),
        ("V=1; for V in x y; do :; done; a $V", None, ""),
        ("V=1; while b; do V=$V; done; a $V", None, ""),
        ("(V=1); a $V", None, "a subshell keeps it"),
        ("V=1; read V; a $V", None, ""),
        ("V=1; . ./settings; a $V", None, "a script may set anything"),
        ("V=1 b; a $V", None, "for that command only"),
        ("V=1; f() { V=2; }; f; a $V", None, "a function may have set it"),
        ("V=1; f() { V=2; }; a $V", "1", "it was not called"),
        ("f() { V=2; }; V=1; for x in 1; do f; done; a $V", None, "called in a loop"),
        ("V=1; eval $X; a $V", None, "anything may have been evaluated"),
        ("export V=$(b) && a $V", None, "only the shell knows"),
    ],
)
def test_variables(text: str, value: str | None, why: str) -> None:
    assert read_command_line(text, env={"E": "e"}).commands[-1].args == (value,), why


def test_a_command_sees_its_own_assignments() -> None:
    command = read_command_line("A=1 env B=2 make", env={"C": "3"}).commands[0]
    assert dict(command.env) == {"A": "1", "B": "2", "C": "3"}
    assert [name for name, _ in command.assignments] == ["A"]


def test_the_script_says_what_it_assigned() -> None:
    script = read_command_line("A=1; B=$(x); for c in 1 2; do :; done; f() { :; }", env={"D": "4"})
    assert script.variables == {"A": "1", "B": None, "c": None}
    assert script.functions == ("f",)


def test_redirections() -> None:
    (command,) = read_command_line("a >x 2>&1 >> 'y z' < i b").commands
    assert [(redirect.operator, redirect.target and redirect.target.static) for redirect in command.redirects] == [
        (">", "x"),
        ("2>&", "1"),
        (">>", "y z"),
        ("<", "i"),
    ]
    assert command.args == ("b",), "what the grammar takes for a second target is an argument"


def test_a_redirection_after_a_chain_is_the_last_commands() -> None:
    script = read_command_line("a && b > x")
    assert [len(command.redirects) for command in script.commands] == [0, 1]


def test_a_group_has_its_own_redirection() -> None:
    script = read_command_line("{ a; b; } > x")
    assert [(command.name, len(command.redirects)) for command in script.commands] == [
        ("a", 0),
        ("b", 0),
        ("", 1),
    ]


def test_a_heredoc_keeps_its_text() -> None:
    (command,) = read_command_line("cat > /x <<'EOF'\n$A\nEOF\n").commands
    assert [redirect.body for redirect in command.redirects] == [None, "$A\n"]


def test_pipes_know_what_comes_down_them() -> None:
    script = read_command_line("curl x | gzip -d | sh; y")
    shell = script.commands[2]
    assert shell.piped and shell.upstream is script.commands[1]
    assert script.commands[1].upstream is script.commands[0]
    assert not script.commands[3].piped


@pytest.mark.parametrize("text", ["if [ a; then", "echo ((", "a 'b", "case x in", "a \\ b", "\\ a b"])
def test_what_the_parser_cannot_read_is_opaque(text: str) -> None:
    script = read_command_line(text)
    assert [opaque.reason for opaque in script.opaque] == ["the shell parser cannot read it"]


def test_nothing_is_known_after_what_cannot_be_read() -> None:
    script = read_command_line("A=1; cd (x; a $A", cwd="/w")
    assert script.opaque
    assert all(command.cwd == "" or command.name == "" for command in script.commands)


def test_separators() -> None:
    text = "a && b; c | d || e"
    script = read_command_line(text)
    assert [text[one.span.start : one.span.end] for one in script.separators] == ["&&", ";", "|", "||"]
    assert [one.operator for one in script.separators] == ["&&", ";", "|", "||"]


@pytest.mark.parametrize(
    ("shell", "posix"),
    [
        (("/bin/sh", "-c"), True),
        (("/bin/bash", "-eo", "pipefail", "-c"), True),
        (("/bin/ash", "-euxo", "pipefail", "-c"), True),
        (("bash", "-lc"), True),
        (("powershell", "-Command"), False),
        (("pwsh", "-c"), False),
        (("cmd", "/S", "/C"), False),
        (("/usr/bin/python3", "-c"), False),
        ((), False),
    ],
)
def test_shells(shell: tuple[str, ...], posix: bool) -> None:
    assert is_posix_shell(shell) is posix
    assert bool(read_command_line("echo a", shell=shell).opaque) is not posix


def test_exec_form_is_one_command() -> None:
    script = read_argv(("tini", "--", "node", "$X"), cwd="/app")
    (command,) = script.commands
    assert script.exec_form and command.name == "node"
    assert command.args == ("$X",), "no shell expands it"
    assert read_argv(()).commands == ()
