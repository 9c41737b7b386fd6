"""R's programs: what installs packages, and code that is given to R."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from minify.shell.effects import ChangesNothing, Effect, InstallsLibraries, RunsProject
from minify.shell.options import below, home, parse, path_of, unknown
from minify.shell.r_calls import Call, r_code
from minify.shell.script import Argument, Command
from minify.shell.state import absolute

# Functions that install packages into the library of R, by their names without a package
_INSTALLERS: Final = (
    *("install.packages", "install_cran", "install_github", "install_gitlab", "install_bitbucket", "install_git"),
    *("install_url", "install_version", "install_bioc", "install_local", "install_deps", "install_dev", "install"),
    *(
        "pkg_install",
        "pak",
        "local_install",
        "local_install_deps",
        "biocLite",
        "p_load",
        "p_install",
        "update.packages",
    ),
)
_PROJECT: Final = ("restore", "hydrate", "init", "activate", "load")
_HARMLESS: Final = (
    *(
        "library",
        "require",
        "requireNamespace",
        "loadNamespace",
        "c",
        "list",
        "options",
        "getOption",
        "paste",
        "paste0",
    ),
    *("cat", "print", "message", "stop", "quit", "q", "invisible", "suppressWarnings", "suppressMessages", "tryCatch"),
    *("Sys.setenv", "Sys.getenv", ".libPaths", "is.null", "length", "nchar", "all", "any", "rownames", "stopifnot"),
    *("installed.packages", "setdiff", "packageVersion", "nzchar", "parallel::detectCores", "detectCores", "consent"),
    *("repositories", "sessionInfo", "warnings", "is.element", "sapply", "lapply", "vapply", "unlist", "character"),
    *(
        "isNamespaceLoaded",
        "packageDescription",
        "sprintf",
        "identical",
        "inherits",
        "max",
        "getNamespace",
        "R.Version",
    ),
)
_RSCRIPT_VALUED: Final = ("-e", "--default-packages", "--encoding")
_R_VALUED: Final = ("-e", "-f", "--file", "--encoding", "-g", "--gui", "-d", "--debugger")


def rscript(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`Rscript -e 'install.packages("shiny")'`, `Rscript install.R`."""
    options = parse(command.arguments, valued=_RSCRIPT_VALUED, first=True)
    if options.has("-e"):
        return _given(command, env, [option.value for option in options.all("-e")])
    if options.operands and options.operands[0].text != "-":
        path = path_of(options.operands[0], command) or options.operands[0].text
        return (RunsProject("R", path, command),) if path else (unknown("which script runs is not known", command),)
    return _from_input(command, env) if not options.has("--version", "--help") else (ChangesNothing(command),)


