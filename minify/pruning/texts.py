"""The texts that say what runs: instructions, scripts that a RUN writes, files of the context; and which of them name a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.context.tests import tests
from minify.image.pruning import ambiguous, statements
from minify.syntax import Add, Cmd, Copy, Entrypoint, Env, Healthcheck, process_word

_DOCUMENTS: Final = (
    ".md", ".rst", ".adoc", ".lock", ".sum", ".css", ".scss", ".less", ".svg", ".map", ".po", ".pot", ".csv", ".tsv", ".sql", ".log",
    ".diff", ".patch",
)  # fmt: skip
_NAMES: Final = (
    "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", ".gitlab-ci.yml", ".travis.yml", "Jenkinsfile", "LICENSE", "COPYING", "NOTICE",
    ".gitignore", ".dockerignore", ".gitattributes", ".editorconfig", "Vagrantfile", "setup.cfg", "tox.ini", "noxfile.py", ".flake8",
    ".pre-commit-config.yaml", ".readthedocs.yaml", ".readthedocs.yml", "azure-pipelines.yml", "appveyor.yml", "codecov.yml",
)  # fmt: skip
_FOLDERS: Final = (".git", ".github", ".gitlab", ".circleci", ".vscode", ".idea")
# https://docs.docker.com/compose/: the health check and the command of a service run in the container
_COMPOSE: Final = re.compile(r"(docker-)?compose[\w.-]*\.ya?ml")
_WORD: Final = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9_.+-]*")
_COMMENT: Final = ("#", "//", "*", "--", ";", "<!--")
_WRITERS: Final = ("echo", "printf", "cat")
_EDITORS: Final = ("tee", "sed")
_MANIFESTS: Final = ("package.json",)
_MAKEFILES: Final = ("Makefile", "makefile", "GNUmakefile")
_TESTS: Final = ("test", "tests", "spec", "__tests__", "testdata")
_TEST_FILES: Final = re.compile(r"(.*_test\.go|.*\.(test|spec)\.[cm]?[jt]sx?|test_.*\.py|.*_test\.py|conftest\.py)")
# Where a command begins: of a line, after an operator or a keyword, behind a program that runs another; not in `error(ex)`, a call
_COMMAND: Final = (
    r"(?:^|[;&|`'\"\[{!]|(?<![\w\])])\(|\b(?:then|do|else|elif|if|while|until|RUN|CMD|ENTRYPOINT)\s|\b[A-Za-z_]\w*=\S*\s"
    r"|\b(?:exec|sudo|doas|xargs|time|nohup|nice|env|command|eval|setsid|stdbuf|timeout|(?:gosu|su-exec)\s+\S+)\s+(?:-\S+\s+)*(?:[\d.]+[smhd]?\s)?)\s*"
)
# `size = 3`, `ex += 1`: a variable of a language
_NO_VALUE: Final = r"(?!\s+(?:[-+*/%&|^:?.]|\*\*|//|<<|>>|\|\||&&|\?\?)?=[^=~])"
_SHELLS: Final = re.compile(r"#!\s*(/usr)?/bin/(env\s+)?(ba|da|a|k|z)?sh\b")


class Text(NamedTuple):
    """A text that runs or tells what runs; `path` is the context's file, "" for an instruction that begins at `line`."""

    text: str
    path: str = ""
    line: int = 0


class Mention(NamedTuple):
    """Where a program is named: `entrypoint.sh:12`, or line 12 of the Dockerfile."""

    program: str
    path: str
    line: int

    @property
    def place(self) -> str:
        """As a person reads it.

        >>> Mention("curl", "start.sh", 3).place, Mention("curl", "", 9).place
        ('start.sh:3', 'line 9')
        """
        return f"{self.path}:{self.line}" if self.path else f"line {self.line}"


def mentions(texts: Iterable[Text], programs: Iterable[str], *, started: bool = False) -> Mapping[str, Mention]:
    """The first place that names each of some programs; `started`: only as a command.

    >>> mentions([Text("#!/bin/sh\\nexec curl -f $URL", "run.sh")], ["curl", "wget"])
    {'curl': Mention(program='curl', path='run.sh', line=2)}
    """
    wanted = frozenset(programs)
    found: dict[str, Mention] = {}
    for text in texts:
        present = wanted.difference(found).intersection(_WORD.findall(text.text))
        if not present:
            continue
        for number, line in enumerate(text.text.splitlines()):
            for name in sorted(present.intersection(_WORD.findall(line))):
                if name not in found and _names(line, name, instruction=not text.path, started=started):
                    found[name] = Mention(name, text.path, number + (text.line or 1))
    return found


def _names(line: str, name: str, *, instruction: bool, started: bool) -> bool:
    """Whether a line runs a program, or may: any use of its name, of a word of English only one as a command or at a text's start."""
    if not instruction and line.lstrip().startswith(_COMMENT) and not line.startswith("#!"):
        return False
    if not started and name not in ambiguous():
        return True
    statement = statements().get(name)
    found = re.finditer(rf"{_COMMAND}(?:/[\w/.-]*/)?({re.escape(name)})(?=[\s\"'`;)]|$){_NO_VALUE}", line)
    return any(statement is None or statement.match(line, one.start(1)) is None for one in found)


