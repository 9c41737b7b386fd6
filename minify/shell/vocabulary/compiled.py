"""Compilers and build tools of Haskell, OCaml, Swift, Crystal, Nim, D and Zig: where each puts its programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.shell.effects import Builds, ChangesNothing, Effect, InstallsLibraries, RunsProject, Writes
from minify.shell.options import Options, below, home, parse, unknown
from minify.shell.script import Command
from minify.shell.state import absolute
from minify.shell.vocabulary import native

CACHES: Final[Mapping[str, tuple[str, ...]]] = {
    "cabal": (".cabal", ".local/state/cabal", ".cache/cabal", ".config/cabal"),
    "stack": (".stack",),
    "ghcup": (".ghcup",),
    "opam": (".opam",),
    "dune": (".cache/dune",),
    "shards": (".cache/shards",),
    "crystal": (".cache/crystal",),
    "nim": (".cache/nim",),
    "nimble": (".nimble",),
    "dub": (".dub",),
    "swift": (".cache/org.swift.swiftpm", ".swiftpm"),
    "zig": (".cache/zig",),
}
"""What a tool keeps below the home directory for its next run."""


def _caches(tool: str, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    return tuple(Writes(below(home(env), name), command) for name in CACHES.get(tool, ()))


def _builds(
    tool: str,
    output: str | None,
    command: Command,
    env: Mapping[str, str],
    *,
    package: str | None = None,
    static: bool | None = None,
) -> tuple[Effect, ...]:
    if output is None:
        return (unknown(f"where {tool} puts what it builds is not known", command),)
    built = Builds(tool=tool, output=output, package=package, static=static, command=command)
    return (built, *_caches(tool, command, env))


def _directory(options: Options, command: Command, *names: str) -> str:
    """The project's directory; "" when it is not known."""
    chosen = options.find(*names)
    return command.cwd if chosen is None else absolute(chosen.value, command.cwd) or ""


def _folder(path: str | None) -> str | None:
    return None if path is None else f"{path.rstrip('/')}/"


def _nowhere(tool: str, command: Command) -> tuple[Effect, ...]:
    return (unknown(f"which project {tool} works on is not known", command),)


def _fetches(tool: str, command: Command, env: Mapping[str, str], prefix: str | None = None) -> tuple[Effect, ...]:
    return (
        InstallsLibraries(
            tool=tool,
            packages=(),
            files=(),
            prefix=prefix or below(home(env), CACHES[tool][0]),
            editable=False,
            user=False,
            cache=True,
            dev=True,
            command=command,
        ),
    )


