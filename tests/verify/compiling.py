"""Small ELF files for the tests, made by the machine's own compiler."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="makes ELF files with gcc")
START = "void _start(void) { __builtin_trap(); }"


def library(
    path: Path,
    source: str = "",
    *,
    soname: str | None = None,
    needs: Sequence[Path] = (),
    versions: str | None = None,
    arguments: Sequence[str] = (),
) -> Path:
    """A shared library; `versions` is a linker's version script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = ["-shared", "-fPIC", "-nostdlib", *arguments]
    if soname is not None:
        flags.append(f"-Wl,-soname,{soname}")
    if versions is not None:
        script = path.with_name(f"{path.name}.map")
        script.write_text(versions)
        flags.append(f"-Wl,--version-script,{script}")
    _gcc(path, source or f"int {path.name.partition('.')[0]};", flags, needs)
    if versions is not None:
        script.unlink()
    return path


def executable(
    path: Path, source: str = START, *, needs: Sequence[Path] = (), arguments: Sequence[str] = (), libc: bool = False
) -> Path:
    """A program, without a C library unless it is asked for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _gcc(path, source, [*([] if libc else ["-nostdlib"]), *arguments], needs)
    return path


def weakened(data: bytes, version: str, *, back: bool = False) -> bytes:
    """The same file, with a version that may be missing: its record begins with the name's hash and the flags."""
    number = 0
    for character in version.encode():
        number = (number << 4) + character
        number = (number ^ (number & 0xF0000000) >> 24) & 0x0FFFFFFF
    strong, weak = struct.pack("<IH", number, 0), struct.pack("<IH", number, 2)
    old, new = (weak, strong) if back else (strong, weak)
    assert data.count(old) == 1
    return data.replace(old, new)


def _gcc(path: Path, source: str, flags: Sequence[str], needs: Sequence[Path]) -> None:
    libraries = [str(each) for each in needs]
    command = ["gcc", "-x", "c", "-", "-o", str(path), *flags, "-Wl,--no-as-needed", "-x", "none", *libraries]
    ended = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
