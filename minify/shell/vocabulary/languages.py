"""Ruby, PHP, Elixir and other languages with a package manager of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Configures,
    Downloads,
    Effect,
    InstallsLibraries,
    RemovesLibraries,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, parse, path_of, truthy, unknown
from minify.shell.script import Command
from minify.shell.state import absolute


def _installs(
    tool: str,
    command: Command,
    *,
    packages: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    prefix: str | None = None,
    cache: bool = True,
    dev: bool = False,
    leaves: str | None = None,
) -> Effect:
    return InstallsLibraries(
        tool=tool,
        packages=packages,
        files=files,
        prefix=prefix,
        editable=False,
        user=False,
        cache=cache,
        dev=dev,
        command=command,
        leaves=leaves,
    )


def _named(options: Options, skip: int = 1) -> tuple[str, ...] | None:
    texts = options.texts[skip:]
    return None if None in texts else tuple(text for text in texts if text is not None)


def gem(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`gem install bundler -v 2.4 --no-document`."""
    options = parse(
        command.arguments,
        valued=("-v", "--version", "-i", "--install-dir", "-n", "--bindir", "-s", "--source", "-P"),
    )
    action = options.texts[0] if options.operands else None
    named = _named(options)
    match action:
        case "install" | "i":
            chosen = options.find("-i", "--install-dir")
            prefix = absolute(chosen.value, command.cwd) if chosen else env.get("GEM_HOME")
            if named is None:
                return (unknown("which gems are installed is not known", command),)
            return (_installs("gem", command, packages=named, prefix=prefix),)
        case "update":
            return (_installs("gem", command, packages=named or ("rubygems-update",), prefix=env.get("GEM_HOME")),)
        case "uninstall":
            return (RemovesLibraries("gem", named or (), command),)
        case "cleanup" | "sources" | "list" | "env" | "environment" | "search" | "which" | None:
            return (ChangesNothing(command),)
        case "build":
            return (
                (Writes(command.cwd, command),)
                if command.cwd
                else (unknown("where the gem is built is not known", command),)
            )
        case _:
            return (unknown(f"what `gem {action}` does is not known", command),)


