"""The manual names every option, setting, key and value that there is, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import meta
from typer.main import get_command

from minify import api, config
from minify.cli.app import COMMANDS, application
from minify.errors import ConfigurationError
from minify.report import bases, json
from minify.rewrite.render import environment, templates_directory
from tests.docs.console import in_a_process, rewritten
from tests.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
SAMPLE = SAMPLES / "python-flask-postgres"
_JINJAS_OWN = {"macros", "dir"}
"""Names that templates set themselves, which Jinja's search takes for values: an import, a variable within an if."""


def text(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def test_every_option_of_every_command_is_named() -> None:
    manual = text("use.md")
    commands = get_command(application()).commands  # type: ignore[attr-defined]
    assert sorted(commands) == sorted(COMMANDS)
    groups = {"batch": commands.pop("batch")}
    for name, group in groups.items():
        page = text(f"{name}.md")
        options = [o for command in group.commands.values() for p in command.params for o in p.opts]
        assert [o for o in options if o.startswith("--") and o != "--help" and f"`{o}" not in page] == [], name
    for name, command in commands.items():
        section = manual.split(f"\n## {name}\n")[1].split("\n## ")[0]
        options = [o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"]
        assert [o for o in options if o not in section] == [], name


def test_every_key_of_the_json_reports_is_named() -> None:
    manual = text("json.md")
    document = json.document(api.fix(SAMPLE / "context" / "Dockerfile"))
    keys = [*document, "written", *document["detection"], *document["decisions"][0], *bases.document("python:3.12")]
    keys += [*document["detection"]["evidence"][0], *document["refusals"][0], *document["applied"][0], "why"]
    keys += [*bases.document("python:3.12")["alternatives"][0], *bases.document("python:3.12")["facts"]]
    assert [key for key in keys if not re.search(rf"\b{re.escape(key)}\b", manual)] == []


def test_every_value_that_a_template_uses_is_named() -> None:
    manual = text("templates.md")
    env = environment()
    for path in sorted(templates_directory().glob("*.j2")):
        names = meta.find_undeclared_variables(env.parse(path.read_text("utf-8"))) - _JINJAS_OWN
        assert [name for name in sorted(names) if f"`{name}`" not in manual] == [], path.name


def test_every_template_value_in_the_manual_is_used() -> None:
    used = "".join(path.read_text("utf-8") for path in templates_directory().glob("*.j2"))
    tables = text("templates.md").split("\n## Values of every template\n")[1].split("\n## Filters\n")[0]
    named = re.findall(r"^\| (`.*?`) \|", tables, re.MULTILINE)
    values = [value for cell in named for value in re.findall(r"`(\w+)`", cell)]
    assert values
    assert [value for value in values if not re.search(rf"\b{value}\b", used)] == []


def test_the_settings_of_the_manual_are_settings(tmp_path: Path) -> None:
    block = re.search(r"^```toml\n(.*?)^```$", text("configuration.md"), re.MULTILINE | re.DOTALL)
    assert block is not None
    (tmp_path / ".dockminify.toml").write_text(block[1], "utf-8")
    config.load(tmp_path)
    keys = re.findall(r"^([\w-]+) =|^\[+(\w+)\]", block[1].replace("match =", "").rpartition("to =")[0], re.MULTILINE)
    named = [one or other for one, other in keys]
    # One that the manual leaves out is refused with the list of those that there are
    (tmp_path / ".dockminify.toml").write_text("nonsense = 1\n", "utf-8")
    with pytest.raises(ConfigurationError) as error:
        config.load(tmp_path)
    assert error.value.hint == f"the settings are {', '.join(named)}"


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_diff_of_the_readme_is_the_samples() -> None:
    block = re.search(r"^```diff\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    real = (SAMPLE / "expected" / "Dockerfile.diff").read_text("utf-8").splitlines()
    position = 0
    for line in block[1].splitlines():
        if "…" not in line:
            position = real.index(line, position) + 1


def test_what_the_manual_shows_is_what_is_printed(tmp_path: Path) -> None:
    page = text("use.md")
    assert "```console\n$ dockminify fix " in page
    # Where this is right to differ: python -m tests.docs
    assert rewritten(page, tmp_path / "context", in_a_process) == page
