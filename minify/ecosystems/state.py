"""Data that the application keeps inside the container: databases in files, uploads, logs, files that it writes.

What a container writes goes with it, before the conversion and after it. It is named here with the volume that it should be;
and a final stage that runs as somebody else has to let it be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import SYSTEM, under
from minify.analysis.scopes import join
from minify.context.tests import tests
from minify.ecosystems.sources import context_files
from minify.plan import Decision, Outcome
from minify.syntax import Add, Copy, Env, Label, process_word

MOST_FILES: Final = 2000


class Written(NamedTuple):
    """A path that the application writes: `what` it is (`a SQLite database`), and the file and line that say so.

    `directory` when files are made in it; `line` is one of the Dockerfile when `file` is "".
    """

    path: str
    what: str
    file: str
    line: int
    directory: bool = False


# Each with the group `path`; a text that is no path (`:memory:`, a variable) is passed over
_DATABASE: Final = rb"""
    \bsqlite(?:\+\w+)?:/{2,3}(?P<url>/?[\w./-]+)|
    \bjdbc:sqlite:(?P<jdbc>[\w./-]+)|
    \bsqlite3?\.connect\(\s*f?["'](?P<connect>[\w./-]+)["']|
    \bnew\s+(?:sqlite3?\.)?(?:Database|DatabaseSync)\(\s*["'`](?P<new>[\w./-]+)["'`]|
    \bsqlite3?\.connect\(\s*os\.(?:environ\[|environ\.get\(|getenv\()\s*["'](?P<environ>\w+)["']|
    \bnew\s+(?:sqlite3?\.)?(?:Database|DatabaseSync)\(\s*process\.env\.(?P<node_environ>\w+)|
    \bsql\.Open\(\s*"sqlite3?",\s*os\.Getenv\("(?P<go_environ>\w+)"|
    \bsql\.Open\(\s*"sqlite3?",\s*"(?:file:)?(?P<go>[\w./-]+)|
    \bstorage\s*:\s*["'`](?P<storage>[\w./-]+\.(?:sqlite3?|db))["'`]|
    \burl\s*=\s*"file:(?P<prisma>[\w./-]+)"|
    \bfilename\s*:\s*["'`](?P<filename>[\w./-]+\.(?:sqlite3?|db))["'`]|
    ["']NAME["']\s*:\s*(?:os\.path\.join\(\s*)?BASE_DIR\s*[/,]\s*["'](?P<django>[\w./-]+\.(?:sqlite3?|db))["']
"""
_EMBEDDED: Final = rb"""\bjdbc:(?:h2:file|hsqldb:file|derby):(?P<jdbc>[\w./-]+)"""
_UPLOADS: Final = rb"""
    \b(?:UPLOAD_FOLDER|UPLOAD_DIR|UPLOADS_DIR|UPLOAD_PATH|UPLOADED_\w+_DEST|MEDIA_ROOT)["']?\]?\s*[=:,]\s*(?:os\.path\.join\(\s*\w+\s*,\s*|BASE_DIR\s*/\s*)?
        ["'`](?P<upload>[\w./-]+)["'`]|
    \bmulter\(\s*\{\s*dest\s*:\s*(?:path\.join\(\s*__dirname\s*,\s*)?["'`](?P<multer>[\w./-]+)["'`]|
    \bdestination\s*:\s*["'`](?P<disk>[\w./-]+)["'`]
"""
_LOGS: Final = rb"""
    \b(?:\w*FileHandler|basicConfig)\(\s*(?:filename\s*=\s*)?["'](?P<handler>[\w./-]+)["']|
    \bbasicConfig\([^)]*?\bfilename\s*=\s*["'](?P<basic>[\w./-]+)["']|
    \btransports\.(?:Daily)?(?:Rotate)?File\(\s*\{[^}]*?\bfilename\s*:\s*["'`](?P<winston>[\w./-]+)["'`]|
    ["']filename["']\s*:\s*["'](?P<config>[\w./-]+\.log)["']
"""
_FILES: Final = rb"""
    \bopen\(\s*["'](?P<open>[\w./-]+)["']\s*,\s*(?:mode\s*=\s*)?["'][rbt+]*[wax]|
    \b(?:Path|path)\(\s*["'](?P<text>[\w./-]+)["']\s*\)\s*\.write_(?:text|bytes)\(|
    \b(?:writeFile|appendFile|createWriteStream)(?:Sync)?\(\s*["'`](?P<write>[\w./-]+)["'`]|
    \bos\.(?:Create|OpenFile|WriteFile)\(\s*"(?P<create>[\w./-]+)"
"""
_DIRECTORIES: Final = rb"""
    \bos\.(?:makedirs|mkdir|MkdirAll|Mkdir)\(\s*["'](?P<made>[\w./-]+)["']|
    \bmkdir(?:Sync)?\(\s*["'`](?P<node>[\w./-]+)["'`]
"""
_KINDS: Final[Mapping[str, tuple[bytes, bool]]] = {
    "a SQLite database": (_DATABASE, False),
    "a database in a file": (_EMBEDDED, False),
    "uploaded files": (_UPLOADS, True),
    "logs": (_LOGS, False),
    "a file": (_FILES, False),
    "files": (_DIRECTORIES, True),
}
_ANY: Final = re.compile(
    rb"sqlite|jdbc:|UPLOAD|MEDIA_ROOT|multer|destination|FileHandler|basicConfig|transports|filename|\bopen\(|write|appendFile|"
    rb"os\.(?:Create|OpenFile|[Mm]k|makedirs)|mkdir|new\s+Database|\"file:"
)
_ENDINGS: Final = (
    ".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".java", ".kt", ".rb", ".php", ".toml", ".ini", ".cfg", ".conf", ".yaml", ".yml",
    ".json", ".env", ".properties", ".prisma",
)  # fmt: skip
# Where packages of others lie, which write where they are told
_OTHERS: Final = frozenset(("node_modules", "vendor", "site-packages"))
_TEMPORARY: Final = ("/tmp", "/var/tmp", "/dev", "/proc", "/run", "/sys")
_DATA: Final = re.compile(
    r"(?:.*_)?(?:DATA|UPLOADS?|STORAGE|MEDIA|LOGS?|DB|DATABASE|STATE)_(?:DIR|DIRECTORY|PATH|FOLDER|ROOT|FILE|HOME)"
)


def written(facts: Facts) -> tuple[Written, ...]:
    """Every path that the Dockerfile's variables and the application's sources say is written, in order, each once."""
    found: dict[str, Written] = {}
    for item in (*_of_variables(facts), *_of_sources(facts)):
        found.setdefault(item.path, item)
    return tuple(found.values())


def decisions(facts: Facts) -> Iterator[Decision]:
    """What is kept in the container and in no volume, with the volume that it should be."""
    for item in written(facts):
        if any(under(item.path, volume) for volume in facts.contract.volumes):
            continue
        directory = item.path if item.directory else item.path.rpartition("/")[0] or "/"
        code = in_the_way(facts, directory)
        where = f"{item.file}:{item.line} " if item.file else ""
        own = f"a directory of its own and VOLUME there (VOLUME {directory} would hide the application)"
        yield Decision(
            subject=item.path,
            outcome=Outcome.CHECK,
            reason=f"{where}keeps {item.what} here, and it goes with the container: {own if code else f'VOLUME {directory}, or a mount,'} keeps it",
            line=None if item.file else item.line,
        )


def _of_variables(facts: Facts) -> Iterator[Written]:
    """`ENV DATABASE_URL=sqlite:////data/app.db`, `ENV UPLOAD_DIR=/srv/uploads`."""
    for placed in facts.contract.instructions:
        instruction = placed.instruction
        if not isinstance(instruction, Env) or isinstance(instruction, Label):
            continue
        for pair in instruction.pairs:
            value = facts.end.env.get(pair.name, "")
            line = facts.dockerfile.source.line(pair.span.start)
            url = re.fullmatch(r"sqlite(?:\+\w+)?:/{2,3}(/?[\w./-]+)", value)
            if url:
                yield Written(join(facts.contract.workdir, url[1]), "a SQLite database", "", line)
            elif _DATA.fullmatch(pair.name) and value.startswith("/") and not any(under(value, t) for t in _TEMPORARY):
                kind = "logs" if "LOG" in pair.name else "uploaded files" if "UPLOAD" in pair.name else "data"
                file = pair.name.endswith("_FILE") or "." in value.rpartition("/")[2]
                yield Written(join("/", value), kind, "", line, directory=not file)


def _of_sources(facts: Facts) -> Iterator[Written]:
    files = dict.fromkeys((*context_files(facts), *_of_stages(facts)))
    unused = tests(facts.context, tuple(files), facts.launch.argv)
    for path in list(files)[:MOST_FILES]:
        *folders, name = path.split("/")
        if path in unused or not (name.endswith(_ENDINGS) or name == ".env") or not _OTHERS.isdisjoint(folders):
            continue
        data = facts.context.read(path)
        if data is None or not _ANY.search(data):
            continue
        for what, (pattern, directory) in _KINDS.items():
            for found in re.finditer(pattern, data, re.VERBOSE):
                literal = (found[found.lastgroup or 0] or b"").decode()
                if (found.lastgroup or "").endswith("environ"):
                    literal = dict(facts.contract.env).get(literal, "")
                if _comment(data, found.start()) or not _is_path(literal):
                    continue
                target = join(facts.contract.workdir, literal)
                if target and not any(under(target, t) for t in _TEMPORARY):
                    yield Written(target, what, path, data.count(b"\n", 0, found.start()) + 1, directory)


def _of_stages(facts: Facts) -> Iterator[str]:
    """Files of the context that reach the final stage through another one: copied from there, or compiled there."""
    for placed in facts.placed:
        reference = placed.instruction.flag("from")
        stage = stage_facts(facts, reference) if reference else None
        if stage is None or not isinstance(placed.instruction, Copy | Add):
            continue
        taken = [join("/", process_word(s, placed.scope.values).text) for s in placed.instruction.sources]
        for other in stage.placed:
            if not isinstance(other.instruction, Copy | Add):
                continue
            dest = join(other.scope.workdir, process_word(other.instruction.dest, other.scope.values).text)
            carried = any(under(dest, t) for t in taken)
            yield from (f for f in context_files(facts, (other,)) if carried or f.endswith(_COMPILED))


_COMPILED: Final = (".go", ".java", ".kt", ".ts", ".prisma", ".properties")


def _is_path(text: str) -> bool:
    return bool(text.strip("./-")) and text != ":memory:" and not text.startswith("-")


def _comment(data: bytes, offset: int) -> bool:
    """Whether a line is a comment up to an offset."""
    line = data[data.rfind(b"\n", 0, offset) + 1 : offset].lstrip()
    return line.startswith((b"#", b"//", b"*", b"--", b";"))


def in_the_way(facts: Facts, directory: str) -> bool:
    """Whether a volume at a directory would hide files of the image."""
    return directory in SYSTEM or _holds_code(facts, directory)


def _holds_code(facts: Facts, directory: str) -> bool:
    """Whether the build puts the application's own files into a directory, or below it."""
    return any(
        under(w.path, directory) and w.origin != "workdir" and (w.origin != "run" or w.source in _MAKING)
        for w in facts.footprint.written
    )


_MAKING: Final = ("Builds", "CopiesFile", "Downloads", "InstallsLibraries", "RunsProject")
