"""Every file of facts loads and says where it comes from; a wrong one is refused by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.errors import InternalError
from minify.image import data

FILES = sorted(data.ROOT.rglob("*.yaml"))
FAMILIES = sorted(path.stem for path in (data.ROOT / "images").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(data.ROOT).as_posix())
def test_every_file_has_source_and_date(path: Path) -> None:
    data.check_origin(path, data.read_yaml(path))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_consistent(name: str) -> None:
    family = data.family(name)
    assert family is not None
    for word in family.words("variants"):
        assert word not in family.table("names"), f"{word} is a variant and a name"
    for word in family.words("codenames"):
        assert word in family.table("names")
    if family.releases:
        assert family.table("names").get("latest", "").split("-")[0] in family.releases
    for version, row in family.releases.items():
        inferred = row.get("certain") == "false"
        # A row that is rebuilt names the suites it is built on; its default is one of them.
        if "built" in row and row["distro"] != "none" and not inferred:
            built = {data.distros().codenames.get(suite, suite) for suite in row["built"].split()}
            assert row["distro"] in built, version
    # A comma in an unquoted flow list would cut a note in two.
    rows = [
        family.facts.get("image", {}),
        *family.facts.get("rules", ()),
        *family.table("repositories").values(),
    ]
    for note in (note for row in rows for note in row.get("notes", ())):
        assert len(note) > 9, note
        assert note.count("(") == note.count(")"), note
    for alias, repository in family.table("aliases").items():
        assert repository in family.table("repositories"), alias


def test_index_leads_to_files() -> None:
    mirrors, families = data.index()
    for prefix, name in families.items():
        assert data.family(name) is not None, prefix
    for prefix, replacement in mirrors.items():
        assert prefix.endswith("/") or replacement, prefix
        assert not replacement or data.family(replacement) is not None


def test_distros_are_consistent() -> None:
    distros = data.distros()
    for name, release in distros.releases.items():
        system = distros.system(name)
        assert system is not None, name
        assert release.glibc is None or system[0] == "glibc", name
        if release.eol and release.extended:
            assert release.eol < release.extended


GOOD = """\
kind: language
publisher: somebody
source: somewhere
as_of: 2026-11-23
releases:
  3.10: {distro: debian13, eol: 2026-10-31, since: {0: debian12, 7: debian13}}
image:
  cmd: [run]
  env: {LANG: C.UTF-8}
rules:
- when: {variant: slim}
  has: curl
sizes:
  3.10: 1.5 / ~3
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("", "", None),
        ("source: somewhere\n", "", "source: is missing"),
        ("as_of: 2026-11-23\n", "", "as_of: '' is not a date"),
        ("as_of: 2026-11-23", "as_of: last week", "as_of: 'last week' is not a date"),
        ("kind: language", "kind: thing", "kind: must be one of os, language"),
        ("publisher:", "publishr:", "publishr: unknown key"),
        ("distro: debian13", "distro: debian31", "releases.3.10.distro: unknown release 'debian31'"),
        ("eol: 2026-10-31", "eol: 2026", "releases.3.10.eol: '2026' is not a date"),
        ("eol:", "end:", "releases.3.10.end: unknown key"),
        ("0: debian12", "zero: debian12", "releases.3.10.since.zero: is no patch number"),
        ("cmd: [run]", "cmd: run", "image.cmd: must be list"),
        ("cmd: [run]", "cmd: [a: b]", "image.cmd: must hold text only"),
        ("cmd: [run]", "comand: [run]", "image.comand: unknown key"),
        ("{variant: slim}", "{varient: slim}", "rules[0].when.varient: unknown key"),
        ("1.5 / ~3", "1.5", "sizes.3.10: needs `compressed / uncompressed`"),
        ("1.5 / ~3", "big / ~3", "sizes.3.10: 'big' is no size"),
        ("releases:", "releases: [", "cannot be read"),
    ],
)
def test_wrong_files_are_refused(
    old: str, new: str, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.distros()  # read from its own folder before another one takes its place
    (tmp_path / "images").mkdir()
    text = GOOD.replace(old, new, 1) if old else GOOD
    (tmp_path / "images" / "thing.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(data, "ROOT", tmp_path)
    read = data.family.__wrapped__
    if message is None:
        family = read("thing")
        assert family is not None
        assert list(family.releases) == ["3.10"]
        return
    with pytest.raises(InternalError) as refusal:
        read("thing")
    assert message in refusal.value.message
    assert refusal.value.path == "images/thing.yaml"
