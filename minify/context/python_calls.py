# ruff: noqa: N802  (LibCST finds visitors by their names: visit_Call)
"""One Python source by LibCST, with qualified names: which programs it starts, which libraries it loads.

LibCST's scopes tell `import subprocess as sp`, `from os import system` and a local name that hides a module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import MetadataWrapper, PositionProvider, Scope, ScopeProvider

from minify.context.command_text import shell_programs
from minify.context.places import Called, Library, Uncertain
from minify.context.python_slices import keep_interesting
from minify.context.python_values import Values

# qualified name -> index of the argument that names the program (or is the list of arguments), its keyword
_SUBPROCESS = ("run", "Popen", "call", "check_call", "check_output")
_ARGUMENT: dict[str, tuple[int, str]] = {
    **{f"{module}.{name}": (0, "args") for module in ("subprocess", "subprocess32", "gevent.subprocess",
       "eventlet.green.subprocess", "trio", "anyio") for name in _SUBPROCESS},
    "trio.run_process": (0, "command"), "trio.lowlevel.open_process": (0, "command"),
    "anyio.run_process": (0, "command"), "anyio.open_process": (0, "command"),
    "asyncio.create_subprocess_exec": (0, "program"),
    "asyncio.subprocess.create_subprocess_exec": (0, "program"),
    **{f"os.exec{suffix}": (0, "file") for suffix in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    **{f"os.spawn{suffix}": (1, "file") for suffix in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")},
    "os.posix_spawn": (0, "path"), "os.posix_spawnp": (0, "path"), "shutil.which": (0, "cmd"),
    "distutils.spawn.find_executable": (0, "executable"), "pty.spawn": (0, "argv"),
    "pexpect.spawn": (0, "command"),
    "pexpect.run": (0, "command"), "pexpect.popen_spawn.PopenSpawn": (0, "cmd"), "sh.Command": (0, "path"),
}  # fmt: skip
# These take the rest of the command line as further arguments.
_FLAT = re.compile(r"os\.(?:exec|spawn)l.*|asyncio\.(?:subprocess\.)?create_subprocess_exec")
_SHELL: dict[str, tuple[int, str]] = {
    "os.system": (0, "command"), "os.popen": (0, "cmd"), "subprocess.getoutput": (0, "cmd"),
    "subprocess.getstatusoutput": (0, "cmd"), "asyncio.create_subprocess_shell": (0, "cmd"),
    "asyncio.subprocess.create_subprocess_shell": (0, "cmd"), "commands.getoutput": (0, "cmd"),
    "commands.getstatusoutput": (0, "cmd"), "invoke.run": (0, "command"), "fabric.api.local": (0, "command"),
}  # fmt: skip
_LOOKUPS = frozenset({"shutil.which", "distutils.spawn.find_executable"})
# Splits the text itself, without a shell.
_SPLITS = frozenset({"pexpect.spawn", "pexpect.run", "pexpect.popen_spawn.PopenSpawn"})
_LIBRARY = {
    **{f"ctypes.{name}": "ctypes" for name in ("CDLL", "PyDLL", "cdll.LoadLibrary", "pydll.LoadLibrary")},
    "ctypes.util.find_library": "find_library",
}
_MODULE = frozenset({"importlib.import_module", "builtins.__import__", "runpy.run_module"})
# The name of the module, and whether a shell starts what it starts.
# Modules that start what the source does not name, unless its import does; the value: through a shell or not.
_THROUGH_SHELL = {
    "sh": False, "plumbum": False, "fabric": True, "invoke": True, "delegator": False, "envoy": False,
}  # fmt: skip
_NOT_PROGRAMS = ("Command", "ErrorReturnCode", "TimeoutException", "CommandNotFound", "local", "BG", "FG")
_FALSE = ("False", "None", "0")


class Calls(NamedTuple):
    """What one source starts and loads."""

    programs: tuple[Called, ...] = ()
    libraries: tuple[Library, ...] = ()
    modules: tuple[tuple[str, int], ...] = ()
    uncertain: tuple[Uncertain, ...] = ()


def read_calls(text: str, path: str, *, in_tests: bool = False) -> Calls:
    """Read one source; one that does not parse (Python 2) is uncertain.

    >>> read_calls("from os import system as s\\ns('ls')\\n", "a.py").programs[0].program
    'ls'
    """
    try:
        kept = keep_interesting(text)
    except (SyntaxError, ValueError, RecursionError):
        # Perhaps newer than the Python that runs us: LibCST has the last word.
        kept = text
    if not kept:
        return Calls()
    try:
        wrapper = MetadataWrapper(cst.parse_module(kept), unsafe_skip_copy=True)
        visitor = _Visitor(path=path, in_tests=in_tests)
        wrapper.visit(visitor)
    except (cst.ParserSyntaxError, RecursionError) as error:
        line = error.editor_line if isinstance(error, cst.ParserSyntaxError) else 1
        reason = "not Python 3 that can be read"
        return Calls(uncertain=(Uncertain(reason=reason, path=path, line=line, in_tests=in_tests),))
    return Calls(
        programs=tuple(visitor.programs),
        libraries=tuple(visitor.libraries),
        modules=tuple(visitor.modules),
        uncertain=tuple(visitor.uncertain),
    )


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (ScopeProvider, PositionProvider)

    def __init__(self, *, path: str, in_tests: bool) -> None:
        super().__init__()
        self.path = path
        self.in_tests = in_tests
        self.values = Values(self._scope)
        self.programs: list[Called] = []
        self.libraries: list[Library] = []
        self.modules: list[tuple[str, int]] = []
        self.uncertain: list[Uncertain] = []
        self.pending: list[cst.Call] = []
        self.runners: dict[str, None] = {}

    # Collected first and read at the end: a name may be assigned below the function that uses it.
    def visit_Call(self, node: cst.Call) -> None:
        self.pending.append(node)

    def visit_Assign(self, node: cst.Assign) -> None:
        if len(node.targets) == 1:
            self.values.assigned[id(node.targets[0].target)] = node.value

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self.values.assigned[id(node.target)] = node.value

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.values.lengthened[id(node.target)] = None

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            self._runner(alias.evaluated_name, (), node)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if node.module is None or node.relative:
            return
        module = get_full_name_for_node(node.module) or ""
        names = () if isinstance(node.names, cst.ImportStar) else node.names
        self._runner(module, tuple(item.evaluated_name for item in names), node)

    def leave_Module(self, original_node: cst.Module) -> None:
        for call in self.pending:
            self._read(call)

    def _read(self, call: cst.Call) -> None:
        for name in self.values.names(call.func):
            if name in _ARGUMENT or name in _SHELL:
                return self._starts(call, name)
            if name in _LIBRARY:
                return self._loads(call, _LIBRARY[name])
            if name in _MODULE:
                return self._imports(call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "dlopen":
            self._loads(call, "cffi")
        return None

    def _runner(self, module: str, names: tuple[str, ...], node: cst.CSTNode) -> None:
        top = module.partition(".")[0]
        if top not in _THROUGH_SHELL:
            return
        if module in ("sh", "plumbum.cmd") and names:
            # `from sh import git` and `from plumbum.cmd import git` name the program.
            for name in names:
                if name not in _NOT_PROGRAMS:
                    self._add((name,), False, node)
        elif top not in self.runners:
            self.runners[top] = None
            self._add((), _THROUGH_SHELL[top], node)

    def _starts(self, call: cst.Call, name: str) -> None:
        index, keyword = _ARGUMENT.get(name) or _SHELL[name]
        value = _argument(call, index, keyword)
        shell = name in _SHELL or _may_be_true(_argument(call, -1, "shell"))
        if not shell:
            value = _argument(call, -1, "executable") or value
        for option in self.values.options(value) if value is not None else ():
            if shell:
                self._through_shell(call, option)
                continue
            argv = self.values.argv(option, split=name in _SPLITS)
            if not any(argv[:1]) and name in _LOOKUPS:
                # Starts nothing: what it finds is started elsewhere, or nowhere
                continue
            if _FLAT.fullmatch(name) and argv:
                argv = (*argv[:1], *self._rest(call, index + 1))
            self._add(argv, False, call)
        if value is None:
            self._add((), shell, call)

    def _through_shell(self, call: cst.Call, value: cst.BaseExpression) -> None:
        if isinstance(value, cst.List | cst.Tuple) and value.elements:
            value = value.elements[0].value
        text = self.values.text(value)
        for program in (shell_programs(text) if text is not None else ()) or (None,):
            self._add((program,), True, call)

    def _rest(self, call: cst.Call, index: int) -> Iterator[str | None]:
        for item in call.args[index:]:
            if item.star:
                return
            if item.keyword is None:
                text = self.values.text(item.value)
                yield text.start if text is not None and text.whole else None

    def _loads(self, call: cst.Call, how: str) -> None:
        value = _argument(call, 0, "name")
        for option in self.values.options(value) if value is not None else ():
            inner = option.func if isinstance(option, cst.Call) else None
            if inner is not None and any(name in _LIBRARY for name in self.values.names(inner)):
                # CDLL(find_library("magic")): the inner call is read by itself.
                continue
            if isinstance(option, cst.Name) and option.value == "None":
                # CDLL(None) is the running program itself.
                continue
            text = self.values.text(option)
            name = text.start if text is not None and text.whole else None
            line = self._line(call)
            self.libraries.append(Library(name=name, how=how, path=self.path, line=line, in_tests=self.in_tests))

    def _imports(self, call: cst.Call) -> None:
        value = _argument(call, 0, "name")
        line = self._line(call)
        for option in self.values.options(value) if value is not None else ():
            text = self.values.text(option)
            if text is None or not (text.whole or "." in text.start):
                reason = "imports a module whose name is computed"
                self.uncertain.append(Uncertain(reason=reason, path=self.path, line=line, in_tests=self.in_tests))
            elif not text.start.startswith("."):
                self.modules.append((text.start.partition(".")[0], line))

    def _add(self, argv: tuple[str | None, ...], shell: bool, node: cst.CSTNode) -> None:
        line = self._line(node)
        if argv[:2] == ("python", "-m") and len(argv) > 2 and argv[2]:
            self.modules.append((argv[2].partition(".")[0], line))
        program = argv[0] if argv else None
        self.programs.append(
            Called(program=program, shell=shell, path=self.path, line=line, argv=argv, in_tests=self.in_tests)
        )

    def _line(self, node: cst.CSTNode) -> int:
        return int(self.get_metadata(PositionProvider, node).start.line)

    def _scope(self, node: cst.CSTNode) -> Scope | None:
        scope = self.get_metadata(ScopeProvider, node, None)
        return scope if isinstance(scope, Scope) else None


def _may_be_true(value: cst.BaseExpression | None) -> bool:
    """`shell=True`, or a value that is not known."""
    return value is not None and not (isinstance(value, cst.Name | cst.Integer) and value.value in _FALSE)


def _argument(call: cst.Call, index: int, keyword: str) -> cst.BaseExpression | None:
    """An argument by its place or its name; None when it is not there, or hidden behind `*args`."""
    for place, item in enumerate(call.args):
        if item.star == "*" and place <= index:
            return None
        if item.keyword is not None and item.keyword.value == keyword:
            return item.value
        if item.keyword is None and not item.star and place == index:
            return item.value
    return None
