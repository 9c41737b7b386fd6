"""cp, mv, rm, ln, mkdir, chmod, chown, sed -i, find and the other commands on files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from minify.shell.effects import (
    ChangesMode,
    ChangesNothing,
    ChangesOwner,
    CleansIndex,
    CopiesFile,
    Effect,
    Removes,
    Writes,
)
from minify.shell.options import Options, below, parse, path_of, reach, unknown
from minify.shell.script import Argument, Command
from minify.shell.state import absolute

_INDEXES: Final = (
    ("/var/lib/apt", "apt"),
    ("/var/cache/apt", "apt"),
    ("/var/cache/apk", "apk"),
    ("/etc/apk/cache", "apk"),
    ("/var/cache/dnf", "dnf"),
    ("/var/lib/dnf", "dnf"),
    ("/var/cache/yum", "yum"),
    ("/var/cache/tdnf", "tdnf"),
    ("/var/cache/zypp", "zypper"),
    ("/var/cache/pacman", "pacman"),
)
# Every system has them, so what is put there is put inside
_DIRECTORIES: Final = (
    *("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/usr/lib", "/usr/local/lib"),
    *("/etc", "/opt", "/srv", "/usr/share", "/usr/local/share", "/usr/local/etc", "/root", "/home", "/var/lib"),
)
_COPY: Final = (
    "-t",
    "--target-directory",
    "-S",
    "--suffix",
    "-m",
    "--mode",
    "-o",
    "--owner",
    "-g",
    "--group",
)


def _removed(path: str, command: Command) -> tuple[Effect, ...]:
    for directory, manager in _INDEXES:
        if path == directory or path.startswith(f"{directory}/"):
            return (Removes(path, command), CleansIndex(manager, command))
    return (Removes(path, command),)


def rm(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rm -rf /var/lib/apt/lists/*` is both a removal and a cleaned index."""
    options = parse(command.arguments)
    effects: list[Effect] = []
    for operand in options.operands:
        path = path_of(operand, command)
        if path is not None:
            effects += _removed(path, command)
        elif (above := reach(operand, command)) is not None:
            effects.append(Removes(above, command, certain=False))
        else:
            effects.append(unknown(f"which files `{operand.word.raw}` stands for is not known", command))
    return tuple(effects) or (ChangesNothing(command),)


