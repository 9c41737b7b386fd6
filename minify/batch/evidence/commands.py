"""`docker build` command lines in scripts: the build context and the Dockerfile that they name."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from minify.batch.evidence.paths import claim, expanded, inside, one_name
from minify.batch.records import Claim

_PROGRAMS: Final = ("docker", "podman", "nerdctl", "buildah", "img", "depot")
_BETWEEN: Final = ("buildx", "image", "builder")
_BUILDS: Final = ("build", "bud", "b")
_KANIKO: Final = "kaniko/executor"

_WITH_VALUE: Final = frozenset(
    {
        *(
            "-f",
            "--file",
            "-t",
            "--tag",
            "--build-arg",
            "--target",
            "--platform",
            "--cache-from",
            "--cache-to",
            "--label",
        ),
        *(
            "--network",
            "--secret",
            "--ssh",
            "--output",
            "-o",
            "--progress",
            "--build-context",
            "--add-host",
            "--iidfile",
        ),
        *(
            "--metadata-file",
            "--builder",
            "--cgroup-parent",
            "--shm-size",
            "--ulimit",
            "-m",
            "--memory",
            "--memory-swap",
        ),
        *(
            "-c",
            "--cpu-shares",
            "--cpuset-cpus",
            "--isolation",
            "--security-opt",
            "--annotation",
            "--attest",
            "--allow",
        ),
        *(
            "--call",
            "--no-cache-filter",
            "--format",
            "--arch",
            "--os",
            "--layers-from",
            "-v",
            "--volume",
            "--log-level",
        ),
        *(
            "--context",
            "--dockerfile",
            "--destination",
            "-d",
            "--host",
            "-H",
            "--config",
            "--registry-mirror",
            "--project",
        ),
    }
)
_SUBSTITUTED: Final = re.compile(r"\$\([^()\n]*\)|`[^`\n]*`")
_BREAK: Final = re.compile(r"(&&|\|\||[;|\n()])")


class Line(NamedTuple):
    """One command line of a script, and how many lines of it come before."""

    text: str
    offset: int


def claims(source: str, path: str, script: str, *, first: int, folder: str = "") -> Iterator[Claim]:
    """What the builds in a script say; `first` is the line that the script begins in, `folder` where it runs."""
    at, outer = folder, [folder]
    for line in lines(script):
        words = _words(line.text)
        if line.text == "(":
            outer.append(at)
        elif line.text == ")" and len(outer) > 1:
            at = outer.pop()
        elif words[:1] in (["cd"], ["pushd"]) and len(words) > 1:
            moved = inside(at, expanded(words[1]))
            # Somewhere that is not known: what is built there is not known either
            at = "$unknown" if moved is None else moved
        else:
            found = build(words)
            if found is not None:
                context, dockerfile, target = found
                said = claim(
                    source,
                    path,
                    first + line.offset,
                    context=context,
                    dockerfile=dockerfile,
                    folder=at,
                    of_context=_KANIKO in line.text,
                    target=target,
                )
                if said is not None:
                    yield said


def lines(script: str) -> Iterator[Line]:
    """The commands of a script, one by one; parentheses stand alone."""
    # What a command in a command says is not known; its parentheses are no subshell's
    joined = re.sub(r"\\\r?\n", "\x01", one_name(script))
    while (after := _SUBSTITUTED.sub("$SUBSTITUTED", joined)) != joined:
        joined = after
    offset = 0
    for part in _BREAK.split(joined):
        text = part.replace("\x01", " ").strip()
        if text and part != "\n":
            yield Line(text, offset + _leading(part))
        offset += part.count("\n") + part.count("\x01")


def _leading(part: str) -> int:
    """Continued lines before the command's first word."""
    head = part[: len(part) - len(part.lstrip(" \t\x01"))]
    return head.count("\x01")


def build(words: Sequence[str]) -> tuple[str, str | None, str] | None:
    """The context, the Dockerfile and the target of a build command; None when it is none or names no folder.

    >>> build("docker buildx build -t app -f docker/app.Dockerfile --load .".split())
    ('.', 'docker/app.Dockerfile', '')
    """
    rest = _after_program(words)
    if rest is None:
        return None
    context: str | None = None
    dockerfile: str | None = None
    target = ""
    at = 0
    while at < len(rest):
        word = rest[at]
        name, equals, given = word.partition("=")
        if not word.startswith("-") or word == "-":
            context = word
        elif name in _WITH_VALUE:
            if not equals:
                at += 1
                given = rest[at] if at < len(rest) else ""
            if name in ("-f", "--file", "--dockerfile"):
                dockerfile = given
            elif name == "--target":
                target = given
            elif name == "--context":
                context = given.removeprefix("dir://")
        elif re.fullmatch(r"-f.+", word):
            dockerfile = word[2:]
        at += 1
    if context is None or context == "-" or context.startswith(">"):
        return None
    return context, dockerfile, target


def _after_program(words: Sequence[str]) -> list[str] | None:
    """The words after `docker build`, wherever in the command it stands: after sudo, time, VARIABLE=value."""
    for at, word in enumerate(words):
        if word.endswith(_KANIKO):
            return list(words[at + 1 :])
        if posixpath.basename(word) not in _PROGRAMS:
            continue
        rest = list(words[at + 1 :])
        while rest and (rest[0].startswith("-") or rest[0] in _BETWEEN):
            rest = rest[2:] if rest[0] in _WITH_VALUE else rest[1:]
        if rest and rest[0] in _BUILDS:
            return rest[1:]
    return None


def _words(text: str) -> list[str]:
    # Before the shell sees them, expressions of CI systems are one word
    text = re.sub(r"\$\{\{.*?\}\}", lambda match: match[0].replace(" ", ""), text)
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return []
