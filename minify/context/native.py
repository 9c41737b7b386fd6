"""What the sources of a compiled program start: C, C++ and Rust, at the level of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from minify.context.places import Called, is_test, line_of
from minify.context.tree import Context

_C = (".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".m", ".mm")
_NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_C_CALL = re.compile(r"\b(system|popen|execlp?e?|execvp?e?|execvpe|posix_spawnp?|wordexp)\s*\(\s*(?:\"([^\"\n]*)\")?")
_RUST_CALL = re.compile(r"\bCommand::new\(\s*(?:\"([^\"\n]*)\")?")
_LOADS = re.compile(r"\bdlopen\s*\(|\bLibrary::new\(")
_SHELLS = ("system", "popen", "wordexp")


class NativeFacts(NamedTuple):
    """Programs that the sources start, and places that load a library by name; `sources` is how many files were read."""

    programs: tuple[Called, ...]
    loads: tuple[tuple[str, int], ...]
    sources: int


def native_facts(context: Context, files: Sequence[str]) -> NativeFacts:
    """Read the C, C++ and Rust sources among some files of the context.

    `system("ls")` is a program started by a shell; `execvp(argv[0], argv)` one whose name is not known.
    """
    programs: list[Called] = []
    loads: list[tuple[str, int]] = []
    sources = 0
    for path in files:
        rust = path.endswith(".rs")
        if not rust and not path.endswith(_C):
            continue
        text = context.read_text(path)
        if text is None:
            continue
        sources += 1
        # Comments go, their newlines stay: a line number is still one
        code = _NOT_CODE.sub(lambda m: "\n" * m[0].count("\n"), text)
        for match in (_RUST_CALL if rust else _C_CALL).finditer(code):
            name = match[1] if rust else match[2]
            shell = not rust and match[1] in _SHELLS
            programs.append(
                Called(
                    program=name or None,
                    shell=shell or name in ("sh", "bash", "/bin/sh", "/bin/bash"),
                    path=path,
                    line=line_of(code, match.start()),
                    in_tests=is_test(path),
                )
            )
        loads += [(path, line_of(code, match.start())) for match in _LOADS.finditer(code)]
    return NativeFacts(programs=tuple(programs), loads=tuple(loads), sources=sources)
