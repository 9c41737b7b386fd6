"""Shells and interpreters: a script written here is read, one of the project is the project's own code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Effect,
    InstallsLibraries,
    RefreshesIndex,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, parse, path_of, unknown
from minify.shell.reading import SWITCH
from minify.shell.script import Argument, Command
from minify.shell.state import absolute
from minify.shell.vocabulary import compiled
from minify.shell.vocabulary.pip import environment_of, pip_with, setup_py, virtualenv_with

NETWORK_SCRIPT: Final = "a script from the network"
_SYSTEM: Final = tuple(
    f"{path}/" for path in ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc", "/dev", "/sys", "/var")
)
_SOURCES: Final = (
    "/usr/src/",
    "/usr/local/src/",
    "/usr/local/app/",
    "/var/www/",
    "/var/app/",
    "/var/lib/app/",
    "/usr/app/",
)
_SETTINGS: Final = (
    "/bin/activate",
    "/os-release",
    "/.cargo/env",
    "/nvm.sh",
    "/etc/profile",
    "/.bashrc",
    "/.profile",
    "/.bash_profile",
    "/etc/environment",
)


def is_project_path(program: str, cwd: str) -> bool:
    """Whether a path names a script of the project: relative, or outside the directories of the system.

    >>> is_project_path("./build.sh", "/app"), is_project_path("/usr/bin/foo", "/app")
    (True, False)
    """
    if "/" not in program:
        return False
    path = absolute(program, cwd)
    if path is None or path.startswith(_SOURCES):
        return True
    if path.startswith("/opt/") and path.rpartition("/")[0].endswith(("/bin", "/sbin")):
        return False
    return not path.startswith(_SYSTEM)


def _nested(
    text: str, offsets: Sequence[int], cwd: str, command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    from minify.shell.interpret import interpret
    from minify.shell.walk import read_text

    script = read_text(text, offsets, cwd=cwd, env=env, conditional=command.conditional)
    return interpret(script, {}) or (ChangesNothing(command),)


def _inline(argument: Argument, cwd: str, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """The script in a word, `'…'` of `sh -c '…'`; its offsets are exact where the quotes hide nothing."""
    text = argument.text
    if text is None:
        return (unknown("the script it is given is not known", command),)
    span = argument.word.span
    exact = argument.word.raw[1:-1] == text and len(span) == len(text) + 2
    start = span.start + 1
    offsets = range(start, start + len(text) + 1) if exact else [span.start] * len(text) + [span.end]
    return _nested(text, offsets, cwd, command, env)


def shell(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`bash -c '…'` is read; `bash setup.sh` is the project's; `curl … | sh` is not known."""
    arguments = command.arguments
    index = 0
    while index < len(arguments):
        text = arguments[index].text
        start = text if text is not None else arguments[index].word.leading
        if text is not None and re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", text):
            # The options may go on after it: `bash -c -e '…'` is not seen
            rest = arguments[index + 1 : index + 2]
            login = "l" in text or any(one.text in ("-l", "--login") for one in arguments[:index])
            if login:
                env = {name: value for name, value in env.items() if name != "PATH"}
            return _inline(rest[0], command.cwd, command, env) if rest else (unknown("it has no script", command),)
        if text in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file"):
            index += 2
        elif text == "--" or text == "-":
            index += 1
            break
        elif start.startswith("-") and text != "-s":
            index += 1
        else:
            break
    if index < len(arguments) and arguments[index].text != "-s":
        return _script(arguments[index:], command, env)
    for redirect in command.redirects:
        if redirect.body is not None:
            span = redirect.span
            return _nested(redirect.body, [span.start] * len(redirect.body) + [span.end], command.cwd, command, env)
    return _from_pipe(arguments[index:], command, env)


_CONDA: Final = ("miniconda", "miniforge", "mambaforge", "anaconda", "micromamba-installer")


def _conda_installer(arguments: Sequence[Argument], command: Command) -> tuple[Effect, ...]:
    """`bash Miniconda3-latest-Linux-x86_64.sh -b -p /opt/conda`."""
    path = absolute(parse(arguments, valued=("-p",)).value("-p"), command.cwd)
    return (Writes(path, command),) if path else (unknown("where conda is installed is not known", command),)


