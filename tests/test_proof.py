"""The ladder walked down: what is tried after what, on evidence that a fake engine gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from minify import api
from minify import proof as proving
from minify.context.tree import Context
from minify.edit import Safety
from minify.plan import Options, Rung, Target
from minify.planner import Wish
from minify.proof import MAX_STEPS, Proof, prove
from minify.syntax import Source
from minify.verify.engine import BuildError, silent
from minify.verify.verdict import Finding, Section, Verdict, Verification

DOCKERFILE = """\
FROM python:3.12
WORKDIR /app
RUN apt-get update && apt-get install -y gcc
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""

Answer = Verification | BuildError


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "app.py").write_text("import flask\nprint(flask)\n")
    return Context(tmp_path, tmp_path / "Dockerfile")


def verification(verdict: Verdict, repair: tuple[str, ...] = ()) -> Verification:
    finding = Finding(what="the thing", verdict=verdict, repair=repair)
    return Verification(engine="fake 1", sections=(Section.of("closure", "", [finding]),))


def failure(*, original: bool = False) -> BuildError:
    return BuildError("step 3 failed", log="…", original=original, path="Dockerfile", line=3)


def answers(given: Sequence[Answer], seen: list[api.Outcome]) -> Callable[[api.Outcome], Verification]:
    """A check that answers in turn, the last one for ever."""

    def check(outcome: api.Outcome) -> Verification:
        answer = given[min(len(seen), len(given) - 1)]
        seen.append(outcome)
        if isinstance(answer, BuildError):
            raise answer
        return answer

    return check


def walk(context: Context, given: Sequence[Answer], wish: Wish | None = None) -> tuple[Proof, list[api.Outcome]]:
    seen: list[api.Outcome] = []
    source = Source.from_bytes(DOCKERFILE.encode(), "Dockerfile")
    proof = prove(source, context, wish or Wish(), Safety.INFERRED, lambda _: answers(given, seen), silent)
    return proof, seen


SAME = verification(Verdict.SAME)
WORSE = verification(Verdict.DIFFERENT)
LACKS = verification(Verdict.DIFFERENT, ("/usr/lib/libfoo.so.1",))
LACKS_MORE = verification(Verdict.DIFFERENT, ("/usr/lib/libbar.so.1",))


def rungs(proof: Proof) -> list[str]:
    return [step.rung.label for step in proof.steps]


def test_the_best_rung_that_passes_is_taken_at_once(context: Context) -> None:
    proof, seen = walk(context, [SAME])
    assert (rungs(proof), proof.outcome) == (["distroless"], seen[0])
    assert proof.verification is SAME


def test_what_the_new_image_lacks_is_taken_along(context: Context) -> None:
    proof, seen = walk(context, [LACKS, SAME])
    assert rungs(proof) == ["distroless", "distroless"]
    assert [step.repairs for step in proof.steps] == [(), ("/usr/lib/libfoo.so.1",)]
    assert "/usr/lib/libfoo.so.1" not in seen[0].patch.after.text
    assert "/usr/lib/libfoo.so.1" in seen[1].patch.after.text
    assert proof.outcome is seen[1]
    reasons = [d.reason for d in seen[1].plan.decisions if d.subject == "/usr/lib/libfoo.so.1"]
    assert reasons == ["without it the built image was different: the thing"]


def test_repairs_add_up(context: Context) -> None:
    proof, seen = walk(context, [LACKS, LACKS_MORE, SAME])
    assert proof.steps[-1].repairs == ("/usr/lib/libfoo.so.1", "/usr/lib/libbar.so.1")
    assert "libfoo" in seen[2].patch.after.text and "libbar" in seen[2].patch.after.text


def test_a_repair_that_does_not_help_is_not_tried_again(context: Context) -> None:
    proof, _ = walk(context, [LACKS, LACKS, SAME])
    assert rungs(proof) == ["distroless", "distroless", "pruned"]
    assert proof.steps[2].repairs == (), "what was taken along for one rung says nothing about the next"


@pytest.mark.parametrize("first", [WORSE, failure()], ids=["different", "does not build"])
def test_a_rung_that_fails_leads_one_down(context: Context, first: Answer) -> None:
    proof, _ = walk(context, [first, SAME])
    assert rungs(proof) == ["distroless", "pruned"]
    assert proof.outcome is not None and proof.outcome.plan.rung.label == "pruned"


def test_the_last_rung_is_slim(context: Context) -> None:
    proof, _ = walk(context, [WORSE, WORSE, WORSE, SAME])
    assert rungs(proof) == ["distroless", "pruned", "pruned", "slim"]
    assert proof.outcome is not None and proof.outcome.plan.rung.label == "slim"


def test_a_whole_root_without_a_shell_leads_to_one_with_it(context: Context) -> None:
    proof, seen = walk(context, [WORSE, WORSE, SAME])
    assert ["rbash" in outcome.patch.after.text for outcome in seen] == [False, True, False]
    assert (rungs(proof)[-1], proof.steps[-1].repairs) == ("pruned", ("/bin/sh",))


