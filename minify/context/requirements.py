"""What an application asks pip for: requirements files, pyproject.toml, Pipfile, setup.cfg, setup.py."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from minify.context.tree import Context

# "unreadable": the file is there, and what it asks for is not known.
Kind = Literal["requirement", "constraint", "optional", "dev", "build", "unreadable"]


class Requirement(NamedTuple):
    """One requirement: `name` is normalised (PEP 503), "" where only a path or an URL is given."""

    name: str
    spec: str
    path: str
    line: int
    extras: tuple[str, ...] = ()
    marker: str | None = None
    editable: bool = False
    url: str | None = None
    kind: Kind = "requirement"


_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(.*)", re.DOTALL)
_EGG = r"[#&]egg=([A-Za-z0-9._-]+)"
_WHEEL = r"(?:.*/)?([A-Za-z0-9_.]+)-\d[^/]*\.(?:whl|tar\.gz|zip)"
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)(?:\s+|=)?(.+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)(.+)")
_FILE = re.compile(r"(?:.*[-_.])?(?:requirements|requires|constraints)(?:[-_.].*)?\.(?:txt|in|pip)", re.IGNORECASE)


def normalise(name: str) -> str:
    """A project's name as the index compares it.

    >>> normalise("Flask_SQLAlchemy")
    'flask-sqlalchemy'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def python_requirements(context: Context, files: Sequence[str]) -> tuple[Requirement, ...]:
    """All requirements that the files among `files` declare, in the order of the files."""
    found: list[Requirement] = []
    seen: dict[str, None] = {}
    for path in files:
        name = posixpath.basename(path)
        in_folder = name.endswith(".txt") and "requirements" in path.split("/")[:-1]
        if _FILE.fullmatch(name) or in_folder:
            kind: Kind = "constraint" if name.startswith("constraints") else "requirement"
            found.extend(requirements_file(context, path, kind=kind, seen=seen))
        elif name in _READERS:
            text = context.read_text(path)
            if text is not None:
                found.extend(_READERS[name](text, path))
    return tuple(found)


