"""Scripts of package.json that need a shell, as `prestart` and `start` do, in the steps of a launcher."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.launch import Launch, NeedsShell, Shelled, Spoken
from minify.analysis.shelled import dialect_of
from minify.context.node import PackageManifest, resolve_script
from minify.plan import Refusal, refuse

# What npm and its like set for a script, and the arguments that a launcher hands on at its end
_OWN_VARIABLES: Final = re.compile(r"\$\{?(?:npm_\w*|INIT_CWD|[@*#0-9])")
# Settings with which another shell, or another selection of scripts, runs: `ignore-scripts=true` in .npmrc
_SETTINGS: Final = re.compile(
    r"(?:ignore|enable-pre-post)[-_]?scripts|enable_?pre_?post_?scripts|script[-_]shell", re.IGNORECASE
)
_FILES: Final = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml")


class Scripted(NamedTuple):
    """The launch with the program that the scripts end in, and the scripts on the way."""

    launch: Launch
    via: tuple[str, ...]


def shell_of_script(facts: Facts, manifest: PackageManifest, argv: tuple[str, ...]) -> Scripted | Refusal | None:
    """What `npm start` does that takes a shell, as a launcher does it; None where that is one plain command, or nothing is known."""
    name = argv[0].rsplit("/", 1)[-1]
    if facts.launch.shelled or manifest.problem is not None:
        return None
    resolved = resolve_script(manifest, name, argv[1:])
    if not resolved.text:
        return None
    line, asked = facts.launch.line, " ".join(argv)
    spoken, cmd = facts.launch.entrypoint, facts.launch.cmd
    entry = spoken.placed is not None and spoken.argv[-len(argv) :] == argv and not cmd.argv
    reason = _set_elsewhere(facts)
    if reason:
        return refuse(f"{resolved.reason}, and {reason}", line)
    if (not entry and cmd.argv[-len(argv) :] != argv) or _OWN_VARIABLES.search(resolved.text):
        return refuse(resolved.reason or asked, line)
    found = _read(facts, resolved.text + (' "$@"' if entry else ""), resolved.reason or asked, line)
    if isinstance(found, Refusal):
        return found
    shelled, words = found
    if entry:
        shelled = shelled._replace(keyword="ENTRYPOINT")
    said = Spoken(argv=words, rewritten=(spoken if entry else cmd).rewritten, placed=(spoken if entry else cmd).placed)
    launch = facts.launch._replace(shelled=(shelled,))
    launch = launch._replace(entrypoint=said) if entry else launch._replace(cmd=said)
    return Scripted(launch, resolved.chain)


def _read(facts: Facts, text: str, reason: str, line: int | None) -> tuple[Shelled, tuple[str, ...]] | Refusal:
    """The steps of a text, and the words of the program that it ends in."""
    from minify.launcher import Program, read
    from minify.launcher.starts import starts

    dialect = dialect_of("/bin/sh", facts.base, facts.footprint)
    if dialect is None:
        return refuse(reason, line)
    program = read(text, dialect, script="npm", by_path=False)
    if not isinstance(program, Program):
        return refuse(f"{reason} ({program[0].reason})", line)
    every = starts(program)
    last = [one for one in every if one.replaces]
    if not last or any(not one.words or one.words[0] is None for one in every):
        return refuse(reason, line)
    if len(every) > len(last):
        first = " ".join(every[0].shown)
        note = f"a stop of the container while {first} runs is heard when that has ended"
        program = replace(program, notes=(*program.notes, note))
    needs = NeedsShell(reason=reason, line=line or 1)
    shelled = Shelled("CMD", program, words=(), script=None, source=None, needs=needs, looks=False)
    return shelled, last[-1].shown


def _set_elsewhere(facts: Facts) -> str:
    """The setting that may change which scripts run, or which shell reads them."""
    for name, _ in facts.contract.env:
        if _SETTINGS.search(name):
            return f"ENV {name} may change that"
    for path in facts.context.files():
        if path.rpartition("/")[2] in _FILES and (found := _SETTINGS.search(facts.context.read_text(path) or "")):
            return f"{path} sets {found[0]}"
    for run in facts.footprint.runs:
        for command in run.script.commands:
            if ("config" in command.args or command.redirects) and (found := _SETTINGS.search(command.text)):
                return f"line {run.placed.instruction.line} sets {found[0]}"
    return ""
