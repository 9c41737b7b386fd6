"""Commands of container engines in any text: makefiles, scripts, pipelines. What is built, and what is started in a container."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from minify.surroundings.judge import judge
from minify.surroundings.names import UNKNOWN, expand
from minify.surroundings.repository import Text
from minify.surroundings.use import Builds, Use, flow

_COMMAND: Final = re.compile(
    r"(?<![\w./-])(?:docker-compose|docker|podman|nerdctl|kubectl|oc)(?=\s)(?:\\\n|[^\n;&|]|(?<=[<>])&)*", re.MULTILINE
)
_ASSIGNMENT: Final = re.compile(
    r"^[ \t]*(?:-[ \t]+|export[ \t]+|readonly[ \t]+|local[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*(?:[:?+]{0,3}=|:(?=[ \t]))[ \t]*(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s#;]+)",
    re.MULTILINE,
)
_VALUED_BUILD: Final = frozenset({
    "-t", "--tag", "-f", "--file", "--target", "--build-arg", "--platform", "--cache-from", "--cache-to", "--label", "--network", "--output",
    "-o", "--progress", "--secret", "--ssh", "--builder", "--build-context", "--iidfile", "--metadata-file", "--add-host", "--cpuset-cpus",
    "-m", "--memory", "--shm-size", "--ulimit", "--isolation", "--provenance", "--sbom", "--attest", "--annotation",
})  # fmt: skip
_PLAIN_RUN: Final = frozenset({
    "-d", "--detach", "-i", "--interactive", "-t", "--tty", "--rm", "--init", "--privileged", "--read-only", "-P", "--publish-all",
    "--no-healthcheck", "--oom-kill-disable", "--sig-proxy", "-q", "--quiet", "-T", "--no-TTY", "--no-deps", "--service-ports", "--build",
    "--use-aliases", "--remove-orphans", "--quiet-pull", "--stdin",
})  # fmt: skip
_ENGINES: Final = ("docker", "podman", "nerdctl")


class Line(NamedTuple):
    """One command: its words with variables expanded, and its line."""

    words: tuple[str, ...]
    line: int


@lru_cache(maxsize=512)
def commands(text: Text) -> tuple[Line, ...]:
    """The commands of engines in a text, comments left out."""
    return tuple(_commands(text))


def _commands(text: Text) -> Iterator[Line]:
    values: dict[str, str] | None = None
    for found in _COMMAND.finditer(text.text):
        begin = text.text.rfind("\n", 0, found.start()) + 1
        before = text.text[begin : found.start()]
        if before.lstrip().startswith(("#", "//")) or re.search(r"\becho\b", before):
            continue
        raw = found[0].replace("\\\n", " ")
        # A quote that opened before the command ends it: `sh 'docker exec web ls'` of a Jenkinsfile, "test": "docker …" of package.json
        opened = before.rstrip()[-1:] if before.rstrip()[-1:] in ("'", '"', "`") else ""
        if opened and opened in raw:
            raw = raw[: raw.index(opened)]
        if before.endswith(("$(", "(")):
            raw = _within(raw)
        values = assignments(text.text) if values is None else values
        raw = expand(raw.replace("$$", "$"), values)
        try:
            words = shlex.split(raw, comments=True)
        except ValueError:
            words = raw.split()
        yield Line(tuple(words), text.text.count("\n", 0, found.start()) + 1)


def _within(raw: str) -> str:
    """What stands before the parenthesis that closes a substitution: `id -u` of `$(docker exec web id -u)`."""
    depth = 0
    for at, char in enumerate(raw):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            return raw[:at]
    return raw


def assignments(text: str) -> dict[str, str]:
    """Variables that a script, a makefile or the `env:` of a pipeline gives a plain value; the first one counts."""
    values: dict[str, str] = {}
    for found in _ASSIGNMENT.finditer(text):
        value = found["value"].strip("\"'")
        if found["name"] not in values and not re.search(r"\$\(\w+[ ]|`|\$\(\(", value):
            values[found["name"]] = value
    return values


def read_builds(use: Builds, text: Text) -> None:
    """`docker build -t acme/web -f docker/Dockerfile .`: names of the image, and targets."""
    folders = (text.path.parent, use.root)
    for words, line in commands(text):
        rest = _after(words, _ENGINES, ("build",))
        if rest is None:
            continue
        options, operands = _split(rest, _VALUED_BUILD, valued=True)
        context = operands[-1] if operands else "."
        file = next((v for k, v in options if k in ("-f", "--file")), "")
        if not any(
            use.builds(folder, context, file) or use.builds(folder, ".", file or f"{context}/Dockerfile")
            for folder in folders
        ):
            continue
        target = next((v for k, v in options if k == "--target"), "")
        if UNKNOWN in target:
            continue
        names = [v for k, v in options if k in ("-t", "--tag")]
        if not use.takes(text, line, target):
            use.others += names
            continue
        use.argued(text, line, [v for k, v in options if k == "--build-arg"])
        use.names += names


def read_runs(use: Use, text: Text) -> None:
    """`docker run acme/web sh -c …`, `docker compose exec web bash`, `kubectl exec deploy/web -- curl …`."""
    folder = text.path.parent
    lines = list(commands(text))
    for words, _ in lines:
        rest = _after(words, _ENGINES, ("run",))
        if rest is not None:
            options, operands = _split(rest, _PLAIN_RUN, valued=False)
            if operands and use.runs(operands[0]):
                use.containers |= dict.fromkeys(v for k, v in options if k == "--name" and UNKNOWN not in v)
    for words, line in lines:
        for known, argv, shown in _started(use, folder, words):
            note = judge(use.image, argv) if known is not False else None
            if note is not None:
                instead = f"{shown} {shlex.join(note.instead)}" if note.instead else ""
                use.found(text, line, " ".join(words[:6]), note, certain=known is True, instead=instead)


def _started(use: Use, folder: Path, words: Sequence[str]) -> Iterator[tuple[bool | None, Sequence[str], str]]:
    """Whether it is this image's container, the argv that is started there, and the command before it."""
    compose = _compose(words)
    if compose is not None and compose[:1] in (["exec"], ["run"]):
        options, operands = _split(compose[1:], _PLAIN_RUN, valued=False)
        if operands:
            known = any(service == operands[0] and _near(folder, place, use.root) for place, service in use.services)
            entry = next((v for k, v in options if k == "--entrypoint"), "")
            argv = [*shlex.split(entry), *operands[1:]] if entry else operands[1:]
            yield known, argv, f"docker compose {compose[0]} {operands[0]}"
        return
    rest = _after(words, _ENGINES, ("run", "create"))
    if rest is not None:
        options, operands = _split(rest, _PLAIN_RUN, valued=False)
        if operands:
            entry = next((v for k, v in options if k == "--entrypoint"), "")
            argv = [entry, *operands[1:]] if entry else operands[1:] if not use.image.entrypoint else []
            yield use.runs(operands[0]), argv, f"docker run {operands[0]}"
        return
    rest = _after(words, _ENGINES, ("exec",))
    if rest is not None:
        _, operands = _split(rest, _PLAIN_RUN, valued=False)
        if operands:
            yield _container(use, operands[0]), operands[1:], f"docker exec {operands[0]}"
        return
    if words[0] in ("kubectl", "oc") and "exec" in words:
        head, found, tail = _cut(words[list(words).index("exec") + 1 :])
        _, operands = _split(head, _PLAIN_RUN, valued=False)
        name = operands[0].rpartition("/")[2] if operands else ""
        yield (
            _container(use, name),
            tail if found else operands[1:],
            f"kubectl exec {operands[0] if operands else ''} --",
        )


