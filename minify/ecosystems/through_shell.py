"""Programs that come along and start a shell, or a script, for what they are asked: neither is in a final image without a system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from minify.analysis.facts import Facts
from minify.context.tests import SOURCES, tests
from minify.ecosystems.sources import context_files
from minify.image.programs import Shelled, shelled

_COMMENT: Final = re.compile(r"^[ \t]*(#|//|\*|--).*$", re.MULTILINE)


def through_shell(facts: Facts, program: str, words: Sequence[str | None] = ()) -> str:
    """How a program asks for what is left out, as the end of a sentence: always, by the command that it is given, by its settings.

    `words` are those of its arguments that are known. Unless they begin with its command, the sources may name that elsewhere.
    """
    row = shelled(program)
    if row is None:
        return ""
    if row.always:
        return f"starts {program}, which {row.always} in a shell"
    for word in words:
        if word is not None and word in row.scripts:
            return f"starts {program} {word}, which {row.scripts[word]} reads"
    if row.settings and (place := _set_by_run(facts, program, row)):
        return f"starts {program}, which starts a shell for what {place}"
    known = bool(words) and words[0] is not None and not words[0].startswith("-")
    # The others come with packages of their own
    commands = () if known else tuple(word for word, reader in row.scripts.items() if reader == "sh")
    if (commands or row.variables) and (found := _named_in_sources(facts, program, commands, row.variables)):
        place, word = found
        return f"starts {program}, and {place} names {word}, for which it starts {row.scripts.get(word, 'a shell')}"
    return ""


def _set_by_run(facts: Facts, program: str, row: Shelled) -> str:
    """The RUN, or the ENV, that makes a program start a shell: `git config --global credential.helper store`."""
    for name, _ in facts.contract.env:
        if name in row.variables:
            return f"ENV {name} says"
    for run in facts.footprint.runs:
        for command in run.script.commands:
            if command.name == program:
                for word in command.args:
                    if word is not None and word.startswith(row.settings):
                        line = run.placed.instruction.source.line(command.span.start)
                        return f"line {line} sets ({word})"
    return ""


def _named_in_sources(
    facts: Facts, program: str, commands: Sequence[str], variables: Sequence[str]
) -> tuple[str, str] | None:
    """Where the sources name a command of a program, or a variable that it looks at: `git.submodule(…)`, `"submodule"`."""
    words = [re.escape(word) for word in commands]
    before = rf"[\"'`]|(?i:{re.escape(program)})(?:\([^()\n]*\))?[^\w\n]{{1,4}}"
    wanted = [rf"(?:{before})(?P<command>(?i:{'|'.join(words)}))(?![a-z])"] if words else []
    wanted += [rf"\b(?P<variable>{'|'.join(map(re.escape, variables))})\b"] if variables else []
    pattern = re.compile("|".join(wanted))
    files = context_files(facts)
    unused = tests(facts.context, files, facts.launch.argv)
    for path in files:
        if path in unused or not path.endswith(SOURCES) or "node_modules" in path.split("/"):
            continue
        text = _COMMENT.sub("", facts.context.read_text(path) or "")
        if found := pattern.search(text):
            word = next(value for value in found.groupdict().values() if value)
            return f"{path}:{text.count(chr(10), 0, found.start()) + 1}", word.lower() if found.groupdict().get(
                "command"
            ) else word
    return None
