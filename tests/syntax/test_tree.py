"""Typed values, stages, flags, places; and what is refused."""

from __future__ import annotations

import pytest

from minify.errors import SyntaxRefusedError
from minify.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Source,
    Stopsignal,
    Trivia,
    User,
    Volume,
    Workdir,
    parse,
)


def read(text: str) -> Dockerfile:
    return parse(Source(text))


def last(text: str) -> Instruction:
    """The last instruction of a Dockerfile that starts FROM a."""
    return read(f"FROM a\n{text}").instructions[-1]


def test_stages() -> None:
    file = read(
        "# syntax=docker/dockerfile:1\nARG V=1\n# c\nFROM go:${V} AS Build\nRUN a\n\n"
        "FROM --platform=$BUILDPLATFORM build\nCOPY --from=0 a b\nCOPY --from=BUILD a b\n"
        "COPY --from=nginx:1 a b\n"
    )
    build, final = file.stages
    assert (build.index, build.name, final.index, final.name) == (0, "build", 1, None)
    assert (build.from_.image, build.from_.alias, build.from_.platform) == ("go:${V}", "Build", None)
    assert file.source.slice(build.from_.image_span) == "go:${V}"
    assert final.from_.platform == "$BUILDPLATFORM"
    assert [type(one) for one in build.instructions] == [Run]
    assert file.source.slice(build.span) == "FROM go:${V} AS Build\nRUN a\n\n"
    assert final.span.end == len(file.source.text)
    assert [[name.name for name in arg.names] for arg in file.global_args] == [["V"]]
    assert file.base_stage(build) is None
    assert file.base_stage(final) is build
    copies = [one for one in final.instructions if isinstance(one, Copy)]
    assert [file.stage(one.from_ or "") for one in copies] == [build, build, None]
    assert (file.syntax, file.escape, file.directives) == (
        "docker/dockerfile:1",
        "\\",
        (("syntax", "docker/dockerfile:1"),),
    )


def test_a_name_given_twice_means_the_later_stage() -> None:
    file = read("FROM a AS x\nFROM x AS x\nFROM x\nCOPY --from=x a b\n")
    assert file.base_stage(file.stages[1]) is file.stages[0]
    assert file.base_stage(file.stages[2]) is file.stages[1]
    assert file.stage("x") is file.stages[1]
    assert file.stage("2") is file.stages[2]
    assert file.stage("3") is None


def test_trivia() -> None:
    file = read("# escape=`\n#c\n\n  # d\nFROM a\n \n# escape=`")
    kinds = [part.kind for part in file.slices if isinstance(part, Trivia)]
    assert kinds == ["directive", "comment", "blank", "comment", "blank", "comment"]
    assert file.escape == "`"


