"""Debian packages as files: fetched by the apt of a stand-in, unpacked without running their scripts."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.e2e.bases.archive import Tree
from tests.e2e.bases.host import HostError
from tests.e2e.engine import Engine

RELEASE: Final = {"debian12": "bookworm", "debian13": "trixie"}


class DebStore:
    """Downloads packages of a release once a run: `store.fetch("debian13", ["libc6"])`."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self._engine = engine
        self._directory = directory
        self._found: dict[tuple[str, str], Path] = {}

    def fetch(self, distro: str, names: Sequence[str]) -> tuple[Path, ...]:
        missing = [name for name in names if (distro, name) not in self._found]
        if missing:
            folder = self._directory / distro
            folder.mkdir(parents=True, exist_ok=True)
            for name in missing:
                for old in folder.glob(f"{name}_*.deb"):
                    old.unlink()
            script = 'apt-get update -qq && cd /debs && apt-get -qq -o APT::Sandbox::User=root download "$@"'
            self._engine.run(
                f"debian:{RELEASE[distro]}",
                *("sh", "-c", script, "sh", *missing),
                options=("--volume", f"{folder}:/debs"),
            )
            for name in missing:
                paths = sorted(folder.glob(f"{name}_*.deb"))
                if len(paths) != 1:
                    raise HostError(f"{distro} gave {len(paths)} files for the package {name}")
                self._found[distro, name] = paths[0]
        return tuple(self._found[distro, name] for name in names)

    def busybox(self, distro: str) -> tuple[bytes, tuple[str, ...]]:
        """The static busybox of a release and the names of its commands."""
        (package,) = self.fetch(distro, ["busybox-static"])
        data = read_members("--fsys-tarfile", package)
        program = next((data[name] for name in ("usr/bin/busybox", "bin/busybox") if name in data), None)
        if program is None:
            raise HostError(f"{package.name} holds no busybox")
        find = "dpkg-deb -x /debs/*.deb /tmp/x && $(ls /tmp/x/bin/busybox /tmp/x/usr/bin/busybox 2>/dev/null"
        listing = self._engine.run(
            f"debian:{RELEASE[distro]}",
            *("sh", "-c", f"{find} | head -n 1) --list"),
            options=("--volume", f"{package}:/debs/{package.name}:ro"),
        )
        return program, tuple(name for name in listing.stdout.split() if name != "busybox")


def unpack(package: Path, tree: Tree) -> None:
    """Adds a package's files and its `status.d` record, the way distroless images register packages."""
    with _stream("--fsys-tarfile", package) as data:
        tree.merge(data)
    control = read_members("--ctrl-tarfile", package)
    name = package.name.partition("_")[0]
    tree.directory("var/lib/dpkg/status.d")
    tree.file(f"var/lib/dpkg/status.d/{name}", control["control"])
    if "md5sums" in control:
        tree.file(f"var/lib/dpkg/status.d/{name}.md5sums", control["md5sums"])


def read_members(kind: str, package: Path) -> dict[str, bytes]:
    """All regular files of one of a package's two archives, by plain name."""
    with _stream(kind, package) as data, tarfile.open(fileobj=data, mode="r|") as tar:
        members: dict[str, bytes] = {}
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                members[member.name.removeprefix("./")] = file.read()
        return members


def _stream(kind: str, package: Path) -> io.BytesIO:
    done = subprocess.run(["dpkg-deb", kind, str(package)], capture_output=True, check=False)
    if done.returncode:
        raise HostError(f"{package.name} cannot be unpacked: {done.stderr.decode(errors='replace').strip()}")
    return io.BytesIO(done.stdout)
