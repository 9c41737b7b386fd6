"""Version intelligence: which release a base stays on, what is said of one that ended, and where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung
from minify.planner import Wish

DIGEST = "@sha256:" + "a" * 64
APP = 'WORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n'
GO = "COPY . .\nRUN CGO_ENABLED=0 go build -o /x .\n\n"
RUN = 'COPY --from=b /x /x\nCMD ["/x"]\n'
FILES = {
    "app.py": "print(1)\n",
    "index.js": "",
    "main.go": "package main\n\nfunc main() {}\n",
    "go.mod": "module example.org/x\n\ngo 1.26\n",
}


def fixed(folder: Path, text: str, wish: Wish, **files: str) -> api.Outcome:
    (folder / ".git").mkdir(exist_ok=True)
    for name, content in {**FILES, **files, "Dockerfile": text}.items():
        (folder / name).write_text(content)
    return api.fix(folder / "Dockerfile", wish=wish)


def origins(outcome: api.Outcome) -> list[str]:
    """The ARG lines before the first FROM, and each FROM's image."""
    text = outcome.patch.after.text
    found: list[str] = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["FROM"]:
            found.append(next(word for word in words[1:] if not word.startswith("--")))
        elif words[:1] == ["ARG"] and not any(not one.startswith(("ARG ", "A=")) for one in found if " " in one):
            found.append(line)
    return found


UPGRADED = [
    pytest.param(f"FROM python:3.8-slim-buster\n{APP}", ["python:3.11-slim"], id="the tag"),
    pytest.param(
        f"ARG V=3.8\nFROM python:${{V}}-slim\n{APP}", ["ARG V=3.11", "python:${V}-slim"], id="the default of its ARG"
    ),
    pytest.param(f"ARG V=3.8\nFROM python:$V-slim\n{APP}", ["ARG V=3.11", "python:$V-slim"], id="without braces"),
    pytest.param(
        f"ARG BASE=python:3.8-slim\nFROM $BASE\n{APP}", ["ARG BASE=python:3.11-slim", "$BASE"], id="the whole base"
    ),
    pytest.param(
        f"ARG V=3.8\nFROM python:${{V}} AS b\nRUN pip install --user flask\nFROM python:${{V}}-slim\nCOPY --from=b /root/.local /root/.local\n{APP}",
        ["ARG V=3.11", "python:${V}", "python:${V}-slim"],
        id="two FROMs that want the same",
    ),
]


@pytest.mark.parametrize(("text", "wanted"), UPGRADED)
def test_a_release_that_ended_gives_way_when_that_is_asked(tmp_path: Path, text: str, wanted: list[str]) -> None:
    without = fixed(tmp_path, text, Wish())
    assert [s.fix.code for s in without.skipped if s.fix.code == "end-of-life"], "it is shown"
    assert "reached its end of life on 2024-10-07; python:3.11" in " ".join(s.fix.reason for s in without.skipped)
    assert "3.11" not in without.patch.after.text.replace("python3.11", "")
    assert origins(fixed(tmp_path, text, Wish(upgrade=True)))[: len(wanted)] == wanted


NAMED = [
    pytest.param(f"FROM python:3.8{DIGEST}\n{APP}", "nothing that the catalog knows takes its place", id="a digest"),
    pytest.param(
        f"ARG D={DIGEST[1:]}\nFROM python:3.8@${{D}}\n{APP}",
        "nothing that the catalog knows takes its place",
        id="a digest's ARG",
    ),
    pytest.param(f"FROM python:2.7\n{APP}", "nothing that the catalog knows takes its place", id="another language"),
    pytest.param(
        f"ARG S=-slim\nFROM python:3.8${{S}}\n{APP}",
        "python:3.11-slim is the next release",
        id="an ARG for the variant",
    ),
    pytest.param(f"FROM python:${{V:-3.8}}\n{APP}", "python:3.11 is the next release", id="a default in the FROM"),
    pytest.param(
        f"ARG V=3.8\nFROM python:${{V}} AS b\nFROM alpine:${{V}}\nCOPY --from=b /etc/passwd /x\n{APP}",
        "python:3.11 is the next release",
        id="two FROMs that want something else",
    ),
    pytest.param(
        f"ARG V=3.8\nARG T=${{V}}-slim\nFROM python:${{V}} AS b\nFROM python:${{T}}\nCOPY --from=b /etc/passwd /x\n{APP}",
        "python:3.11 is the next release",
        id="an ARG in an ARG",
    ),
    pytest.param("FROM postgres:9.6\n", "nothing that the catalog knows takes its place", id="data on disk"),
]


