"""The part of a Python source that is worth LibCST's time.

LibCST's scopes and positions cost ten times its parser. So the lines of statements that cannot matter are
blanked before (the others keep their numbers); Python's own parser, which is quick, says where they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

# Modules that start programs by being imported for it; python_calls.py says how.
RUNNERS = ("sh", "plumbum", "fabric", "invoke", "pexpect", "delegator", "envoy")
_NAMES = (
    r"subprocess\w*|get(?:status)?output|check_output|check_call|Popen|posix_spawnp?|create_subprocess_\w+|"
    r"CDLL|PyDLL|cdll|pydll|LoadLibrary|find_library|find_executable|dlopen|import_module|__import__|run_module|"
    r"run_process|open_process|pexpect|PopenSpawn"
)
# Words of everyday use: only a call counts, of the name alone or as a member of one of these modules.
_MODULES = "os|shutil|asyncio|pty|sh|invoke|fabric|api|trio|anyio|commands|gevent"
_CALLED = r"run|call|system|popen|exec[lv]p?e?|spawn\w*|which|Command|local"
# `import subprocess as sp`: then `sp` is a name to look for.
_ALIAS = rf"\b(?:{_NAMES}|{_CALLED}|{_MODULES})[ \t]+as[ \t]+(\w+)"
_RUNNER_IMPORT = rf"[ \t]*(?:from|import)[ \t]+(?:{'|'.join(RUNNERS)})\b"
# Longer literals are tables, not commands.
_MAX_LITERAL_LINES = 10


def keep_interesting(text: str) -> str:
    """The text with the lines blanked of all statements that neither start a program nor load a library.

    >>> keep_interesting("import os\\ndef f():\\n    pass\\nos.system('ls')\\n")
    "import os\\n\\n\\nos.system('ls')\\n"
    >>> keep_interesting("import os\\nprint(os.sep)\\n")
    ''
    """
    slicer = _Slicer(text)
    slicer.mark(ast.parse(text).body)
    if not slicer.found:
        return ""
    return "\n".join(line if slicer.keep[number] else "" for number, line in enumerate(slicer.lines, 1))


class _Slicer:
    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.keep = [False] * (len(self.lines) + 2)
        # Whether anything but imports and assignments was kept.
        self.found = False
        aliases = re.findall(_ALIAS, text)
        names, modules = "|".join((_NAMES, *aliases)), "|".join((_MODULES, *aliases))
        self.words = re.compile(rf"\b(?:{names})\b|(?:\b(?:{modules})\.|(?<![\w.]))(?:{_CALLED})[ \t]*\(")

    def mark(self, statements: Sequence[ast.stmt]) -> bool:
        """Mark the lines to keep; of a class only the methods that matter. Whether any was marked."""
        kept = False
        for statement in statements:
            first, last = _first_line(statement), statement.end_lineno or statement.lineno
            if isinstance(statement, ast.ClassDef) and _first_line(statement.body[0]) > statement.lineno:
                if not self.mark(statement.body):
                    continue
                last = _first_line(statement.body[0]) - 1
            elif not self._matters(statement, self.lines[first - 1 : last]):
                continue
            kept = True
            for number in range(first, last + 1):
                self.keep[number] = True
        return kept

    def _matters(self, statement: ast.stmt, lines: list[str]) -> bool:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            self.found = self.found or re.match(_RUNNER_IMPORT, lines[0]) is not None
            return True
        if any(self.words.search(line) or re.match(_RUNNER_IMPORT, line) for line in lines):
            self.found = True
            return True
        # The name of a program is often a constant of the module.
        return isinstance(statement, ast.Assign | ast.AnnAssign) and len(lines) <= _MAX_LITERAL_LINES


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(item.lineno for item in decorators)])
