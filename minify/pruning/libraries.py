"""What the libraries that an application requires start by name: GitPython runs git, and no source of the application says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from minify.analysis.facts import Facts
from minify.context.needs import Needs, node_installers, node_needs, python_needs
from minify.pruning.texts import Text, copied
from minify.shell.effects import InstallsLibraries

_SPLITTERS = "=<>~![;,:'\"`{}()] "


def started_by_libraries(facts: Facts) -> Iterator[Text]:
    """A text for each library of the tables that starts programs, at the line that requires it."""
    for path in copied(facts):
        find = _table(path.rsplit("/", 1)[-1])
        text = facts.context.read_text(path) if find is not None else None
        if find is not None and text is not None:
            for number, entry in enumerate(text.splitlines()):
                for word in dict.fromkeys(_words(entry)):
                    yield from _text(find(word), path, number + 1)
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries):
            line = run.placed.instruction.source.line(effect.command.span.start)
            find = node_needs if effect.tool in node_installers() else python_needs
            for package in effect.packages:
                for word in _words(package)[:1]:
                    yield from _text(find(word), "", line)


def _text(needs: Needs, path: str, line: int) -> Iterator[Text]:
    if needs.programs:
        yield Text("; ".join(needs.programs), path, line)


def _table(name: str) -> Callable[[str], Needs] | None:
    if name == "package.json":
        return node_needs
    if name.endswith((".txt", ".in", ".toml")) or name in ("Pipfile", "setup.py", "setup.cfg"):
        return python_needs
    return None


def _words(line: str) -> list[str]:
    """The names on a line of a manifest, as the tables have them.

    >>> _words('"GitPython>=3.1",'), _words('"simple-git": "^3.0.0"')
    (['gitpython', '3-1'], ['simple-git', '^3-0-0'])
    """
    for mark in _SPLITTERS:
        line = line.replace(mark, " ")
    return [w if w.startswith("@") else w.lower().replace("_", "-").replace(".", "-") for w in line.split()]
