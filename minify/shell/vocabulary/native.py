"""C and C++: compilers, make, cmake, meson, ninja, configure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.shell.effects import Builds, ChangesNothing, Effect, RunsProject, Writes
from minify.shell.options import Options, names, parse, path_of, reach, unknown
from minify.shell.script import Command
from minify.shell.state import absolute

_COMPILER: Final = names(
    """
    -o -I -L -l -D -U -x -include -isystem -MF -MT -Xlinker -Wl -T -u -e -framework -target
    --sysroot -arch -idirafter
    """
)
# Targets whose names everybody agrees on; another one of the project's own Makefile may do anything
_TARGETS: Final = (
    *(
        "all",
        "clean",
        "distclean",
        "mrproper",
        "check",
        "test",
        "install",
        "altinstall",
        "modules",
        "modules_install",
    ),
    *(
        "libs",
        "lib",
        "world",
        "depend",
        "build",
        "default",
        "static",
        "shared",
        "prefix",
        "tests",
        "headers",
        "headers_install",
    ),
    *(
        "maintainer-clean",
        "install_sw",
        "install_ssldirs",
        "install-strip",
        "build_libs",
        "install-recursive",
    ),
)


def compiler(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`gcc -O2 -static -o /hello hello.c`."""
    # Options of one dash and many letters are none that take the next word, but for those listed
    arguments = [
        one for one in command.arguments if not (one.text or "").startswith(("-f", "-W", "-m", "-g", "-O", "-std"))
    ]
    options = parse(arguments, valued=_COMPILER, long_dash=True)
    output = options.find("-o")
    glued = next((text[2:] for text in command.args if text and text.startswith("-o") and len(text) > 2), None)
    static = options.has("-static", "--static") or None
    if output is None and glued is None:
        if not options.operands or options.has("-E", "-M", "-MM", "-fsyntax-only"):
            return (ChangesNothing(command),)
        if options.has("-c", "-S"):
            return (
                (Writes(command.cwd, command),)
                if command.cwd
                else (unknown("where it compiles is not known", command),)
            )
    path = absolute(glued if glued is not None else output.value if output is not None else "a.out", command.cwd)
    sources = [text for text in options.texts if text is not None]
    return (
        Builds(
            tool=command.name,
            output=path,
            package=sources[0] if sources else None,
            static=static,
            command=command,
        ),
    )


