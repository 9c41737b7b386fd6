"""One file that a law is checked on, and the build context that is invented for a file that comes without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from minify import api
from minify.api import Outcome
from minify.context.tree import Context
from minify.edit import Safety
from minify.errors import DockminifyError, RefusedError
from minify.planner import Wish
from minify.syntax import Add, Source, parse
from tests.samples import samples

REFUSED = 3

# What applications of several languages have in their root: enough for every ecosystem to find something.
_USUAL = {
    "requirements.txt": "flask==3.0.0\ngunicorn==21.2.0\npsycopg2==2.9.9\n",
    "app.py": "import os\nimport psycopg2\nfrom flask import Flask\napp = Flask(__name__)\n",
    "main.py": "import json\nprint(json.dumps({}))\n",
    "package.json": '{"name": "x", "version": "1.0.0", "main": "index.js", "scripts": {"start": "node index.js"}}\n',
    "index.js": "require('http').createServer((q, s) => s.end('ok')).listen(3000)\n",
    "server.js": "require('./index.js')\n",
    "go.mod": "module example.com/x\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("ok") }\n',
    "main.c": "int main(void) { return 0; }\n",
    "Makefile": "all:\n\tcc -o main main.c\n",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A file, what became of it, or why it was refused."""

    name: str
    data: bytes
    context: Context
    outcome: Outcome | None
    refused: DockminifyError | None

    @property
    def before(self) -> str:
        """The text of the file."""
        return self.data.decode("utf-8", "surrogateescape")

    @property
    def after(self) -> str:
        """The text that `fix` gives; the file's own when it was refused."""
        return self.outcome.patch.after.text if self.outcome is not None else self.before


def run(name: str, data: bytes, path: Path | None) -> Case:
    """Fix one file; `path` is the Dockerfile in its context, None when there is no context."""
    context = Context(path.parent if path else None, path)
    try:
        outcome = fix(data, context)
    except RefusedError as error:
        assert error.exit_code == REFUSED
        return Case(name, data, context, None, error)
    return Case(name, data, context, outcome, None)


def fix(data: bytes, context: Context) -> Outcome:
    """The whole pipeline on bytes."""
    return api.fix_source(Source.from_bytes(data), context, Wish(), Safety.INFERRED)


def sample_files() -> list[tuple[str, Path]]:
    """The Dockerfile of every sample, where it stands."""
    return [(sample.name, sample.dockerfile) for sample in samples()]


def invent(root: Path, data: bytes) -> Path:
    """A context in which every COPY and ADD of the file finds what it asks for; the path of the Dockerfile in it."""
    root.mkdir()
    dockerfile = root / "Dockerfile"
    dockerfile.write_bytes(data)
    for name, text in _USUAL.items():
        (root / name).write_text(text)
    try:
        slices = parse(Source.from_bytes(data)).instructions
    except DockminifyError:
        slices = ()
    for instruction in slices:
        if isinstance(instruction, Add) and not instruction.has_flag("from"):
            for written in instruction.sources:
                _provide(root, written)
    return dockerfile


def _provide(root: Path, written: str) -> None:
    """The file or directory that a COPY source names, as well as it can be read."""
    if "://" in written or any(c in written for c in "$<\\\0") or len(written) > 200:
        return
    path = PurePosixPath(written.replace("*", "x").replace("?", "x").strip("'\"").lstrip("/"))
    if ".." in path.parts or not path.parts or any(ord(c) < 32 or 0xDC80 <= ord(c) < 0xDD00 for c in written):
        return
    target = root / path
    if any(parent.is_file() for parent in target.parents) or target.exists():
        return
    looks_like_directory = written.endswith("/") or not path.suffix
    target.parent.mkdir(parents=True, exist_ok=True)
    if looks_like_directory:
        target.mkdir()
        for name, text in _USUAL.items():
            (target / name).write_text(text)
    else:
        target.write_text(_USUAL.get(path.name, ""))


def broken(failures: Iterable[tuple[str, str]], of: int) -> str:
    """A law's failures in few lines: the most frequent kind first, then each with its file; empty when there are none.

    >>> print(broken([("a", "lost ENV: X"), ("b", "lost ENV: Y")], 3))
    2 of 3 cases break the law: 2 x lost ENV
      a: lost ENV: X
      b: lost ENV: Y
    """
    found = list(failures)
    if not found:
        return ""
    kinds = Counter(what.split(":")[0] for _, what in found)
    files = len({name for name, _ in found})
    head = ", ".join(f"{n} x {kind}" for kind, n in kinds.most_common())
    return "\n".join([f"{files} of {of} cases break the law: {head}", *(f"  {name}: {what}" for name, what in found)])