def test_another_server_has_no_rungs(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("x")
    text = "FROM nginx:1.26\nCOPY index.html /usr/share/nginx/html/\n"
    (tmp_path / "Dockerfile").write_text(text)
    seen: list[api.Outcome] = []
    found = prove(
        Source.from_bytes(text.encode(), "Dockerfile"),
        Context(tmp_path, tmp_path / "Dockerfile"),
        Wish(options=Options(server="static-web-server")),
        Safety.INFERRED,
        lambda _: answers([WORSE], seen),
        silent,
    )
    assert found.outcome is None and len(seen) == 1


def test_scratch_leads_to_distroless(context: Context) -> None:
    proof, _ = walk(context, [WORSE, SAME], Wish(to=Rung.SCRATCH))
    assert rungs(proof) == ["scratch", "distroless"]


def test_nothing_is_proven_when_no_rung_passes(context: Context) -> None:
    proof, seen = walk(context, [WORSE])
    assert proof.outcome is None
    assert len(seen) == len(proof.steps) <= MAX_STEPS
    texts = [outcome.patch.after.text for outcome in seen]
    assert len(set(texts)) == len(texts), "no text is built twice"


def test_what_cannot_be_decided_is_no_proof_and_a_lower_rung_would_not_help(context: Context) -> None:
    proof, seen = walk(context, [verification(Verdict.INCONCLUSIVE)])
    assert (proof.outcome, len(seen)) == (None, 1)


def test_endless_new_evidence_comes_to_an_end(context: Context) -> None:
    given = [verification(Verdict.DIFFERENT, (f"/usr/lib/lib{number}.so",)) for number in range(50)]
    proof, seen = walk(context, given)
    assert proof.outcome is None
    assert len(seen) <= MAX_STEPS


def test_a_line_of_the_patched_text_is_not_taken_for_one_of_the_users(context: Context) -> None:
    proof, _ = walk(context, [failure(), SAME])
    assert str(proof.steps[0].failure) == "Dockerfile (patched):3: step 3 failed"


def test_an_original_that_does_not_build_is_said(context: Context) -> None:
    with pytest.raises(BuildError) as caught:
        walk(context, [failure(original=True)])
    assert caught.value.original


@pytest.mark.parametrize(
    "wish",
    [Wish(), Wish(to=Rung.SCRATCH), Wish(to=Rung.PRUNED), Wish(options=Options(user="65532:65532"))],
    ids=["as it is", "scratch", "pruned", "another user"],
)
def test_the_decisions_are_known_of_what_fix_made(context: Context, wish: Wish) -> None:
    source = Source.from_bytes(DOCKERFILE.encode(), "Dockerfile")
    made = api.fix_source(source, context, wish, Safety.INFERRED)
    found = proving._decisions(source, made.patch.after, context, wish._replace(to=None))
    # Several rungs may end in one text
    assert {one.subject for one in found} == {one.subject for one in made.plan.decisions}


def test_nothing_is_known_of_anothers_changes(context: Context) -> None:
    source = Source.from_bytes(DOCKERFILE.encode(), "Dockerfile")
    other = Source.from_bytes(DOCKERFILE.replace("python:3.12", "python:3.13").encode(), "Dockerfile")
    assert proving._decisions(source, other, context, Wish()) == ()


TARGETS = """\
FROM python:3.12 AS base
WORKDIR /app
COPY . .

FROM base AS web
CMD ["python", "app.py"]

FROM base AS job
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""


def walk_targets(context: Context, given: dict[str, list[Answer]]) -> tuple[Proof, dict[str, list[api.Outcome]]]:
    """Both stages are targets; the answers are those of each."""
    seen: dict[str, list[api.Outcome]] = {name: [] for name in given}
    source = Source.from_bytes(TARGETS.encode(), "Dockerfile")
    wish = Wish(targets=(Target(stage="web", asked=True), Target(stage="job", asked=True)))
    check = {name: answers(answer, seen[name]) for name, answer in given.items()}
    return prove(source, context, wish, Safety.INFERRED, check.__getitem__, silent), seen


def steps(proof: Proof) -> list[tuple[str, str]]:
    return [(step.target, step.rung.label) for step in proof.steps]


def froms(proof: Proof) -> list[str]:
    assert proof.outcome is not None
    return [line for line in proof.outcome.patch.after.text.splitlines() if line.startswith("FROM")]


def test_each_target_walks_by_itself(context: Context) -> None:
    proof, seen = walk_targets(context, {"": [SAME], "web": [LACKS, WORSE, SAME]})
    assert steps(proof) == [("", "distroless"), ("web", "distroless"), ("web", "distroless"), ("web", "pruned")]
    assert proof.outcome is not None
    assert [one.plan.rung.label for one in proof.outcome.targets if one.plan] == ["distroless", "pruned"]
    assert "/usr/lib/libfoo.so.1" in seen["web"][1].patch.after.text
    assert "/usr/lib/libfoo.so.1" not in proof.outcome.patch.after.text, "only what passed is written"
    assert [step.target for step in proof.passed] == ["", "web"]
    assert froms(proof) == [
        *("FROM python:3.12 AS base", "FROM base AS web-build", "FROM scratch AS web"),
        *("FROM base AS job-build", "FROM gcr.io/distroless/static-debian13 AS job"),
    ]


@pytest.mark.parametrize("failing", ["", "web"])
def test_a_target_that_never_passes_stays_as_it_is(context: Context, failing: str) -> None:
    given: dict[str, list[Answer]] = {"": [SAME], "web": [SAME]}
    proof, _ = walk_targets(context, {**given, failing: [WORSE]})
    assert proof.outcome is not None
    left = {one.target.stage: one.left for one in proof.outcome.targets if one.plan is None}
    assert left == {failing: "no rung passed when it was built and run"}
    kept = "FROM base AS web\nCMD" if failing else "FROM base AS job\nRUN"
    assert kept in proof.outcome.patch.after.text
    assert "FROM gcr.io/distroless" in proof.outcome.patch.after.text


def test_nothing_is_written_where_no_target_passes(context: Context) -> None:
    proof, _ = walk_targets(context, {"": [WORSE], "web": [WORSE]})
    assert proof.outcome is None
    assert {target for target, _ in steps(proof)} == {"", "web"}
