"""Imports point one way, and every extension is whole: its template, its sample, its page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import minify
from minify.config import CODES
from minify.ecosystems import ECOSYSTEMS
from minify.report.rules import RULES
from minify.rewrite.passes import PASSES
from minify.rewrite.render import templates_directory

PACKAGE = Path(minify.__file__).parent
ROOT = PACKAGE.parent

# Each layer, and the layers that it may import: those above it in this table, and never the other way.
LAYERS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "precompiled": (),
    "syntax": ("errors",),
    "edit": ("syntax",),
    "diff": ("syntax",),
    "files": ("errors",),
    "image": ("errors", "precompiled"),
    "shell": ("errors", "syntax", "edit"),
    "health": ("errors", "syntax", "shell"),
    "launcher": ("errors", "syntax", "shell"),
    # package.json holds command lines
    "context": ("errors", "precompiled", "syntax", "shell"),
    "analysis": ("errors", "syntax", "shell", "launcher", "image", "context"),
    # A runtime says how a health check is asked
    "plan": ("edit", "health", "image"),
    "config": ("errors", "plan"),
    "directives": ("errors", "syntax", "edit", "config"),
    "surroundings": (
        *("errors", "precompiled", "syntax", "edit", "diff", "shell", "health", "image", "context", "analysis", "plan"),
    ),
    "ecosystems": (
        *("errors", "syntax", "edit", "shell", "health", "launcher", "image", "context", "analysis", "plan"),
    ),
    "pruning": ("errors", "syntax", "shell", "image", "context", "analysis", "plan", "ecosystems"),
    "rewrite": ("errors", "precompiled", "syntax", "edit", "shell", "image", "analysis", "plan", "ecosystems"),
    "planner": (
        *(
            "errors",
            "syntax",
            "edit",
            "image",
            "analysis",
            "plan",
            "config",
            "directives",
            "ecosystems",
            "pruning",
            "rewrite",
        ),
    ),
    "targets": ("errors", "syntax", "edit", "analysis", "plan", "ecosystems", "planner"),
    "verify": ("errors", "syntax", "image", "context", "analysis", "plan"),
    "api": (
        *("errors", "syntax", "edit", "diff", "image", "shell", "context", "analysis", "plan", "config"),
        *("ecosystems", "rewrite", "surroundings", "planner", "targets", "verify"),
    ),
    "proof": ("errors", "syntax", "edit", "context", "plan", "planner", "targets", "verify", "api"),
    "manifest": (
        *(
            "errors",
            "syntax",
            "shell",
            "health",
            "image",
            "context",
            "analysis",
            "plan",
            "ecosystems",
            "rewrite",
            "api",
        ),
    ),
    "review": (
        *("errors", "files", "syntax", "edit", "diff", "context", "analysis", "plan", "rewrite", "planner", "api"),
    ),
    # A report may be rendered by the one Jinja environment
    "report": (
        *("errors", "syntax", "edit", "diff", "image", "shell", "analysis", "plan", "rewrite", "surroundings"),
        *("planner", "targets", "verify", "api", "proof", "review"),
    ),
    "batch": (
        *("errors", "syntax", "edit", "diff", "files", "image", "context", "analysis", "plan", "config", "rewrite"),
        # A bake file is read the same way, whoever asks
        *("surroundings", "planner", "verify", "api", "proof", "review", "report"),
    ),
    # The types that an option becomes are the pipeline's own
    "cli": (
        "errors",
        "files",
        "image",
        "config",
        "plan",
        "planner",
        "verify",
        "api",
        "manifest",
        "proof",
        "review",
        "report",
        "batch",
    ),
}
# `minify` itself holds the version and nothing else; __main__ is the door to the command line.
OUTSIDE = ("__init__", "__main__")


def layer(module: str) -> str:
    """`minify.shell.run` is in the layer `shell`."""
    return module.split(".")[1]


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the package by its name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts), path


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The modules of ours that a file imports anywhere in it, and the lines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("minify."):
                    yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides where it points"
            if node.module == "minify":
                for alias in node.names:
                    if alias.name != "__version__":
                        yield f"minify.{alias.name}", node.lineno
            elif node.module and node.module.startswith("minify."):
                yield node.module, node.lineno


def test_the_table_itself_points_one_way() -> None:
    above: list[str] = []
    for name, allowed in LAYERS.items():
        assert set(allowed) <= set(above), f"{name} may only see what stands above it"
        above.append(name)


def test_every_module_has_a_layer() -> None:
    assert {layer(name) for name, _ in modules()} - set(OUTSIDE) <= set(LAYERS)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {layer(name)} imports {target}"
        for name, path in modules()
        if layer(name) not in OUTSIDE
        for target, line in imported(path)
        if layer(target) != layer(name) and layer(target) not in LAYERS[layer(name)]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ECOSYSTEMS)
def test_an_ecosystem_is_whole(name: str) -> None:
    """Adding one: a module, a template, a sample folder, and a line in ECOSYSTEMS."""
    module = ECOSYSTEMS[name]()
    assert (PACKAGE / "ecosystems" / f"{name}.py").is_file()
    template = f"{name}.Dockerfile.j2"
    assert template == module.TEMPLATE
    assert (templates_directory() / template).is_file()
    assert callable(module.detect)
    assert callable(module.plan)
    assert list((ROOT / "samples").glob(f"{name}-*/sample.yaml")), f"samples/{name}-<case>/ is missing"


def test_every_template_is_some_ecosystems() -> None:
    names = {path.name for path in templates_directory().glob("*.Dockerfile.j2") if not path.name.startswith("_")}
    assert names == {module().TEMPLATE for module in ECOSYSTEMS.values()}


def test_ecosystems_are_told_apart_in_their_modules_only() -> None:
    """What differs is a member of the Protocol or a value of the catalog, never `if ecosystem == "python"`."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for name, path in modules()
        if layer(name) != "ecosystems"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare | ast.Match)
        and any(
            (isinstance(part, ast.Name) and part.id == "ecosystem")
            or (isinstance(part, ast.Attribute) and part.attr == "ecosystem")
            for part in ([node.left, *node.comparators] if isinstance(node, ast.Compare) else [node.subject])
        )
    ]
    assert not wrong


def codes() -> list[str]:
    """The code of every pass, and of the fixes that write a whole stage."""
    found = [
        node.value.value
        for _, path in modules()
        if path.is_relative_to(PACKAGE / "rewrite")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if any(isinstance(target, ast.Name) and target.id == "CODE" for target in node.targets)
    ]
    return sorted(found)


def test_every_pass_has_a_code() -> None:
    assert len(codes()) == len(set(codes())) >= len(PASSES)


@pytest.mark.parametrize("code", codes())
def test_a_pass_has_its_page(code: str) -> None:
    assert (ROOT / "docs" / "passes" / f"{code}.md").is_file()


def test_every_code_is_a_rule_of_the_reports() -> None:
    """`minify/report/rules.py` says in a line what each stands for."""
    assert sorted(RULES) == sorted({*codes(), "pruned", "refused"})


def test_every_code_can_be_named_in_settings_and_comments() -> None:
    assert sorted(CODES) == sorted({*codes(), "pruned"})