def archiver(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ar rcs liba.a a.o`: the archive."""
    operands = parse(command.arguments).operands
    chosen = (
        operands[1:2] if operands and not any((text or "").startswith("-") for text in command.args) else operands[:1]
    )
    path = path_of(chosen[0], command) if chosen else None
    return (Writes(path, command),) if path else (unknown("which archive is written is not known", command),)


def strips(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`strip --strip-unneeded app`, `upx app`: the files themselves."""
    options = parse(command.arguments, valued=("-o", "-R", "-K", "-N", "-I", "-O"))
    chosen = options.find("-o")
    effects: list[Effect] = []
    for argument in (chosen.argument,) if chosen else options.operands:
        path = reach(argument, command)
        effects.append(Writes(path, command) if path else unknown("which file is changed is not known", command))
    return tuple(effects) or (ChangesNothing(command),)


def _directory(options: Options, command: Command, *names: str) -> str:
    cwd = command.cwd
    for option in options.all(*names):
        cwd = absolute(option.value, cwd) or ""
    return cwd


def _installed(prefix: str | None, certain: bool, command: Command) -> Effect:
    return Writes(prefix or "/usr/local", command, certain=certain and prefix is not None)


def make(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`make -j4 && make install`: the prefix is the custom's, unless DESTDIR or PREFIX say it."""
    options = parse(
        command.arguments,
        valued=("-C", "--directory", "-f", "--file", "--makefile", "-I", "-o", "-W", "--old-file"),
    )
    if options.has("-n", "--dry-run", "--just-print"):
        return (ChangesNothing(command),)
    directory = _directory(options, command, "-C", "--directory")
    settings: dict[str, str | None] = {}
    targets: list[str | None] = []
    for operand in options.operands:
        name, equals, value = (operand.text or operand.word.leading).partition("=")
        if equals:
            settings[name] = value if operand.text is not None else None
        elif operand.text is None or not operand.text.isdigit():
            targets.append(operand.text)
    effects: list[Effect] = []
    for target in targets or ["all"]:
        known = (
            target in _TARGETS or (target or "").startswith("install") or "." in (target or "") or "/" in (target or "")
        )
        if not known:
            effects.append(RunsProject(command.name, target, command))
            continue
        effects.append(
            Builds(
                tool=command.name,
                output=f"{directory.rstrip('/')}/" if directory else None,
                package=target,
                static=None,
                command=command,
            )
        )
        if target is not None and (target.startswith("install") or target in ("altinstall", "modules_install")):
            effects.append(_make_installs(settings, env, command))
    return tuple(effects)


def _make_installs(settings: Mapping[str, str | None], env: Mapping[str, str], command: Command) -> Effect:
    for name in ("DESTDIR", "INSTALL_ROOT", "PREFIX", "prefix"):
        value = settings.get(name) if name in settings else env.get(name)
        path = absolute(value, command.cwd) if value else None
        if path is not None:
            return _installed(path, name != "PREFIX", command)
    return _installed(None, False, command)


def configure(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`./configure --prefix=/usr`: Makefiles below the directory."""
    return (_below(command.name, command.cwd, command),)


def _below(tool: str, directory: str, command: Command, package: str | None = None) -> Effect:
    if not directory:
        return unknown(f"which directory {tool} works in is not known", command)
    return Builds(tool=tool, output=f"{directory.rstrip('/')}/", package=package, static=None, command=command)


def cmake(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cmake -S . -B build`, `cmake --build build`, `cmake --install build --prefix /usr`."""
    valued = (
        "-S",
        "-B",
        "-G",
        "-D",
        "-C",
        "-T",
        "-A",
        "--build",
        "--install",
        "--target",
        "-t",
        "--config",
        "-j",
        "--parallel",
        "--prefix",
        "--preset",
        "--component",
    )
    arguments = command.arguments
    if arguments and arguments[0].text in ("-E", "-P"):
        return (unknown("what this cmake command does is not known", command),)
    options = parse(arguments, valued=valued)
    built = options.find("--build")
    if built is not None:
        directory = absolute(built.value, command.cwd) or ""
        effects = (_below("cmake", directory, command, options.value("--target", "-t")),)
        install = (options.value("--target", "-t") or "").startswith("install")
        return (*effects, _installed(None, False, command)) if install else effects
    if options.has("--install"):
        prefix = options.find("--prefix")
        path = absolute(prefix.value, command.cwd) if prefix else absolute(env.get("DESTDIR"), command.cwd)
        return (_installed(path, True, command),)
    chosen = options.find("-B")
    directory = command.cwd if chosen is None else absolute(chosen.value, command.cwd) or ""
    source = options.value("-S") or next((text for text in options.texts if text), None)
    return (_below("cmake", directory, command, source),)


def ctest(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ctest --test-dir build`: the project's own tests, with their log below the build directory."""
    valued = (
        "--test-dir",
        "-C",
        "--build-config",
        "-j",
        "--parallel",
        "-R",
        "-E",
        "-L",
        "-LE",
        "--timeout",
        "--preset",
    )
    options = parse(command.arguments, valued=valued)
    return (_below("ctest", _directory(options, command, "--test-dir"), command),)


def ninja(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ninja -C build install`."""
    options = parse(command.arguments, valued=("-C", "-j", "-f", "-k", "-l", "-d", "-t", "-w"))
    built = _below(
        command.name,
        _directory(options, command, "-C"),
        command,
        options.texts[0] if options.operands else None,
    )
    install = any((text or "").startswith("install") for text in options.texts)
    if not install:
        return (built,)
    return (built, _installed(absolute(env.get("DESTDIR"), command.cwd), True, command))


def meson(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`meson setup build`, `meson install -C build`."""
    options = parse(
        command.arguments, valued=("-C", "-D", "--prefix", "--buildtype", "-b", "--destdir", "--cross-file")
    )
    action = options.texts[0] if options.operands else None
    if action in ("compile", "test"):
        return (_below("meson", _directory(options, command, "-C"), command),)
    if action == "install":
        built = _below("meson", _directory(options, command, "-C"), command)
        return (
            built,
            _installed(absolute(options.value("--destdir") or env.get("DESTDIR"), command.cwd), True, command),
        )
    places = options.operands[1:] if action in ("setup", "configure") else options.operands
    path = path_of(places[0], command) if places else command.cwd
    return (_below("meson", path or "", command),)


def local_build(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`autoreconf -fi`, `qmake`, `scons`, `phpize`: below the directory."""
    return (_below(command.name, command.cwd, command),)
