"""Commands that need a shell, in the steps of a launcher: what starts behind them is what the container is for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from minify.analysis.contract import RuntimeContract
from minify.analysis.footprint import Footprint, paths_of
from minify.analysis.launch import NOTHING, Launch, NeedsShell, Shelled, Spoken, behind_init
from minify.analysis.scopes import Placed
from minify.analysis.scripts import Script, Scripts
from minify.analysis.user_change import behind_user_change, without_user_change
from minify.image.catalog import BaseImage
from minify.syntax import User

if TYPE_CHECKING:
    from minify.launcher import Dialect, Program
    from minify.launcher.starts import Start

_SHELLS = ("sh", "bash", "ash", "dash")
_FLAGS = re.compile(r"-[eux]*c")
_SHEBANG = re.compile(r"#!\s*(?:\S*/env\s+)?(\S+)")
_ROOT = ("", "root", "0", "0:0", "root:root")


class _Text(NamedTuple):
    """What a shell is given: a text, or a script; `words` follow it in the instruction."""

    placed: Placed
    keyword: str
    shell: str
    text: str
    words: tuple[str, ...]
    script: Script | None
    name: str | None
    """The script as it is started."""
    by_path: bool


class Ground(NamedTuple):
    """What a command's meaning depends on beside its own words."""

    contract: RuntimeContract
    base: BaseImage | None
    scripts: Scripts
    footprint: Footprint


def see_through_shell(launch: Launch, ground: Ground) -> Launch:
    """The launch with the program behind each shell; as it was where nothing is to be seen through, or nothing can.

    A script that only hands on what it is given disappears.
    """
    contract = ground.contract
    first, keyword = contract.entrypoint, "ENTRYPOINT"
    argv = launch.entrypoint.argv
    # The base's script only finds the program, and an init process starts what follows it
    passed = contract.base_runs is not None and contract.cmd is not None
    if (not argv and not _needy(launch, "ENTRYPOINT")) or (first is None and passed):
        first, keyword, argv = contract.cmd, "CMD", launch.cmd.argv
    if first is None:
        return launch
    changed = behind_user_change(argv)
    if changed is not None and not _needy(launch, keyword) and not _no_user(ground, changed[0]):
        spoken = Spoken(argv=changed[1], rewritten=True, placed=first)
        changed_to = launch._replace(user=changed[0], changer=argv[0].rpartition("/")[2])
        entry = keyword == "ENTRYPOINT"
        stripped = changed_to._replace(entrypoint=spoken) if entry else changed_to._replace(cmd=spoken)
        return see_through_shell(stripped, ground)
    found = _text(first, keyword, argv, launch, ground)
    if found is None:
        return launch
    if keyword == "CMD" and contract.entrypoint is None and contract.base_runs is not None:
        launch = launch._replace(entrypoint=NOTHING)
    return _seen(launch, found, ground)


def _needy(launch: Launch, keyword: str) -> bool:
    return any(problem.keyword == keyword for problem in launch.needs_shell)


def _text(placed: Placed, keyword: str, argv: tuple[str, ...], launch: Launch, ground: Ground) -> _Text | None:
    exec_form = placed.instruction.exec_form
    if _needy(launch, keyword):
        if exec_form is None:
            shell = placed.scope.shell
            flags = shell[1:-1]
            if shell[-1:] != ("-c",) or (flags and flags != ("-o", "pipefail")):
                return None
            text = placed.instruction.value
            return _Text(placed, keyword, shell[0], f"set -o pipefail; {text}" if flags else text, (), None, None, True)
        _, argv = behind_init(exec_form)
    if len(argv) >= 3 and argv[0].rpartition("/")[2] in _SHELLS and _FLAGS.fullmatch(argv[1]):
        options = argv[1][1:-1]
        text = f"set -{options}; {argv[2]}" if options else argv[2]
        return _Text(placed, keyword, argv[0], text, argv[3:], None, None, True)
    if not argv:
        return None
    by_path = argv[0].rpartition("/")[2] not in _SHELLS
    words = argv if by_path else argv[1:]
    if not words or words[0].startswith("-"):
        return None
    search = ground.contract.path
    name = words[0] if by_path or "/" in words[0] else f"./{words[0]}"
    script = ground.scripts.on_path(name, ground.contract.workdir, search)
    if script is None:
        return None
    reader = interpreter(script.text) if by_path else argv[0]
    if reader.rpartition("/")[2] not in _SHELLS:
        return None
    started = script.target if "/" not in words[0] else words[0]
    return _Text(placed, keyword, reader, script.text, words[1:], script, started, by_path)


