from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.go import Embed, GoFacts, go_facts, read_go_mod
from minify.context.places import Place

from .folder import context


def facts(root: Path, **files: str) -> GoFacts:
    """`cmd__main="…"` is the source cmd/main.go."""
    found = context(root, {f"{name.replace('__', '/')}.go": text for name, text in files.items()})
    return go_facts(found, found.files())


def test_go_mod() -> None:
    text = (
        "// a comment\nmodule example.com/app // why\n\ngo 1.22.1\ntoolchain go1.23\n\nrequire (\n"
        "\ta.b/c v1.0.0\n\td.e/f/v2 v2.0.0 // indirect\n)\nrequire g.h/i v0.1.0\n"
        "replace (\n\ta.b/c => ../c\n)\nreplace g.h/i => k.l/m v1.0.0\nexclude a.b/z v1.0.0\n"
    )
    found = read_go_mod(text, "x/go.mod")
    assert (found.directory, found.module, found.go) == ("x", "example.com/app", "1.22.1")
    assert [(item.path, item.version, item.indirect, item.line) for item in found.requires] == [
        ("a.b/c", "v1.0.0", False, 8),
        ("d.e/f/v2", "v2.0.0", True, 9),
        ("g.h/i", "v0.1.0", False, 11),
    ]
    assert found.replaced == ("a.b/c", "g.h/i")


def test_main_packages_and_what_they_reach(tmp_path: Path) -> None:
    found = context(
        tmp_path,
        {
            "go.mod": "module m.x/app\ngo 1.22\n",
            "tools/go.mod": "module m.x/tools\n",
            "cmd/api/main.go": 'package main\nimport (\n\t"m.x/app/internal/db"\n\t_ "net/http"\n)\n',
            "cmd/job/main.go": "// package x\npackage main\n",
            "internal/db/db.go": 'package db\nimport "C"\nimport "m.x/app"\n',
            "root.go": "package app\n",
            "other/x.go": "package other\n",
            "gen.go": "//go:build ignore\n\npackage main\n",
            "x_test.go": 'package main\nimport "plugin"\n',
            "vendor/a/b/main.go": "package main\n",
            "testdata/main.go": "package main\n",
        },
    )
    read = go_facts(found, found.files())
    assert read.main_packages == ("cmd/api", "cmd/job")
    assert read.reached("cmd/api") == ("cmd/api", "internal/db", "")
    assert read.reached("cmd/job") == ("cmd/job",)
    assert (read.module, read.go_version) == ("m.x/app", "1.22")
    assert read.cgo == (Place("internal/db/db.go", 2),)
    assert read.imports["net/http"] == (Place("cmd/api/main.go", 4),)
    assert read.imports["plugin"] == (Place("x_test.go", 2, in_tests=True),)


@pytest.mark.parametrize(
    ("body", "expected", "why"),
    [
        ('// os.Open("x")', [], "a comment"),
        ('s := "os.Open(\\"x\\")"', [], "text"),
        ("s := `os.Open(\"x\")`", [], "raw text"),
        ("os.Open(name)", [], "not literal"),
        ("r := '\"'; // \"/x\"", [], "a quote as a rune"),
        ('os.Open("config.yml")', ["config.yml"], "relative"),
        ('os.ReadFile(filepath.Join("a", "b"))', ["a", "b"], "parts of a path"),
        ('http.FileServer(http.Dir("./public"))', ["./public"], "served"),
        ('template.ParseGlob(`templates/*.html`)', ["templates/*.html"], "templates"),
        ('router.LoadHTMLGlob("templates/*")', ["templates/*"], "gin"),
        ('router.Static("/assets", "./assets")', ["/assets", "./assets"], "a route and its directory"),
        ("godotenv.Load()", [".env"], "the default"),
        ('m := "file://migrations"', ["migrations"], "migrations"),
        ('p := "/data/x.db"', ["/data/x.db"], "an absolute path anywhere"),
    ],
)  # fmt: skip
def test_opened(tmp_path: Path, body: str, expected: list[str], why: str) -> None:
    found = facts(tmp_path, a=f"package main\nfunc main() {{\n{body}\n}}\n")
    assert [item.literal for item in found.opened] == expected, why
    assert all(item.line == 3 for item in found.opened)


@pytest.mark.parametrize(
    ("body", "expected", "why"),
    [
        ('// exec.Command("git")', [], "a comment"),
        ('db.exec.Command2("git")', [], "another name"),
        ('exec.Command("git", "log")', [("git", False)], "plain"),
        ('exec.CommandContext(ctx, "git")', [("git", False)], "with a context"),
        ('exec.CommandContext(f(a, b), "git")', [(None, False)], "a context that is a call: not read"),
        ("exec.Command(name)", [(None, False)], "not literal"),
        ('exec.Command("a" + x)', [(None, False)], "not whole"),
        ('exec.LookPath("git")', [("git", False)], "asked for"),
        ('exec.Command("/bin/sh", "-c", x)', [("/bin/sh", True)], "a shell"),
    ],
)
def test_programs(tmp_path: Path, body: str, expected: list[tuple[str | None, bool]], why: str) -> None:
    found = facts(tmp_path, a=f"package main\nfunc main() {{\n{body}\n}}\n")
    assert [(item.program, item.shell) for item in found.programs] == expected, why


def test_embeds_and_locations(tmp_path: Path) -> None:
    source = (
        'package main\nimport "embed"\n//go:embed static/* all:templates "a b"\nvar f embed.FS\n'
        '// go:embed no\nfunc main() { time.LoadLocation("UTC") }\n'
    )
    found = facts(tmp_path, cmd__a=source)
    assert found.embeds == tuple(Embed(item, "cmd/a.go", 3) for item in ("static/*", "templates", "a b"))
    assert found.locations == (Place("cmd/a.go", 6),)


def test_no_go_at_all(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert (found.module, found.go_version, found.requirements, found.reached("")) == (None, None, (), ())