def _container(use: Use, name: str) -> bool | None:
    """A container by its name: known, perhaps the image's when the name is like the image's, or another one."""
    if name in use.containers:
        return True
    if not name or UNKNOWN in name:
        return False
    likely = {n.rpartition("/")[2].partition(":")[0] for n in (*use.names, *use.guesses)} | {
        service for _, service in use.services
    }
    return None if name in likely or any(name.startswith(f"{other}-") for other in use.containers) else False


def _near(folder: Path, place: Path, root: Path) -> bool:
    """Whether a command in a file of `folder` means the compose file of `place`."""
    return place in (folder, root) or folder == root or folder in place.parents or place in folder.parents


def _cut(words: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    words = list(words)
    at = words.index("--") if "--" in words else -1
    return (words, False, []) if at < 0 else (words[:at], True, words[at + 1 :])


def _compose(words: Sequence[str]) -> list[str] | None:
    """What follows `docker compose -f x.yaml` and its like."""
    if words[0] == "docker-compose":
        rest = list(words[1:])
    elif words[0] in _ENGINES and "compose" in words[1:2]:
        rest = list(words[2:])
    else:
        return None
    while rest and rest[0].startswith("-"):
        rest = (
            rest[1:]
            if "=" in rest[0] or rest[0] in ("--compatibility", "--verbose", "--dry-run", "--all-resources")
            else rest[2:]
        )
    return rest


def _after(words: Sequence[str], programs: Sequence[str], verbs: Sequence[str]) -> list[str] | None:
    """What follows `docker [image|container|buildx] build`."""
    if words[0] not in programs:
        return None
    rest = list(words[1:])
    if rest[:1] in (["image"], ["container"], ["buildx"], ["builder"]):
        rest = rest[1:]
    return rest[1:] if rest and rest[0] in verbs else None


def _split(words: Sequence[str], names: frozenset[str], *, valued: bool) -> tuple[list[tuple[str, str]], list[str]]:
    """Options and operands; `names` are the options that take a value, or (not `valued`) those that take none.

    With those that take none, everything from the first operand on is the command in the container.
    """
    options: list[tuple[str, str]] = []
    operands: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--" and not valued:
            return options, operands + rest
        if not word.startswith("-") or word == "-":
            operands.append(word)
            if not valued:
                return options, operands + rest
            continue
        name, equals, value = word.partition("=")
        short = re.fullmatch(r"-[a-zA-Z]+", word) is not None and len(word) > 2
        flags_only = short and all(f"-{letter}" in names for letter in word[1:])
        if equals:
            options.append((name, value))
        elif (name in names) == valued and not flags_only and rest:
            options.append((name, rest.pop(0)))
        else:
            options.append((name, ""))
    return options, operands


__all__ = ["Line", "assignments", "commands", "flow", "read_builds", "read_runs"]
