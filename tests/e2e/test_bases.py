"""How the stand-ins are made: recipes, layers, Dockerfiles. No engine is needed here."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.e2e.bases import recipes as recipes_module
from tests.e2e.bases.archive import ImageConfig, Tree, write_archive
from tests.e2e.bases.host import AptHost, HostError, trusted_files
from tests.e2e.bases.layered import write_context
from tests.e2e.bases.recipes import RecipeError, choose, load_recipes
from tests.e2e.bases.sources import with_run_path

RECIPES = Path(recipes_module.__file__).with_name("bases.yaml")


def members(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return {member.name: member for member in tar}


def package(*files: tuple[str, str]) -> io.BytesIO:
    """A tar as a package has it: `./`-names; a file whose text is `dir` is a directory, `->x` a link."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, text in files:
            info = tarfile.TarInfo(f"./{name}")
            if text == "dir":
                info.type = tarfile.DIRTYPE
            elif text.startswith("->"):
                info.type, info.linkname = tarfile.SYMTYPE, text[2:]
            elif text.startswith("="):
                info.type, info.linkname = tarfile.LNKTYPE, f"./{text[1:]}"
            else:
                info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()) if info.isfile() else None)
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("merged", "files", "expected"),
    [
        pytest.param(True, [], {}, id="nothing in, nothing out"),
        pytest.param(False, [("lib/a", "x")], {"lib/a": ""}, id="an old release keeps /lib"),
        pytest.param(True, [("lib/a", "x")], {"usr/lib/a": ""}, id="merged: files of /lib lie in /usr/lib"),
        pytest.param(True, [("lib", "dir"), ("lib/a", "x")], {"usr/lib/a": ""}, id="merged: no directory /lib"),
        pytest.param(True, [("lib", "->usr/lib")], {"lib": "usr/lib"}, id="merged: the link itself stays"),
        pytest.param(True, [("libexec/a", "x")], {"libexec/a": ""}, id="a name that only begins like /lib"),
        pytest.param(
            True,
            [("bin/b", "=bin/z"), ("bin/z", "x")],
            {"usr/bin/b": "usr/bin/z", "usr/bin/z": ""},
            id="a hard link follows its target",
        ),
    ],
)
def test_tree_places_files(
    tmp_path: Path, merged: bool, files: list[tuple[str, str]], expected: dict[str, str]
) -> None:
    tree = Tree(merged_usr=merged)
    tree.merge(package(*files))
    layer = tree.write(tmp_path / "layer.tar", "test")
    assert {name: member.linkname for name, member in members(layer.path).items()} == expected


def test_a_hard_link_comes_after_what_it_links_to(tmp_path: Path) -> None:
    tree = Tree(merged_usr=True)
    tree.merge(package(("a", "=z"), ("z", "x")))
    assert list(members(tree.write(tmp_path / "layer.tar", "test").path)) == ["z", "a"]


def test_a_layer_is_the_same_twice(tmp_path: Path) -> None:
    digests: list[str] = []
    for name in ("one.tar", "two.tar"):
        tree = Tree(merged_usr=True)
        tree.directory("tmp", 0o1777)
        tree.file("etc/passwd", b"root:x:0:0:root:/root:/sbin/nologin\n")
        digests.append(tree.write(tmp_path / name, "test").diff_id)
    assert digests[0] == digests[1]


def test_an_archive_names_its_parts(tmp_path: Path) -> None:
    tree = Tree(merged_usr=True)
    tree.directory("tmp", 0o1777)
    layer = tree.write(tmp_path / "layer.tar", "test")
    config = ImageConfig(env=("PATH=/bin",), entrypoint=("/app",), user="65532", workdir="/home/nonroot")
    image = write_archive(tmp_path / "image.tar", [layer], config, ["localhost/a:1"])
    with tarfile.open(tmp_path / "image.tar") as tar:
        texts = {member.name: tar.extractfile(member) for member in tar}
        manifest = json.loads(texts["manifest.json"].read())  # type: ignore[union-attr]
        described = json.loads(texts[manifest[0]["Config"]].read())  # type: ignore[union-attr]
    assert manifest[0]["Config"] == f"{image.removeprefix('sha256:')}.json"
    assert manifest[0]["RepoTags"] == ["localhost/a:1"]
    assert described["rootfs"]["diff_ids"] == [layer.diff_id]
    assert described["config"]["User"] == "65532"
    assert described["config"]["Cmd"] is None


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        pytest.param({"from": "a"}, "FROM a\n", id="no steps: the base as it is"),
        pytest.param({"from": "a", "steps": [{"env": {"A": 'b "c"'}}]}, 'FROM a\nENV A="b \\"c\\""\n', id="quotes"),
        pytest.param({"from": "a", "steps": [[{"env": {"A": 1}}]]}, 'FROM a\nENV A="1"\n', id="a shared part"),
        pytest.param(
            {"from": "a", "steps": [{"add": {"npm": "b@1", "to": "/c/"}}]},
            "FROM a\nCOPY add0/ /c/\n",
            id="a source is copied",
        ),
        pytest.param(
            {"from": "a", "workdir": "/go", "user": "node", "entrypoint": ["x"], "cmd": ["y", "z"]},
            'FROM a\nWORKDIR /go\nUSER node\nENTRYPOINT ["x"]\nCMD ["y", "z"]\n',
            id="what the image says of itself",
        ),
        pytest.param(
            {
                "from": "a",
                "root": "/out",
                "steps": [{"copy": {"from": "b", "path": "/x", "to": "/out/"}}],
                "env": {"A": 1},
            },
            'FROM a AS made\nCOPY --from=b /x /out/\nFROM scratch\nCOPY --from=made /out/ /\nENV A="1"\n',
            id="a folder that is the whole image",
        ),
    ],
)
def test_a_recipe_becomes_a_dockerfile(tmp_path: Path, details: dict[str, object], expected: str) -> None:
    def place(kind: str, name: str, folder: Path) -> None:
        (folder / "placed").write_text(f"{kind} {name}")

    assert write_context(details, place, tmp_path) == expected
    assert (tmp_path / "Dockerfile").read_text() == expected


