"""A launcher in Python: its first lines, copies of the helpers that it calls, its functions and its body."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Final

from minify.launcher.actions import (
    Apart,
    Background,
    Call,
    Capture,
    Exec,
    Piped,
    Print,
    Run,
    Trap,
    WaitFor,
)
from minify.launcher.program import Dialect, Program
from minify.launcher.starts import names_each, starts
from minify.launcher.text.tree import nodes
from minify.launcher.values import Literal, One, Output
from minify.launcher.writing.facts import needs_status, takes_arguments, uses_arguments
from minify.launcher.writing.python_copies import Needs, copies
from minify.launcher.writing.python_copies import names as helper_names
from minify.launcher.writing.python_statements import PythonStatements, python_name
from minify.launcher.writing.python_texts import is_wrapped

# They set their signals up themselves: what Python leaves to them makes no difference
_OWN_SIGNALS: Final = re.compile(
    r"(?:.*/)?(?:python[\d.]*|node|gunicorn|uvicorn|hypercorn|daphne|celery|flask|django-admin|waitress-serve|streamlit"
    r"|jupyter|alembic|dagster|airflow|prefect|mlflow|gradio|chainlit|fastapi|litestar|rq|huey_consumer|taskiq|dramatiq)"
)
_MODULES: Final = (
    *("contextlib", "glob", "grp", "http.client", "math", "os", "pwd", "re", "resource", "shutil", "signal", "socket"),
    *("stat", "subprocess", "sys", "time", "urllib.parse"),
)
_NAMES: Final = ("env", "args", "private", "children", "status", "word", "item", "signum", "traps", "pending", "wake")


def python_source(program: Program) -> str:
    r"""The launcher as a Python program, for CPython 3.9 and later with nothing but its standard library.

    >>> from minify.launcher import Dialect, read
    >>> print(python_source(read("exec app $PORT", Dialect.DASH)).splitlines()[-1])
    os.execvp("app", ["app", *split(os.environ.get("PORT", ""))])
    """
    taken = {*helper_names(), *keyword.kwlist, *dir(builtins), *_NAMES, *(name.partition(".")[0] for name in _MODULES)}
    names: dict[str, str] = {}
    for function in program.functions:
        names[function.name] = python_name(function.name, taken)
        taken.add(names[function.name])
    writer = PythonStatements(program, names)
    if len(program.body) == 1 and not program.functions and not program.private:
        writer.env = "os.environ"
    functions: list[str] = []
    for function in program.functions:
        writer.lines = []
        writer.function(function, takes=takes_arguments(function, program))
        functions.append("\n".join(writer.lines))
    writer.lines = []
    writer.statements(program.body)
    body = "\n".join(writer.lines)
    definitions = [*copies("\n".join([*functions, body]), _needs(program)), *functions]
    state = _state(program, "\n".join([*definitions, body]))
    text = "\n".join([*state, *definitions, body])
    # Loaded here: a command of one statement needs no module
    from minify.launcher.writing.python_module import module

    imports = [name for name in _MODULES if re.search(rf"(?<![\w.]){re.escape(name)}\.", text)]
    return module(imports, ["\n".join(state), *definitions, body])


def one_liner(program: Program) -> str | None:
    """The launcher on one line, for `python3 -I -c`: when it does nothing but become a program.

    It has no double quotes, so that it stands in JSON as it is. `-I` keeps a file of the application from standing in
    for a module of the standard library.

    >>> from minify.launcher import Dialect, read
    >>> one_liner(read('exec python app.py "$PORT"', Dialect.DASH))
    "import os; os.execvp('python', ['python', 'app.py', os.environ.get('PORT', '')])"
    """
    if len(program.body) != 1 or not isinstance(program.body[0], Exec) or program.functions or program.private:
        return None
    writer = _OneLine(program, {})
    writer.statements(program.body)
    code = "; ".join(writer.lines)
    if len(writer.lines) != 1 or "\n" in code or '"' in code:
        return None
    if re.search(rf"(?<![\w.])(?:{'|'.join(helper_names())})\(", code):
        return None
    signals = [name for name in _signals(program) if name != "signal.SIGXFSZ"]
    code = "; ".join([*(f"signal.signal({name}, signal.SIG_DFL)" for name in signals), code])
    modules = [module for module in _MODULES if re.search(rf"(?<![\w.]){re.escape(module)}\.", code)]
    return f"import {', '.join(modules)}; {code}"


class _OneLine(PythonStatements):
    """Writes single quotes only, and splits with what the language itself has."""

    env = "os.environ"
    single = True

    def __init__(self, program: Program, names: dict[str, str]) -> None:
        super().__init__(program, names)
        self.args = f"sys.argv[{2 if program.is_command else 1}:]"

    def add(self, code: str) -> None:
        self.lines.append(code)

    def splitting(self, text: str, *, patterns: bool) -> str:
        bare = text.removeprefix("(").removesuffix(")") if is_wrapped(text) else text
        fields = f"re.findall('[^ \\t\\n]+', {bare})"
        return (
            f"*(name for field in {fields} for name in sorted(glob.glob(field)) or [field])"
            if patterns
            else f"*{fields}"
        )


def _needs(program: Program) -> Needs:
    everything = (program.body, program.functions)
    return Needs(
        failure=1 if program.dialect is Dialect.BASH else 2,
        unopened=1 if program.dialect is not Dialect.DASH else 2,
        options=program.dialect is not Dialect.DASH,
        functions=any(isinstance(one, Output | Capture) and isinstance(one.run, Call) for one in nodes(everything)),
        private=bool(program.private),
        present=program.present and names_each(program),
        empty=any(not any(isinstance(f, One) for f in one.run.argv) for one in starts(program) if not one.replaces),
    )


def _state(program: Program, code: str) -> list[str]:
    """The first lines: where the variables are, and what signals do."""
    state: list[str] = []
    if re.search(r"\benv\b", code):
        state.append("env = os.environ")
    if uses_arguments(program.body):
        state.append(f"args = sys.argv[{2 if program.is_command else 1}:]")
    if program.private and "private" in code:
        names = ", ".join(f'"{name}"' for name in program.private)
        state.append(f"private = {{{names}}} - set(env)")
        if "env = os.environ" not in state:
            state.insert(0, "env = os.environ")
    if re.search(r"\bchildren\b", code):
        state.append("children = []")
    if re.search(r"\btraps\b", code):
        state.append("traps, pending, wake = {}, set(), os.pipe()")
    if needs_status(program):
        state.append("status = 0")
    signals = _signals(program)
    if signals:
        state.append("# Python has its own way with these signals, a shell has none")
        state.append(f"for signum in ({', '.join(signals)}):")
        state.append("    signal.signal(signum, signal.SIG_DFL)")
    return state


def _signals(program: Program) -> list[str]:
    """The signals that Python handles or ignores, and a shell leaves alone, where that makes a difference."""
    everything = (program.body, program.functions)
    execs = [one.run for one in nodes(everything) if isinstance(one, Exec)]
    kinds = (Trap, Print, Apart, Background, Piped, WaitFor, Output)
    if any(isinstance(one, kinds) or (isinstance(one, Run) and one not in execs) for one in nodes(everything)):
        return ["signal.SIGINT", "signal.SIGPIPE", "signal.SIGXFSZ"]
    for run in execs:
        first = run.argv[0]
        known = isinstance(first, One) and isinstance(first.text, Literal) and _OWN_SIGNALS.fullmatch(first.text.text)
        if not known:
            return ["signal.SIGPIPE", "signal.SIGXFSZ"]
    return []