@pytest.mark.parametrize(("text", "reason"), NAMED)
def test_a_release_that_ended_is_named_where_it_cannot_be_written(tmp_path: Path, text: str, reason: str) -> None:
    before = origins(fixed(tmp_path, text, Wish()))
    outcome = fixed(tmp_path, text, Wish(upgrade=True))
    assert origins(outcome) == before
    said = [d.reason for d in outcome.plan.decisions if d.outcome is Outcome.CHECK and d.subject.startswith("FROM ")]
    assert any(reason in one for one in said), said


@pytest.mark.parametrize("base", ["python", "python:latest", "python:slim", "python:3"])
def test_a_tag_that_names_no_version_is_named(tmp_path: Path, base: str) -> None:
    outcome = fixed(tmp_path, f"FROM {base}\n{APP}", Wish())
    said = [d.reason for d in outcome.plan.decisions if d.subject == f"FROM {base}" and d.outcome is Outcome.CHECK]
    assert (said == ["names no version: what it is may change with every build"]) is (base != "python:3"), said


KEPT = [
    ("FROM python:3.8-buster\nRUN apt-get update\n", "python:3.8-buster"),
    ("FROM node:18-bullseye\n", "node:18-bullseye"),
    (f"FROM python:3.12{DIGEST}\n", f"python:3.12{DIGEST}"),
    ("FROM ruby:3.2-bookworm\n", "ruby:3.2-bookworm"),
]


@pytest.mark.parametrize(("text", "base"), KEPT)
@pytest.mark.parametrize("to", list(Rung)[1:])
def test_minor_release_distribution_and_digest_stay(tmp_path: Path, text: str, base: str, to: Rung) -> None:
    outcome = fixed(tmp_path, text + APP, Wish(to=to))
    written = origins(outcome)[0]
    version, _, rest = base.partition("-")
    assert written == base or (written.startswith(f"{version}-slim") and rest in written), written
    assert "@" not in "".join(origins(outcome)[1:]), "a digest belongs to its own base"