def bundle(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`bundle install --without development test`; a bare `bundle` installs."""
    options = parse(
        command.arguments,
        valued=("--path", "--jobs", "-j", "--retry", "--gemfile", "--without", "--with", "--binstubs"),
    )
    words = list(options.texts) or ["install"]
    action = words[0]
    match action:
        case "install" | "update":
            manifest = absolute(options.value("--gemfile") or env.get("BUNDLE_GEMFILE") or "Gemfile", command.cwd)
            if manifest is None:
                return (unknown("which project Bundler works on is not known", command),)
            chosen = options.find("--path")
            prefix = absolute(chosen.value, command.cwd) if chosen else env.get("BUNDLE_PATH") or env.get("GEM_HOME")
            if chosen is None and options.has("--deployment"):
                prefix = absolute("vendor/bundle", command.cwd)
            excluded = f"{options.value('--without') or ''} {env.get('BUNDLE_WITHOUT', '')}"
            return (
                _installs(
                    "bundle",
                    command,
                    files=(manifest, f"{manifest}.lock"),
                    prefix=prefix,
                    dev="development" not in excluded,
                    leaves=None if prefix else command.cwd,
                ),
            )
        case "exec":
            return (RunsProject("bundle", words[1] if len(words) > 1 else None, command),)
        case "config":
            place = env.get("BUNDLE_APP_CONFIG") or below(home(env), ".bundle")
            settings = [word or "" for word in words[1:] if word not in ("set", "--global", "--local")]
            written = Writes(place, command)
            if options.has("--local") and command.cwd:
                written = Writes(below(command.cwd, ".bundle"), command)
            if not settings:
                return (ChangesNothing(command),)
            value = " ".join(settings[1:]) or None
            return (Configures(tool="bundle", name=settings[0], value=value, command=command), written)
        case "package" | "cache" | "binstubs" | "lock" | "init" | "clean" | "pristine":
            return (
                (Writes(command.cwd, command),)
                if command.cwd
                else (unknown("which project Bundler works on is not known", command),)
            )
        case "check" | "list" | "show" | "info" | "version" | "env":
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `bundle {action}` does is not known", command),)


def composer(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`composer install --no-dev --optimize-autoloader`."""
    options = parse(command.arguments, valued=("-d", "--working-dir", "--ignore-platform-req"))
    words = list(options.texts)
    chosen = options.find("-d", "--working-dir")
    directory = command.cwd if chosen is None else absolute(chosen.value, command.cwd) or ""
    cache = below(env.get("COMPOSER_HOME") or below(home(env), ".composer"), "")
    if words[:1] == ["global"]:
        return (_installs("composer", command, packages=_named(options, 2) or (), prefix=cache.rstrip("/")),)
    action = words[0] if words else None
    if action in (
        None,
        "show",
        "validate",
        "diagnose",
        "check-platform-reqs",
        "licenses",
        "outdated",
        "about",
        "audit",
    ):
        return (ChangesNothing(command),)
    if action in ("clear-cache", "clearcache", "cc", "self-update", "selfupdate") or action == "config":
        place = (
            cache.rstrip("/")
            if action != "config" or options.has("-g", "--global")
            else below(directory or "/", "composer.json")
        )
        return (Writes(place, command),)
    if not directory:
        return (unknown("which project Composer works on is not known", command),)
    match action:
        case "install" | "update" | "require" | "i" | "u":
            named = _named(options) if action == "require" else ()
            return (
                _installs(
                    "composer",
                    command,
                    packages=named or (),
                    files=(below(directory, "composer.json"), below(directory, "composer.lock")),
                    prefix=below(directory, "vendor"),
                    dev=not (options.has("--no-dev") or truthy(env.get("COMPOSER_NO_DEV"))),
                ),
            )
        case "dump-autoload" | "dumpautoload" | "dump" | "remove":
            return (Writes(below(directory, "vendor"), command),)
        case "create-project":
            target = absolute(words[2], directory) if len(words) > 2 and words[2] else directory
            where = target or directory
            return (Downloads(None, where, command, sources=True), Writes(where, command))
        case "run-script" | "run" | "exec":
            return (RunsProject("composer", words[1] if len(words) > 1 else None, command),)
        case _:
            # A word that is none of Composer's own is a script of composer.json
            return (RunsProject("composer", action, command),)


def php_extension(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`docker-php-ext-install pdo_mysql`: the official image's helpers, or a well-known one, build and enable extensions."""
    if command.name == "docker-php-ext-configure":
        return (Writes("/usr/src/php", command),)
    if command.name == "docker-php-ext-enable":
        return (Writes("/usr/local/etc/php/conf.d", command),)
    if command.name == "docker-php-source":
        return (Writes("/usr/src", command),)
    return tuple(
        Writes(path, command)
        for path in (
            "/usr/local/lib/php/extensions",
            "/usr/local/include/php/ext",
            "/usr/local/etc/php/conf.d",
            "/usr/src/php",
        )
    )


def pecl(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`pecl install redis`, `pear install Mail`."""
    if command.args[:1] in (("list",), ("info",), ("search",), ("version",)):
        return (ChangesNothing(command),)
    return tuple(Writes(path, command) for path in ("/usr/local/lib/php", "/usr/local/include/php/ext", "/tmp/pear"))


def luarocks(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`luarocks install lua-cjson`, `luarocks --tree lua_modules make`."""
    options = parse(command.arguments, valued=("--tree", "--server", "--lua-version", "--only-server", "--lua-dir"))
    if options.texts[:1] not in (("install",), ("make",), ("build",)):
        return (ChangesNothing(command),)
    chosen = options.find("--tree")
    prefix = absolute(chosen.value, command.cwd) if chosen is not None else None
    if chosen is not None and prefix is None:
        return (unknown("where rocks are installed to is not known", command),)
    if options.has("--local"):
        prefix = below(home(env), ".luarocks")
    return (_installs("luarocks", command, packages=_named(options) or (), prefix=prefix),)


def mix(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mix deps.get --only prod`, `mix release`."""
    words: list[str] = []
    effects: list[Effect] = []
    for text in [*command.args, ","]:
        if text is not None and text.rstrip(",") != text:
            words.append(text.rstrip(","))
            effects += _mix([word for word in words if word and word != "do"], command, env)
            words = []
        else:
            words.append(text or "")
    return tuple(effects) or (ChangesNothing(command),)


def _mix(words: list[str], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    if not words:
        return ()
    if words[0].startswith(("local.", "archive.")):
        return (
            Writes(env.get("MIX_HOME") or below(home(env), ".mix"), command),
            Writes(env.get("HEX_HOME") or below(home(env), ".hex"), command),
        )
    if not command.cwd:
        return (unknown("which project mix works on is not known", command),)
    if words[0] == "deps.get":
        files = (below(command.cwd, "mix.exs"), below(command.cwd, "mix.lock"))
        return (_installs("mix", command, files=files, prefix=below(command.cwd, "deps")),)
    if words[0] in ("deps.compile", "compile", "release"):
        built = Builds(tool="mix", output=below(command.cwd, "_build/"), package=None, static=None, command=command)
        return (built, *_put(words, ("--path",), command)) if words[0] == "release" else (built,)
    return (RunsProject("mix", words[0], command),)


def _put(words: Sequence[str], options: Sequence[str], command: Command) -> Iterator[Effect]:
    """Where a release is put instead: `mix release --path /rel`."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in options:
            said = value if equals else following
            path = absolute(said, command.cwd) if said and not said.startswith("-") else None
            yield Writes(path, command) if path else unknown("where the release is put is not known", command)


def rebar(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rebar3 as prod release`, `rebar3 get-deps`."""
    words = [text or "" for text in command.args]
    words = words[2:] if words[:1] == ["as"] else words
    cache = Writes(below(home(env), ".cache/rebar3"), command)
    if words[:1] in ([], ["version"], ["help"], ["tree"], ["plugins"]):
        return (ChangesNothing(command),)
    if words[0] == "local":
        return (Writes(below(home(env), ".cache/rebar3"), command), Writes(below(home(env), ".config/rebar3"), command))
    if not command.cwd:
        return (unknown("which project rebar3 works on is not known", command),)
    if words[0] in ("compile", "release", "tar", "escriptize", "get-deps"):
        build = below(command.cwd, "_build/")
        built = Builds(tool="rebar3", output=build, package=None, static=None, command=command)
        return (built, *_put(words, ("-o", "--output-dir"), command), cache)
    return (RunsProject("rebar3", words[0], command), cache)


def toolchain(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dart compile exe -o /app`: in the project and the home."""
    options = parse(
        command.arguments, valued=("-o", "--output", "-c", "--local-bin-path", "--product", "--package-path")
    )
    if not command.cwd:
        return (unknown("which project it works on is not known", command),)
    output = absolute(options.value("-o", "--output"), command.cwd)
    package = options.texts[0] if options.operands else None
    return (
        Builds(
            tool=command.name,
            output=output or f"{command.cwd.rstrip('/')}/",
            package=package,
            static=None,
            command=command,
        ),
        Writes(home(env), command),
    )


def r(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`R -e 'install.packages("shiny")'`, `install2.r shiny`."""
    # Loaded here: few files name it, and it reads a language
    from minify.shell.vocabulary import r as programs

    readers = {"R": programs.r, "Rscript": programs.rscript, "r": programs.rscript}
    return readers.get(command.name, programs.installer)(command, env)


# https://docs.julialang.org/en/v1/manual/command-line-interface/
_JULIA_VALUED: Final = (
    *("-e", "--eval", "-E", "--print", "-L", "--load", "-J", "--sysimage", "-H", "--home", "-C", "--cpu-target", "-p", "--procs"),
    *("-t", "--threads", "-m", "--module"),
)  # fmt: skip
# Statements that only install, load or precompile packages
_OF_PACKAGES: Final = re.compile(
    r"(?:using|import)\s+[\w.,:\s]+|Pkg\s*\.\s*(?:Registry\s*\.\s*)?\w+\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|pkg\"[^\"]*\"|Base\.precompile\w*\(\)"
    r"|ENV\s*\[\s*\"\w+\"\s*\]\s*=\s*\"[^\"$]*\""
)

_ADDED: Final = re.compile(
    r"\bPkg\s*\.\s*(?:add|develop)\s*\((?P<words>.*?)\)\s*(?:;|\n|$)|pkg\"\s*(?:add|develop|dev)\s+(?P<list>[^\"]*)\"",
    re.DOTALL,
)
_ACTIVATES: Final = re.compile(r"\bPkg\s*\.\s*activate\s*\(\s*\"([^\"$]*)\"|pkg\"\s*activate\s+([^\s\"]+)")
_JULIA_TEXT: Final = re.compile(r"\"([^\"$]+)\"")


def julia(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`julia --project -e 'using Pkg; Pkg.instantiate()'`, `julia build.jl`."""
    options = parse(command.arguments, valued=_JULIA_VALUED, first=True)
    if options.has("--version", "-v", "--help", "-h"):
        return (ChangesNothing(command),)
    codes = [option.value for option in options.all("-e", "--eval", "-E", "--print")]
    if codes:
        if None in codes:
            return (unknown("the code that julia is given is not known", command),)
        return _julia_code(command, env, options, "\n".join(code for code in codes if code is not None))
    if not options.operands:
        return (unknown("what julia reads from its input is not known", command),)
    path = path_of(options.operands[0], command)
    return (RunsProject("julia", path, command),) if path else (unknown("which script runs is not known", command),)


def _julia_code(command: Command, env: Mapping[str, str], options: Options, text: str) -> tuple[Effect, ...]:
    if _OF_PACKAGES.sub("", text).strip("; \n\t"):
        return (RunsProject("julia", None, command),)
    project = options.find("--project")
    place = project.value if project is not None else env.get("JULIA_PROJECT")
    folder = command.cwd if project is not None and not place else absolute(place, command.cwd) if place else None
    if place in ("@.", "@"):
        folder = command.cwd
    if activated := _ACTIVATES.search(text):
        folder = absolute(activated[1] or activated[2], command.cwd)
    found = [
        _JULIA_TEXT.findall(m["words"]) if m["words"] else (m["list"] or "").split() for m in _ADDED.finditer(text)
    ]
    names = [
        re.split(r"[@#]", word.rstrip("/").rpartition("/")[2])[0].removesuffix(".git")
        for words in found
        for word in words
    ]
    return (
        InstallsLibraries(
            tool="julia",
            packages=tuple(dict.fromkeys(name.removesuffix(".jl") for name in names if name)),
            files=(below(folder, "Project.toml"),) if folder else (),
            prefix=_depot(env),
            editable=False,
            user=False,
            cache=False,
            dev=False,
            command=command,
            leaves=folder,
        ),
    )


def _depot(env: Mapping[str, str]) -> str:
    """Where packages and their compiled caches go: the first depot.

    >>> _depot({"JULIA_DEPOT_PATH": "/opt/depot:"}), _depot({"HOME": "/home/app"})
    ('/opt/depot', '/home/app/.julia')
    """
    first = env.get("JULIA_DEPOT_PATH", "").split(":")[0]
    return first or below(home(env), ".julia")
