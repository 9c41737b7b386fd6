"""Java as Temurin lays it out, from Debian's OpenJDK: linked from its modules, with real files below conf/.

tree = store.tree("17", "jre")    # bin/java, conf/, lib/modules, lib/server/classes.jsa, release …
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from typing import Final

from tests.e2e.bases.debs import RELEASE, DebStore, read_control
from tests.e2e.bases.host import HostError
from tests.e2e.engine import Engine

EDITION: Final = 2
"""Of how a Java is laid out here: another number makes the images that have one anew."""

# Which release has which; a Java of the older one runs on the newer one too.
DISTRO_OF: Final = {"17": "debian12", "21": "debian13", "25": "debian13"}

# What a JRE leaves out of the JDK: the modules of the tools.
_TOOLS: Final = (
    *("jdk.attach", "jdk.compiler", "jdk.editpad", "jdk.graal.compiler", "jdk.graal.compiler.management"),
    *("jdk.hotspot.agent", "jdk.internal.ed", "jdk.internal.jvmstat", "jdk.internal.le", "jdk.internal.md"),
    *(
        "jdk.internal.opt",
        "jdk.internal.vm.compiler",
        "jdk.internal.vm.compiler.management",
        "jdk.jartool",
        "jdk.javadoc",
    ),
    *("jdk.jcmd", "jdk.jconsole", "jdk.jdeps", "jdk.jdi", "jdk.jlink", "jdk.jpackage", "jdk.jshell"),
    *("jdk.jstatd", "jdk.random", "jdk.unsupported.desktop"),
)

# Temurin carries these inside its own libraries, Debian's OpenJDK wants them of the system. Beside the
# virtual machine's libraries they are found by the run path of those, and by nobody else.
_BUNDLED: Final = {
    "libharfbuzz0b": "libharfbuzz.so.0",
    "libglib2.0-0t64": "libglib-2.0.so.0",
    "libatomic1": "libatomic.so.1",
    "libgraphite2-3": "libgraphite2.so.3",
    "libpcre2-8-0": "libpcre2-8.so.0",
    "libjpeg62-turbo": "libjpeg.so.62",
    "liblcms2-2": "liblcms2.so.2",
}
# Of the release that the images are of, also for a Java of the older one: the same library twice is the same.
_BUNDLED_OF: Final = "debian13"

_LINK: Final = """\
modules=
for file in /jdk/jmods/*.jmod; do
  name=$(basename "$file" .jmod)
  case " $LEFT_OUT " in *" $name "*) ;; *) modules=$modules,$name ;; esac
done
/jdk/bin/jlink --add-modules "${modules#,}" $FLAGS --output /out/tree
/out/tree/bin/java -Xshare:dump > /dev/null
/out/tree/bin/java -XX:-UseCompressedOops -Xshare:dump > /dev/null
"""


# They need each other, and nobody else's paths are asked for what they need: glib of harfbuzz, for the fonts.
_FOUND_THERE: Final = """\
for file in "$@"; do /tools/usr/bin/patchelf --set-rpath '$ORIGIN' "/out/tree/lib/$file"; done
"""


class JavaStore:
    """Makes each tree once a run: `store.tree("17", "jdk")`."""

    def __init__(self, engine: Engine, debs: DebStore, directory: Path) -> None:
        self._engine = engine
        self._debs = debs
        self._directory = directory
        self._lock = threading.Lock()

    def tree(self, version: str, kind: str) -> Path:
        """The folder of a JDK or a JRE."""
        work = self._directory / f"{kind}-{version}"
        with self._lock:
            if not (work / "tree").exists():
                self._link(version, kind, work)
        return work / "tree"

    def version(self, version: str) -> str:
        """What `java -version` says: `17.0.21.1+2`."""
        (package,) = self._debs.fetch(DISTRO_OF[version], [f"openjdk-{version}-jre-headless"])
        return read_control(package)["Version"].rpartition("-")[0]

    def _link(self, version: str, kind: str, work: Path) -> None:
        unpacked = self._unpacked(version)
        (jvm,) = unpacked.glob(f"usr/lib/jvm/java-{version}-openjdk-*")
        distro = DISTRO_OF[version]
        work.mkdir(parents=True, exist_ok=True)
        self._engine.run(
            f"debian:{RELEASE[distro]}",
            *("sh", "-euc", _LINK),
            options=(
                *("--volume", f"{jvm}:/jdk:ro", "--volume", f"{work}:/out"),
                *("--volume", f"{unpacked}/etc/java-{version}-openjdk:/etc/java-{version}-openjdk:ro"),
                *("--env", f"LEFT_OUT={' '.join(_TOOLS) if kind == 'jre' else ''}"),
                *("--env", f"FLAGS={'--no-header-files' if kind == 'jre' else ''}"),
            ),
        )
        tree = work / "tree"
        for library in _BUNDLED.values():
            (found,) = unpacked.glob(f"bundled/usr/lib/*/{library}")
            shutil.copyfile(found, tree / "lib" / library)
        self._engine.run(
            f"debian:{RELEASE[_BUNDLED_OF]}",
            *("sh", "-euc", _FOUND_THERE, "sh", *_BUNDLED.values()),
            options=("--volume", f"{unpacked}/tools:/tools:ro", "--volume", f"{work}:/out"),
        )
        if kind == "jdk" and int(version) < 24:
            # Temurin's JDKs come without them from 24 on.
            shutil.copytree(jvm / "jmods", tree / "jmods")

    def _unpacked(self, version: str) -> Path:
        """The packages of one Java, and in `bundled` those of the libraries it carries."""
        folder = self._directory / f"unpacked-{version}"
        if not folder.exists():
            distro = DISTRO_OF[version]
            packages = [f"openjdk-{version}-jre-headless", f"openjdk-{version}-jdk-headless"]
            for package in self._debs.fetch(distro, packages):
                _extract(package, folder)
            for package in self._debs.fetch(_BUNDLED_OF, tuple(_BUNDLED)):
                _extract(package, folder / "bundled")
            for package in self._debs.fetch(_BUNDLED_OF, ("patchelf",)):
                _extract(package, folder / "tools")
        return folder


def _extract(package: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HostError(f"{package.name} cannot be unpacked: {done.stderr.strip()}")
