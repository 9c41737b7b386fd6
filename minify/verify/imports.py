"""Which modules of others the application's own sources import: what must be loadable in the new image.

Python is read by its own parser, which tells an import that may fail from one that must not; JavaScript by a regex
that knows comments and strings.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from minify.context.node import PackageManifest, package_manifest
from minify.context.places import is_test, line_of
from minify.context.tree import Context

_MAX_FILES: Final = 3000
_SCRIPTS: Final = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_ASSETS: Final = (".css", ".scss", ".sass", ".less", ".svg", ".png", ".html", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A module that a source imports, by name, with what it takes from it; `guarded` when it may fail.

    `development` when the manifest says that only building and testing need its package.
    """

    name: str
    path: str
    line: int
    guarded: bool = False
    development: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """What the sources import, by language, sorted by name; `unread` are the sources that could not be read."""

    wanted: Mapping[str, tuple[Wanted, ...]] = field(default_factory=lambda: MappingProxyType({}))
    unread: tuple[str, ...] = ()


def modules(context: Context) -> Modules:
    """Read the sources of a context: `modules(Context(Path("."))).wanted["python"]`."""
    files = [path for path in context.files() if not is_test(path) and "node_modules" not in path.split("/")]
    python, node = _Collected(), _Collected()
    unread: list[str] = []
    own, manifests = _own_modules(context.files()), _manifests(context)
    packages = frozenset(manifest.name for manifest in manifests.values() if manifest.name)
    for path in files[:_MAX_FILES]:
        if path.endswith((".py", ".pyw")):
            found = python_imports(context.read_text(path) or "", path)
            if found is None:
                unread.append(path)
            for one in found or ():
                if one.name.partition(".")[0] not in own:
                    python.add(one)
        elif path.endswith(_SCRIPTS) and not path.endswith((".min.js", ".d.ts")):
            named = _development(manifests, path)
            for one in node_imports(context.read_text(path) or "", path):
                if not any(one.name == name or one.name.startswith(f"{name}/") for name in packages):
                    node.add(replace(one, development=_package(one.name) in named))
    return Modules(wanted=MappingProxyType({"python": python.sorted(), "node": node.sorted()}), unread=tuple(unread))


class _Collected:
    """Each module once: guarded only when it is wherever it is imported, and then named where it is not."""

    def __init__(self) -> None:
        self._found: dict[str, Wanted] = {}

    def add(self, one: Wanted) -> None:
        known = self._found.get(one.name)
        if known is None:
            self._found[one.name] = one
            return
        first = one if known.guarded and not one.guarded else known
        members = tuple(dict.fromkeys((*known.members, *one.members)))
        development = known.development and one.development
        self._found[one.name] = replace(first, members=members, development=development)

    def sorted(self) -> tuple[Wanted, ...]:
        return tuple(self._found[name] for name in sorted(self._found))


def _own_modules(files: tuple[str, ...]) -> frozenset[str]:
    """The application's own: loading them may start something."""
    names: set[str] = {"__future__", "__main__"}
    for path in files:
        if path.endswith((".py", ".pyx", ".pyi")):
            *directories, name = path.split("/")
            names.update((*directories, name.partition(".")[0]))
    return frozenset(names)


def _manifests(context: Context) -> Mapping[str, PackageManifest]:
    """Each package.json of the application's own, by its directory."""
    paths = (path for path in context.files() if path.rpartition("/")[2] == "package.json")
    folders = (path.rpartition("/")[0] for path in paths if "node_modules" not in path)
    found = ((folder, package_manifest(context, folder)) for folder in folders)
    return {folder: manifest for folder, manifest in found if manifest is not None}


def _development(manifests: Mapping[str, PackageManifest], path: str) -> frozenset[str]:
    """The packages that only a development install of the nearest manifest has."""
    folder = path.rpartition("/")[0]
    while folder and folder not in manifests:
        folder = folder.rpartition("/")[0]
    manifest = manifests.get(folder)
    if manifest is None:
        return frozenset()
    return frozenset(manifest.dev_dependencies) - {*manifest.dependencies, *manifest.optional}


