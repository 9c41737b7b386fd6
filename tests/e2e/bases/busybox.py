"""busybox: one static program under many names, and next to nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.bases.archive import ImageConfig, Tree, write_archive
from tests.e2e.bases.debian import PATH
from tests.e2e.bases.debs import DebStore

_PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"
_GROUP = "root:x:0:\nnobody:x:65534:\n"


def make_busybox(distro: str, debs: DebStore, work: Path, target: Path, name: str) -> None:
    """Writes the image: /bin full of links to one program, a few empty directories."""
    program, commands = debs.busybox(distro)
    tree = Tree(merged_usr=False)
    for directory in ("bin", "dev", "etc", "home", "usr", "usr/bin", "usr/sbin", "var", "var/spool"):
        tree.directory(directory)
    tree.directory("root", 0o700)
    tree.directory("tmp", 0o1777)
    tree.file("bin/busybox", program, 0o755)
    for command in commands:
        tree.symlink(f"bin/{command}", "busybox")
    tree.symlink("usr/bin/env", "../../bin/env")
    tree.file("etc/passwd", _PASSWD.encode())
    tree.file("etc/group", _GROUP.encode())
    layer = tree.write(work / "layer.tar", "busybox")
    write_archive(target, [layer], ImageConfig(env=(PATH,), cmd=("sh",)), [name])
