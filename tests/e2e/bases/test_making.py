"""What is compiled, what runs side by side, Java's trust store: without an engine."""

from __future__ import annotations

import hashlib
import ssl
import struct
import tarfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from tests.e2e.bases.archive import Image, ImageConfig, Tree, write_archives
from tests.e2e.bases.forge import Outcome
from tests.e2e.bases.host import HostError
from tests.e2e.bases.kept import Kept
from tests.e2e.bases.keystore import trust_store
from tests.e2e.bases.layered import write_compile_context
from tests.e2e.bases.parallel import make_all
from tests.e2e.bases.recipes import FILES, Recipe, RecipeError, choose, load_recipes
from tests.e2e.engine import Engine


def recipe(name: str, *needs: str) -> Recipe:
    return Recipe(name=name, tags=(name,), kind="layered", core=False, slow=False, needs=needs, details={})


class Workshop:
    """Stands in for the forge: takes a moment for each, and notes what was under way when one began."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.done: list[str] = []
        self.begun_after: dict[str, tuple[str, ...]] = {}
        self.under_way = self.most = 0
        self._lock = threading.Lock()

    def make(self, made: Recipe) -> Outcome:
        with self._lock:
            self.begun_after[made.name] = tuple(self.done)
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        time.sleep(0.01)
        with self._lock:
            self.under_way -= 1
            if made.name in self.broken:
                raise HostError("no")
            self.done.append(made.name)
        return Outcome(made.name, "made", 0.0, 0)


def run(workshop: Workshop, recipes: Sequence[Recipe], jobs: int) -> dict[str, str]:
    return {
        made.name: outcome.how if isinstance(outcome, Outcome) else str(outcome)
        for made, outcome in make_all(recipes, workshop.make, jobs=jobs)
    }


CHAIN = (recipe("a"), recipe("b", "a"), recipe("c"), recipe("d", "b", "c"), recipe("e"))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_recipe_starts_when_all_it_needs_is_made(jobs: int) -> None:
    workshop = Workshop()
    assert run(workshop, CHAIN, jobs) == dict.fromkeys("abcde", "made")
    assert all(need in workshop.begun_after[one.name] for one in CHAIN for need in one.needs)
    assert workshop.most <= jobs


def test_two_that_do_not_need_each_other_are_made_at_once() -> None:
    workshop = Workshop()
    run(workshop, CHAIN, 2)
    assert workshop.most == 2


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        pytest.param("e", {"e": "no"}, id="what nobody needs is lost alone"),
        pytest.param("a", {"a": "no", "b": "it needs a", "d": "it needs b"}, id="what needs it is lost too"),
        pytest.param("d", {"d": "no"}, id="the last"),
    ],
)
def test_a_recipe_that_fails_takes_along_what_needs_it(broken: str, expected: dict[str, str]) -> None:
    assert run(Workshop(broken), CHAIN, 2) == {**dict.fromkeys("abcde", "made"), **expected}


def test_what_nobody_foresaw_is_not_hidden() -> None:
    def make(made: Recipe) -> Outcome:
        raise KeyError(made.name)

    with pytest.raises(KeyError):
        list(make_all([recipe("a")], make, jobs=1))


def test_images_of_one_archive_share_their_layers(tmp_path: Path) -> None:
    tree = Tree(merged_usr=True)
    tree.directory("tmp", 0o1777)
    layer = tree.write(tmp_path / "layer.tar", "test")
    images = [Image([layer], ImageConfig(user=user), [f"localhost/a:{user}"]) for user in ("0", "1")]
    ids = write_archives(tmp_path / "image.tar", images)
    with tarfile.open(tmp_path / "image.tar") as tar:
        names = tar.getnames()
    assert len(set(ids)) == 2
    assert sorted(names) == sorted(
        [
            "manifest.json",
            f"{layer.diff_id.removeprefix('sha256:')}/layer.tar",
            *(f"{i.removeprefix('sha256:')}.json" for i in ids),
        ]
    )


def test_a_folder_of_the_machine_becomes_root_s(tmp_path: Path) -> None:
    source = tmp_path / "jre"
    (source / "bin").mkdir(parents=True)
    (source / "bin/java").write_text("x")
    (source / "bin/java").chmod(0o755)
    (source / "bin/javac").hardlink_to(source / "bin/java")
    (source / "conf").symlink_to("bin")
    tree = Tree(merged_usr=True)
    tree.folder(source, "usr/lib/jvm/jre")
    with tarfile.open(tree.write(tmp_path / "layer.tar", "test").path) as tar:
        members = {member.name: member for member in tar}
    assert {name.removeprefix("usr/lib/jvm/jre") for name in members} == {
        "",
        "/bin",
        "/bin/java",
        "/bin/javac",
        "/conf",
    }
    assert members["usr/lib/jvm/jre/bin/javac"].isreg(), "a name of a file here need not be one there"
    assert members["usr/lib/jvm/jre/bin/java"].mode == 0o755
    assert members["usr/lib/jvm/jre/conf"].linkname == "bin"
    assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "")}


def test_a_trust_store_holds_the_certificates_of_a_bundle() -> None:
    certificates = [b"first certificate", b"second"]
    data = trust_store(b"# a comment\n" + "".join(map(ssl.DER_cert_to_PEM_cert, certificates)).encode())
    magic, version, count = struct.unpack_from(">III", data)
    assert (hex(magic), version, count) == ("0xfeedfeed", 2, 2)
    assert all(struct.pack(">I", len(one)) + one in data for one in certificates)
    password = "changeit".encode("utf-16-be")
    assert data[-20:] == hashlib.sha1(password + b"Mighty Aphrodite" + data[:-20]).digest()


def test_what_is_compiled_becomes_an_image_of_its_outcome(tmp_path: Path) -> None:
    def place(kind: str, name: str, folder: Path) -> None:
        assert kind == "source"
        (folder / f"{name.partition(':')[2]}_2.4.68.orig.tar.gz").touch()

    details = {
        "from": "debian:x",
        "source": {"x": ["a", "b"]},
        "packages": ["gcc"],
        "env": {"A": "b"},
        "script": "make\n",
    }
    lines = write_compile_context(details, place, tmp_path).splitlines()
    assert lines[0] == "FROM debian:x AS build"
    assert "apt-get install -y --no-install-recommends gcc" in lines[1]
    assert lines[2:5] == ["COPY source/ /source/", "WORKDIR /build", 'ENV A="b"']
    assert lines[5].startswith('RUN ["/bin/sh", "-euxc", "tar -xf /source/a/*.orig.tar.* --strip-components=1\\nmake')
    assert lines[6:] == ["FROM scratch", 'LABEL version="2.4.68"', "COPY --from=build /out/ /"]
    assert (tmp_path / "source/b/b_2.4.68.orig.tar.gz").exists()


def test_the_slow_ones_are_chosen_with_what_they_need() -> None:
    recipes = load_recipes(*FILES)
    chosen = [one.name for one in choose(recipes, ["httpd:2.4"])]
    assert chosen == ["debian:trixie-slim", "debian:bookworm", "localhost/built/httpd:2.4", "httpd:2.4"]
    assert {one.name for one in recipes if one.slow} <= {one.name for one in choose(recipes, [], slow=True)}
    core = [one.name for one in choose(recipes, [], core=True)]
    assert not any(one.slow for one in choose(recipes, [], core=True)), "the core is quick"
    assert set(core) | set(chosen) == {one.name for one in choose(recipes, ["httpd:2.4"], core=True)}


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        pytest.param("- write: {script: none.sh, path: /x}", "there is no script none.sh", id="a missing script"),
        pytest.param("- add: {jre: '11', to: /x/}", "Debian has no Java 11, only 17, 21, 25", id="a missing Java"),
        pytest.param("- add: {jre: '17', to: /x/}", "needs debian:bookworm", id="a Java's release"),
        pytest.param("- copy: c", "copy wants from, path and to", id="a copy of nothing"),
        pytest.param("- copy: {from: c, path: /, to: /}", "needs c, which is not above it", id="a missing image"),
    ],
)
def test_what_is_wrong_with_a_step_is_named(tmp_path: Path, steps: str, said: str) -> None:
    text = "images:\n- {name: b, kind: debian}\n- name: a\n  kind: layered\n  from: b\n  steps:\n  "
    (tmp_path / "bases.yaml").write_text(text + steps)
    with pytest.raises(RecipeError, match=said):
        load_recipes(tmp_path / "bases.yaml")


class Shelf:
    """Stands in for the engine: names and ids."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.loaded: list[Path] = []

    def image_id(self, name: str) -> str | None:
        return self.ids.get(name)

    def load(self, archive: Path) -> None:
        self.loaded.append(archive)

    def tag(self, image: str, *names: str) -> None:
        self.ids.update(dict.fromkeys(names, image))


def test_what_was_made_before_is_found_or_loaded(tmp_path: Path) -> None:
    shelf = Shelf()
    kept = Kept(cast(Engine, shelf), tmp_path, "debian:x", "0" * 16)
    assert not kept.there(["debian:x"])
    shelf.ids["debian:x"] = "sha256:1"
    assert not kept.there(["debian:x"]), "an image of this name that nobody recorded is not ours"
    kept.remember(["debian:x"])
    assert kept.there(["debian:x"])
    assert not Kept(cast(Engine, shelf), tmp_path, "debian:x", "1" * 16).there(["debian:x"]), "the recipe changed"
    shelf.ids.clear()
    assert not kept.there(["debian:x"])
    assert not kept.load(["debian:x"]), "there is no archive"
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / f"debian-x-{'0' * 16}.tar.gz").touch()
    assert kept.load(["debian:x"])
    assert kept.there(["debian:x"])
    kept.remember(["debian:x"])
    assert not kept.load(["debian:x"]), "an archive of what was there before is not of what is there now"
