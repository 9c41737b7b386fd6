"""A launcher in JavaScript: its body, and copies of the helpers that it calls."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Final

from minify.launcher.actions import Assign, Enter, Function, Keep, KeepNumber, SetArguments, Share, Shift
from minify.launcher.program import Dialect, Program
from minify.launcher.starts import names_each, starts
from minify.launcher.text.tree import nodes
from minify.launcher.values import Answers, Listening
from minify.launcher.writing.facts import needs_status, takes_arguments, uses_arguments
from minify.launcher.writing.node_statements import NodeStatements
from minify.launcher.writing.node_texts import identifier

_MODULES: Final = {
    "childProcess": "child_process",
    "fs": "fs",
    "http": "http",
    "net": "net",
    "os": "os",
    "path": "path",
    "tty": "tty",
}
_NAMES: Final = frozenset(
    [
        "args",
        "env",
        "hidden",
        "status",
        "word",
        "item",
        "name",
        "here",
        "process",
        "require",
        "module",
        "exports",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "function",
        "if",
        "import",
        "in",
        "instanceof",
        "let",
        "new",
        "null",
        "return",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ]
)


def node_source(program: Program) -> str:
    r"""The launcher as a CommonJS program, for Node 14 and later without packages.

    Node cannot replace itself by another program: it stays process 1, passes signals on and takes the status over.
    Where the program is node itself with a script, this very process goes on as it.

    >>> from minify.launcher import Dialect, read
    >>> print(node_source(read("exec node server.js", Dialect.DASH)).splitlines()[-1])
    return require("module").runMain();
    """
    if program.python_only:
        raise ValueError(f"Node cannot do this: {program.python_only[0].reason}")
    taken = {*helpers(), *_NAMES, *_MODULES}
    names: dict[str, str] = {}
    for function in program.functions:
        names[function.name] = identifier(function.name, taken)
        taken.add(names[function.name])
    everything = (program.body, program.functions)
    waits = any(isinstance(one, Listening | Answers) for one in nodes(everything))
    writer = NodeStatements(program, names, waits=waits)
    writer.sets_node_options = any(
        isinstance(one, Assign | Share) and one.name.startswith("NODE_") for one in nodes(everything)
    )
    functions = [_function(writer, function, program) for function in program.functions]
    writer.lines = []
    writer.indent = 2 if waits else 0
    writer.statements(program.body)
    body = "\n".join(writer.lines)
    if waits:
        body = f"(async () => {{\n{body}\n}})();"
    return _module(program, functions, body)


def _function(writer: NodeStatements, function: Function, program: Program) -> str:
    writer.lines, writer.saved = [], 0
    writer.function(function, takes=takes_arguments(function, program))
    return "\n".join(writer.lines)


def _module(program: Program, functions: list[str], body: str) -> str:
    copies = _copies("\n".join([*functions, body]), program)
    code = "\n".join([*copies, *functions, body])
    state: list[str] = []
    if re.search(r"\benv\b(?!:)", code):
        state.append("const env = process.env;")
    if uses_arguments(program.body):
        changes = any(isinstance(one, SetArguments | Shift) for one in nodes(program.body))
        state.append(f"{'let' if changes else 'const'} args = process.argv.slice({3 if program.is_command else 2});")
    if program.private and re.search(r"\bhidden\b", code):
        names = ", ".join(f'"{name}"' for name in program.private)
        word = "let" if any(isinstance(one, Enter) for one in nodes(program.body)) else "const"
        state.append(f"{word} hidden = new Set([{names}].filter((name) => !(name in env)));")
    if needs_status(program) or any(
        isinstance(one, Keep | KeepNumber) for one in nodes((program.body, program.functions))
    ):
        state.append("let status = 0;")
    if re.search(r"\bword\b", "\n".join([*functions, body])):
        state.append("let word;")
    imports = [
        f'const {name} = require("{module}");'
        for name, module in _MODULES.items()
        if re.search(rf"(?<![\w.]){name}\.", code)
    ]
    parts = ['"use strict";', "\n".join(imports), "\n".join(state), *copies, *functions, body]
    return "\n\n".join(part for part in parts if part) + "\n"


@functools.cache
def _helper_module() -> dict[str, str]:
    """Each helper by name, with the comment above it, in the order of their file."""
    text = Path(__file__).with_name("node_helpers.js").read_text("utf-8")
    found = re.findall(r"^((?://.*\n)*function (\w+)\([\s\S]*?^\})$", text, re.MULTILINE)
    return {name: code for code, name in found}


def helpers() -> frozenset[str]:
    """The names of all helpers."""
    return frozenset(_helper_module())


def _copies(code: str, program: Program) -> list[str]:
    """The helpers that code calls, and those that they call, for this program alone."""
    module = _helper_module()
    wanted: set[str] = set()
    pending = _called(code)
    while pending:
        name = pending.pop()
        if name not in wanted and (program.private or name != "exported"):
            wanted.add(name)
            pending |= _called(_specialised(module[name], program)) - wanted
    return [_specialised(module[name], program) for name in module if name in wanted]


def _called(code: str) -> set[str]:
    """The helpers that code calls or hands on, with strings and comments left out of account."""
    plain = re.sub(r"//.*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", "", code)
    return {name for name in _helper_module() if re.search(rf"(?:(?<![\w.])|(?<=\.\.\.)){name}\b(?=[(,)])", plain)}


def _specialised(code: str, program: Program) -> str:
    if program.present and names_each(program):
        code = re.sub(r"^ *if \((?:!argv\.length|done\.error)\) return.*\n", "", code, flags=re.MULTILINE)
        code = code.replace(": 127 when it is not there", "")
        if all(one.words and one.words[0] is not None for one in starts(program)):
            code = re.sub(r"^ *child\.on\(\"error\".*\n", "", code, flags=re.MULTILINE)
    if all(one.run.streams.untouched for one in starts(program) if one.replaces):
        refused = 'fail(`${argv[0]}: ${error.code}`, error.code === "ENOENT" ? 127 : 126)'
        code = code.replace("process.exit(refused(argv[0], error, options.stdio))", refused)
        code = code.replace("  const { input, ...others } = options;\n", "").replace("...others", "...options")
        code = re.sub(r"^ *if \(input !== undefined\).*\n", "", code, flags=re.MULTILINE)
    options = program.dialect is not Dialect.DASH
    code = re.sub(
        r"^ *if \(OPTIONS && (.*)\n", (lambda match: f"  if ({match[1]}\n") if options else "", code, flags=re.MULTILINE
    )
    code = code.replace("FAILURE", "1" if program.dialect is Dialect.BASH else "2")
    if not program.private:
        code = code.replace(", env: exported()", "").replace("{ env: exported(), ", "{ ").replace("exported()", "env")
    return code