def stack(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`stack build --copy-bins --local-bin-path /out`, `stack install`."""
    valued = (
        "--local-bin-path",
        "--stack-yaml",
        "--resolver",
        "--work-dir",
        "--stack-root",
        "--flag",
        "--ghc-options",
        "-j",
    )
    options = parse(command.arguments, valued=valued)
    action = options.texts[0] if options.operands else None
    place = _folder(absolute(options.value("--local-bin-path") or below(home(env), ".local/bin"), command.cwd))
    match action:
        case "install":
            return _builds("stack", place, command, env, package=next(iter(options.texts[1:]), None))
        case "build" | "ghc":
            if not command.cwd:
                return _nowhere("stack", command)
            inside = _builds("stack", below(command.cwd, ".stack-work/"), command, env)
            return (*inside, *_builds("stack", place, command, env)) if options.has("--copy-bins") else inside
        case "test" | "bench" | "exec" | "run" | "runghc" | "runhaskell" | "script":
            return (RunsProject("stack", None, command), *_caches("stack", command, env))
        case "setup" | "update" | "config" | "unpack" | "upgrade":
            return _caches("stack", command, env)
        case None | "path" | "ls" | "query" | "list" | "dot":
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `stack {action}` does is not known", command),)


def cabal(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cabal install exe:app --installdir=/out --install-method=copy`, `cabal build`."""
    valued = (
        *("--installdir", "--install-method", "--overwrite-policy", "--builddir", "--project-file", "--bindir"),
        *("--prefix", "-w", "--with-compiler", "-f", "--flags", "-j", "--ghc-options", "--constraint", "--index-state"),
    )  # fmt: skip
    options = parse(command.arguments, valued=valued)
    action = (options.texts[0] or "").removeprefix("v2-").removeprefix("new-") if options.operands else None
    match action:
        case "install":
            chosen = options.value("--installdir", "--bindir")
            prefix = options.value("--prefix")
            said = chosen or (below(prefix, "bin") if prefix else None)
            if said is None:
                # Which of the two it is hangs on the version, and on whether ~/.cabal is there
                places = [below(home(env), ".cabal/bin/"), below(home(env), ".local/bin/")]
            else:
                places = [f"{(absolute(said, command.cwd) or '').rstrip('/')}/"]
            package = next(iter(options.texts[1:]), None)
            builds = tuple(
                Builds(tool="cabal", output=place, package=package, static=None, command=command)
                for place in places
                if place != "/"
            )
            return (*builds, *_caches("cabal", command, env)) if builds else _nowhere("cabal", command)
        case "build":
            chosen = options.value("--builddir") or "dist-newstyle"
            return _builds("cabal", _folder(absolute(chosen, command.cwd)), command, env)
        case "test" | "run" | "bench" | "exec":
            return (RunsProject("cabal", None, command), *_caches("cabal", command, env))
        case "update" | "fetch" | "get" | "configure" | "freeze" | "user-config":
            inside = (Writes(command.cwd, command),) if action in ("configure", "freeze") and command.cwd else ()
            return (*inside, *_caches("cabal", command, env))
        case None | "list-bin" | "check" | "info" | "list" | "path":
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `cabal {action}` does is not known", command),)


def ghc(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ghc -O2 -o app Main.hs`: without -o a program of the source's name."""
    valued = (
        "-o",
        "-odir",
        "-hidir",
        "-outputdir",
        "-i",
        "-package",
        "-main-is",
        "-optl",
        "-optc",
        "-x",
        "-package-db",
    )
    options = parse(command.arguments, valued=valued, long_dash=True)
    sources = [text for text in options.texts if text]
    if options.has("-c", "-e", "-M", "--make-only", "-no-link", "-fno-code") or not sources:
        inside = options.has("-c") and command.cwd
        return (Writes(command.cwd, command),) if inside else (ChangesNothing(command),)
    static = True if any(option.name == "-optl-static" for option in options.given) else None
    named = options.value("-o") or sources[0].removesuffix(".hs").removesuffix(".lhs")
    return _builds("ghc", absolute(named, command.cwd), command, env, package=sources[0], static=static)


def dune(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dune build --release bin/main.exe`, `dune install --prefix /usr/local`."""
    valued = (
        "--root",
        "--profile",
        "-p",
        "--prefix",
        "--build-dir",
        "-j",
        "--bindir",
        "--destdir",
        "--workspace",
        "--display",
    )
    options = parse(command.arguments, valued=valued)
    action = options.texts[0] if options.operands else None
    directory = _directory(options, command, "--root")
    match action:
        case "build" | "b":
            chosen = options.value("--build-dir") or "_build"
            wanted = [text for text in options.texts[1:] if text]
            package = next(iter(wanted), None)
            place = _folder(absolute(chosen, directory)) if directory else None
            return _builds("dune", place, command, env, package=package)
        case "install":
            prefix = options.value("--prefix") or env.get("OPAM_SWITCH_PREFIX")
            root = options.value("--destdir") or ""
            bindir = options.value("--bindir")
            place = absolute(bindir or (f"{root}{prefix}/bin" if prefix else None), command.cwd)
            if place is None:
                return (unknown("which prefix dune installs to is not known", command),)
            outer = place if bindir else place.removesuffix("/bin")
            return (
                Builds(tool="dune", output=f"{place}/", package=None, static=None, command=command),
                Writes(outer, command),
            )
        case "runtest" | "test" | "exec":
            return (RunsProject("dune", None, command),)
        case "clean" | None | "describe" | "subst" | "external-lib-deps":
            return (Writes(directory, command),) if directory and action else (ChangesNothing(command),)
        case _:
            return (unknown(f"what `dune {action}` does is not known", command),)


def opam(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`opam install . --deps-only`; `opam exec -- dune build` is what follows the dashes."""
    options = parse(command.arguments, valued=("--switch", "--root", "-j", "--jobs", "--comp", "-c"))
    action = options.texts[0] if options.operands else None
    root = options.value("--root") or env.get("OPAMROOT") or below(home(env), ".opam")
    if action in (None, "env", "list", "show", "var", "config", "--version", "switch-list"):
        return (ChangesNothing(command),)
    if action == "depext":
        return (unknown("which packages `opam depext` installs is not known", command),)
    if action in (
        "init",
        "switch",
        "install",
        "update",
        "upgrade",
        "repo",
        "repository",
        "pin",
        "clean",
        "reinstall",
        "option",
        "remove",
    ):
        return (Writes(root, command),)
    return (unknown(f"what `opam {action}` does is not known", command),)


def ocaml_compiler(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ocamlfind ocamlopt -package unix -linkpkg -o app app.ml`: native code; `ocamlc` makes a script of ocamlrun."""
    arguments = command.arguments
    name = command.name
    if name == "ocamlfind":
        if not arguments or arguments[0].text not in ("ocamlopt", "ocamlc", "opt", "c"):
            return (ChangesNothing(command),)
        name, arguments = str(arguments[0].text), arguments[1:]
    valued = ("-o", "-I", "-package", "-ccopt", "-cclib", "-w", "-open", "-thread", "-ppx", "-syntax", "-predicates")
    options = parse(arguments, valued=tuple(v for v in valued if v != "-thread"), long_dash=True)
    bytecode = name in ("ocamlc", "c") and not options.has("-custom", "-output-complete-exe")
    if options.has("-c", "-a", "-shared", "-version", "-where", "-config") or not options.operands or bytecode:
        place = absolute(options.value("-o") or ".", command.cwd)
        return (Writes(place, command),) if place and options.operands else (ChangesNothing(command),)
    static = True if any("-static" in (option.value or "") for option in options.all("-ccopt")) else None
    output = absolute(options.value("-o") or "a.out", command.cwd)
    return _builds("ocamlopt", output, command, env, package=options.texts[0], static=static)


def ocamlbuild(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ocamlbuild -use-ocamlfind src/app.native`: below _build, with a link beside it."""
    if not command.cwd:
        return _nowhere("ocamlbuild", command)
    target = next((text for text in command.args if text and text.endswith(".native")), None)
    inside = _builds("ocamlbuild", below(command.cwd, "_build/"), command, env, package=target)
    return (
        (*inside, *_builds("ocamlbuild", f"{command.cwd.rstrip('/')}/", command, env, package=target))
        if target
        else inside
    )


def swift(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`swift build -c release --static-swift-stdlib`: `.build/release/` holds the programs."""
    valued = (
        "-c",
        "--configuration",
        "--product",
        "--target",
        "--build-path",
        "--scratch-path",
        "--package-path",
        "-j",
        "-Xswiftc",
        "-Xlinker",
        "-Xcc",
        "--triple",
        "--sdk",
        "--swift-sdk",
    )
    options = parse(command.arguments, valued=valued)
    action = options.texts[0] if options.operands else None
    directory = _directory(options, command, "--package-path")
    if action == "build":
        if options.has("--show-bin-path"):
            return (ChangesNothing(command),)
        if not directory:
            return _nowhere("swift", command)
        place = absolute(options.value("--build-path", "--scratch-path") or ".build", directory)
        static = True if options.has("--static-executable") else None
        return _builds("swift", _folder(place), command, env, package=options.value("--product"), static=static)
    if action in ("test", "run"):
        return (RunsProject("swift", None, command),)
    if action == "package":
        return _fetches("swift", command, env, below(directory, ".build")) if directory else _nowhere("swift", command)
    if action is None:
        return (ChangesNothing(command),)
    return (unknown(f"what `swift {action}` does is not known", command),)


def zig(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`zig build -Doptimize=ReleaseSafe --prefix /out`, `zig build-exe main.zig`, `zig cc -o app app.c`."""
    action = command.args[0] if command.args else None
    rest = tuple(command.arguments[1:])
    if action in ("cc", "c++"):
        musl = any(text and "-linux-musl" in text for text in command.args)
        effects = native.compiler(command._replace(arguments=rest), env)
        told = (e._replace(static=True) if musl and isinstance(e, Builds) else e for e in effects)
        return (*told, *_caches("zig", command, env))
    if action == "build":
        options = parse(
            rest, valued=("-p", "--prefix", "--build-file", "-j", "--cache-dir", "--global-cache-dir"), long_dash=True
        )
        if not command.cwd:
            return _nowhere("zig", command)
        steps = [text for text in options.texts if text not in (None, "install")]
        prefix = _folder(absolute(options.value("-p", "--prefix") or "zig-out", command.cwd))
        target = next((option.value for option in options.given if option.name == "-Dtarget"), None)
        place = f"{prefix}bin/" if prefix else None
        built = _builds("zig", place, command, env, static=True if target and "musl" in target else None)
        built = (*built, Writes(prefix.rstrip("/"), command)) if prefix else built
        tested = tuple(RunsProject("zig", step, command) for step in steps)
        return (*tested, *built)
    if action == "build-exe":
        options = parse(rest, valued=("--name", "-target", "-O", "-mcpu", "-I", "-L", "--dep", "-l"), long_dash=True)
        sources = [text for text in options.texts if text]
        emitted = next((o.value for o in options.given if o.name == "-femit-bin"), None)
        stem = sources[0].rpartition("/")[2].removesuffix(".zig") if sources else None
        output = absolute(emitted or options.value("--name") or stem, command.cwd)
        static = True if "musl" in (options.value("-target") or "") else None
        return _builds("zig", output, command, env, package=sources[0] if sources else None, static=static)
    if action in ("test", "run"):
        return (RunsProject("zig", None, command), *_caches("zig", command, env))
    if action in ("fetch", "init"):
        inside = (Writes(command.cwd, command),) if command.cwd else ()
        return (*inside, *_caches("zig", command, env))
    if action in (None, "version", "env", "targets", "fmt", "ast-check"):
        return (ChangesNothing(command),)
    return (unknown(f"what `zig {action}` does is not known", command),)


def crystal(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`crystal build src/app.cr -o bin/app --release --static`."""
    options = parse(
        command.arguments,
        valued=("-o", "--output", "-D", "--define", "--link-flags", "--threads", "--target", "--mcpu"),
    )
    action = options.texts[0] if options.operands else None
    if action in ("build", "compile"):
        sources = [text for text in options.texts[1:] if text]
        stem = sources[0].rpartition("/")[2].removesuffix(".cr") if sources else None
        output = absolute(options.value("-o", "--output") or stem, command.cwd)
        static = True if options.has("--static") else None
        return _builds("crystal", output, command, env, package=sources[0] if sources else None, static=static)
    if action in ("spec", "run", "eval"):
        return (RunsProject("crystal", None, command),)
    if action in ("init", "docs", "deps"):
        return (Writes(command.cwd, command),) if command.cwd else _nowhere("crystal", command)
    if action in (None, "version", "env", "tool"):
        return (ChangesNothing(command),)
    return (unknown(f"what `crystal {action}` does is not known", command),)


def shards(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`shards build --production --release --static`: the programs are in bin/."""
    options = parse(command.arguments)
    action = options.texts[0] if options.operands else "install"
    if not command.cwd:
        return _nowhere("shards", command)
    if action == "build":
        static = True if options.has("--static") else None
        package = next(iter(options.texts[1:]), None)
        return _builds("shards", below(command.cwd, "bin/"), command, env, package=package, static=static)
    if action in ("install", "update", "prune", "lock"):
        return (*_fetches("shards", command, env, below(command.cwd, "lib")), *_caches("shards", command, env))
    if action in ("check", "list", "version", "outdated"):
        return (ChangesNothing(command),)
    return (unknown(f"what `shards {action}` does is not known", command),)


def nim(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`nim c -d:release --out:/app src/app.nim`: without --out beside its source."""
    settings: dict[str, str] = {}
    words: list[str] = []
    for text in command.args:
        if text is None:
            continue
        if text.startswith("-"):
            name, separator, value = text.lstrip("-").replace("=", ":", 1).partition(":")
            if separator:
                settings[name.casefold()] = f"{settings.get(name.casefold(), '')} {value}".strip()
        else:
            words.append(text)
    if not words or words[0] not in ("c", "cc", "compile", "cpp", "compileToC", "compileToCpp"):
        runs = words[:1] in (["r"], ["test"], ["e"])
        return (RunsProject("nim", None, command),) if runs else (ChangesNothing(command),)
    if len(words) < 2:
        return _nowhere("nim", command)
    source = words[1]
    stem = source.removesuffix(".nim")
    named = settings.get("o") or settings.get("out") or (stem.rpartition("/")[2] if settings.get("outdir") else stem)
    directory = absolute(settings.get("outdir", "."), command.cwd) or ""
    static = True if "-static" in settings.get("passl", "") else None
    return _builds(
        "nim", absolute(named, directory) if directory else None, command, env, package=source, static=static
    )


def nimble(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`nimble build -d:release`: in the project's directory, or in the one that binDir names."""
    words = [text for text in command.args if text and not text.startswith("-")]
    action = words[0] if words else None
    match action:
        case "build" | "c" | "cpp":
            return _builds("nimble", _folder(command.cwd or None), command, env, package=next(iter(words[1:]), None))
        case "install":
            if len(words) > 1:
                return _caches("nimble", command, env)
            return _builds("nimble", below(home(env), ".nimble/bin/"), command, env)
        case "refresh" | "setup" | "lock" | "develop" | "sync":
            inside = (Writes(command.cwd, command),) if command.cwd and action != "refresh" else ()
            return (*inside, *_caches("nimble", command, env))
        case None | "list" | "path" | "dump" | "check" | "search":
            return (ChangesNothing(command),)
        case _:
            return (RunsProject("nimble", action, command),)


def dub(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dub build -b release --compiler=ldc2`: in the project's directory, or where targetPath says."""
    valued = ("-b", "--build", "-c", "--config", "-a", "--arch", "--compiler", "--root", "--cache", "--override-config")
    options = parse(command.arguments, valued=valued)
    action = options.texts[0] if options.operands else "run"
    directory = _directory(options, command, "--root")
    if action == "build":
        return _builds("dub", _folder(directory or None), command, env, package=next(iter(options.texts[1:]), None))
    if action in ("run", "test", "lint", "dustmite"):
        return (RunsProject("dub", None, command), *_caches("dub", command, env))
    if action in ("fetch", "upgrade", "add", "init", "add-local", "add-path", "clean", "generate", "remove"):
        inside = (Writes(directory, command),) if directory else ()
        return (*inside, *_caches("dub", command, env))
    return (ChangesNothing(command),)


def d_compiler(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`ldc2 -O2 -of=app source/app.d`, `dmd -ofapp app.d`: without -of a program of the first source's name."""
    if command.name.startswith(("gdc", "gdmd")):
        return native.compiler(command, env)
    sources = [text for text in command.args if text and text.endswith((".d", ".di"))]
    if not sources or any(text in ("-c", "-lib", "-shared", "-o-") for text in command.args):
        inside = bool(sources) and command.cwd
        return (Writes(command.cwd, command),) if inside else (ChangesNothing(command),)
    named = next(
        (
            text.removeprefix("--").removeprefix("-").removeprefix("of").removeprefix("=")
            for text in command.args
            if text and text.startswith(("-of", "--of"))
        ),
        sources[0].rpartition("/")[2].removesuffix(".d"),
    )
    static = True if any(text in ("-static", "--static") for text in command.args) else None
    return _builds("ldc2", absolute(named, command.cwd), command, env, package=sources[0], static=static)


def swiftc(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`swiftc -O -o app main.swift`."""
    options = parse(command.arguments, valued=("-o", "-module-name", "-I", "-L", "-Xlinker", "-target"), long_dash=True)
    if options.has("-c", "-emit-library", "-typecheck") or not options.operands:
        return (Writes(command.cwd, command),) if command.cwd and options.operands else (ChangesNothing(command),)
    source = options.texts[0] or ""
    output = absolute(options.value("-o") or source.rpartition("/")[2].removesuffix(".swift"), command.cwd)
    static = True if options.has("-static-executable") else None
    return _builds("swiftc", output, command, env, package=source, static=static)