def r(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`R -e 'install.packages("shiny")'`, `R CMD INSTALL .`, `R -f install.R`."""
    words = [argument.text for argument in command.arguments]
    if "CMD" in words:
        return _tool(command, env, command.arguments[words.index("CMD") + 1 :])
    options = parse(command.arguments, valued=_R_VALUED)
    if options.has("-e"):
        return _given(command, env, [option.value for option in options.all("-e")])
    file = options.find("-f", "--file")
    if file is not None:
        path = absolute(file.value, command.cwd)
        return (RunsProject("R", path, command),) if path else (unknown("which script runs is not known", command),)
    return _from_input(command, env) if not options.has("--version", "--help") else (ChangesNothing(command),)


def installer(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`install2.r --error --deps TRUE shiny plumber` of littler's examples: https://github.com/eddelbuettel/littler."""
    valued = ("-l", "--libloc", "-r", "--repos", "-d", "--deps", "-n", "--ncpus", "-t", "--type", "-m", "--method")
    options = parse(command.arguments, valued=valued)
    if None in options.texts:
        return (unknown("which packages are installed is not known", command),)
    given = options.find("-l", "--libloc")
    place = absolute(given.value, command.cwd) if given is not None else None
    if given is not None and place is None:
        return (unknown("where packages are installed is not known", command),)
    names = [text.rpartition("/")[2] for text in options.texts if text is not None]
    return (_installs(command, names, place or _library(env, command.cwd)),)


def _library(env: Mapping[str, str], cwd: str) -> str | None:
    """Where packages go: the first library that a variable names; None for that of the interpreter."""
    for name in ("R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"):
        first = env.get(name, "").split(":")[0]
        if first and "%" not in first and "$" not in first:
            return absolute(re.sub(r"^~(?=/)", home(env), first), cwd)
    return None


def _installs(
    command: Command, packages: Sequence[str], place: str | None, *, tool: str = "R", leaves: str | None = None
) -> InstallsLibraries:
    return InstallsLibraries(
        tool=tool,
        packages=tuple(packages),
        files=(),
        prefix=place,
        editable=False,
        user=False,
        cache=False,
        dev=False,
        command=command,
        leaves=leaves,
    )


def _given(command: Command, env: Mapping[str, str], codes: Sequence[str | None]) -> tuple[Effect, ...]:
    if None in codes:
        return (unknown("the code that R is given is not known", command),)
    return _code(command, env, "\n".join(code for code in codes if code is not None))


def _code(command: Command, env: Mapping[str, str], text: str) -> tuple[Effect, ...]:
    found: list[Effect] = []
    code = r_code(text)
    for call in code.calls:
        package = call.name.rpartition("::")[0]
        if package == "renv" or call.function == "restore":
            if call.function in _INSTALLERS or call.function in _PROJECT:
                found.append(_of_project(command, env))
            elif call.function not in _HARMLESS:
                return (unknown(f"what {call.name} leaves is not known", command),)
        elif call.function in _INSTALLERS:
            place = call.argument("lib", 1 if call.function == "install.packages" else 99)
            if place is not None and place.text is None:
                return (unknown("where packages are installed is not known", command),)
            prefix = (
                absolute(place.text, command.cwd) if place is not None and place.text else _library(env, command.cwd)
            )
            found.append(_installs(command, _names(call), prefix))
        elif call.function not in _HARMLESS and call.name not in _HARMLESS:
            return (unknown(f"what {call.name} leaves is not known", command),)
    return tuple(found) or (ChangesNothing(command),)


def _names(call: Call) -> tuple[str, ...]:
    texts = (call.arguments[0].texts if call.arguments else None) or ()
    return tuple(re.split(r"[@#]", text.rpartition("/")[2])[0] for text in texts)


def _of_project(command: Command, env: Mapping[str, str]) -> InstallsLibraries:
    """renv has a library in the project, of links into a cache: https://rstudio.github.io/renv/reference/paths.html."""
    library = env.get("RENV_PATHS_LIBRARY") or below(command.cwd, "renv/library")
    root = env.get("RENV_PATHS_ROOT") or f"{env.get('XDG_CACHE_HOME') or below(home(env), '.cache')}/R/renv"
    cache = env.get("RENV_PATHS_CACHE") or f"{root}/cache"
    return _installs(command, (), absolute(library, command.cwd), tool="renv", leaves=absolute(cache, command.cwd))


def _tool(command: Command, env: Mapping[str, str], arguments: Sequence[Argument]) -> tuple[Effect, ...]:
    name = arguments[0].text if arguments else None
    if name in ("javareconf", "config", "check", "REMOVE"):
        return (ChangesNothing(command),)
    if name == "BATCH":
        return (RunsProject("R", "BATCH", command),)
    if name != "INSTALL":
        return (unknown(f"what R CMD {name or ''} leaves is not known", command),)
    options = parse(arguments[1:], valued=("-l", "--library"))
    given = options.find("-l", "--library")
    place = absolute(given.value, command.cwd) if given is not None else _library(env, command.cwd)
    if given is not None and place is None:
        return (unknown("where packages are installed is not known", command),)
    names = [re.split(r"_\d", (text or "").rpartition("/")[2])[0] for text in options.texts]
    return (_installs(command, [name for name in names if name and name != "."], place),)


def _from_input(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    for redirect in command.redirects:
        if redirect.body is not None:
            return _code(command, env, redirect.body)
        if redirect.operator == "<" and redirect.target is not None and redirect.target.static:
            return (RunsProject("R", absolute(redirect.target.static, command.cwd), command),)
    return (unknown("what R is asked to do is not known", command),)
