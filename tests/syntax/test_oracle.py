"""Boundaries, keywords, words, flags, arrays and bodies equal those of BuildKit's own parser."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minify.errors import SyntaxRefusedError
from minify.syntax import (
    Add,
    Arg,
    Env,
    Expose,
    From,
    Healthcheck,
    Instruction,
    Onbuild,
    Source,
    Volume,
)
from minify.syntax.parse import read_slices


def words(one: Instruction) -> list[str]:
    """The values of an instruction as the oracle lists them."""
    if type(one) is Instruction:
        # The oracle goes into an ONBUILD once, and lists nothing of an unknown keyword.
        return [] if one.keyword == "ONBUILD" and not one.value else [""]
    if isinstance(one, Env):
        return [text for pair in one.pairs for text in (pair.name, pair.value)]
    if isinstance(one, Arg):
        return [n.name if n.default is None else f"{n.name}={n.default}" for n in one.names]
    if isinstance(one, Healthcheck):
        kind = [one.kind] if one.kind else []
        if one.exec_form is not None:
            return [*kind, *one.exec_form]
        return [*kind, one.command.text] if one.command.text else kind
    if one.exec_form is not None:
        return list(one.exec_form)
    if isinstance(one, From | Add | Volume):
        return list(one.words)
    if isinstance(one, Expose):
        return list(one.ports)
    return [one.value] if one.value else []


def described(one: Instruction) -> dict[str, Any]:
    """An instruction in the oracle's form."""
    told = one.inner if isinstance(one, Onbuild) and one.value else one
    first = one.source.line(one.keyword_span.start)
    # A continued line without text before the keyword still starts the instruction.
    start = one.source.line(one.span.start)
    assert start <= first
    return {
        "keyword": one.keyword,
        "inner": told.keyword if told is not one else None,
        "json": told.exec_form is not None,
        "lines": [start, one.source.line(one.span.end - 1)],
        "flags": [f"--{f.name}" if f.value is None else f"--{f.name}={f.value}" for f in one.flags],
        "words": words(told) if not (isinstance(one, Onbuild) and not one.value) else [],
        # The oracle leaves the bodies of an ONBUILD out.
        "heredocs": [
            [doc.delimiter, doc.fd, one.source.slice(doc.body_span)]
            for doc in one.heredocs
            if not isinstance(one, Onbuild)
        ],
    }


def compare(text: str, buildkit: Any) -> None:
    expected = buildkit(text)
    if expected is None:
        return
    try:
        found = [described(one) for one in read_slices(Source(text)) if isinstance(one, Instruction)]
    except SyntaxRefusedError as error:
        assert expected == {"error": error.message}
        return
    assert isinstance(expected, list), expected
    for one in expected:
        # The oracle tells no upper case for keywords that it does not know.
        one["keyword"] = one["keyword"].upper()
        one["inner"] = one["inner"] and one["inner"].upper()
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n",  # no-op: nothing special about it
        "FROM a",
        "\ufeffFROM a\n",
        "\ufeff# escape=`\nFROM a\nRUN a `\n b\n",
        "# comment\n# escape=`\nFROM a\nRUN a `\nb c\n",
        "#syntax=x\n  # EsCaPe = ` \nFROM a\nCOPY a `\n# c\n\n  b c\n",
        "# escape=`\n# escape=`\nFROM a\n",
        "# escape=x\nFROM a\n",
        "\\\nFROM a\n",
        # A byte of U+00A0 and of "à" ends CMD and NONE
        "FROM a\nHEALTHCHECK \\\u00a0[1]\n",
        'FROM a\nHEALTHCHECK CMD\u00a0["x"]\n',
        "FROM a\nHEALTHCHECK CMD\u00e0 x y\n",
        "FROM a\nHEALTHCHECK NONE\u2005\n",
        "FROM a\nHEALTHCHECK CMD \u00a0x\n",
        "FROM a\n\\\n",
        "FROM a \\\n# c\n\n",
        "FROM a\nRUN a\\\\\nRUN b\\\\\\\nRUN c \\ \t\n d\n",
        "FROM a\r\nRUN a \\\r\n\r\n  # c\r\n b\r\n",
        "FROM a\nRUN cat <<A <<-'B' 3<<\"C D\"\nx\nA\n\t\ty\n\tB\nz\nC D\n",
        "FROM a\nRUN cat << E\nRUN x\n",
        "FROM a\nRUN cat <<E\\\n && b\nRUN c\nE && b\nE\n",
        "FROM a\nRUN cat \\\n <<E\r\nRUN c\r\nE\r\nRUN d",
        "FROM a\nRUN echo '<<E\nRUN b\n",
        "FROM a\nRUN x${a#b} <<E\nRUN b\nE\n",
        "FROM a\nRUN x${a:1:2} <<E\nRUN b\nE\n",
        'FROM a\nRUN ["a", "<<E"]\nRUN b\n',
        "FROM a\nCOPY <<E <<F /x/\n1\nE\n2\nF\n",
        "FROM a\nADD <<E /x\n1\n",
        "FROM a\nCMD <<E\nRUN x\n",
        "FROM a\nONBUILD RUN <<E\nRUN c\nE\nONBUILD\nONBUILD COPY --from=a b c\nONBUILD ENV a=b\n",
        "FROM a\nONBUILD ONBUILD RUN <<E\nRUN c\nE\n",
        "FROM --platform=$X a AS b\nCOPY --from='a b' --link -- --c d\nRUN --\nRUN --x\\ y\nRUN --=\n",
        "FROM a\nRUN --x=é --y=\\\xa0z \xa0--w\nCOPY --x=à\x85 a b\n",
        'FROM a\nCMD ["a"] # c\nCMD ["a",]\nCMD [\'a\']\nCMD []\nCMD [1e999]\nCMD ["\\ud800"]\n',
        'FROM a\nCMD ["a", 1]\n',
        "FROM a\nCMD [NaN]\nCMD [-Infinity]\n",
        'FROM a\nVOLUME a  b\nVOLUME ["a", "b"]\nEXPOSE 1 2/udp\nSHELL ["a"]\n',
        "FROM a\nENV a\n",
        "FROM a\nENV a=b c\n",
        'FROM a\nENV a b  c\nENV a= b=\'c d\' e="f\\" g" h=i\\ j\nLABEL "a b"=c\nARG a b=c\n',
        '# escape=`\nFROM a\nENV a=b` c d=\\ e=\'`\'\nLABEL a="`"" b=c`` d=e\n',
        'FROM a\nHEALTHCHECK NONE\nHEALTHCHECK --interval=1s CMD a b\nHEALTHCHECK cmd ["a"]\nHEALTHCHECK\n',
        "FROM a\nRUN\nLABEL\nUSER\nWORKDIR\nCMD\nARG\nADD\nEXPOSE\n",
        "FROM a\nRUN \xa0a\xa0\nENV a=\x1cb\x1c c=\x85d=e\n",
        "FROM a\nENV a=b\\\\\\\n",
        "# just a comment\n",
        "\n \n\t\n",
        "FROM a\nRUN " + "x" * 65531,
        "FROM a\nRUN " + "x" * 65532,
    ],
)
def test_cases(text: str, buildkit: Any) -> None:
    compare(text, buildkit)


