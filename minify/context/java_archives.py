r"""What the classes inside a jar or war start and load, read from their constant pools; nothing is run or unpacked to disk.

A class that starts a program names java.lang.Process in a signature: `Ljava/lang/Process;` stands in its constant pool.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from minify.context.tree import Context

if TYPE_CHECKING:
    import zipfile

ARCHIVES: Final = (".jar", ".war", ".ear")
LIBRARY_DIRECTORIES: Final = ("lib", "libs", "dependency", "dependencies", "BOOT-INF", "WEB-INF", "main", "boot")
"""Directories that hold third-party jars: those count by their names."""
_LARGEST: Final = 300_000_000
_CLASSES: Final = 30_000
_ALL_CLASSES: Final = 400_000_000

_PROCESS = (b"java/lang/ProcessBuilder", b"Ljava/lang/Process;")
_TOOLS = (b"javax/tools/", b"com/sun/tools/", b"com/sun/source/", b"com/sun/jdi/", b"jdk/jshell/", b"sun/tools/")
_PICTURES = (b"java/awt/", b"javax/swing/", b"javax/imageio/")
_VERSION = re.compile(r"-\d[\w.+-]*$")


class ArchiveFacts(NamedTuple):
    """What the application's own classes in one archive do (each by its name), and the libraries that lie beside them."""

    path: str
    programs: tuple[str, ...] = ()
    loads: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    problem: str = ""
    """Why it could not be read to its end."""


def archives(context: Context, files: Sequence[str]) -> tuple[ArchiveFacts, ...]:
    """Read every archive among some files that is not a library's."""
    return tuple(read_archive(context, path) for path in files if path.endswith(ARCHIVES) and not is_library(path))


def is_library(path: str) -> bool:
    """`app/lib/guava-33.jar` is third-party by where it lies; `build/libs/app.jar` is what Gradle makes.

    >>> is_library("app/lib/guava-33.jar"), is_library("build/libs/app.jar"), is_library("app.jar")
    (True, False, False)
    """
    *directories, _ = path.split("/")
    return bool(directories) and directories[-1] in LIBRARY_DIRECTORIES and directories[-2:] != ["build", "libs"]


def artifact(path: str) -> str:
    """`BOOT-INF/lib/jna-platform-5.14.0.jar` → `jna-platform`.

    >>> artifact("BOOT-INF/lib/jna-platform-5.14.0.jar")
    'jna-platform'
    """
    name = path.rpartition("/")[2]
    return _VERSION.sub("", name.rpartition(".")[0])


def read_archive(context: Context, path: str) -> ArchiveFacts:
    """Read one archive of the context."""
    import zipfile
    import zlib

    data = context.read(path, limit=_LARGEST)
    if data is None or len(data) == _LARGEST:
        return ArchiveFacts(path, problem=f"{path} is too large to be read" if data else f"{path} cannot be read")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _classes(archive, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        return ArchiveFacts(path, problem=f"{path} cannot be read: {error}")


def read_class(context: Context, path: str) -> ArchiveFacts:
    """Read one class that lies in the context as it is."""
    code = context.read(path, limit=_LARGEST)
    if code is None:
        return ArchiveFacts(path, problem=f"{path} cannot be read")
    name = (_class_name(path.rpartition("WEB-INF/classes/")[2]),)
    said = dict(_says(code))
    return ArchiveFacts(path, programs=name if said["programs"] else (), loads=name if said["loads"] else ())


def _classes(archive: zipfile.ZipFile, path: str) -> ArchiveFacts:
    entries = archive.infolist()
    own = _own_prefix(archive, [entry.filename for entry in entries])
    found: dict[str, list[str]] = {"programs": [], "loads": [], "tools": [], "pictures": [], "homes": []}
    read = size = 0
    for entry in entries:
        name = entry.filename
        if not name.endswith(".class") or not _is_own(name, own):
            continue
        read, size = read + 1, size + entry.file_size
        if read > _CLASSES or size > _ALL_CLASSES:
            return ArchiveFacts(path, problem=f"{path} holds more classes than are read")
        code = archive.read(entry)
        what = _class_name(name)
        for kind, says in _says(code):
            if says:
                found[kind].append(what)
    return ArchiveFacts(
        path=path,
        libraries=tuple(dict.fromkeys(_libraries(entry.filename for entry in entries))),
        programs=tuple(found["programs"]),
        loads=tuple(found["loads"]),
        tools=tuple(found["tools"]),
        pictures=tuple(found["pictures"]),
        homes=tuple(found["homes"]),
    )


def _says(code: bytes) -> Iterator[tuple[str, bool]]:
    yield "programs", any(name in code for name in _PROCESS)
    yield (
        "loads",
        (b"loadLibrary" in code and b"java/lang/System" in code)
        or b"com/sun/jna/Native" in code
        or b"java/lang/foreign/SymbolLookup" in code,
    )
    yield "tools", any(name in code for name in _TOOLS)
    yield "pictures", any(name in code for name in _PICTURES)
    yield "homes", b"JAVA_HOME" in code


def _own_prefix(archive: zipfile.ZipFile, names: Sequence[str]) -> tuple[str, ...]:
    """Where the application's own classes are: its part of a fat archive, the main class's package of a shaded one."""
    for folder in ("BOOT-INF/classes/", "WEB-INF/classes/"):
        if any(name.startswith(folder) for name in names):
            return (folder,)
    shaded = sum(name.startswith("META-INF/maven/") and name.endswith("/pom.properties") for name in names) > 1
    if not shaded:
        return ("",)
    manifest = (
        archive.read("META-INF/MANIFEST.MF").decode("utf-8", "replace") if "META-INF/MANIFEST.MF" in names else ""
    )
    main = re.search(
        r"^(?:Start-Class|Main-Class): *([\w.$]+)", manifest.replace("\r\n ", "").replace("\n ", ""), re.MULTILINE
    )
    if main is None or main[1].count(".") < 2:
        return ("",)
    # Two names of the package, as com.example: what the main class is built with has its own
    return ("/".join(main[1].split(".")[:2]) + "/",)


def _is_own(name: str, prefixes: Sequence[str]) -> bool:
    return name.startswith(tuple(prefixes)) and not name.startswith("org/springframework/boot/loader/")


def _class_name(name: str) -> str:
    for folder in ("BOOT-INF/classes/", "WEB-INF/classes/"):
        name = name.removeprefix(folder)
    return name.removesuffix(".class").replace("/", ".")


def _libraries(names: Iterator[str]) -> Iterator[str]:
    for name in names:
        if name.endswith(".jar"):
            yield artifact(name)
        elif name.startswith("META-INF/maven/") and name.endswith("/pom.properties"):
            yield name.split("/")[-2]
