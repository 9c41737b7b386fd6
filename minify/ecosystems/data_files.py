"""Files that a compiled program may open at run time: what the context holds beside sources, and what the sources name."""

from __future__ import annotations

from collections.abc import Sequence

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, paths_of, under
from minify.analysis.placements import Placement, placed_files
from minify.analysis.scopes import Placed, join
from minify.ecosystems.removed import taken_away
from minify.shell.effects import Builds, CopiesFile, InstallsLibraries, RunsProject

SOURCES = (
    ".go", ".mod", ".sum", ".work", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".s", ".S", ".asm", ".rs", ".zig", ".nim",
    ".m4", ".ac", ".am", ".in", ".cmake", ".mk", ".ninja", ".o", ".a", ".proto", ".y", ".l", ".md", ".rst", ".adoc", ".bazel", ".bzl", ".patch",
    ".swift", ".hs", ".lhs", ".hsc", ".cabal", ".ml", ".mli", ".mll", ".mly", ".opam", ".f", ".f90", ".d", ".di", ".cr", ".ecr", ".nims", ".nimble",
    ".zon", ".toml.lock", ".C", ".H", ".c++", ".tcc", ".tpp", ".cppm", ".ixx", ".cu", ".cuh", ".yy", ".ll", ".ypp",
)  # fmt: skip
"""Endings of what is compiled, builds or documents; a program that opens one of these by name is found by its literal."""

SOURCE_NAMES = (
    "Makefile", "makefile", "GNUmakefile", "CMakeLists.txt", "configure", "Dockerfile", ".dockerignore", ".gitignore", ".gitattributes",
    "LICENSE", "LICENSE.txt", "COPYING", "README", "CHANGELOG", "NOTICE", "AUTHORS", "CODEOWNERS", "Cargo.toml", "Cargo.lock", "build.rs",
    "go.mod", "go.sum", "meson.build", "BUILD", "WORKSPACE", ".golangci.yml", ".golangci.yaml", ".goreleaser.yml", ".travis.yml",
    "docker-compose.yml", "docker-compose.yaml", "compose.yaml", "compose.yml", ".editorconfig", ".clang-format", "Jenkinsfile", "skaffold.yaml",
    "cloudbuild.yaml", "renovate.json", "rust-toolchain", "rust-toolchain.toml", "rustfmt.toml", "clippy.toml", "cabal.project", "cabal.project.freeze",
    "cabal.project.local", "stack.yaml", "stack.yaml.lock", "package.yaml", "dune", "dune-project", "dune-workspace", ".ocamlformat", "shard.yml",
    "shard.lock", "nim.cfg", "dub.json", "dub.sdl", "dub.selections.json", "Package.resolved", "meson_options.txt", "meson.options",
)  # fmt: skip

SOURCE_DIRECTORIES = (
    ".git",
    ".github",
    ".gitlab",
    ".circleci",
    ".vscode",
    ".idea",
    "vendor",
    "node_modules",
    "test",
    "tests",
    "testdata",
    "docs",
)


def placements(facts: Facts, instructions: Sequence[Placed] | None = None) -> tuple[Placement, ...]:
    """Every file of the context that a COPY brings, with its path in the stage (the final one, unless its instructions are given)."""
    return placed_files(facts.placed if instructions is None else instructions, facts.context)


def is_source(path: str) -> bool:
    """Whether a file is compiled, builds or documents, and is not opened by the program.

    >>> is_source("cmd/main.go"), is_source("web/index.html"), is_source("templates/README.md")
    (True, False, True)
    """
    *directories, name = path.split("/")
    return (
        name in SOURCE_NAMES
        or name.startswith(("Dockerfile", "docker-compose", ".env.example"))
        or name.endswith((".dockerfile", ".Dockerfile", ".dockerignore", "_test.go"))
        or name.endswith(SOURCES)
        or any(d in SOURCE_DIRECTORIES for d in directories)
    )


def data_trees(facts: Facts, named: Sequence[str], limit: int = 12) -> tuple[str, ...] | None:
    """The paths in the build stage that hold files which are not sources, by their top directory; None when there are too many.

    `named` are paths that the sources name: a source file among them is data after all.
    """
    workdir = facts.contract.workdir
    wanted: list[str] = []
    literal = {join(workdir, n) for n in named if n}
    placed = [one for one in placements(facts) if not taken_away(facts, one.target, one.at)]
    source_directories = {p.target.rpartition("/")[0] for p in placed if is_source(p.source)}
    for placement in placed:
        opened = placement.target in literal or any(
            placement.target.startswith(x.rstrip("/") + "/") for x in literal if x != workdir.rstrip("/") and x != "/"
        )
        if (is_source(placement.source) or placement.source == _own(facts)) and not opened:
            continue
        wanted.append(_group(placement.target, workdir, source_directories))
    unique = tuple(dict.fromkeys(wanted))
    unique = tuple(p for p in unique if not any(p != q and p.startswith(q + "/") for q in unique))
    return unique if len(unique) <= limit else None


def only_data(facts: Facts, path: str) -> bool:
    """Whether a directory holds nothing but files of the context, none of which is a program or a shared library."""
    inside = [one.source for one in placements(facts) if one.target == path or under(one.target, path)]
    others = [w for w in facts.footprint.written if w.origin not in ("context", "workdir") and (under(w.path, path) or under(path, w.path))]  # fmt: skip
    return bool(inside) and not others and not any(_elf(facts, source) for source in inside)


def _elf(facts: Facts, source: str) -> bool:
    return (facts.context.read(source, limit=4) or b"\x7fELF").startswith(b"\x7fELF")


def _own(facts: Facts) -> str | None:
    """The Dockerfile's own path in the context, whatever it is called."""
    root, dockerfile = facts.context.root, facts.context.dockerfile
    if root is None or dockerfile is None or not dockerfile.absolute().is_relative_to(root.absolute()):
        return None
    return dockerfile.absolute().relative_to(root.absolute()).as_posix()


def _group(target: str, workdir: str, source_directories: set[str]) -> str:
    """The highest directory above a file that holds no source: the file itself when its own directory has one."""
    best = target
    parent = target.rpartition("/")[0]
    while parent and parent not in (*SYSTEM, workdir.rstrip("/")):
        if any(d == parent or d.startswith(parent + "/") for d in source_directories):
            break
        if not parent.startswith(workdir.rstrip("/") + "/") and workdir != "/":
            break
        best = parent
        parent = parent.rpartition("/")[0]
    return best


def generated(facts: Facts, built: Sequence[str], binary: str) -> tuple[tuple[str, ...], bool]:
    """What RUNs other than the build itself leave below the build directories: paths, and whether some are not known by name."""
    paths: list[str] = []
    unnamed = False
    workdir = facts.contract.workdir
    for _, effect in facts.footprint.effects():
        for path in paths_of(effect):
            if not any(under(path, b) for b in built) or path == binary or isinstance(effect, Builds):
                continue
            if isinstance(effect, InstallsLibraries):
                unnamed |= path == workdir
            elif isinstance(effect, RunsProject):
                unnamed = True
            elif path.rstrip("/") not in built:
                paths.append(path)
            elif isinstance(effect, CopiesFile):
                # `cp configs/prod.yaml .`: under its own name
                name = effect.source.rpartition("/")[2]
                if name in ("", ".") or any(c in name for c in "*?["):
                    unnamed = True
                else:
                    paths.append(f"{path.rstrip('/')}/{name}")
    return tuple(dict.fromkeys(path for path in paths if not taken_away(facts, path))), unnamed
