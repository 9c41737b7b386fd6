"""Debian packages as files: fetched by the apt of a stand-in, unpacked without running their scripts."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.e2e.bases.archive import Tree
from tests.e2e.bases.host import HostError
from tests.e2e.engine import Engine

RELEASE: Final = {"debian12": "bookworm", "debian13": "trixie"}


# The stand-ins carry a list of binary packages only, as the official images do.
_WITH_SOURCES: Final = "sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources"
# Debian's own part is left out: its patches are not in the official images. apt's lists carry the digests.
_FETCH_SOURCE: Final = """\
for version in $(apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -rVu); do
  rm -f ./*.orig*
  apt-get -qq source --print-uris "$1=$version" | tr -d "'" | grep -E '[.]orig(-[^.]*)?[.]tar[^.]*[.][a-z0-9]+ ' \\
    | while read -r uri file size digest; do
      /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$uri" "$file" "$digest" || exit 1
    done && ls ./*.orig.tar.* && exit 0
done
echo "no archive of the source package $1 can be had" >&2
exit 1
"""
_UPDATE: Final = "apt-get update -qq"
_NO_SANDBOX: Final = "-o APT::Sandbox::User=root"


class DebStore:
    """Downloads packages of a release once a run: `store.fetch("debian13", ["libc6"])`."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self._engine = engine
        self._directory = directory
        self._found: dict[tuple[str, str], Path] = {}
        self._upstream: dict[tuple[str, str], str] = {}
        self._lock = threading.RLock()

    def fetch(self, distro: str, names: Sequence[str]) -> tuple[Path, ...]:
        with self._lock:
            return self._fetch(distro, names)

    def _fetch(self, distro: str, names: Sequence[str]) -> tuple[Path, ...]:
        missing = [name for name in names if (distro, name) not in self._found]
        if missing:
            folder = self._directory / distro
            folder.mkdir(parents=True, exist_ok=True)
            script = f'{_UPDATE} && cd /debs && apt-get -qq {_NO_SANDBOX} download "$@"'
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

    def upstream(self, suite: str, source: str) -> str:
        """The upstream version of a source package: `store.upstream("bookworm", "php8.2")` → `8.2.30`."""
        with self._lock:
            if (suite, source) not in self._upstream:
                script = f"{_WITH_SOURCES} && {_UPDATE} && apt-get -qq source --print-uris {source}"
                said = self._engine.run(f"debian:{suite}", "sh", "-c", script).stdout
                found = re.search(rf" {re.escape(source)}_(\S+?)(-[^-\s]+)?\.dsc ", said)
                if found is None:
                    raise HostError(f"{suite} has no source package {source}")
                self._upstream[suite, source] = found[1]
            return self._upstream[suite, source]

    def source(self, suite: str, name: str, folder: Path) -> None:
        """Lays the pristine archives of a source package into a folder: `NAME_VERSION.orig.tar.xz` and the like.

        A mirror may have lost or not yet got the newest source: then it is the newest that can be had.
        """
        script = f"{_WITH_SOURCES} && {_UPDATE} && cd /debs && {_FETCH_SOURCE}"
        self._engine.run(
            f"debian:{suite}", *("sh", "-c", script, "sh", name), options=("--volume", f"{folder}:/debs"), timeout=900
        )

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


def read_control(package: Path) -> Mapping[str, str]:
    """The fields of one line: `read_control(path)["Version"]`."""
    text = read_members("--ctrl-tarfile", package)["control"].decode()
    fields = (line.partition(":") for line in text.splitlines() if line[:1].strip())
    return {name: value.strip() for name, _, value in fields}


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