def writes_operands(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mkdir -p a b`, `touch a`, `tee a`: every operand is a path that is made or changed."""
    valued = ("-m", "--mode", "-t", "-d", "-r", "-s", "--size", "--date", "-n", "-R", "-K", "-N", "-o")
    return _writes(parse(command.arguments, valued=valued).operands, command)


def _writes(operands: Sequence[Argument], command: Command) -> tuple[Effect, ...]:
    effects: list[Effect] = []
    for operand in operands:
        path = reach(operand, command)
        if path is None:
            effects.append(unknown(f"which file `{operand.word.raw}` stands for is not known", command))
        elif not path.startswith(("/dev/", "/proc/")):
            effects.append(Writes(path, command))
    return tuple(effects) or (ChangesNothing(command),)


def mkdir(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mkdir -p /app/data`."""
    return _writes(parse(command.arguments, valued=("-m", "--mode", "-Z")).operands, command)


def tee(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`tee -a /etc/apt/sources.list`."""
    return _writes(parse(command.arguments).operands, command)


def cp(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cp -r src/. /app`."""
    options = parse(command.arguments, valued=("-t", "--target-directory", "-S", "--suffix"))
    return _copied(options, command)


def mv(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mv a b` is a copy and a removal."""
    options = parse(command.arguments, valued=("-t", "--target-directory", "-S", "--suffix"))
    copied = _copied(options, command)
    return (
        *copied,
        *(Removes(effect.source, command) for effect in copied if isinstance(effect, CopiesFile)),
    )


def _copied(options: Options, command: Command) -> tuple[Effect, ...]:
    chosen = options.find("-t", "--target-directory")
    sources = list(options.operands)
    if chosen is not None:
        target, argument = absolute(chosen.value, command.cwd), chosen.argument
    elif len(sources) > 1:
        argument = sources.pop()
        target = path_of(argument, command)
    else:
        return (unknown("what is copied where is not known", command),)
    effects: list[Effect] = []
    if target is None or argument.word.has_glob:
        path = reach(argument, command)
        return (Writes(path, command),) if path else (unknown("where it is copied to is not known", command),)
    inside = chosen is not None or len(sources) > 1 or (argument.text or "").endswith("/")
    named = [path_of(source, command) or "" for source in sources]
    if target in _DIRECTORIES and all(name.rpartition("/")[2] not in ("", ".") and "*" not in name for name in named):
        # Into a directory of the system, each under its own name
        into = [f"{target}/{name.rpartition('/')[2]}" for name in named]
        return tuple(CopiesFile(name, path, command) for name, path in zip(named, into, strict=True))
    put = f"{target.rstrip('/')}/" if inside else target
    for source in sources:
        path = path_of(source, command)
        if path is not None:
            dot = (source.text or "").endswith("/.") and path != "/"
            effects.append(CopiesFile(f"{path}/." if dot else path, put, command))
    return (*effects, Writes(target, command))


def ln(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ln -s /opt/app/bin/app /usr/local/bin/app`; a relative link is seen from where it is."""
    options = parse(command.arguments, valued=("-t", "--target-directory", "-S", "--suffix"))
    chosen = options.find("-t", "--target-directory")
    sources = list(options.operands)
    if chosen is not None:
        target, argument = absolute(chosen.value, command.cwd), chosen.argument
    elif len(sources) > 1:
        argument = sources.pop()
        target = path_of(argument, command)
    elif sources and sources[0].text:
        argument = sources[0]
        target = absolute(sources[0].text.rstrip("/").rpartition("/")[2], command.cwd)
    else:
        return (unknown("which link is made is not known", command),)
    if target is None:
        path = reach(argument, command)
        return (Writes(path, command),) if path else (unknown("where the link is made is not known", command),)
    inside = chosen is not None or len(sources) > 1 or (argument.text or "").endswith("/")
    where = target if inside else target.rpartition("/")[0] or "/"
    effects: list[Effect] = []
    for source in sources:
        path = absolute(source.text, where if options.has("-s", "--symbolic") else command.cwd)
        if path is not None:
            effects.append(CopiesFile(path, f"{target.rstrip('/')}/" if inside else target, command))
    return (*effects, Writes(target, command))


def install(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`install -D -m 0755 app /usr/local/bin/app`, `install -d /app`."""
    options = parse(command.arguments, valued=_COPY)
    if options.has("-d", "--directory"):
        return _writes(options.operands, command)
    return _copied(options, command)


_MODE = re.compile(r"-[rwxXstugo,=+-]+$")


def chmod(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`chmod -R a+rX /app`."""
    return _changed(command, owner=False)


def chown(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`chown -R app:app /app`."""
    return _changed(command, owner=True)


def _changed(command: Command, *, owner: bool) -> tuple[Effect, ...]:
    # `chmod -x file`: a mode may look like an option
    arguments = command.arguments
    mode: Argument | None = next(
        (one for one in arguments if not owner and one.text is not None and _MODE.match(one.text) and one.text != "-R"),
        None,
    )
    options = parse([one for one in arguments if one is not mode])
    operands = list(options.operands)
    if options.has("--reference"):
        return _writes(operands, command)
    if mode is None:
        if not operands:
            return (ChangesNothing(command),)
        mode = operands.pop(0)
    # What is not known stays as it is written
    what = mode.text if mode.text is not None else mode.word.raw
    recursive = options.has("-R", "--recursive")
    effects: list[Effect] = []
    for operand in operands:
        path = path_of(operand, command)
        if path is None:
            reached = reach(operand, command)
            effects.append(
                Writes(reached, command)
                if reached
                else unknown(f"which files `{operand.word.raw}` stands for is not known", command)
            )
        elif owner:
            group = command.name == "chgrp"
            effects.append(ChangesOwner(path, f":{what}" if group else what, recursive, command))
        else:
            effects.append(ChangesMode(path, what, recursive, command))
    return tuple(effects) or (ChangesNothing(command),)


def sed(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`sed -i 's/a/b/' file` writes the file; without -i sed prints."""
    arguments = [one for one in command.arguments if not (one.text or "").startswith(("-i", "--in-place"))]
    options = parse(arguments, valued=("-e", "--expression", "-f", "--file", "-l"))
    inside = len(arguments) < len(command.arguments) or options.has("-i")
    if not inside:
        return (ChangesNothing(command),)
    scripted = options.has("-e", "--expression", "-f", "--file")
    return _writes(options.operands if scripted else options.operands[1:], command)


def dd(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dd if=/dev/zero of=/swap`."""
    for argument in command.arguments:
        if argument.word.leading.startswith("of="):
            path = absolute(argument.text.removeprefix("of="), command.cwd) if argument.text else None
            return (Writes(path, command),) if path else (unknown("which file dd writes is not known", command),)
    return (ChangesNothing(command),)


def mktemp(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mktemp -d`."""
    options = parse(command.arguments, valued=("-p", "--tmpdir"))
    if options.has("-u", "--dry-run"):
        return (ChangesNothing(command),)
    place = options.value("-p", "--tmpdir") or env.get("TMPDIR") or "/tmp"
    template = options.texts[0] if options.operands else None
    if template and "/" in template:
        place = template.rpartition("/")[0] or "/"
    path = absolute(place, command.cwd)
    return (Writes(path, command),) if path else (unknown("which file is made is not known", command),)


_RUNS: Final = ("-exec", "-execdir", "-ok", "-okdir")
_READS: Final = (
    *(
        "ls",
        "cat",
        "grep",
        "egrep",
        "echo",
        "file",
        "ldd",
        "head",
        "tail",
        "wc",
        "stat",
        "readelf",
        "basename",
        "dirname",
    ),
    *(
        "md5sum",
        "sha1sum",
        "sha256sum",
        "sha512sum",
        "printf",
        "test",
        "sort",
        "dpkg-query",
        "readlink",
        "realpath",
        "true",
    ),
    *("cut", "tr", "awk", "sed", "id", "du", "dpkg", "["),
)
_ALTERS: Final = (
    "chmod",
    "chown",
    "chgrp",
    "strip",
    "sed",
    "touch",
    "gzip",
    "gunzip",
    "mkdir",
    "dos2unix",
    "perl",
    "truncate",
)


_MOVES: Final = ("rm", "mv", "cp", "ln")


def _found(arguments: Sequence[Argument], command: Command) -> tuple[list[str | None], list[str]]:
    """Where `find` starts, and the names it looks for."""
    starts: list[str | None] = []
    names: list[str] = []
    texts = [argument.text for argument in arguments]
    for argument in arguments:
        text = argument.text or ""
        if text in ("-H", "-L", "-P") or text.startswith("-O"):
            continue
        if text.startswith("-") or text in ("(", ")", "!", "\\(", "\\)"):
            break
        starts.append(path_of(argument, command))
    for index, name in enumerate(texts):
        if name in ("-name", "-iname", "-path", "-wholename") and index + 1 < len(texts):
            names.append((texts[index + 1] or "*").lstrip("*/") if name != "-name" else texts[index + 1] or "*")
    return starts or [command.cwd or None], names


def find(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`find /usr -name '*.pyc' -delete` removes `/usr/**/*.pyc`."""
    texts = list(command.args)
    effects: list[Effect] = []
    if "-delete" in texts:
        effects += _on_found("rm", (), command.arguments, command)
    for index, text in enumerate(texts):
        if text in _RUNS and index + 1 < len(texts):
            program = (texts[index + 1] or "").rpartition("/")[2]
            effects += _on_found(program, texts[index + 2 :], command.arguments, command)
        elif text in ("-fprint", "-fprintf", "-fls"):
            effects.append(unknown("what find writes is not known", command))
    return tuple(effects) or (ChangesNothing(command),)


def _on_found(
    program: str, rest: Sequence[str | None], arguments: Sequence[Argument], command: Command
) -> tuple[Effect, ...]:
    starts, names = _found(arguments, command)
    if program in ("rm", "rmdir", "unlink"):
        if None in starts:
            return (unknown("which files are removed is not known", command),)
        return tuple(
            effect
            for start in starts
            for name in names or ["*"]
            for effect in _removed(below(start or "/", f"**/{name}"), command)
        )
    alters = program in _ALTERS and (program != "sed" or any((text or "").startswith(("-i", "--in")) for text in rest))
    if alters:
        if None in starts:
            return (unknown("which files are changed is not known", command),)
        return tuple(Writes(start, command) for start in starts if start is not None)
    if program in _READS:
        return (ChangesNothing(command),)
    if program in ("sh", "bash", "ash", "dash"):
        return _script_on_found(starts, rest, command)
    return (unknown(f"what {program or 'the program'} does to each file is not known", command),)


def _script_on_found(starts: Sequence[str | None], rest: Sequence[str | None], command: Command) -> tuple[Effect, ...]:
    """`find … -exec sh -c 'strip "$@"' -- {} +`: its programs write below where find starts."""
    from minify.shell.walk import read_text

    script = next((text for text in rest if text is not None and " " in text.strip()), None)
    if script is None or None in starts:
        return (unknown("what the script does to each file is not known", command),)
    read = read_text(script, [0] * (len(script) + 1), cwd="", env={})
    programs = [inner.name for inner in read.commands if inner.argv]
    targets = [redirect.target for inner in read.commands for redirect in inner.redirects if ">" in redirect.operator]
    writes = any(target is not None and not target.raw.startswith(("/dev/", "1", "2")) for target in targets)
    if read.opaque or any(program not in (*_READS, *_ALTERS, *_MOVES, ":") for program in programs):
        return (unknown("what the script does to each file is not known", command),)
    effects: list[Effect] = []
    for start in (start for start in starts if start is not None):
        if writes or any(program in (*_ALTERS, *_MOVES) for program in programs):
            effects.append(Writes(start, command))
        if any(program in _MOVES for program in programs):
            effects.append(Removes(start, command, certain=False))
    return tuple(effects) or (ChangesNothing(command),)


_XARGS: Final = (
    "-n",
    "-P",
    "-I",
    "-L",
    "-d",
    "-a",
    "-s",
    "-E",
    "--max-args",
    "--max-procs",
    "--delimiter",
    "--arg-file",
    "--replace",
)


def xargs(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`find / -name x | xargs rm`: what it gives its program is known when a `find` says it."""
    options = parse(command.arguments, valued=_XARGS, first=True)
    program = (options.texts[0] or "").rpartition("/")[2] if options.operands else "echo"
    source = command.upstream
    seen = 0
    while source is not None and source.name in ("grep", "sort", "uniq", "head", "tail", "xargs") and seen < 8:
        source, seen = source.upstream, seen + 1
    alters = program in _ALTERS and program != "sed"
    if program == "apt-mark":
        return (Writes("/var/lib/apt", command),)
    if program in _READS and not (program == "sed" and any((text or "").startswith("-i") for text in options.texts)):
        return (ChangesNothing(command),)
    if source is not None and source.name == "find" and (alters or program in ("rm", "sed", "rmdir")):
        return _on_found(program, options.texts[1:], source.arguments, command)
    mark = options.value("-I")
    if mark and alters and program != "perl":
        return _on_each(mark, options.operands[1:], command)
    return (unknown("what xargs hands on is not known", command),)


def _on_each(mark: str, operands: Sequence[Argument], command: Command) -> tuple[Effect, ...]:
    """`seq 8 | xargs -I{} mkdir -p /usr/share/man/man{}`: something below the last directory that is said."""
    places = [
        absolute((argument.text or "").partition(mark)[0].rpartition("/")[0], command.cwd)
        for argument in operands
        if argument.text is None or not argument.text.startswith("-")
    ]
    if not places or any(place in (None, "", "/") for place in places):
        return (unknown("what xargs hands on is not known", command),)
    return tuple(Writes(place, command) for place in dict.fromkeys(places) if place)


def patch(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`patch -p1 -d /src < fix.patch`."""
    options = parse(command.arguments, valued=("-d", "--directory", "-p", "-i", "--input", "-o", "-F"))
    chosen = options.find("-d", "--directory")
    directory = command.cwd if chosen is None else absolute(chosen.value, command.cwd)
    return (Writes(directory, command),) if directory else (unknown("where it patches is not known", command),)
