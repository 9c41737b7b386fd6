"""What the analysis finds in applications: `python benchmarks/precision.py FOLDER…` prints a row for each Dockerfile.

`--installed DIR` reads packages as pip installed them there (site-packages) and lists what they start or load by name
and the table of packages does not say: what a conversion may miss.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from minify import api
from minify.analysis.facts import gather
from minify.context.needs import Needs, node_needs, python_needs
from minify.context.node import package_manifest
from minify.context.node_sources import node_facts
from minify.context.python import python_facts
from minify.context.python_calls import read_calls
from minify.context.requirements import normalise, python_requirements
from minify.context.tree import Context
from minify.ecosystems.python_environment import copied_stages
from minify.ecosystems.sources import context_files
from minify.edit import Safety
from minify.errors import DockminifyError
from minify.planner import Wish
from minify.syntax import Source, parse

_DOCKERFILE: Final = re.compile(r"Dockerfile(?:\.[\w-]+)?|[\w-]+\.[Dd]ockerfile")
_STARTS: Final = re.compile(
    rb"\bsubprocess\b|\bPopen\b|\bos\.(?:system|popen|exec|spawn)|create_subprocess|find_library|CDLL|LoadLibrary|dlopen\("
)
_ASIDE: Final = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|benchmarks?|_vendor)/|(?:^|/)(?:test_\w+|\w+_test|conftest|setup)\.py$"
)


class Row(NamedTuple):
    """What was found for one Dockerfile."""

    name: str
    rung: str
    ecosystem: str
    imports: int = 0
    programs: tuple[str, ...] = ()
    unknown: int = 0
    of_packages: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def line(self) -> str:
        """A row of a Markdown table."""
        lists = (", ".join(items) or "–" for items in (self.programs, self.of_packages, self.libraries, self.files))
        programs, packages, libraries, files = lists
        return f"| {self.name} | {self.ecosystem} | {self.rung} | {self.imports} | {programs} | {self.unknown} | {packages} | {libraries} | {files} |"


HEAD: Final = (
    "| application | ecosystem | rung | imports | programs in sources | names not known | programs of packages | libraries by name | data of packages |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def dockerfiles(folders: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """The Dockerfiles of each folder, with the folder that is their context."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and _DOCKERFILE.fullmatch(path.name):
                yield path, path.parent


def row(path: Path, root: Path) -> Row:
    """What the analysis says of one Dockerfile."""
    source = Source.from_bytes(path.read_bytes(), str(path))
    context = Context(root, path)
    plan = api.fix_source(source, context, Wish(), Safety.INFERRED).plan
    facts = gather(parse(source), context)
    stages = (None, *(stage.placed for _, stage in copied_stages(facts)))
    files = tuple(dict.fromkeys(file for placed in stages for file in context_files(facts, placed)))
    python, node = python_facts(context, files), node_facts(context, files)
    manifest = package_manifest(context)
    needs: list[Needs] = [python_needs(r.name) for r in python_requirements(context, files)]
    needs += [node_needs(name) for name in (manifest.dependencies if manifest else ())]
    needs += [python_needs(name) for name in python.modules]
    called = [c for c in (*python.programs, *node.programs) if not c.in_tests]
    loaded = [lib.name or "?" for lib in (*python.libraries, *node.libraries) if not lib.in_tests]
    return Row(
        name=root.name,
        rung=plan.rung.label,
        ecosystem=plan.detection.ecosystem if plan.detection else "–",
        imports=len(python.all_imports) + len(manifest.dependencies if manifest else ()),
        programs=_once(c.program for c in called if c.program),
        unknown=sum(c.program is None for c in called),
        of_packages=_once(f"{n.name}: {p}" for n in needs for p in n.programs),
        libraries=_once((*loaded, *(f"{n.name}: {library}" for n in needs for library in n.libraries))),
        files=_once(f"{n.name}: {f}" for n in needs for f in n.files),
    )


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def installed(folder: Path) -> Iterator[str]:
    """What installed packages start or load by name, and the table does not say; one line a package."""
    owners = dict(_owners(folder))
    found: dict[str, dict[str, None]] = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        data = path.read_bytes()
        if _ASIDE.search(name) or not _STARTS.search(data):
            continue
        calls = read_calls(data.decode("utf-8", "replace"), name)
        owner = owners.get(name, name.partition("/")[0])
        need = python_needs(owner)
        if need.shell or need.unknown:
            continue
        for call in calls.programs:
            if call.program not in need.programs:
                said = f"{call.program or '?'}{' (shell)' if call.shell else ''}"
                found.setdefault(owner, {}).setdefault(f"{said} at {name}:{call.line}")
        for library in calls.libraries:
            if library.name not in need.libraries:
                found.setdefault(owner, {}).setdefault(f"lib {library.name or '?'} at {name}:{library.line}")
    for owner, places in sorted(found.items()):
        yield f"{owner}: {'; '.join(places)}"


def _owners(folder: Path) -> Iterator[tuple[str, str]]:
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        owner = normalise(record.parent.name.removesuffix(".dist-info").rpartition("-")[0])
        for line in record.read_text(errors="replace").splitlines():
            yield line.partition(",")[0], owner


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, then what was asked for of installed packages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--installed", action="append", default=[], type=Path)
    asked = parser.parse_args(arguments)
    if asked.folders:
        print(HEAD)
    for path, root in dockerfiles(asked.folders):
        try:
            print(row(path, root).line())
        except DockminifyError as error:
            print(f"{path}: {error}", file=sys.stderr)
    for folder in asked.installed:
        print(*installed(folder), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