def test_corpus(corpus: dict[str, bytes], buildkit: Any) -> None:
    read = 0
    for data in corpus.values():
        with contextlib.suppress(UnicodeDecodeError):
            compare(data.decode(), buildkit)
            read += 1
    # The oracle takes text, so that files which are not UTF-8 are left to the round trip.
    assert read > 0.98 * len(corpus)


ATOMS = st.sampled_from(
    [
        *"\n\n\n\n\r\t \v\f\\`#'\"$<>-=[],{}:;&|",
        *("\r\n", "\\\n", "\\\r\n", "`\n", "\\ \n", "\n\n", "\n#", "\n# x\n", "\\\\", "''", '""', "--", "[]"),
        *(
            "<<E",
            "<<-E",
            "<< E",
            "<<'E'",
            '<<"E F"',
            "3<<E",
            "<<E<<F",
            "<<$E",
            "<<\\E",
            "<<",
            "\nE\n",
            "\n\tE\n",
            "E",
        ),
        *(
            "${x}",
            "$x",
            "${x:-y}",
            "${x:1:2}",
            "${x#y}",
            "${",
            "}",
            "a=b",
            "a='b c'",
            'a="b\\"c"',
            "a\\ b",
            "=",
            "a",
        ),
        *(
            '["a", "b"]',
            '["a"',
            '"]',
            "['a']",
            '["a", 1]',
            '["a"] b',
            '["\\n"]',
            "[1]",
            '[ "a" , "b" ]',
            '"a"',
        ),
        *(
            "--from=a",
            "--link",
            "--mount=type=cache,target=/x",
            '--from="a b"',
            "--x\\ y",
            "-- ",
            " --",
            "--chown=é",
        ),
        *(
            "\ufeff",
            "\xa0",
            "\x85",
            "\x1c",
            "é",
            "\u2028",
            "\u3000",
            "\U0001f600",
            "NONE",
            "CMD",
            "cmd ",
            "AS b",
        ),
        *(
            "FROM a\n",
            "\nRUN ",
            "\nCOPY ",
            "\nADD ",
            "\nENV ",
            "\nLABEL ",
            "\nARG ",
            "\nCMD ",
            "\nONBUILD ",
            "\nrun\t",
        ),
        *(
            "\nHEALTHCHECK ",
            "\nVOLUME ",
            "\nEXPOSE ",
            "\nUSER ",
            "\nSHELL ",
            "\nFORM ",
            "\nONBUILD RUN ",
            "\nENTRYPOINT ",
        ),
        *(
            "# escape=`\n",
            "# escape=\\\n",
            "#syntax=a\n",
            "  # Escape = `\n",
            "# escape=x\n",
            "\n# escape=`\n",
        ),
    ]
)
TEXTS = st.tuples(
    st.sampled_from(["", "", "\ufeff", "# escape=`\n", "#syntax=x\n# escape=`\r\n", "\\\n", "\n", "# x\n"]),
    st.lists(ATOMS, min_size=1, max_size=25),
).map(lambda parts: parts[0] + "".join(parts[1]))


@given(text=TEXTS)
def test_generated(text: str, buildkit: Any) -> None:
    compare(text, buildkit)