def _script(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    argument = arguments[0]
    raw = argument.word.raw
    if argument.text is None:
        if "<(" in raw or "$(" in raw:
            return _well_known(raw, (), command, env)
        if not argument.word.leading:
            return (unknown("which script runs is not known", command),)
    path = path_of(argument, command) or argument.text
    if (path or "").rpartition("/")[2].lower().startswith(_CONDA):
        return _conda_installer(arguments, command)
    if path is not None and path.startswith("/") and not is_project_path(path, command.cwd):
        return (unknown(f"what {path} does is not known", command),)
    return (RunsProject("sh", path, command),)


def _from_pipe(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    if command.upstream is None:
        if any(redirect.operator == "<" for redirect in command.redirects):
            return (unknown("which script runs is not known", command),)
        return (ChangesNothing(command),)
    source: Command | None = command.upstream
    steps = 0
    while source is not None and source.name not in ("curl", "wget") and steps < 8:
        source, steps = source.upstream, steps + 1
    if source is None:
        return (unknown("a script that another command makes", command),)
    return _well_known(source.text, arguments, command, env)


# Installers that say what they write: (address, directories as variable and default below the home)
_INSTALLERS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "sh.rustup.rs": (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")),
    "install.python-poetry.org": (("POETRY_HOME", ".local"),),
    "python-poetry/poetry/master/get-poetry.py": (("POETRY_HOME", ".poetry"),),
    "astral.sh/uv": (("UV_INSTALL_DIR", ".local/bin"),),
    "bun.sh/install": (("BUN_INSTALL", ".bun"),),
    "deno.land/install.sh": (("DENO_INSTALL", ".deno"),),
    "deno.land/x/install": (("DENO_INSTALL", ".deno"),),
    "get.pnpm.io": (("PNPM_HOME", ".local/share/pnpm"),),
    "nvm-sh/nvm": (("NVM_DIR", ".nvm"),),
    "creationix/nvm": (("NVM_DIR", ".nvm"),),
    "yarnpkg.com/install": (("", ".yarn"),),
}


def _well_known(
    text: str, arguments: Sequence[Argument], command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    if "deb.nodesource.com" in text:
        return (Writes("/etc/apt", command, certain=False), RefreshesIndex("apt", command))
    if "rpm.nodesource.com" in text:
        return (
            Writes("/etc/yum.repos.d", command, certain=False),
            Writes("/etc/pki", command, certain=False),
        )
    if "bootstrap.pypa.io" in text:
        return (_pip_itself(command, env),)
    for address, places in _INSTALLERS.items():
        if address in text:
            # They add a line to the shell's start-up files, too
            found = [env.get(name) or below(home(env), folder) for name, folder in places]
            return tuple(Writes(path, command, certain=False) for path in [*found, below(home(env), ".profile")])
    given = parse(arguments, valued=("-b", "--bin-dir", "-d", "--to"))
    chosen = given.find("-b", "--bin-dir", "--to")
    if chosen is not None and chosen.value and "install" in text:
        # The custom of the installers that godownloader writes: `sh -s -- -b /usr/local/bin`
        path = absolute(chosen.value, command.cwd)
        if path is not None:
            return (Writes(path, command, certain=False),)
    return (unknown(NETWORK_SCRIPT, command),)


def _pip_itself(command: Command, env: Mapping[str, str]) -> Effect:
    return InstallsLibraries(
        tool="pip",
        packages=("pip",),
        files=(),
        prefix=environment_of(command, env),
        editable=False,
        user=False,
        cache=True,
        dev=False,
        command=command,
    )


def su(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`su app -c '…'`, `runuser -u app -- …`."""
    arguments = list(command.arguments)
    texts = [argument.text for argument in arguments]
    for index, text in enumerate(texts):
        if text in ("-c", "--command") and index + 1 < len(texts):
            login = "-" in texts[:index] or "-l" in texts or "--login" in texts
            known = {} if login else {name: value for name, value in env.items() if name != "HOME"}
            return _inline(arguments[index + 1], "" if login else command.cwd, command, known)
    return (unknown(f"what {command.name} runs is not known", command),)


def trap(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`trap 'rm -rf /tmp/x' EXIT` runs it later."""
    argument = command.arguments[0] if command.arguments else None
    if argument is None or argument.text in ("", "-", "-p", "-l", "--") or len(command.arguments) < 2:
        return (ChangesNothing(command),)
    # By then the directory may be another
    return _inline(argument, "", command, env)


def evaluate(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`eval "$(ssh-agent -s)"` is not known; a literal is read, and `eval $(opam env)` only sets variables."""
    if len(command.arguments) == 1 and SWITCH.fullmatch(command.arguments[0].word.raw):
        return (ChangesNothing(command),)
    if len(command.arguments) == 1:
        return _inline(command.arguments[0], command.cwd, command, env)
    return (unknown("what is evaluated is not known", command),)


def source(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`. /opt/venv/bin/activate` sets variables; another script may do anything."""
    argument = command.arguments[0] if command.arguments else None
    text = "" if argument is None else argument.text if argument.text is not None else argument.word.raw.strip("\"'")
    if text.endswith(_SETTINGS) or text.rpartition("/")[2] in ("activate", ".env", ".bashrc", ".profile"):
        return (ChangesNothing(command),)
    path = None if argument is None else path_of(argument, command)
    if path is not None and is_project_path(path, command.cwd):
        return (RunsProject("sh", path, command),)
    return (unknown(f"what {text or 'the script'} does is not known", command),)


_PYTHON: Final = ("-c", "-m", "-W", "-X", "-Q", "--check-hash-based-pycs")
_ONLY_IMPORTS = r"\s*(?:(?:import|from)\s[^;()]*|print\([^()]*(?:\([^()]*\))?[^()]*\)|\s*)(?:;\s*(?:(?:import|from)\s[^;()]*|print\([^;]*\)|\s*))*"


def python(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`python -m pip install x`, `python manage.py collectstatic`, `python -c 'import x'`."""
    split = len(command.arguments)
    for index, argument in enumerate(command.arguments):
        text = argument.text
        if text in ("-c", "-m"):
            split = index
            break
        if text is None or not text.startswith("-") or text == "-":
            split = index
            break
    rest = command.arguments[split:]
    if not rest or rest[0].text == "-":
        return _interpreted("python", command, env)
    first = rest[0].text
    if first == "-c":
        code = rest[1].text if len(rest) > 1 else None
        if code is not None and re.fullmatch(_ONLY_IMPORTS, code):
            return (ChangesNothing(command),)
        return (RunsProject("python", None, command),)
    if first == "-m":
        return _module(rest[1:], command, env)
    name = (first or rest[0].word.raw.strip("\"'")).rpartition("/")[2]
    if name == "get-pip.py":
        return (_pip_itself(command, env),)
    # An installed package may have a module of that name (pgadmin4): that builds nothing, and writes where it likes
    of_project = name == "setup.py" and not re.search(r"/(?:site|dist)-packages/", first or rest[0].word.raw)
    if of_project and (installed := setup_py(rest, command, env)) is not None:
        return installed
    if of_project:
        where = path_of(rest[0], command)
        output = f"{where.rpartition('/')[0]}/" if where else None
        return (Builds(tool="python", output=output, package=".", static=None, command=command),)
    path = path_of(rest[0], command) or first
    if path is None:
        return (unknown("which script runs is not known", command),)
    return (RunsProject("python", path, command),)


def python_tool(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`flask digest compile`, `alembic upgrade head`: a package's program that loads the project."""
    return (RunsProject("python", command.name, command),)


def _module(arguments: Sequence[Argument], command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    name = arguments[0].text if arguments else None
    rest = arguments[1:]
    texts = [argument.text for argument in rest]
    match name:
        case "ziglang":
            return compiled.zig(command._replace(program="zig", arguments=tuple(rest)), env)
        case "pip":
            return pip_with(rest, command, env)
        case "venv" | "virtualenv":
            return virtualenv_with(rest, command, env)
        case "ensurepip":
            return (_pip_itself(command, env),)
        case "compileall":
            given = [
                path
                for argument in rest
                if (path := path_of(argument, command)) and not (argument.text or "").startswith("-")
            ]
            return tuple(Writes(path, command) for path in given) or (
                unknown("which files are compiled is not known", command),
            )
        case "spacy" if texts[:1] == ["download"]:
            models = tuple(text for text in texts[1:] if text)
            return (
                InstallsLibraries(
                    tool="pip",
                    packages=models,
                    files=(),
                    prefix=environment_of(command, env),
                    editable=False,
                    user=False,
                    cache=True,
                    dev=False,
                    command=command,
                ),
            )
        case "nltk.downloader":
            options = parse(rest, valued=("-d",))
            place = absolute(options.value("-d"), command.cwd) if options.has("-d") else below(home(env), "nltk_data")
            return (Writes(place, command),) if place else (unknown("where the data is put is not known", command),)
        case "build":
            output = f"{command.cwd.rstrip('/')}/" if command.cwd else None
            return (Builds(tool="python", output=output, package=".", static=None, command=command),)
        case None:
            return (unknown("which module runs is not known", command),)
        case "site" | "sysconfig" | "json.tool" | "platform":
            return (ChangesNothing(command),)
        case _:
            return (RunsProject("python", name, command),)


def _interpreted(tool: str, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """An interpreter that reads its program from its input."""
    if any(redirect.operator.startswith("<<") for redirect in command.redirects):
        return (RunsProject(tool, None, command),)
    if any(redirect.operator == "<" for redirect in command.redirects):
        return (RunsProject(tool, None, command),)
    return _from_pipe(command.arguments, command, env)


_INLINE: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("-e", "--eval", "-p", "--print", "-pe"),
    "ruby": ("-e",),
    "perl": ("-e", "-E", "-pe", "-ne", "-le", "-pi", "-0777"),
    "php": ("-r",),
}
_WITH_VALUE: Final = ("-r", "--require", "-I", "-M", "-d", "-c", "-C", "--import", "--loader")


def interpreter(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`node build.js`, `ruby x.rb`, `php artisan key:generate`: the project's own code."""
    tool = {"nodejs": "node"}.get(command.name, re.sub(r"[\d.]+$", "", command.name))
    inline = _INLINE.get(tool, ())
    index = 0
    arguments = command.arguments
    while index < len(arguments):
        text = arguments[index].text
        start = text if text is not None else arguments[index].word.leading
        if text in inline:
            return (RunsProject(tool, None, command),)
        if tool == "php" and text in ("-v", "-m", "-i", "--ini", "-l"):
            return (ChangesNothing(command),)
        if text in _WITH_VALUE:
            index += 2
        elif start.startswith("-") and start not in ("-", "--"):
            index += 1
        else:
            break
    rest = arguments[index:]
    if not rest or rest[0].text in ("-", "--"):
        if (
            tool == "php"
            and command.upstream is not None
            and "getcomposer.org" in (command.upstream.text + command.text)
        ):
            return _composer_setup(arguments, command)
        return _interpreted(tool, command, env)
    if tool == "php" and "composer-setup" in (rest[0].text or ""):
        return _composer_setup(rest[1:], command)
    return (RunsProject(tool, path_of(rest[0], command) or rest[0].text, command),)


def _composer_setup(arguments: Sequence[Argument], command: Command) -> tuple[Effect, ...]:
    options: Options = parse(
        [one for one in arguments if one.text != "--"], valued=("--install-dir", "--filename", "--version")
    )
    place = absolute(options.value("--install-dir") or ".", command.cwd)
    if place is None:
        return (unknown("where Composer is put is not known", command),)
    return (Writes(below(place, options.value("--filename") or "composer.phar"), command, certain=False),)


def perl(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`perl -pi -e 's/a/b/' file` writes the file; a script is the project's."""
    switches = [text for text in command.args if text is not None and re.fullmatch(r"-[0-9a-zA-Z.]+", text)]
    if any(re.match(r"-[pn0-7a]*i", switch) for switch in switches):
        options = parse(
            [one for one in command.arguments if one.text not in switches or one.text in ("-e", "-pe")],
            valued=("-e", "-pe"),
        )
        operands = options.operands if options.has("-e", "-pe") else options.operands[1:]
        paths = [path_of(operand, command) for operand in operands]
        if not paths or None in paths:
            return (unknown("which files are changed is not known", command),)
        return tuple(Writes(path, command) for path in paths if path is not None)
    return interpreter(command, env)