def test_the_recipes_are_sound() -> None:
    recipes = load_recipes(RECIPES)
    tags = [tag for recipe in recipes for tag in recipe.tags]
    assert len(tags) == len(set(tags)), "two recipes make one tag"
    assert {"debian:trixie", "python:3.12-slim", "gcr.io/distroless/cc-debian13"} <= set(tags)


def test_choosing_a_recipe_brings_what_it_needs() -> None:
    chosen = [recipe.name for recipe in choose(load_recipes(RECIPES), ["golang:1.24-bookworm"], core=False)]
    assert chosen == ["debian:bookworm", "buildpack-deps:bookworm-scm", "golang:1.24"]


def test_the_core_needs_nothing_outside_itself() -> None:
    assert all(recipe.core for recipe in choose(load_recipes(RECIPES), [], core=True))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("images: [{name: a, kind: vm}]", "a: kind must be", id="an unknown kind"),
        pytest.param("images: [{name: a, kind: debian, suit: x}]", "has no suit", id="a misspelt key"),
        pytest.param("images: [{name: a, kind: layered, from: b}]", "needs b", id="its base comes later"),
        pytest.param(
            "images: [{name: b, kind: debian}, {name: a, kind: layered, from: b, steps: [{fetch: c}]}]",
            "no step is called fetch",
            id="an unknown step",
        ),
    ],
)
def test_what_is_wrong_with_a_recipe_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bases.yaml").write_text(text)
    with pytest.raises(RecipeError, match=said):
        load_recipes(tmp_path / "bases.yaml")


def test_an_unknown_image_is_named() -> None:
    with pytest.raises(RecipeError, match=r"no recipe makes nix:1"):
        choose(load_recipes(RECIPES), ["nix:1"], core=False)


def test_nothing_is_trusted_unless_asked() -> None:
    assert trusted_files(None) == {}


def test_public_certificates_are_not_a_machines_own(tmp_path: Path) -> None:
    public = sorted(Path("/usr/share/ca-certificates/mozilla").glob("*.crt"))
    if not public:
        pytest.skip("the package ca-certificates is not installed")
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("".join(path.read_text() for path in public))
    with pytest.raises(HostError, match="holds no certificate"):
        trusted_files(bundle)


def test_a_suite_gets_its_own_sources() -> None:
    text = AptHost("http://a.example/debian", "http://a.example/debian-security", "").sources("trixie")
    assert text.splitlines()[1:3] == ["URIs: http://a.example/debian", "Suites: trixie trixie-updates"]
    assert "Suites: trixie-security" in text


def test_a_run_path_is_replaced_in_place(tmp_path: Path) -> None:
    source = tmp_path / "a.c"
    source.write_text("int main(void) { return 0; }\n")
    try:
        subprocess.run(
            ["cc", "-o", tmp_path / "a", source, "-Wl,-rpath,/a/long/path/to/lib"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no C compiler")
    old = (tmp_path / "a").read_bytes()
    new = with_run_path(old, b"$ORIGIN/../lib")
    assert len(new) == len(old)
    assert b"/a/long/path" not in new
    assert b"$ORIGIN/../lib\0" in new
    assert with_run_path(new, b"").count(b"$ORIGIN") == 0
    with pytest.raises(HostError, match="longer"):
        with_run_path(old, b"/" * 100)


def test_a_file_without_a_run_path_stays_as_it_is() -> None:
    header = b"\x7fELF" + bytes(28) + struct.pack("<Q", 64) + bytes(14) + struct.pack("<HH", 56, 0) + bytes(8)
    assert with_run_path(header, b"$ORIGIN") == header
