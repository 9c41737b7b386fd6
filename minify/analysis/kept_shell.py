"""ENTRYPOINT and CMD as the file has them, with every text that a shell reads for them: for a final image that has the shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from minify.analysis.contract import contract
from minify.analysis.facts import Facts
from minify.analysis.launch import Kept, Launch, Spoken, behind_init
from minify.analysis.scopes import DEFAULT_SHELL, Placed
from minify.analysis.scripts import Script, Scripts
from minify.analysis.shelled import interpreter
from minify.shell.run import read_command_line

SHELLS: Final = ("sh", "bash", "ash", "dash")
_OPTIONS: Final = ("-c", "-ec", "-euc", "-exc", "-uc", "-xc")


def with_shell_kept(facts: Facts) -> Facts | None:
    """The facts of a container that starts as the file says, its user too; None where a shell reads what is not known."""
    said = contract(facts.placed, facts.end, facts.base)
    if said.entrypoint is None and said.base_entrypoint:
        return None
    spoken: dict[str, Spoken] = {}
    texts: list[Kept] = []
    scripts = Scripts(facts.placed, facts.context, facts.footprint)
    init: tuple[str, ...] = ()
    # /bin/sh -c takes none of CMD
    cmd = said.cmd if said.entrypoint is None or said.entrypoint.instruction.exec_form is not None else None
    for keyword, placed in (("ENTRYPOINT", said.entrypoint), ("CMD", cmd)):
        argv: tuple[str, ...] = ()
        if placed is not None:
            exec_form = placed.instruction.exec_form
            if exec_form is None and placed.instruction.value.strip():
                if placed.scope.shell != DEFAULT_SHELL:
                    return None
                argv = (*DEFAULT_SHELL, placed.instruction.value)
            argv = exec_form if exec_form is not None else argv
            if argv and not any(one.argv for one in spoken.values()):
                init, argv = behind_init(argv)
            found = _read(facts, scripts, keyword, placed, argv)
            if found is None and argv and argv[0].rpartition("/")[2] in SHELLS:
                return None
            texts += [found] if found is not None else []
        spoken[keyword] = Spoken(argv=argv, rewritten=False, placed=placed)
    launch = Launch(
        entrypoint=spoken["ENTRYPOINT"],
        cmd=spoken["CMD"],
        needs_shell=(),
        init=init,
        kept=(*texts, *_called(facts, scripts, texts)),
        own_shell=True,
    )
    return facts._replace(launch=launch, contract=said)


def _read(facts: Facts, scripts: Scripts, keyword: str, placed: Placed, argv: tuple[str, ...]) -> Kept | None:
    """The text that a command line gives to a shell, or its script."""
    line = placed.instruction.line
    if len(argv) >= 3 and argv[0].rpartition("/")[2] in SHELLS and argv[1] in _OPTIONS:
        return Kept(keyword, argv[0], argv[2], argv[3:], line)
    by_shell = bool(argv) and argv[0].rpartition("/")[2] in SHELLS
    words = argv[1:] if by_shell else argv
    if not words or words[0].startswith("-"):
        return None
    name = words[0] if not by_shell or "/" in words[0] else f"./{words[0]}"
    script = scripts.on_path(name, facts.contract.workdir, facts.contract.path)
    if script is None:
        return None
    shell = argv[0] if by_shell else interpreter(script.text)
    if shell.rpartition("/")[2] not in SHELLS:
        return None
    return Kept(keyword, shell, script.text, words[1:], line, script.source, script.target)


def _called(facts: Facts, scripts: Scripts, texts: list[Kept]) -> Iterator[Kept]:
    """The scripts of the context that those texts start or read in their turn, each once."""
    seen = {text.target for text in texts}
    waiting = list(texts)
    while waiting:
        text = waiting.pop(0)
        for script, shell in _scripts(facts, scripts, text):
            if script.target not in seen:
                seen.add(script.target)
                found = Kept(text.keyword, shell, script.text, (), text.line, script.source, script.target)
                waiting.append(found)
                yield found


def _scripts(facts: Facts, scripts: Scripts, text: Kept) -> Iterator[tuple[Script, str]]:
    for command in read_command_line(text.text, cwd=facts.contract.workdir, env=dict(facts.contract.env)).commands:
        name = command.program
        reads = command.name in (".", "source") or command.name in SHELLS
        if reads:
            name = next((word for word in command.args[:1] if word is not None and not word.startswith("-")), None)
        if name and (command.cwd or name.startswith("/")):
            found = scripts.on_path(name, command.cwd or "/", facts.contract.path)
            shell = (command.program or "") if command.name in SHELLS else text.shell
            if found is not None and not reads:
                shell = interpreter(found.text)
            if found is not None and shell.rpartition("/")[2] in SHELLS:
                yield found, shell
