"""The stand-ins against published.yaml: what each image says of itself, what lies in it, how large it is.

Those of the core are made in CI; the others are tested where `python -m tests.e2e.bases` made them (`--slow`: what is
compiled). With `--real-images` the published ones are, and then nothing may differ.
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.e2e.bases.archive import ImageConfig, Tree, write_archive
from tests.e2e.bases.recipes import FILES, Recipe, load_recipes
from tests.e2e.engine import Engine

PUBLISHED: Final[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("published.yaml").read_text())["images"]
RECIPES: Final = {recipe.name: recipe for recipe in load_recipes(*FILES)}
TOLERANCE: Final = 0.15
VARIANTS: Final = ("latest", "nonroot", "debug", "debug-nonroot")


@dataclass(frozen=True, slots=True)
class Inside:
    """An image's paths without the leading slash, links with their targets, and the texts of a few files."""

    paths: frozenset[str]
    links: Mapping[str, str]
    texts: Mapping[str, str]

    def has(self, path: str) -> bool:
        """Whether a path leads to something, through links in any place: `/bin/sh` with /bin → usr/bin."""
        return self.real(path) in self.paths

    def real(self, path: str) -> str:
        done: list[str] = []
        waiting = path.strip("/").split("/")
        for _ in range(100):
            if not waiting:
                return "/".join(done)
            done.append(waiting.pop(0))
            target = self.links.get("/".join(done))
            if target is not None:
                done.pop()
                absolute = posixpath.normpath(posixpath.join("/", *done, target))
                waiting = [part for part in absolute.split("/") if part] + waiting
                done = []
        raise AssertionError(f"{path} is a circle of links")

    def text(self, path: str) -> str:
        return self.texts.get(self.real(path), "")


def look_inside(engine: Engine, image: str) -> Inside:
    read = {"etc/passwd", "etc/os-release", "usr/lib/os-release"}
    paths, links, texts = set(), {}, {}
    with engine.exported(image) as tar:
        for member in tar:
            name = member.name.removeprefix("./").strip("/")
            paths.add(name)
            if member.issym():
                links[name] = member.linkname
            elif name in read and (file := tar.extractfile(member)) is not None:
                texts[name] = file.read().decode()
    return Inside(frozenset(paths), links, texts)


def cases() -> Iterator[Any]:
    for name, facts in PUBLISHED.items():
        marks = [pytest.mark.e2e, *([pytest.mark.slow] if RECIPES[name].slow else [])]
        for variant in VARIANTS if facts.get("variants") else ("",):
            reference = f"{name}:{variant}" if variant else name
            yield pytest.param(RECIPES[name], variant, id=reference, marks=marks)