def test_check_is_a_directive() -> None:
    # Newer than the parser that the oracle embeds, for which it is a comment that ends the directives.
    file = read("# check=skip=all\n# escape=`\nFROM a\nRUN b `\n c\n")
    assert file.directives == (("check", "skip=all"), ("escape", "`"))
    assert file.instructions[-1].value == "b  c"


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("RUN a b", Run, {"value": "a b", "exec_form": None}),
        ('RUN ["a", "b"]', Run, {"exec_form": ("a", "b")}),
        ("RUN ['a']", Run, {"exec_form": None}),
        ("RUN", Run, {"value": "", "exec_form": None}),
        ('CMD [ "a" , "b c" ] ', Cmd, {"exec_form": ("a", "b c")}),
        ("CMD []", Cmd, {"exec_form": ()}),
        ('CMD ["a",]', Cmd, {"exec_form": None}),
        ('CMD ["a", \\\n # c\n "b"]', Cmd, {"exec_form": ("a", "b")}),
        ('ENTRYPOINT ["\\u00e9\\n"]', Entrypoint, {"exec_form": ("é\n",)}),
        ("copy a b c/", Copy, {"keyword": "COPY", "sources": ("a", "b"), "dest": "c/", "from_": None}),
        ('COPY ["a b", "c"]', Copy, {"sources": ("a b",), "dest": "c"}),
        ("COPY --from=x:1 a b", Copy, {"from_": "x:1", "dest": "b"}),
        ("ADD http://x/y 'z a'", Add, {"sources": ("http://x/y", "'z"), "dest": "a'"}),
        ("WORKDIR /a b", Workdir, {"path": "/a b"}),
        ("USER a:b", User, {"user": "a:b"}),
        ("EXPOSE 80 90/udp  ${P}", Expose, {"ports": ("80", "90/udp", "${P}")}),
        ("VOLUME a b", Volume, {"paths": ("a", "b")}),
        ('VOLUME ["a b"]', Volume, {"paths": ("a b",)}),
        ("HEALTHCHECK NONE", Healthcheck, {"none": True, "shell": None, "exec_form": None}),
        (
            "HEALTHCHECK --interval=5s CMD a b",
            Healthcheck,
            {"none": False, "shell": "a b", "exec_form": None},
        ),
        ('HEALTHCHECK cmd ["a"]', Healthcheck, {"none": False, "shell": None, "exec_form": ("a",)}),
        ("STOPSIGNAL SIGTERM", Stopsignal, {"signal": "SIGTERM"}),
        ('SHELL ["a", "-c"]', Shell, {"argv": ("a", "-c")}),
        ("MAINTAINER A <b@c>", Maintainer, {"name": "A <b@c>"}),
    ],
)
def test_values(text: str, kind: type[Instruction], values: dict[str, object]) -> None:
    one = last(text)
    assert type(one) is kind
    assert {name: getattr(one, name) for name in values} == values


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("ENV a=b", [("a", "b", "a=b")]),
        ("ENV a b  c", [("a", "b  c", "a b  c")]),
        ("ENV a=", [("a", "", "a=")]),
        ('ENV a=\'b c\' d="e\\" f" g=h\\ i', None),
        ('LABEL "a b"=c=d e=$f', [('"a b"', "c=d", '"a b"=c=d'), ("e", "$f", "e=$f")]),
        ("ENV a=b \\\n  # c\n  c=d\\\ne", [("a", "b", "a=b"), ("c", "de", "c=d\\\ne")]),
    ],
)
def test_pairs(text: str, pairs: list[tuple[str, str, str]] | None) -> None:
    one = last(text)
    assert isinstance(one, Env | Label)
    found = [(pair.name, pair.value, one.source.slice(pair.span)) for pair in one.pairs]
    if pairs is None:
        pairs = [
            ("a", "'b c'", "a='b c'"),
            ("d", '"e\\" f"', 'd="e\\" f"'),
            ("g", "h\\ i", "g=h\\ i"),
        ]
    assert found == pairs


def test_pairs_with_another_escape() -> None:
    one = read('# escape=`\nFROM a\nENV p=C:\\x` y q="`"" r=\\ s=t\n').instructions[-1]
    assert isinstance(one, Env)
    assert [(pair.name, pair.value) for pair in one.pairs] == [
        ("p", "C:\\x` y"),
        ("q", '"`""'),
        ("r", "\\"),
        ("s", "t"),
    ]


def test_arg() -> None:
    one = last("ARG a b= c='d e'")
    assert isinstance(one, Arg)
    assert [(name.name, name.default) for name in one.names] == [("a", None), ("b", ""), ("c", "'d e'")]


def test_flags() -> None:
    one = last("RUN --mount=type=cache,target=/x --mount=type=bind,src=a,dst=/b \\\n  --network=none -- --c d")
    assert [(flag.name, flag.value) for flag in one.flags] == [
        ("mount", "type=cache,target=/x"),
        ("mount", "type=bind,src=a,dst=/b"),
        ("network", "none"),
    ]
    assert one.source.slice(one.flags[2].span) == "--network=none"
    assert one.value == "--c d"
    copy = last('COPY --link --chown="a b" --chmod=7\\55 c d')
    assert (copy.has_flag("link"), copy.flag("link"), copy.has_flag("from")) == (True, None, False)
    assert (copy.flag("chown"), copy.flag("chmod")) == ("a b", "755")