def _package(name: str) -> str:
    """`@scope/name/file` → `@scope/name`."""
    return "/".join(name.split("/")[: 2 if name.startswith("@") else 1])


def python_imports(text: str, path: str) -> tuple[Wanted, ...] | None:
    """What one Python source imports; None when it cannot be read.

    >>> [(one.name, one.guarded) for one in python_imports("import os.path\\ntry: import ujson\\nexcept ImportError: pass", "a.py")]
    [('os.path', False), ('ujson', True)]
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        return tuple(_imports(tree, path, guarded=False))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_CATCH_ALL: Final = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException", "OSError")


def _imports(node: ast.AST, path: str, *, guarded: bool) -> Iterator[Wanted]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (Wanted(name=one.name, path=path, line=child.lineno, guarded=guarded) for one in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                members = tuple(one.name for one in names if one.name != "*")
                yield Wanted(name=module, path=path, line=child.lineno, guarded=guarded, members=members)
            case ast.If(test=test) if "TYPE_CHECKING" in ast.dump(test):
                # Never true when the program runs; what stands in `else` is
                for one in child.orelse:
                    yield from _imports(ast.Module([one], []), path, guarded=guarded)
            case ast.If():
                # For another system or another version, perhaps
                yield from _imports(child, path, guarded=True)
            case ast.Try() | ast.With():
                yield from _imports(child, path, guarded=guarded or _may_fail(child))
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if _loads(func):
                if not name.startswith("."):
                    yield Wanted(name=name, path=path, line=child.lineno, guarded=guarded)
            case _:
                yield from _imports(child, path, guarded=guarded)


def _may_fail(node: ast.Try | ast.With) -> bool:
    if isinstance(node, ast.With):
        return any("suppress" in ast.dump(item.context_expr) for item in node.items)
    caught = [handler.type for handler in node.handlers]
    return any(kind is None or any(f"'{name}'" in ast.dump(kind) for name in _CATCH_ALL) for kind in caught)


def _loads(func: ast.expr) -> bool:
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name in ("import_module", "__import__")


_IMPORT: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"""
    r"""(?<![.\w$])(?:require(?:\.resolve)?|import)\s*\(\s*(?P<q1>["'`])(?P<called>[^"'`\n$]+)(?P=q1)\s*[,)]|"""
    r"""(?<![.\w$])(?:import|export)(?!\s+type\b)(?:\s*[\w*$\s{},]+?\bfrom)?\s*(?P<q2>["'])(?P<named>[^"'\n]+)(?P=q2)|"""
    # Strings and regex literals, which may hold what looks like a comment or an import
    r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"""
    r"""(?<=[=(,:;!&|?{}\[])[ \t]*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/""",
    re.DOTALL,
)
_TRIED: Final = re.compile(r"\btry\s*\{[^{}]*$")
# A package's name, perhaps with a path below it; not a file, an alias or an address
_PACKAGE: Final = re.compile(r"(?:node:)?(?:@[a-z0-9._~-]+/)?[a-zA-Z0-9_-][\w.~-]*(?:/[\w.~@-]+)*")


def node_imports(text: str, path: str) -> tuple[Wanted, ...]:
    """What one JavaScript or TypeScript source imports from packages.

    >>> [one.name for one in node_imports("import a from 'b/c' // require('d')\\nrequire('./e'); require('@f/g')", "a.js")]
    ['b/c', '@f/g']
    """
    found: list[Wanted] = []
    for match in _IMPORT.finditer(text):
        name = match["called"] or match["named"]
        if name and _PACKAGE.fullmatch(name) and not name.endswith(_ASSETS):
            guarded = _TRIED.search(text, max(0, match.start() - 300), match.start()) is not None
            found.append(Wanted(name=name, path=path, line=line_of(text, match.start()), guarded=guarded))
    return tuple(found)