def interpreter(text: str) -> str:
    """What reads a script, by its first line: `interpreter("#!/usr/bin/env bash\\n")` is "bash"; "" without such a line."""
    shebang = _SHEBANG.match(text)
    return str(shebang[1]) if shebang else ""


def _seen(launch: Launch, found: _Text, ground: Ground) -> Launch:
    from minify.launcher.starts import only_hands_on

    line = found.placed.instruction.line
    others = tuple(p for p in launch.needs_shell if p.keyword != found.keyword)
    dialect = dialect_of(found.shell, ground.base, ground.footprint)
    if dialect is None:
        return (
            launch
            if _needy(launch, found.keyword) or found.script is None
            else _stopped(
                launch, [NeedsShell(f"{found.script.source} is for {found.shell}, whose kind is not known here", line)]
            )
        )
    launch = launch._replace(needs_shell=others)
    program = _read(found, dialect, ground)
    if isinstance(program, tuple):
        return _stopped(launch, program)
    if found.keyword == "ENTRYPOINT" and only_hands_on(program) and not found.words and ground.contract.cmd:
        return _handed_on(launch, found, ground)
    seen = _launched(launch, found, program, ground)
    return seen if isinstance(seen, Launch) else _stopped(launch, seen)


def _handed_on(launch: Launch, found: _Text, ground: Ground) -> Launch:
    """The launch without a script that only starts what it is given."""
    gone = (found.script.target,) if found.script is not None else ()
    handed = launch._replace(
        entrypoint=Spoken(argv=(), rewritten=True, placed=found.placed), gone=(*launch.gone, *gone)
    )
    return see_through_shell(handed, ground)


def _no_user(ground: Ground, user: str) -> str:
    """Why USER would not be what gosu is; "" when it would."""
    if ground.contract.user not in _ROOT:
        return f"{ground.contract.user} is not root, and may not start it as {user}"
    if any(isinstance(placed.instruction, User) for placed in ground.contract.instructions):
        return f"USER says another user than {user}"
    # USER sets HOME only where nothing else has
    return f"HOME is set, and starting as {user} sets it again" if "HOME" in dict(ground.contract.env) else ""


def _stopped(launch: Launch, problems: list[NeedsShell] | tuple[NeedsShell, ...]) -> Launch:
    return launch._replace(needs_shell=(*launch.needs_shell, *problems))


def dialect_of(shell: str, base: BaseImage | None, footprint: Footprint) -> Dialect | None:
    """The kind of a shell in this image: what /bin/sh is depends on the distribution."""
    from minify.launcher import Dialect

    if base is None or any("/bin/sh" in paths_of(effect) for _, effect in footprint.effects()):
        return None
    alpine = base.libc == "musl"
    if shell.rpartition("/")[2] == "sh" and not alpine and base.package_manager != "apt":
        # /bin/sh of Fedora and its like is bash in another mode
        return None
    return Dialect.of(shell, alpine=alpine)


def _read(found: _Text, dialect: Dialect, ground: Ground) -> Program | tuple[NeedsShell, ...]:
    from minify.launcher import Program, read
    from minify.launcher.starts import moves

    asked: list[str] = []
    workdir, search = ground.contract.workdir, ground.contract.path

    def files(path: str, *, absolute: bool = False) -> str | None:
        asked.append(path)
        if absolute and not path.startswith("/"):
            return None
        script = ground.scripts.on_path(path, workdir, search)
        return script.text if script is not None else None

    def attempt(lookup: Callable[[str], str | None]) -> Program | tuple[NeedsShell, ...]:
        program = read(found.text, dialect, lookup, script=found.name, by_path=found.by_path)
        if isinstance(program, Program):
            return program
        problems = []
        for one in program:
            own = found.script.source if found.script is not None else ""
            keyword = found.keyword if not one.path and not own else ""
            where = keyword or f"{one.path or own}:{one.line}"
            said = f"{where} needs a shell: {one.reason}" + (f": {one.raw.strip()}" if one.raw.strip() else "")
            problems.append(NeedsShell(reason=said, line=found.placed.instruction.line, keyword=keyword))
        return tuple(dict.fromkeys(problems))

    program = attempt(files)
    if not isinstance(program, Program) or all(one == workdir for one in moves(program)):
        return program
    if all(path.startswith("/") for path in asked):
        return program
    # Where it has moved to, a relative path is another file
    return attempt(lambda path: files(path, absolute=True))