def test_heredocs() -> None:
    one = last("RUN <<A cat <<-'B' \\\n && d\nx $y\nA\n\tz\n\tB\nRUN e").source
    run = parse(one).instructions[1]
    first, second = run.heredocs
    assert (first.delimiter, first.expand, first.strip_tabs, first.body) == ("A", True, False, "x $y\n")
    assert (second.delimiter, second.expand, second.strip_tabs, second.body) == ("B", False, True, "z\n")
    assert one.slice(second.body_span) == "\tz\n"
    assert run.text.endswith("\tB\n")
    assert run.value == "<<A cat <<-'B'  && d"
    copy = last("COPY <<a <<'b' /c/\n1\na\n2\nb\n")
    assert isinstance(copy, Copy)
    assert (copy.sources, [doc.body for doc in copy.heredocs]) == (("<<a", "<<'b'"), ["1\n", "2\n"])


def test_onbuild() -> None:
    one = last("ONBUILD COPY --from=x \\\n a b")
    assert isinstance(one, Onbuild)
    assert isinstance(one.inner, Copy)
    assert (one.inner.from_, one.inner.sources, one.value) == ("x", ("a",), "COPY --from=x  a b")
    assert one.inner.text == "COPY --from=x \\\n a b"
    assert last("ONBUILD RUN <<E\nx\nE\n").inner.heredocs[0].body == "x\n"  # type: ignore[attr-defined]


def test_offsets_name_every_character() -> None:
    one = last("\tRUN a \\\r\n\r\n # c\n  b\\\n\\\nc")
    assert one.body.text == "a   bc"
    assert "".join(one.source.text[at] for at in one.body.offsets[:-1]) == one.body.text
    assert one.source.slice(one.body.span(4, 6)) == "b\\\n\\\nc"
    assert (one.line, one.source.column(one.keyword_span.start)) == (2, 2)


def test_a_healthcheck_knows_where_its_command_is() -> None:
    one = last("HEALTHCHECK --retries=3 CMD \\\n  curl -f x")
    assert isinstance(one, Healthcheck)
    assert one.command.text == "curl -f x"
    assert one.source.text[one.command.offsets[0]] == "c"


def test_instructions_are_equal_where_they_stand_at_the_same_place() -> None:
    text = "FROM a\nRUN b\nRUN b\n"
    first, other = read(text).instructions[1:]
    assert first == read(text).instructions[1]
    assert first != other
    assert len({first, other, read(text).instructions[1]}) == 2


ACCEPTED = [
    ("FROM scratch", "no-op"),
    ("ARG a\nARG b=c d\nFROM x", "ARG before FROM"),
    ("FROM a AS x\nFROM b AS x", "a name given twice"),
    ("FROM a\nCOPY --from=nginx:latest a b", "COPY from an image"),
    ("FROM a\nCOPY --from=0x a b", "an image whose name starts with a digit"),
    ("FROM a\nONBUILD COPY --from=$x a b", "what ONBUILD holds is looked at when it is run"),
    ("FROM a\nONBUILD FORM x", "even an unknown keyword"),
    ("FROM a\nARG --x y\nSTOPSIGNAL --x 9\nHEALTHCHECK --x NONE", "flags that nobody reads"),
    ("FROM a\nCOPY --parents --exclude=a --exclude=b --link=false a b", "newer flags of COPY"),
    ("FROM a\nADD --checksum=sha256:0 --keep-git-dir --unpack=true a b", "newer flags of ADD"),
    ("FROM a\nRUN --device=x --security=insecure --network=host a", "newer flags of RUN"),
    ("FROM a\nRUN --mount=type=$t,foo=1 --mount=type=secret,id=x,env=Y,required a", "mounts"),
    ("FROM a\nRUN --mount=type=foo x\nFROM b", "a mount in a stage that is not needed"),
    (
        "FROM a\nRUN --mount=type=tmpfs,size=1g,dst=/x --mount=dst=/y,rw --mount=type=ssh,mode=0600 x",
        "mounts",
    ),
    ("FROM a\nCOPY --from=b x y\nFROM c AS b", "a late stage, in a stage that is not needed"),
    ("FROM a\nHEALTHCHECK --interval=1h2.5m --timeout=0 --start-period=.5s --retries=3 CMD x", "durations"),
    ("from a as B-1.x_y\nrun b\n", "lower case"),
]