FINAL = [
    pytest.param(f"FROM golang:1.26 AS b\n{GO}FROM debian:12{DIGEST}\n{RUN}", [], "static", id="a digest goes with its base"),
    pytest.param(f"ARG BASE=debian:12\nFROM golang:1.26 AS b\n{GO}FROM ${{BASE}}\n{RUN}", ["ARG BASE=gcr.io/distroless/static-debian13"], "${BASE}", id="the whole base"),
    pytest.param(f"# Debian\nARG V=12\nFROM golang:1.26 AS b\n{GO}FROM debian:$V\n{RUN}", [], "static", id="only the tag"),
    pytest.param(f"ARG V=12\nFROM golang:1.26 AS b\nARG V\n{GO}FROM debian:$V\n{RUN}", ["ARG V=12", "ARG V"], "static", id="a stage reads it"),
    pytest.param(f"ARG V=3\nFROM golang:1.26-alpine$V AS b\n{GO}FROM alpine:$V\n{RUN}", ["ARG V=3"], "static", id="another FROM reads it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "arguments", "last"), FINAL)
def test_the_base_of_a_final_stage_is_replaced_where_it_is_chosen(
    tmp_path: Path, text: str, arguments: list[str], last: str
) -> None:
    outcome = fixed(tmp_path, text, Wish())
    after = outcome.patch.after.text
    assert [line for line in after.splitlines() if line.startswith("ARG")] == arguments
    assert last in origins(outcome)[-1] and "@" not in origins(outcome)[-1]
    assert "# Debian" not in after or arguments, "a comment goes with its ARG"


CHOSEN = [
    (
        "ARG V=22\nFROM node:${V}-slim\nWORKDIR /app\nCOPY app.js .\n",
        "ARG V",
        "gcr.io/distroless/nodejs22-debian13 is for its default, 22",
    ),
    (
        "FROM node:22-slim\nARG D=/srv\nWORKDIR $D\nCOPY app.js .\n",
        "ARG D",
        "the final stage copies by its default, /srv:",
    ),
    (
        "FROM node:22-slim\nARG D=/srv\nENV HERE=$D/app\nCOPY app.js $HERE/\nWORKDIR $HERE\n",
        "ARG D",
        "the final stage copies by its default, /srv:",
    ),
]


@pytest.mark.parametrize(("text", "subject", "reason"), CHOSEN)
def test_a_default_that_the_final_stage_is_planned_for_is_told(
    tmp_path: Path, text: str, subject: str, reason: str
) -> None:
    outcome = fixed(
        tmp_path, f'{text}CMD ["node", "app.js"]\n', Wish(), **{"app.js": "console.log(1)\n", "package.json": "{}"}
    )
    told = [d for d in outcome.plan.decisions if d.outcome is Outcome.CHECK]
    assert [d.subject for d in told] == [subject] and reason in told[0].reason


OVERRIDDEN = [
    ("compose.yaml", "services:\n  a:\n    build:\n      context: .\n      args:\n        V: '3.9'\n", 6),
    ("compose.yaml", "services:\n  a:\n    build:\n      context: .\n      args: [V=3.9]\n", 5),
    ("Makefile", "all:\n\tdocker build --build-arg V=3.9 .\n", 2),
    ("docker-bake.hcl", 'target "a" {\n  args = { V = "3.9" }\n}\n', 1),
]


@pytest.mark.parametrize(("name", "content", "line"), OVERRIDDEN)
def test_a_default_that_a_build_overrides_is_told(tmp_path: Path, name: str, content: str, line: int) -> None:
    text = f"ARG V=3.12\nFROM python:${{V}}-slim\n{APP}"
    around = api.look_around(fixed(tmp_path, text, Wish(), **{name: content})).around
    assert around is not None
    assert [(f.file, f.line, f.subject) for f in around.findings] == [(name, line, "the build argument V")]
    assert "is 3.9 here, and chooses the base image" in around.findings[0].reason
    same = api.look_around(fixed(tmp_path, text, Wish(), **{name: content.replace("3.9", "3.12")})).around
    assert same is not None and same.findings == ()


FIXED = [
    pytest.param("ARG V=22\nFROM node:${V} AS build\nRUN node --version\nFROM node:$V-slim\n", True, id="of two stages"),
    pytest.param("ARG V=22\nFROM node:$V-slim AS build\n", True, id="of the stage that builds"),
    pytest.param("ARG BASE=node:22-slim\nFROM $BASE\n", True, id="the whole base of the stage that builds"),
    pytest.param("FROM node:22-slim\n", False, id="no ARG"),
    pytest.param("ARG V=3.12\nFROM python:$V-slim\n", False, id="a runtime that comes from the stage that builds"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "told"), FIXED)
def test_an_arg_that_no_longer_chooses_the_final_version_is_named(tmp_path: Path, head: str, told: bool) -> None:
    start = '["python", "app.py"]' if "python" in head else '["node", "index.js"]'
    outcome = fixed(tmp_path, f"{head}WORKDIR /app\nCOPY app.py index.js ./\nCMD {start}\n", Wish())
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    said = [d.reason for d in outcome.plan.decisions if d.outcome is Outcome.CHECK and d.subject.startswith("ARG ")]
    assert bool(said) is told