def requirements_file(
    context: Context, path: str, *, kind: Kind = "requirement", seen: dict[str, None] | None = None
) -> Iterator[Requirement]:
    """The requirements of one file and of those it includes by -r and -c; `seen` files are not repeated."""
    seen = {} if seen is None else seen
    data = None if path in seen else context.read(path)
    if data is None:
        return
    seen[path] = None
    # pip reads UTF-16 with a byte order mark: what PowerShell's `>` writes.
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    for number, line in _logical_lines(text):
        if include := _INCLUDE.fullmatch(line):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), include[2].strip()))
            inner: Kind = "constraint" if include[1] in ("-c", "--constraint") else kind
            yield from requirements_file(context, target, kind=inner, seen=seen)
            continue
        editable = _EDITABLE.fullmatch(line)
        if line.startswith("-") and not editable:
            continue
        yield read_requirement(
            editable[1] if editable else line,
            path=path,
            line=number,
            kind=kind,
            editable=editable is not None,
        )


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, options of a requirement and continuations; with the number of the first."""
    start, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not held:
            start = number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            held += line[:-1] + " "
            continue
        whole = re.sub(r"(?:^|\s)#.*$", "", held + line).strip()
        held = ""
        if whole:
            yield (
                start,
                re.split(r"\s--(?:hash|config-settings|global-option|install-option)\b", whole)[0].strip(),
            )
    if held.strip():
        yield start, held.strip()


def read_requirement(
    text: str, *, path: str, line: int, kind: Kind = "requirement", editable: bool = False
) -> Requirement:
    """Read one requirement (PEP 508), an URL or a local path.

    >>> read_requirement("Uvicorn[standard]>=0.30; sys_platform != 'win32'", path="r.txt", line=1).name
    'uvicorn'
    """
    text = text.strip()
    bare, _, marker = text.partition(" ;") if "://" in text else text.partition(";")
    bare = bare.strip()
    named = _NAMED.fullmatch(bare)
    is_url = re.match(r"(?:[a-z]+\+)?[a-z]+://|\.{0,2}/|file:", bare) is not None or bare in (".", "..")
    is_file = re.search(r"\.(?:whl|tar\.gz|zip)$", bare) is not None and "@" not in bare
    if named is None or is_url or is_file or editable:
        found = re.search(_EGG, bare) or re.fullmatch(_WHEEL, bare)
        name, extras, spec, url = normalise(found[1]) if found else "", "", "", bare
    else:
        name, extras, spec = normalise(named[1]), named[2] or "", named[3].strip()
        url = spec[1:].strip() if spec.startswith("@") else ""
    return Requirement(
        name=name,
        spec="" if url else spec.strip("()").strip(),
        path=path,
        line=line,
        extras=tuple(item.strip().lower() for item in extras.split(",") if item.strip()),
        marker=marker.strip() or None,
        editable=editable,
        url=url or None,
        kind=kind,
    )


def _line_of(text: str, needle: str) -> int:
    """The line of a value in a file whose parser tells no lines; 1 when it is not written as it reads."""
    return text.count("\n", 0, max(text.find(needle), 0)) + 1


def _listed(values: object, text: str, path: str, kind: Kind) -> Iterator[Requirement]:
    for value in values if isinstance(values, list) else ():
        if isinstance(value, str):
            yield read_requirement(value, path=path, line=_line_of(text, value), kind=kind)


def _table(values: object, text: str, path: str, kind: Kind) -> Iterator[Requirement]:
    """Poetry's and Pipfile's `name = "^1.2"` and `name = {version = "…", extras = […]}`."""
    for name, value in values.items() if isinstance(values, Mapping) else ():
        if name.lower() == "python":
            continue
        options = value if isinstance(value, Mapping) else {}
        spec = value if isinstance(value, str) else str(options.get("version", ""))
        url = next((str(options[key]) for key in ("git", "url", "path", "file") if options.get(key)), None)
        found = re.search(rf"^\s*[\"']?{re.escape(name)}[\"']?\s*=", text, re.MULTILINE)
        extras = options.get("extras", ())
        yield Requirement(
            name=normalise(name),
            spec="" if spec == "*" else spec,
            path=path,
            line=text.count("\n", 0, found.end()) + 1 if found else 1,
            extras=tuple(str(item).lower() for item in extras) if isinstance(extras, list) else (),
            editable=bool(options.get("editable") or options.get("develop")),
            url=url,
            kind="optional" if options.get("optional") else kind,
        )


def entry_points(text: str, path: str) -> tuple[str, ...]:
    """The objects that a pyproject.toml or a setup.cfg makes programs and plugins of: `("shop.cli:main",)`.

    https://packaging.python.org/en/latest/specifications/entry-points/
    """
    if path.endswith(".cfg"):
        import configparser

        config = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            config.read_string(text)
        except configparser.Error:
            return ()
        lines = "\n".join(config["options.entry_points"].values()) if "options.entry_points" in config else ""
        return tuple(line.partition("=")[2].strip() for line in lines.splitlines() if "=" in line)
    data = _toml(text, path)
    project = _section(data, "project")
    poetry = _section(data, "tool", "poetry")
    groups = [_section(project, "scripts"), _section(project, "gui-scripts"), _section(poetry, "scripts")]
    groups += [
        _section(one)
        for table in (_section(project, "entry-points"), _section(poetry, "plugins"))
        for one in table.values()
    ]
    return tuple(value for group in groups for value in group.values() if isinstance(value, str))


def _toml(text: str, path: str) -> dict[str, object] | Requirement:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return Requirement(name="", spec="", path=path, line=1, kind="unreadable")


def _section(data: object, *keys: str) -> Mapping[str, object]:
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _pyproject(text: str, path: str) -> Iterator[Requirement]:
    data = _toml(text, path)
    if isinstance(data, Requirement):
        yield data
        return
    project = _section(data, "project")
    yield from _listed(project.get("dependencies"), text, path, "requirement")
    for values in _section(project, "optional-dependencies").values():
        yield from _listed(values, text, path, "optional")
    for values in _section(data, "dependency-groups").values():
        yield from _listed(values, text, path, "dev")
    poetry = _section(data, "tool", "poetry")
    yield from _table(poetry.get("dependencies"), text, path, "requirement")
    yield from _table(poetry.get("dev-dependencies"), text, path, "dev")
    for group, values in _section(poetry, "group").items():
        kind: Kind = "requirement" if group == "main" else "dev"
        yield from _table(_section(values).get("dependencies"), text, path, kind)
    yield from _listed(_section(data, "build-system").get("requires"), text, path, "build")


def _pipfile(text: str, path: str) -> Iterator[Requirement]:
    data = _toml(text, path)
    if isinstance(data, Requirement):
        yield data
        return
    yield from _table(data.get("packages"), text, path, "requirement")
    yield from _table(data.get("dev-packages"), text, path, "dev")


def _setup_cfg(text: str, path: str) -> Iterator[Requirement]:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        yield Requirement(name="", spec="", path=path, line=1, kind="unreadable")
        return
    lines = parser.get("options", "install_requires", fallback="").splitlines()
    yield from _listed([line for line in lines if line.strip()], text, path, "requirement")
    if parser.has_section("options.extras_require"):
        for value in dict(parser.items("options.extras_require")).values():
            yield from _listed([line for line in value.splitlines() if line.strip()], text, path, "optional")


def _setup_py(text: str, path: str) -> Iterator[Requirement]:
    """`install_requires` where it is a literal, or a name that is one."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        yield Requirement(name="", spec="", path=path, line=1, kind="unreadable")
        return
    assigned = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.keyword) or node.arg != "install_requires":
            continue
        value = assigned.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
        if not isinstance(value, ast.List | ast.Tuple):
            yield Requirement(name="", spec="", path=path, line=node.value.lineno, kind="unreadable")
            continue
        for item in value.elts:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield read_requirement(item.value, path=path, line=item.lineno)
            else:
                yield Requirement(name="", spec="", path=path, line=item.lineno, kind="unreadable")


_READERS: Final[Mapping[str, Callable[[str, str], Iterator[Requirement]]]] = {
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