@pytest.mark.parametrize(("text", "reason"), ACCEPTED)
def test_accepted(text: str, reason: str) -> None:
    assert read(text).stages


REFUSED = [
    ("", 1, "the Dockerfile cannot be empty"),
    ("# only\n\n", 1, "file with no instructions"),
    ("FROM a\nRUN \0\n", 2, "the file holds a NUL character: it is binary, not a Dockerfile"),
    ("FROM a\n# escape=x\nFORM b", 3, "unknown instruction: FORM"),
    ("FROM a\n\\\n", 2, "unknown instruction: "),
    ("# escape=x\nFROM a", 1, "invalid escape token 'x' does not match ` or \\"),
    ("# syntax=x\n# syntax=y\nFROM a", 2, "only one syntax parser directive can be used"),
    ("ARG a\n", 1, "dockerfile contains no stages to build"),
    ("RUN a\nFROM b", 1, "no build stage in current context"),
    ("FROM", 1, "FROM requires either one or three arguments"),
    ("FROM a b", 1, "FROM requires either one or three arguments"),
    ("FROM a IS b", 1, "FROM requires either one or three arguments"),
    (
        "FROM a AS 1b",
        1,
        'invalid name for build stage: "1b", name can\'t start with a number or contain symbols',
    ),
    ("FROM --foo=b a", 1, "unknown flag: --foo"),
    ("FROM a\nRUN --mnt=b a", 2, "unknown flag: --mnt"),
    ("FROM a\nCMD --link a", 2, "unknown flag: --link"),
    ("FROM a\nCOPY --from a b", 2, "missing a value on flag: --from"),
    ("FROM a\nCOPY --link= a b", 2, "missing a value on flag: --link"),
    ("FROM a\nCOPY --link=1 a b", 2, "expecting boolean value for flag --link, not: 1"),
    ("FROM a\nCOPY --from=x --from=y a b", 2, "duplicate flag specified: --from"),
    (
        "FROM a\n\n\nCOPY b",
        4,
        ("COPY requires at least two arguments, but only one was provided. Destination could not be determined"),
    ),
    ("FROM a\nCOPY a <<E\nx\nE", 2, "COPY cannot accept a heredoc as a destination"),
    ("FROM a\nRUN <<E\nx", 2, "unterminated heredoc"),
    ("FROM a\nENV a", 2, "ENV must have two arguments"),
    ("FROM a\nENV", 2, "ENV requires at least one argument"),
    ("FROM a\nENV =b", 2, "ENV names can not be blank"),
    ("FROM a\nLABEL a=b c", 2, 'Syntax error - can\'t find = in "c". Must be of the form: name=value'),
    ("FROM a\nARG", 2, "ARG requires at least one argument"),
    ("FROM a\nARG =b", 2, "ARG names can not be blank"),
    ("FROM a\nUSER", 2, "USER requires exactly one argument"),
    ("FROM a\nWORKDIR", 2, "WORKDIR requires exactly one argument"),
    ("FROM a\nEXPOSE", 2, "EXPOSE requires at least one argument"),
    ("FROM a\nVOLUME []", 2, "VOLUME requires at least one argument"),
    ('FROM a\nVOLUME [" "]', 2, "VOLUME specified can not be an empty string"),
    ("FROM a\nSHELL sh -c", 2, "SHELL requires the arguments to be in JSON form"),
    ("FROM a\nSHELL []", 2, "SHELL requires at least one argument"),
    ("FROM a\nCMD [1]", 2, "when using JSON array syntax, arrays must be comprised of strings only"),
    ("FROM a\nONBUILD", 2, "ONBUILD requires at least one argument"),
    ("FROM a\nONBUILD onbuild RUN b", 2, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
    ("FROM a\nONBUILD FROM b", 2, "FROM isn't allowed as an ONBUILD trigger"),
    ("FROM a\nHEALTHCHECK curl", 2, 'Unknown type "CURL" in HEALTHCHECK (try CMD)'),
    ("FROM a\nHEALTHCHECK CMD", 2, "Missing command after HEALTHCHECK CMD"),
    ("FROM a\nHEALTHCHECK NONE x", 2, "HEALTHCHECK NONE takes no arguments"),
    ("FROM a\nHEALTHCHECK --interval=5 CMD x", 2, 'time: missing unit in duration "5"'),
    ("FROM a\nHEALTHCHECK --interval=x CMD x", 2, 'time: invalid duration "x"'),
    ("FROM a\nHEALTHCHECK --timeout=1us CMD x", 2, 'Interval "timeout" cannot be less than 1ms'),
    ("FROM a\nHEALTHCHECK --retries=-1 CMD x", 2, "--retries cannot be negative (-1)"),
    ("FROM a\nRUN --network=x a", 2, 'invalid network mode "x"'),
    ("FROM a\nRUN --mount=type=x a", 2, 'unsupported mount type "x"'),
    ("FROM a\nRUN --mount=foo=x a", 2, "unexpected key 'foo' in 'foo=x'"),
    ("FROM a\nRUN --mount=foo a", 2, "invalid field 'foo' must be a key=value pair"),
    (
        "FROM a\nRUN --mount=from=$x a",
        2,
        "'from' doesn't support variable expansion, define alias stage instead",
    ),
    ("FROM a\nCOPY --from=1 b c", 2, "invalid stage index 1"),
    ("FROM a\nCOPY --from=-1 b c", 2, "invalid stage index -1"),
    (
        "FROM a\nCOPY --from=$b c d",
        2,
        (
            "variable expansion is not supported for --from, "
            "define a new stage with FROM using ARG from global scope as a workaround"
        ),
    ),
    ("FROM a AS b\nCOPY --from=B c d", 2, "circular dependency detected on stage: b"),
    ("FROM a\nCOPY --from=0 c d", 2, "circular dependency detected on stage: stage-0"),
    (
        "FROM a AS x\nCOPY --from=y b c\nFROM a AS y\nCOPY --from=x b c",
        4,
        "circular dependency detected on stage: x",
    ),
    (
        "FROM a AS x\nCOPY --from=y b c\nFROM a AS y\nFROM x",
        2,
        'cannot copy from stage "y", it needs to be defined before current stage "x"',
    ),
    (
        "FROM a AS x\nRUN --mount=from=y,dst=/z b c\nFROM a AS y\nFROM x",
        2,
        'cannot mount from stage "y" to "/z", stage needs to be defined before current command',
    ),
    ("FROM a\nRUN " + "x" * 65536, 2, "dockerfile line greater than max allowed size of 65535"),
]


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED, ids=[row[2][:40] for row in REFUSED])
def test_refused(text: str, line: int, reason: str) -> None:
    with pytest.raises(SyntaxRefusedError) as raised:
        parse(Source(text, "some/Dockerfile"))
    error = raised.value
    assert (error.message, error.path, error.line, error.column) == (
        reason,
        "some/Dockerfile",
        line,
        1 if "\0" not in text else 5,
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("FROM a\nFORM x", "did you mean FROM?"),
        ("FROM a\nENTRYPONT x", "did you mean ENTRYPOINT?"),
        ("FROM a\nserver {", None),
        ("FROM a\nCOPY --form=x a b", "did you mean --from?"),
        ("RUN x", "start with FROM; only ARG may stand before it"),
        (
            "FROM a\nRUN cat << EOF\nhello\nEOF",
            "write `<<EOF` without a space: not every BuildKit takes `<< EOF` for a here-document",
        ),
    ],
)
def test_hints(text: str, hint: str | None) -> None:
    with pytest.raises(SyntaxRefusedError) as raised:
        read(text)
    assert raised.value.hint == hint