@pytest.mark.parametrize(("recipe", "variant"), tuple(cases()))
def test_a_stand_in_is_as_published(
    recipe: Recipe, variant: str, engine: Engine, need: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    reference = f"{recipe.name}:{variant}" if variant else recipe.name
    real = bool(request.config.getoption("--real-images"))
    if real or recipe.core:
        need(reference)
    elif engine.image_id(reference) is None:
        minutes = ", which takes minutes" if recipe.slow else ""
        pytest.skip(f"{reference} was not made here{minutes}: python -m tests.e2e.bases --only {recipe.name}")
    facts = dict(_of_variant(PUBLISHED[recipe.name], variant))
    differs = facts.pop("differs", {})
    found = dict(_differences(engine, reference, facts))
    assert sorted(found) == ([] if real else sorted(differs)), f"published and found: {found}"


@pytest.mark.e2e
def test_what_differs_is_found(engine: Engine, tmp_path: Path) -> None:
    tree = Tree(merged_usr=True)
    tree.directory("usr/bin")
    tree.symlink("bin", "usr/bin")
    tree.file("usr/bin/sh", b"x" * 4096)
    tree.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    tree.file("etc/os-release", b'ID=debian\nVERSION_ID="12"\n')
    image = "localhost/published-test:tiny"
    config = ImageConfig(env=("A=1.2.3", "B=b"), entrypoint=("/x",), user="0")
    write_archive(tmp_path / "image.tar", [tree.write(tmp_path / "layer.tar", "test")], config, [image])
    engine.load(tmp_path / "image.tar")
    alike: dict[str, Any] = {
        "env": {"A": "1.2.*", "B": "b"},
        "entrypoint": ["/x"],
        "shell": "/bin/sh",
        "distro": "debian 12",
        "users": ["root:0:0:/root"],
        "files": ["/bin/sh"],
        "absent": ["/bin/apt"],
        "mb": 0.0042,
    }
    try:
        assert dict(_differences(engine, image, alike)) == {}
        for name, other, what in (
            ("env", {"A": "1.3.*", "B": "b"}, "A"),
            ("env", {"A": "1.2.*"}, "B"),
            ("env", {"A": "1.2.*", "B": "b", "C": "*"}, "C"),
            ("entrypoint", ["/y"], "entrypoint"),
            ("cmd", ["sh"], "cmd"),
            ("expose", ["80/tcp"], "expose"),
            ("stopsignal", "SIGQUIT", "stopsignal"),
            ("user", "65532", "user"),
            ("workdir", "/app", "workdir"),
            ("distro", "debian 13", "distro"),
            ("shell", "", "shell"),
            ("package_manager", "apt", "package_manager"),
            ("users", ["a:1:1:/"], "user a:1:1:/"),
            ("files", ["/bin/bash"], "/bin/bash"),
            ("absent", ["/bin/sh"], "/bin/sh"),
            ("mb", 0.005, "size"),
        ):
            assert list(dict(_differences(engine, image, {**alike, name: other}))) == [what]
        tarred = {name: value for name, value in alike.items() if name != "mb"}
        assert list(dict(_differences(engine, image, {**tarred, "tar_mb": 0.0042}))) == ["size"]
    finally:
        engine.remove(image)


def test_every_core_and_slow_image_is_compared() -> None:
    wanted = {r.name for r in RECIPES.values() if r.core or (r.slow and not r.name.startswith("localhost/"))}
    assert wanted - set(PUBLISHED) == set()
    for name, facts in PUBLISHED.items():
        assert facts["of"], f"{name}: whose size?"
        assert ("mb" in facts) != ("tar_mb" in facts), f"{name}: one size, or unknown"


def _of_variant(facts: Mapping[str, Any], variant: str) -> Mapping[str, Any]:
    """What the tags of a distroless image differ in, as the project's build files have it."""
    changed = dict(facts)
    if "nonroot" in variant:
        changed |= {"user": "65532", "workdir": "/home/nonroot"}
    if "debug" in variant:
        changed["env"] = {**facts["env"], "PATH": f"{facts['env']['PATH']}:/busybox"}
        changed["shell"] = "/busybox/sh"
        changed["entrypoint"] = facts.get("entrypoint", ["/busybox/sh"])
        # Of these tags no size is known: busybox, and in the java images the JDK.
        changed.pop("tar_mb", None)
    return changed


def _differences(engine: Engine, reference: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """(what, (published, found)) for all that is not as published."""
    config = engine.inspect(reference)["Config"]
    inside = look_inside(engine, reference)
    env = dict(line.partition("=")[::2] for line in config["Env"])
    for name in sorted({*facts["env"], *env}):
        published, has = facts["env"].get(name, "absent"), env.get(name, "absent")
        if not fnmatch.fnmatchcase(has, _pattern(published)) or (has == "absent" and published != "absent"):
            yield name, (published, has)
    for what, has in (
        ("entrypoint", config["Entrypoint"] or []),
        ("cmd", config["Cmd"] or []),
        ("expose", sorted(config.get("ExposedPorts") or {})),
    ):
        published = facts.get(what, [])
        if len(has) != len(published) or not all(
            fnmatch.fnmatchcase(one, _pattern(other)) for one, other in zip(has, published, strict=True)
        ):
            yield what, (published, has)
    plain = {
        "user": {"0": "", "root": ""}.get(config["User"], config["User"]),
        "workdir": config["WorkingDir"] or "/",
        "stopsignal": config.get("StopSignal") or "",
        "distro": _distro(inside.text("/etc/os-release")),
        "package_manager": "apt" if inside.has("/usr/bin/apt-get") or inside.has("/usr/bin/dpkg") else "",
        "shell": next((path for path in ("/bin/sh", "/bin/bash", "/busybox/sh") if inside.has(path)), ""),
    }
    for what, one in plain.items():
        published = facts.get(what, "/" if what == "workdir" else "")
        if one != published:
            yield what, (published, one)
    users = [":".join((name, uid, gid, home)) for name, _, uid, gid, _, home, *_ in _passwd(inside)]
    yield from ((f"user {user}", (user, users)) for user in facts.get("users", ()) if user not in users)
    yield from ((path, ("there", "absent")) for path in _all(facts, "files", "also") if not inside.has(path))
    yield from ((path, ("absent", "there")) for path in _all(facts, "absent", "lacks") if inside.has(path))
    yield from _size(engine, reference, facts)


def _all(facts: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        yield from facts.get(name, ())


def _size(engine: Engine, reference: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if facts.get("mb", "unknown") != "unknown":
        published, megabytes = facts["mb"], engine.size(reference) / 1e6
    elif "tar_mb" in facts:
        published, megabytes = facts["tar_mb"], _archived(engine, reference) / 1e6
    else:
        return
    if megabytes != pytest.approx(published, rel=TOLERANCE):
        yield "size", (published, round(megabytes, 1))


def _archived(engine: Engine, reference: str) -> int:
    """Bytes of the image's files as members of an archive: a header each, and filled up to whole blocks."""
    with engine.exported(reference) as tar:
        return sum(512 + -(-member.size // 512) * 512 for member in tar)


def _pattern(published: object) -> str:
    """Only `*` stands for anything."""
    return str(published).replace("[", "[[]").replace("?", "[?]")


def _distro(release: str) -> str:
    fields = dict(line.partition("=")[::2] for line in release.splitlines())
    return " ".join(fields.get(name, "").strip('"') for name in ("ID", "VERSION_ID"))


def _passwd(inside: Inside) -> Iterator[list[str]]:
    yield from (line.split(":") for line in inside.text("/etc/passwd").splitlines())
