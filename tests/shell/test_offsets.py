"""Every span is exact: through continuations, comments, heredocs, JSON and bytes that are not UTF-8."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minify.errors import DockminifyError
from minify.shell.effects import effects
from minify.shell.run import read_command_line, read_run
from minify.shell.script import Script
from minify.syntax.parse import parse
from minify.syntax.source import Source
from minify.syntax.tree import Instruction

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dockerfiles.jsonl.gz"


def read(text: str, **options: str) -> tuple[Source, Script]:
    source = Source.from_bytes(text.encode("utf-8", "surrogateescape"))
    run = parse(source).stages[0].instructions[-1]
    return source, read_run(run, cwd=options.get("cwd", "/"))


def pieces(source: Source, script: Script) -> list[str]:
    return [source.slice(command.span) for command in script.commands]


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("RUN a\n", ["a"], "plain"),
        ("RUN  a  b  \n", ["a  b"], "white space"),
        ("RUN a \\\n  && b c\n", ["a", "b c"], "a continuation"),
        ("RUN a \\\r\n  && b\r\n", ["a", "b"], "CRLF"),
        (
            "RUN a b \\\n# why\n\n  c && d\n",
            ["a b \\\n# why\n\n  c", "d"],
            "a comment and a blank line inside",
        ),
        ("RUN --mount=type=cache,target=/x a && b\n", ["a", "b"], "flags are not the command's"),
        ("RUN é ü && ß 'ø' > å\n", ["é ü", "ß 'ø' > å"], "more bytes than characters"),
        ("RUN echo \udcff\udcfe && b\n", ["echo \udcff\udcfe", "b"], "bytes that are not UTF-8"),
        ("RUN echo 😀 && b\n", ["echo 😀", "b"], "beyond the first plane"),
        ("RUN a; b", ["a", "b"], "no final newline"),
        ('RUN ["a", "b c"]\n', ['["a", "b c"]'], "exec form"),
        ("RUN <<EOF\na\n  b c\nEOF\n", ["a", "b c"], "the body is the script"),
        ("RUN <<-EOF\n\ta\n\t\tb\n\tEOF\n", ["a", "b"], "tabs taken away"),
        ("RUN <<EOF\n#!/bin/bash\na && b\nEOF\n", ["a", "b"], "a shell's shebang"),
        ("RUN cat <<EOF > /x && b\nc $(d)\nEOF\n", ["d", "cat <<EOF > /x", "b"], "a heredoc among commands"),
        ("RUN x=1 a $(b \\\n c)\n", ["b \\\n c", "x=1 a $(b \\\n c)"], "a substitution over two lines"),
    ],
)
def test_commands_slice_to_their_own_text(text: str, expected: list[str], why: str) -> None:
    source, script = read(f"FROM x\n{text}")
    assert pieces(source, script) == expected, why
    assert not script.opaque


def test_words_slice_to_their_own_text() -> None:
    source, script = read('FROM x\nRUN apt-get install \\\n    gcc=1.2* \\\n    # a compiler\n    "g++" > é/$X\n')
    (command,) = script.commands
    assert [source.slice(word.span) for word in command.argv] == ["apt-get", "install", "gcc=1.2*", '"g++"']
    assert [source.slice(redirect.span) for redirect in command.redirects] == ["> é/$X"]


def test_exec_form_words_are_the_json_strings() -> None:
    source, script = read('FROM x\nRUN ["/bin/echo", "a\\"b", "c"]\n')
    (command,) = script.commands
    assert [source.slice(word.span) for word in command.argv] == ['"/bin/echo"', '"a\\"b"', '"c"']
    assert command.args == ('a"b', "c")


def test_a_nested_script_has_exact_spans() -> None:
    source, script = read("FROM x\nRUN bash -c 'apt-get update && mkdir /y'\n")
    spans = [effect.command.span for effect in effects(script) if effect.command is not None]
    assert [source.slice(span) for span in spans] == ["apt-get update", "mkdir /y"]


def test_a_nested_script_behind_escapes_stays_inside_its_word() -> None:
    source, script = read('FROM x\nRUN sh -c "mkdir \\"/y\\""\n')
    (effect,) = effects(script)
    assert effect.command is not None and effect.command.args == ("/y",)
    assert effect.command.span in script.commands[0].argv[2].span
    assert source.slice(script.commands[0].argv[2].span) == '"mkdir \\"/y\\""'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\n", "a script for python3"),
        ("RUN <<EOF\n#!/usr/bin/perl -w\nprint 1\nEOF\n", "a script for perl"),
    ],
)
def test_a_heredoc_for_another_interpreter_is_opaque(text: str, reason: str) -> None:
    _, script = read(f"FROM x\n{text}")
    assert [opaque.reason for opaque in script.opaque] == [reason]
    assert script.commands == ()


def test_another_shell_makes_a_run_opaque() -> None:
    source = Source("FROM x\nRUN dir C:\\\\\n")
    script = read_run(parse(source).stages[0].instructions[-1], shell=("cmd", "/S", "/C"))
    assert [(source.slice(one.span), one.reason) for one in script.opaque] == [("dir C:\\\\", "a command for cmd")]


@given(st.text(alphabet=st.sampled_from("ab'\"\\$(){}[]|&;<> \n\t#=*é`😀\udcff!~-"), max_size=40))
def test_any_text_is_read_without_fear(text: str) -> None:
    script = read_command_line(text)
    for command in script.commands:
        assert 0 <= command.span.start <= command.span.end <= len(text)
        for word in command.argv:
            assert text[word.span.start : word.span.end] == word.raw
    for opaque in script.opaque:
        assert 0 <= opaque.span.start <= opaque.span.end <= len(text)
    effects(script)


def corpus() -> Iterator[Source]:
    with gzip.open(CORPUS) as lines:
        for line in lines:
            record = json.loads(line)
            yield Source.from_bytes(base64.b64decode(record["content_base64"]), record["name"])


def runs(source: Source) -> Iterator[tuple[Instruction, tuple[str, ...]]]:
    try:
        dockerfile = parse(source)
    except DockminifyError:
        return
    for stage in dockerfile.stages:
        shell: tuple[str, ...] = ("/bin/sh", "-c")
        for instruction in stage.instructions:
            if instruction.keyword == "SHELL":
                shell = instruction.exec_form or shell
            elif instruction.keyword == "RUN":
                yield instruction, shell


@pytest.mark.skipif(not CORPUS.exists(), reason="the real Dockerfiles are not here")
def test_spans_are_exact_in_real_dockerfiles() -> None:
    seen = 0
    for source in corpus():
        for run, shell in runs(source):
            script = read_run(run, shell=shell)
            for command in script.commands:
                assert command.span in run.span
                if command.argv:
                    first = command.argv[0]
                    assert source.slice(first.span) == first.raw
                    assert first.span in command.span
                    seen += 1
            for effect in effects(script):
                span = effect.span if hasattr(effect, "span") else effect.command.span
                assert span in run.span
    assert seen > 10_000
