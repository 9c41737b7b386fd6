"""Layers and image archives written by hand, so that an image holds exactly what its recipe names.

tree = Tree(merged_usr=True)
tree.file("etc/nsswitch.conf", b"hosts: files dns\\n")
layer = tree.write(path, "nsswitch")
write_archive(target, [layer], ImageConfig(env=("PATH=/usr/bin",)), ["localhost/example:latest"])
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

# With merged /usr these names are links at the root; packages may still ship files below them.
_LINKED: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_EPOCH: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Layer:
    """A written layer: `Layer(Path("static.tar"), "sha256:…", "static")`."""

    path: Path
    diff_id: str
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What `docker inspect` shows below Config: `ImageConfig(env=("PATH=/usr/bin",), user="65532")`."""

    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""


class Tree:
    """The paths of one layer; a later file of the same name replaces the earlier one."""

    def __init__(self, *, merged_usr: bool) -> None:
        self._merged_usr = merged_usr
        self._members: dict[str, tuple[tarfile.TarInfo, bytes]] = {}

    def directory(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        self._put(_info(name, tarfile.DIRTYPE, mode, owner), b"")

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        info = _info(name, tarfile.REGTYPE, mode)
        info.size = len(data)
        self._put(info, data)

    def symlink(self, name: str, target: str) -> None:
        info = _info(name, tarfile.SYMTYPE, 0o777)
        info.linkname = target
        self._put(info, b"")

    def merge(self, stream: IO[bytes], *, below: str = "", only: Iterable[str] | None = None) -> None:
        """Takes every member of a tar stream: `tree.merge(stream, below="usr/local")`."""
        wanted = None if only is None else tuple(only)
        with tarfile.open(fileobj=stream, mode="r|*") as tar:
            for member in tar:
                name = _plain(member.name)
                if not name or (wanted is not None and name not in wanted):
                    continue
                file = tar.extractfile(member) if member.isfile() else None
                data = b"" if file is None else file.read()
                info = replace_name(member, f"{below}/{name}" if below else name)
                if member.islnk() and below:
                    info.linkname = f"{below}/{_plain(member.linkname)}"
                self._put(info, data)

    def folder(self, source: Path, below: str) -> None:
        """Takes a folder of this machine, owned by root: `tree.folder(Path("jre"), "usr/lib/jvm/jre")`."""
        with tarfile.open(fileobj=io.BytesIO(), mode="w") as reader:
            for path in (source, *sorted(source.rglob("*"))):
                name = path.relative_to(source).as_posix()
                info = reader.gettarinfo(path, arcname=below if name == "." else f"{below}/{name}")
                info.uid = info.gid = 0
                # A hard link to another name would need that name's place in this tree.
                data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                if info.islnk():
                    info.type, info.linkname, info.size = tarfile.REGTYPE, "", len(data)
                self._put(info, data)

    def write(self, path: Path, created_by: str) -> Layer:
        """Writes the layer, parents before children and hard links last, and gives its digest."""
        path.parent.mkdir(parents=True, exist_ok=True)
        order = sorted(self._members, key=lambda name: (self._members[name][0].islnk(), name))
        with tarfile.open(path, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name in order:
                info, data = self._members[name]
                tar.addfile(info, io.BytesIO(data) if info.isfile() else None)
        return layer_of(path, created_by)

    def _put(self, info: tarfile.TarInfo, data: bytes) -> None:
        info.name = self._placed(_plain(info.name))
        if info.islnk():
            info.linkname = self._placed(_plain(info.linkname))
        if self._merged_usr and info.isdir() and info.name in _LINKED:
            return
        info.uname = info.gname = ""
        self._members[info.name] = (info, data)

    def _placed(self, name: str) -> str:
        first, _, rest = name.partition("/")
        return f"usr/{name}" if self._merged_usr and rest and first in _LINKED else name


def replace_name(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    """A copy of a member under another name, without the long-name headers of the archive it came from."""
    copied = member.replace(name=name, deep=True)
    copied.pax_headers = {}
    return copied


def layer_of(path: Path, created_by: str) -> Layer:
    with path.open("rb") as file:
        return Layer(path, f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}", created_by)


@dataclass(frozen=True, slots=True)
class Image:
    """Layers, a description and names: `Image([layer], ImageConfig(), ["localhost/example:latest"])`."""

    layers: Sequence[Layer]
    config: ImageConfig
    tags: Sequence[str]


def write_archive(target: Path, layers: Sequence[Layer], config: ImageConfig, tags: Sequence[str]) -> str:
    """Writes what `docker load` reads, and gives the image's id."""
    return write_archives(target, [Image(layers, config, tags)])[0]


def write_archives(target: Path, images: Sequence[Image]) -> list[str]:
    """Several images in one archive, a layer of theirs once; gives their ids."""
    manifest: list[dict[str, object]] = []
    placed: set[str] = set()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for image in images:
            text = json.dumps(_described(image), separators=(",", ":")).encode()
            digest = hashlib.sha256(text).hexdigest()
            names = [f"{layer.diff_id.removeprefix('sha256:')}/layer.tar" for layer in image.layers]
            manifest.append({"Config": f"{digest}.json", "RepoTags": list(image.tags), "Layers": names})
            _add(tar, f"{digest}.json", text)
            for name, layer in zip(names, image.layers, strict=True):
                if name not in placed:
                    tar.add(layer.path, arcname=name)
                    placed.add(name)
        _add(tar, "manifest.json", json.dumps(manifest).encode())
    return [f"sha256:{str(entry['Config']).removesuffix('.json')}" for entry in manifest]


def _described(image: Image) -> dict[str, object]:
    config = image.config
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": _EPOCH,
        "config": {
            "Env": list(config.env),
            "Entrypoint": list(config.entrypoint) or None,
            "Cmd": list(config.cmd) or None,
            "User": config.user,
            "WorkingDir": config.workdir,
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in image.layers]},
        "history": [{"created": _EPOCH, "created_by": layer.created_by} for layer in image.layers],
    }


def nonroot(config: ImageConfig, user: str, home: str) -> ImageConfig:
    return replace(config, user=user, workdir=home)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = _info(name, tarfile.REGTYPE, 0o644)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def _info(name: str, kind: bytes, mode: int, owner: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(_plain(name))
    info.type, info.mode, info.uid, info.gid = kind, mode, owner, owner
    return info


def _plain(name: str) -> str:
    return name.removeprefix("./").strip("/").removeprefix("./") if name not in (".", "./") else ""