def texts(facts: Facts) -> tuple[Text, ...]:
    """Everything readable that may run, instructions first."""
    instructions = tuple(_instructions(facts))
    return (*instructions, *_files(facts, instructions))


def _instructions(facts: Facts) -> Iterator[Text]:
    last = (facts.contract.entrypoint, facts.contract.cmd, facts.contract.healthcheck)
    for placed in facts.placed:
        instruction = placed.instruction
        starts = isinstance(instruction, Entrypoint | Cmd | Healthcheck) and placed in last
        if starts or isinstance(instruction, Env) or (isinstance(instruction, Copy | Add) and instruction.heredocs):
            yield Text(instruction.text, line=instruction.line)
    inherited = facts.contract.base_cmd if facts.contract.cmd is None else ()
    base = (*(facts.contract.base_entrypoint if facts.contract.entrypoint is None else ()), *inherited)
    if base:
        yield Text(" ".join(base), line=facts.lineage[0].stage.from_.line)
    if facts.base is not None and facts.base.script is not None and facts.contract.entrypoint is None:
        yield Text(facts.base.script, line=facts.lineage[0].stage.from_.line)
    for run in facts.footprint.runs:
        for command in run.script.commands:
            written = any(">" in redirect.operator for redirect in command.redirects)
            if command.name in _EDITORS or (command.name in _WRITERS and written):
                line = run.placed.instruction.source.line(command.span.start)
                yield Text(command.text, line=line)
                for redirect in command.redirects:
                    if redirect.body:
                        yield Text(redirect.body, line=line)


def _files(facts: Facts, started: Sequence[Text]) -> Iterator[Text]:
    """The files that may run. A shell script is one when something names it: the others are for developers."""
    said = " ".join(text.text for text in started)
    waiting: dict[str, list[Text]] = {}
    reached: list[Text] = []
    brought = copied(facts)
    # What an instruction, or a file that is no test, names is a part of the application whatever its name
    unused = tests(facts.context, brought, _WORD.findall(said))
    for path in dict.fromkeys((*brought, *_compose_files(facts))):
        *folders, name = path.split("/")
        if not readable(path) or name in _MAKEFILES or (path in unused and _unused(folders, name, said)):
            continue
        text = facts.context.read_text(path)
        if text is None or "\0" in text[:4096]:
            continue
        if name.endswith((".sh", ".bash")) or _SHELLS.match(text):
            waiting.setdefault(name, []).append(Text(text, path))
        else:
            reached.append(Text(_scripts(text) if name in _MANIFESTS else text, path))
    pending = [*started, *reached]
    while pending:
        words = set(_WORD.findall(pending.pop().text))
        for name in [n for n in waiting if n in words or not _WORD.fullmatch(n)]:
            found = waiting.pop(name)
            reached += found
            pending += found
    yield from sorted(reached, key=lambda text: text.path)


def _unused(folders: Sequence[str], name: str, said: str) -> bool:
    """Whether a file is called like what only developers run, and no instruction says its name."""
    return any(f in _TESTS and f not in said for f in folders) or (
        _TEST_FILES.fullmatch(name) is not None and name not in said
    )


def _scripts(manifest: str) -> str:
    """package.json without what is no command: `"type": "git"` names no program. Its lines keep their numbers."""
    return "\n".join(
        "" if re.search(r'"(type|url|repository|homepage|bugs)"', line) else line for line in manifest.split("\n")
    )


def readable(path: str) -> bool:
    """Whether a file may hold commands: no documentation, no lock file, nothing of version control.

    >>> readable("bin/run"), readable("README.md"), readable(".github/workflows/ci.yml")
    (True, False, False)
    """
    *folders, name = path.split("/")
    return not (
        name.endswith(_DOCUMENTS)
        or name in _NAMES
        or "ockerfile" in name
        or name.startswith(("README", "CHANGELOG", "LICENSE"))
        or any(folder in _FOLDERS for folder in folders)
    )


def copied(facts: Facts) -> tuple[str, ...]:
    """The context's files that a stage brings which the final image depends on."""
    found: dict[str, None] = {}
    scope = {placed.instruction.span.start: placed.scope.values for placed in facts.placed}
    for index in sorted(facts.graph.needed()):
        for instruction in facts.graph.nodes[index].stage.instructions:
            if isinstance(instruction, Copy | Add) and not instruction.flag("from"):
                for written in instruction.sources:
                    if not written.startswith("<<") and "://" not in written:
                        source = process_word(written, scope.get(instruction.span.start, {}))
                        found.update(dict.fromkeys(facts.context.expand(source.text)))
    return tuple(sorted(found))


def _compose_files(facts: Facts) -> Iterator[str]:
    """The compose files at the context's root, ignored or not: `docker compose` reads them outside of the build."""
    root = facts.context.root
    if root is None or not root.is_dir():
        return
    for path in sorted(root.iterdir()):
        if _COMPOSE.fullmatch(path.name) and path.is_file():
            yield path.name
