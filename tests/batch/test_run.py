"""A whole run: what it finds, what it writes, and that it touches nothing else."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.batch.conftest import SLIM, Batch, hashes
from tests.batch.generate import ENVIRONMENT, git, repository, sample_files, write
from tests.samples import SAMPLES

CHANGED = {
    "repos/site": {"Dockerfile": "node-express-uploads"},
    "repos/math": {"Dockerfile": "go-web-templates"},
    "repos/team/shop": {"api/Dockerfile": "python-flask-postgres"},
}


def expected(name: str) -> bytes:
    return (SAMPLES / name / "expected" / "Dockerfile").read_bytes()


def test_patches(repos: Path, tmp_path: Path, batch: Batch) -> None:
    """Each applies with `git am`, gives what `fix` gives, and no repository is touched."""
    before = hashes(repos)
    answer = batch("repos", "--patches", "patches")
    assert (answer.code, hashes(repos)) == (0, before), answer.err
    for name, files in CHANGED.items():
        place = tmp_path / name if (tmp_path / name).exists() else tmp_path / f"{name}.git"
        clone = tmp_path / "clones" / name
        git(tmp_path, "clone", "--quiet", str(place), str(clone))
        git(clone, "am", "--quiet", str(tmp_path / "patches" / f"{name}.patch"))
        for path, sample in files.items():
            assert (clone / path).read_bytes() == expected(sample)
        touched = git(clone, "diff", "--name-only", "HEAD~1").splitlines()
        assert touched == (["api/Dockerfile", "tools/Dockerfile"] if "shop" in name else ["Dockerfile"])
        message = git(clone, "log", "-1", "--format=%an|%ae|%ad|%B", "--date=raw")
        assert message.startswith("A. Uthor|author@example.org|1700000000 +0100|")
        assert "build context" in message


def test_the_message_gives_the_reasons(repos: Path, tmp_path: Path, batch: Batch) -> None:
    batch("repos/site", "--patches", "patches")
    message = (tmp_path / "patches" / "site.patch").read_text("utf-8").partition("\n---\n")[0]
    decisions = json.loads((SAMPLES / "node-express-uploads" / "expected" / "decisions.json").read_text("utf-8"))[
        "decisions"
    ]
    for decision in decisions:
        if decision["outcome"] in ("dropped", "replaced", "added", "check"):
            assert decision["subject"][:20] in message


def test_a_branch(repos: Path, tmp_path: Path, batch: Batch) -> None:
    """A commit on a new branch; the work tree, the index and the current branch stay what they are."""
    shop = repos / "team" / "shop"
    (shop / "notes.txt").write_text("not committed")
    (shop / "api" / "Dockerfile").write_text("FROM scratch\n# work in progress\n")
    git(shop, "add", "notes.txt")
    own = ("/.git/objects", "/refs/heads/slim", ".git/objects", "/objects/")
    before, status, head = hashes(repos, own), git(shop, "status", "--porcelain"), git(shop, "rev-parse", "HEAD")
    answer = batch("repos/team/shop", "repos/math.git", "--branch", "slim")
    assert answer.code == 0, answer.err
    assert hashes(repos, (*own, "/logs/refs/heads/slim")) == before
    assert git(shop, "status", "--porcelain") == status
    assert git(shop, "symbolic-ref", "HEAD") == "refs/heads/main"
    # What was committed is what is changed, whatever lies in the work tree
    assert git(shop, "rev-parse", "slim~1") == head
    assert git(shop, "diff", "--name-only", "main", "slim").splitlines() == ["api/Dockerfile", "tools/Dockerfile"]
    assert git(shop, "show", "slim:api/Dockerfile").encode() + b"\n" == expected("python-flask-postgres")
    assert git(repos / "math.git", "show", "slim:Dockerfile").encode() + b"\n" == expected("go-web-templates")
    assert git(shop, "fsck", "--strict", "--no-dangling") == ""
    # A second run finds it there
    first = git(shop, "rev-parse", "slim")
    assert batch("repos/team/shop", "repos/math.git", "--branch", "slim").code == 0
    assert batch("repos/team/shop", "--branch", "slim", "--output", "other").code == 0
    assert git(shop, "rev-parse", "slim") == first


def test_a_branch_of_somebody_else_is_left_alone(repos: Path, batch: Batch) -> None:
    shop = repos / "team" / "shop"
    git(shop, "branch", "taken")
    answer = batch("repos/team/shop", "repos/site", "--branch", "taken")
    assert answer.code == 2
    assert "the branch taken is there already, and another commit is on it" in answer.err
    assert git(shop, "rev-parse", "taken") == git(shop, "rev-parse", "main")
    # The others have theirs
    assert git(repos / "site", "show", "taken:Dockerfile").encode() + b"\n" == expected("node-express-uploads")


def test_our_branch_moves_on_with_its_base(repos: Path, batch: Batch) -> None:
    site = repos / "site"
    batch("repos/site", "--branch", "slim")
    first = git(site, "rev-parse", "slim")
    (site / "README.md").write_text("new\n")
    git(site, "add", "README.md")
    git(site, "commit", "--quiet", "--message=More")
    assert batch("repos/site", "--branch", "slim").code == 0
    assert git(site, "rev-parse", "slim") != first
    assert git(site, "rev-parse", "slim~1") == git(site, "rev-parse", "main")


def test_in_place(repos: Path, batch: Batch) -> None:
    before = hashes(repos)
    answer = batch("repos", "--in-place", "--yes")
    # A bare repository has no files to change
    assert answer.code == 2
    assert "repos/math: " in answer.err
    assert (repos / "site" / "Dockerfile").read_bytes() == expected("node-express-uploads")
    after = hashes(repos)
    assert {name for name in after if before.get(name) != after[name]} == {
        *("site/Dockerfile", "team/shop/api/Dockerfile", "team/shop/tools/Dockerfile", "loose/Dockerfile")
    }
    # Again: nothing more to do, and the reports stay what they were
    inventory = (repos.parent / "dockminify-batch" / "inventory.json").read_bytes()
    assert batch("repos", "--in-place", "--yes").code == 2
    assert hashes(repos) == after
    assert (repos.parent / "dockminify-batch" / "inventory.json").read_bytes() == inventory


def test_report_only(repos: Path, tmp_path: Path, batch: Batch) -> None:
    before = hashes(repos)
    answer = batch("repos", "--report")
    assert (answer.code, hashes(repos)) == (0, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dockminify-batch", "repos"]
    assert "6 Dockerfiles in 4 repositories" in answer.out
    assert "5 changed, 1 refused" in answer.out
    # One broken file stops nothing, and is named with its line
    status = batch("status", "--outcome", "refused").out
    assert "loose/broken/Dockerfile" in status
    assert "unknown instruction: FORM" in status


def test_the_text_of_a_pull_request(repos: Path, tmp_path: Path, batch: Batch) -> None:
    batch("repos")
    text = (tmp_path / "dockminify-batch" / "pull-requests" / "repos" / "team" / "shop.md").read_text("utf-8")
    assert text.startswith("# Smaller images from 2 Dockerfiles\n\nNothing was built yet")
    assert (
        "| `api/Dockerfile` | distroless | `python:3.11` → `gcr.io/distroless/static-debian13`, 1127 MB less before what the build adds |"
        in text
    )
    assert "## api/Dockerfile\n\nBuild context `api`: " in text
    assert "- `gcc`: compiler: nothing calls it at run time (line 8)" in text


def test_teams_have_templates_of_their_own(repos: Path, tmp_path: Path, batch: Batch) -> None:
    write(
        tmp_path,
        {
            "own/pull-request.md.j2": b"{{ repository }}: {{ files | length }}\n",
            "own/commit-message.txt.j2": b"chore: smaller\n---\ndiff --git a/x b/x\nFrom: me\n",
        },
    )
    batch("repos/site", "--templates", "own", "--patches", "patches")
    assert (tmp_path / "dockminify-batch" / "pull-requests" / "site.md").read_text() == "site: 1\n"
    # What would end the message, or the mail's head, is a line of the message
    git(repos / "site", "am", "--quiet", str(tmp_path / "patches" / "site.patch"))
    assert git(repos / "site", "log", "-1", "--format=%B").splitlines() == [
        *("chore: smaller", "", " ---", " diff --git a/x b/x", " From: me")
    ]
    write(tmp_path, {"wrong/pull-request.md.j2": b"{{ nonsense }}\n"})
    answer = batch("repos/team/shop", "--templates", "wrong")
    assert answer.code == 2
    assert "the template pull-request.md.j2 cannot be rendered" in answer.err


def test_the_inventory(repos: Path, tmp_path: Path, batch: Batch) -> None:
    answer = batch("repos", "--format", "json")
    found = json.loads(answer.out)
    folder = tmp_path / "dockminify-batch"
    assert json.loads((folder / "inventory.json").read_text()) == found
    assert (found["files"], found["repositories"], found["finished"]) == (6, 4, True)
    assert found["states"]["changed"] == 5
    assert {rung["rung"]: rung["files"] for rung in found["rungs"]} == {"distroless": 3, "slim": 2, "refused": 1}
    bases = {base["reference"]: base for base in found["bases"]}
    assert (bases["debian:12-slim"]["files"], bases["debian:12-slim"]["final"]) == (2, 2)
    assert bases["python:3.11"]["publisher"] == "Docker Official Image"
    assert found["blockers"][0]["files"] == 2
    assert (
        "tools/Dockerfile:3" in found["blockers"][0]["example"]
        or "loose/Dockerfile:3" in found["blockers"][0]["example"]
    )
    assert found["estimated_mb_saved"] > 1000
    rows = list(csv.DictReader((folder / "inventory.csv").read_text().splitlines()))
    assert [row["path"] for row in rows if row["repository"] == "repos/team/shop"] == [
        "api/Dockerfile",
        "tools/Dockerfile",
    ]
    for end, form in (("csv", "csv"), ("md", "markdown"), ("html", "html")):
        assert batch("inventory", "--format", form).out == (folder / f"inventory.{end}").read_text()
    assert "python:3.11" in batch("inventory").out


def test_hostile_names_are_only_text(tmp_path: Path, batch: Batch) -> None:
    """A repository may be called, and a Dockerfile may say, whatever somebody likes."""
    evil = b"FROM evil.example/<script>alert(1)</script>\n"
    named = b'FROM evil.example/a:1\nRUN pip install x\nCMD ["=cmd()", "<img src=x>", "[a](javascript:b)"]\n'
    repository(
        tmp_path / "repos" / "<b>x", {"Dockerfile.=1+1": named, "<i>/Dockerfile": evil, "@all/Dockerfile": named}
    )
    assert batch("repos").code == 0
    folder = tmp_path / "dockminify-batch"
    page = (folder / "inventory.html").read_text()
    assert "<script>alert" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    cells = [cell for row in csv.reader((folder / "inventory.csv").read_text().splitlines()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))]
    text = next((folder / "pull-requests").rglob("*.md")).read_text()
    assert "<img" not in text.replace("`", "")


def test_status(repos: Path, batch: Batch) -> None:
    batch("repos")
    assert "repos/site: Dockerfile: changed: distroless on gcr.io/distroless/nodejs22-debian13" in batch("status").out
    said = json.loads(batch("status", "--format", "json", "--repository", "repos/team/*").out)
    assert [(row["path"], row["state"], row["context"]) for row in said["files"]] == [
        *(("api/Dockerfile", "changed", "api"), ("tools/Dockerfile", "changed", "tools"))
    ]
    verbose = batch("status", "--verbose", "--outcome", "changed", "--repository", "repos/site").out
    assert "build context .: the Dockerfile's own folder" in verbose


def test_what_is_read(tmp_path: Path, batch: Batch) -> None:
    """By name and content; not what is ignored, vendored, a template, or a link."""
    files = {
        **dict.fromkeys(("Dockerfile", "web.Dockerfile", "Dockerfile.dev", "deploy/Containerfile"), SLIM),
        **dict.fromkeys(("node_modules/x/Dockerfile", "vendor/y/Dockerfile", "a/third_party/Dockerfile"), SLIM),
        "Dockerfile.md": b"FROM here on, read\n",
        "Dockerfile.notes": b"remember the milk\n",
        "Dockerfile.j2": b"FROM {{ base }}\n",
        "Dockerfile.dockerignore": b"*\n",
        "t/Dockerfile.tpl": b"FROM a\n",
        "link/Dockerfile": b"->../Dockerfile",
        ".gitignore": b"build/\n*.local\n!keep.local/\n",
    }
    ignored = {"build/Dockerfile": SLIM, "Dockerfile.local": SLIM}
    repository(tmp_path / "a" / "tracked", files)
    write(tmp_path / "b", {**files, **ignored})
    names = ["Dockerfile", "Dockerfile.dev", "deploy/Containerfile", "web.Dockerfile"]
    for folder in ("a", "b"):
        batch(folder, "--output", f"out-{folder}")
        said = json.loads(batch("status", f"out-{folder}", "--format", "json").out)
        assert [row["path"] for row in said["files"]] == names, folder


def test_a_work_tree_and_its_clone_give_the_same(tmp_path: Path, batch: Batch) -> None:
    """Read from objects, by a work tree, a bare repository, and a URL."""
    place = repository(tmp_path / "one" / "app", sample_files("python-django-sqlite"))
    git(tmp_path, "clone", "--quiet", "--bare", str(place), "two/app.git")
    texts = []
    for number, source in enumerate((str(place), "two/app.git", f"file://{place}")):
        answer = batch(source, "--patches", f"p{number}", "--output", f"o{number}")
        assert answer.code == 0, answer.err
        patches = list((tmp_path / f"p{number}").rglob("*.patch"))
        assert len(patches) == 1
        texts.append(patches[0].read_bytes())
    assert texts[0] == texts[1] == texts[2]


def test_settings_of_a_repository_hold(tmp_path: Path, batch: Batch) -> None:
    """Also where there is no work tree to read them from."""
    for bare in (False, True):
        files = {**sample_files("node-express-uploads", "a/"), **sample_files("node-express-uploads", "b/")}
        files["b/.dockminify.toml"] = b'to = "slim"\n'
        place = repository(tmp_path / f"r{bare}", files, bare=bare)
        batch(str(place), "--output", f"o{bare}")
        said = json.loads(batch("status", f"o{bare}", "--format", "json").out)
        assert [(row["path"], row["rung"]) for row in said["files"]] == [
            ("a/Dockerfile", "distroless"),
            ("b/Dockerfile", "slim"),
        ]


def test_a_registry_and_settings_for_some_paths(tmp_path: Path, batch: Batch) -> None:
    """Options and overrides of `fix` mean the same here."""
    files = {**sample_files("node-express-uploads", "a/"), **sample_files("node-express-uploads", "b/")}
    files[".dockminify.toml"] = b'[[paths]]\nmatch = "b/Dockerfile"\nto = "slim"\n'
    place = repository(tmp_path / "r", files, bare=True)
    assert batch(str(place), "--registry", "registry.example", "--branch", "x").code == 0
    said = json.loads(batch("status", "--format", "json").out)
    assert [(row["path"], row["rung"]) for row in said["files"]] == [
        ("a/Dockerfile", "distroless"),
        ("b/Dockerfile", "slim"),
    ]
    assert "FROM registry.example/distroless/nodejs22-debian13" in git(place, "show", "x:a/Dockerfile")


def test_wrong_settings_cost_their_own_files_only(tmp_path: Path, batch: Batch) -> None:
    files = {
        **sample_files("node-express-uploads", "a/"),
        "b/Dockerfile": SLIM,
        "b/.dockminify.toml": b"nonsense = 1\n",
    }
    repository(tmp_path / "r", files)
    answer = batch("r")
    assert answer.code == 2
    assert "nonsense is not a setting" in answer.err
    said = json.loads(batch("status", "--format", "json").out)
    assert [(row["path"], row["state"]) for row in said["files"]] == [
        ("a/Dockerfile", "changed"),
        ("b/Dockerfile", "error"),
    ]
    # No folder of ours is in the message
    assert said["files"][1]["message"].startswith("b/.dockminify.toml: ")


@pytest.mark.parametrize("kind", ["empty", "no commit", "not git", "corrupt"])
def test_a_repository_that_cannot_be_read_stops_nothing(kind: str, repos: Path, batch: Batch) -> None:
    odd = repos / "odd"
    if kind == "empty":
        odd.mkdir()
        assert batch("repos").code == 0
        return
    if kind == "no commit":
        odd.mkdir()
        git(odd, "init", "--quiet")
    elif kind == "not git":
        write(odd, {".git": b"gitdir: /nowhere\n", "Dockerfile": SLIM})
    else:
        repository(odd, {"Dockerfile": SLIM})
        for path in (odd / ".git" / "objects").glob("*/*"):
            path.chmod(0o644)
            path.write_bytes(b"rubbish")
    answer = batch("repos")
    assert answer.code == 2
    assert "repos/odd: " in answer.err
    assert "5 changed, 1 refused" in answer.out
    assert "Not read or not written" in answer.out


def test_hooks_are_not_run(repos: Path, tmp_path: Path, batch: Batch) -> None:
    """What a repository would run when somebody works in it is not run for us."""
    site = repos / "site"
    hook = site / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    git(site, "config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    assert batch("repos/site", "--branch", "slim").code == 0
    assert batch("repos/site", "--in-place", "--yes").code == 0
    assert not (tmp_path / "ran").exists()
    assert ENVIRONMENT["GIT_CONFIG_GLOBAL"] == "/dev/null"


def test_each_image_that_a_file_builds(tmp_path: Path, batch: Batch) -> None:
    """What is built by name is known of a repository without a work tree too."""
    stages = b"FROM golang:1.26 AS build\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /x .\n\n"
    stages += b'FROM debian:13 AS worker\nCOPY --from=build /x /x\nCMD ["/x", "work"]\n\n'
    stages += b'FROM debian:13 AS lint\nCOPY --from=build /x /x\nCMD ["/x", "lint"]\n\n'
    stages += b'FROM debian:13\nCOPY --from=build /x /x\nCMD ["/x"]\n'
    files = {
        "Dockerfile": stages,
        "go.mod": b"module example.org/x\n\ngo 1.26\n",
        "main.go": b"package main\n\nfunc main() {}\n",
        "docker-bake.hcl": b'target "w" {\n  target = "worker"\n}\ntarget "l" {\n  target = "lint"\n}\n',
    }
    place = repository(tmp_path / "shop", files, bare=True)
    assert batch(str(place), "--patches", "patches").code == 0
    (patch,) = (tmp_path / "patches").iterdir()
    text = patch.read_text()
    assert text.count("+FROM gcr.io/distroless/static-debian13") == 2
    assert "+FROM gcr.io/distroless/static-debian13 AS worker" in text
    assert "+FROM debian:13 AS lint" not in text and "-FROM debian:13 AS lint" not in text