def _launched(launch: Launch, found: _Text, program: Program, ground: Ground) -> Launch | tuple[NeedsShell, ...]:
    """The launch with the program that the last step becomes."""
    from minify.launcher.starts import looks_at_arguments, only_hands_on, starts

    line = found.placed.instruction.line

    def stop(reason: str, raw: str = "") -> tuple[NeedsShell, ...]:
        own = f"{found.script.source}: " if found.script is not None else f"{found.keyword}: "
        return (NeedsShell(reason=f"{own}{reason}{f' ({raw})' if raw else ''}", line=line),)

    changed = without_user_change(program, found.name if found.by_path else None)
    if changed is not None:
        program = changed.program
        reason = changed.reason or _no_user(ground, changed.user)
        if reason:
            return stop(reason)
        launch = launch._replace(user=changed.user, changer=changed.changer)
        if found.keyword == "ENTRYPOINT" and only_hands_on(program) and not found.words and ground.contract.cmd:
            return _handed_on(launch, found, ground)
    every = starts(program)
    beside = [one for one in every if one.background]
    if beside:
        names = ", ".join(dict.fromkeys(" ".join(one.shown[:2]) for one in beside))
        note = f"several programs run side by side ({names}): one service an image is easier to watch, scale and stop"
        program = replace(program, notes=(*program.notes, note))
    last = [one for one in every if one.replaces] or [*(every[-1:] if beside else ())]
    if not last:
        return stop("nothing that it starts is its last step")
    for one in every:
        if not one.arguments_only and (not one.words or one.words[0] is None):
            return stop("only running it tells which program starts", " ".join(one.shown))
    handing = [one for one in last if one.arguments_only]
    entry = found.keyword == "ENTRYPOINT"
    given = bool(found.words or (entry and (launch.cmd.argv or _needy(launch, "CMD"))))
    looks = looks_at_arguments(program)
    if entry and found.placed.instruction.exec_form is None:
        # /bin/sh -c takes the first word of CMD for its own name
        if ground.contract.cmd is not None and (looks or any(_takes(one) for one in every)):
            return stop("it reads the words of CMD, less the first")
    elif (
        entry and _shell_cmd(ground.contract) and (looks or any(not one.arguments_only for one in every if _takes(one)))
    ):
        return stop("it is given /bin/sh, -c and the text of CMD")
    if found.script is None and handing:
        return stop("what it is given is handed on, less the first word")
    main = _main(handing, last, given)
    if main is None:
        return stop("nothing says which program it starts")
    shelled = Shelled(
        keyword=found.keyword,
        program=program,
        words=found.words,
        script=found.script.target if found.script is not None else None,
        source=found.script.source if found.script is not None else None,
        needs=NeedsShell(reason=_why(launch, found, main), line=line),
        looks=looks,
    )
    if shelled.script is not None:
        launch = launch._replace(gone=(*launch.gone, shelled.script))
    words = found.words if main.arguments_only else (*main.shown, *(found.words if _takes(main) else ()))
    spoken = Spoken(argv=words, rewritten=True, placed=found.placed)
    if not entry:
        return launch._replace(cmd=spoken, shelled=(*launch.shelled, shelled))
    cmd = launch.cmd
    if not _takes(main) and cmd.argv:
        # It is given to the script, and starts nothing
        cmd = cmd._replace(argv=())
    seen = launch._replace(entrypoint=spoken, cmd=cmd, shelled=(*launch.shelled, shelled))
    if main.arguments_only and not found.words and ground.contract.cmd is not None:
        rest = _text(ground.contract.cmd, "CMD", seen.cmd.argv, seen, ground)
        if rest is not None:
            return _seen(seen, rest, ground)
    return seen


def _main(handing: list[Start], last: list[Start], given: bool) -> Start | None:
    """The start that the image is for: what it is given, else the last program that the text names."""
    if handing and given:
        return handing[0]
    named = [one for one in last if not one.arguments_only]
    return named[-1] if named else None


def _takes(start: Start) -> bool:
    """Whether a program is given the container's arguments."""
    return len(start.shown) < len(start.run.argv)


def _shell_cmd(contract: RuntimeContract) -> bool:
    return contract.cmd is not None and contract.cmd.instruction.exec_form is None


def _why(launch: Launch, found: _Text, main: Start) -> str:
    if found.script is not None:
        return f"{found.script.source} is a shell script"
    return f"{found.keyword} needs a shell: {' '.join(main.shown)}"
