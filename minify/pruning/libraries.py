"""What the libraries that an application requires start by name: GitPython runs git, and no source of the application says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from minify.analysis.facts import Facts
from minify.context.needs import Needs, go_needs, node_installers, node_needs, python_needs
from minify.pruning.texts import Text, copied
from minify.shell.effects import InstallsLibraries

_FROM_GIT: Final = re.compile(r"^\s*gem\b.*\b(?:git|github|gitlab|bitbucket|gist)(?::|['\"]?\s*=>)|^GIT\s*$")
_SPLITTERS = "=<>~![;,:'\"`{}()] "


def started_by_libraries(facts: Facts) -> Iterator[Text]:
    """A text for each library of the tables that starts programs, at the line that requires it."""
    for path in copied(facts):
        said = _said(path.rsplit("/", 1)[-1])
        if said is not None:
            yield from _of_manifest(path, facts.context.read_text(path) or "", said)
            continue
        find = _table(path.rsplit("/", 1)[-1])
        text = facts.context.read_text(path) if find is not None else None
        if find is not None and text is not None:
            for number, entry in enumerate(text.splitlines()):
                for word in dict.fromkeys(_words(entry)):
                    yield from _text(find(word), path, number + 1)
    for run, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries):
            line = run.placed.instruction.source.line(effect.command.span.start)
            said = _said(effect.tool)
            if said is not None:
                for package in effect.packages:
                    yield from _sentence(said(re.split(r"[@~=]|(?<!:):(?!:)", package, maxsplit=1)[0]), "", line)
                continue
            find = node_needs if effect.tool in node_installers() else python_needs
            for package in effect.packages:
                for word in _words(package)[:1]:
                    yield from _text(find(word), "", line)


def _of_manifest(path: str, text: str, said: Callable[[str], str | None]) -> Iterator[Text]:
    for number, entry in enumerate(text.splitlines(), 1):
        for word in dict.fromkeys(re.findall(r"[\w.+-]+(?:(?:/|::)[\w.+-]+)*", entry)):
            yield from _sentence(said(word), path, number)
        # What a gemspec of a repository lists, it asks git for: `git ls-files`, each time that Bundler loads it
        if _FROM_GIT.search(entry):
            yield Text("git", path, number)


def _sentence(said: str | None, path: str, line: int) -> Iterator[Text]:
    """The words of what a table says of a library, each as a program: `starts git and hg`."""
    if said is not None:
        yield Text("; ".join(re.findall(r"[\w.+-]+", said)), path, line)


def _said(name: str) -> Callable[[str], str | None] | None:
    """What tells of the libraries that a manifest lists, or that a tool installs, in a sentence."""
    if name in ("Gemfile", "Gemfile.lock", "gems.rb", "gems.locked", "gem") or name.endswith(".gemspec"):
        from minify.context.ruby import gem_needs

        return gem_needs
    if name in ("composer.json", "composer.lock", "composer"):
        from minify.context import php

        return php.package_needs
    if name in ("cpanfile", "cpan"):
        from minify.context.perl import module_needs

        return module_needs
    return go_needs if name == "go.mod" else None


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
