"""The pruned rung with a real engine: applications of many kinds as a whole root, with and without its shell, and bases that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from minify.api import fix_source
from minify.context.tree import Context
from minify.edit import Safety
from minify.image.reference import ImageReference
from minify.plan import SHELL, Outcome, Rung
from minify.planner import Wish
from minify.proof import Original
from minify.syntax import Source
from minify.verify.bases import BasesAsked
from minify.verify.engine import BuildOptions, silent
from minify.verify.engines import choose
from minify.verify.verdict import Verification
from tests.e2e.conversions import asked, bases_of
from tests.e2e.engine import Engine
from tests.samples import SAMPLES, Sample

pytestmark = pytest.mark.e2e

# Samples, and whether the shell goes where they are made a whole root
WHOLE = {
    "go-multistage-user": True,
    "node-express-uploads": True,
    "php-cli-ledger": True,
    "python-cloud-run-port": False,
    "ruby-gem-tides": True,
}


def failures(found: Verification) -> dict[str, list[tuple[str, str, str, str]]]:
    return {
        section.name: [(f.what, f.before, f.after, f.detail) for f in section.findings if not f.verdict.passes]
        for section in found.sections
        if not section.verdict.passes
    }


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_root_behaves_as_the_original(name: str, need: Callable[[str], None]) -> None:
    sample = Sample(SAMPLES / name)
    source = Source.from_bytes(sample.dockerfile.read_bytes(), str(sample.dockerfile))
    context = Context(sample.dockerfile.parent, sample.dockerfile)
    outcome = fix_source(source, context, Wish(to=Rung.PRUNED), Safety.INFERRED)
    assert outcome.plan.rung is Rung.PRUNED
    shell = next(decision for decision in outcome.plan.decisions if decision.subject == SHELL)
    assert (shell.outcome is Outcome.DROPPED) == WHOLE[name], shell.reason
    for base in bases_of(sample.dockerfile.read_bytes()):
        need(base)
    with closing(choose(None)) as engine:
        original = Original(engine, source, context, BuildOptions(network="host"), asked(sample.settings), silent)
        found = original.check(outcome)
    assert failures(found) == {}
    inventory = next(section for section in found.sections if section.name == "inventory")
    left = {finding.what: finding.after for finding in inventory.findings}
    assert left.get("package managers", "0") == "0"
    assert (left.get("shells", "0") == "0") == WHOLE[name]


BASE = """\
FROM debian:12-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN useradd --create-home --uid 1200 team && printf '#!/bin/sh\\nexport STARTED=yes\\nexec "$@"\\n' > /usr/local/bin/begin.sh && chmod +x /usr/local/bin/begin.sh
ENV GREETING='say "hi" for $5' PLACE=/home/team
LABEL org.example.team=core "org.example.note"="it's 100%"
HEALTHCHECK --interval=7s --retries=2 CMD test -f /tmp/up | cat
WORKDIR /home/team
EXPOSE 20881
VOLUME /home/team/data
STOPSIGNAL SIGINT
USER team
ENTRYPOINT ["begin.sh"]
CMD ["cat", "/home/team/greeting.txt"]
"""
TEXT = "FROM dockminify-asked:1\nCOPY --chown=team greeting.txt ./\nRUN echo $GREETING | tee said.txt\n"


@pytest.fixture
def base(engine: Engine, need: Callable[[str], None], tmp_path: Path) -> Iterator[str]:
    """An image that no catalog knows, as a company has it."""
    need("debian:12-slim")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "Dockerfile").write_text(BASE)
    engine.docker("build", "--network", "host", "--tag", "dockminify-asked:1", str(tmp_path / "base"))
    yield "dockminify-asked:1"
    engine.docker("rmi", "dockminify-asked:1")


def test_a_base_image_that_the_engine_knows_is_said_again(base: str, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "greeting.txt").write_text("hello\n")
    (folder / "Dockerfile").write_text(TEXT)
    source, context = (
        Source.from_bytes(TEXT.encode(), str(folder / "Dockerfile")),
        Context(folder, folder / "Dockerfile"),
    )
    wish = Wish()
    asking = wish._replace(options=wish.options._replace(bases=BasesAsked("engine")))
    assert fix_source(source, context, wish, Safety.INFERRED).plan.rung is Rung.SLIM
    outcome = fix_source(source, context, asking, Safety.INFERRED)
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    with closing(choose(None)) as engine:
        found = Original(engine, source, context, BuildOptions(network="host"), asked({}), silent).check(outcome)
    assert failures(found) == {}
    contract = next(section for section in found.sections if section.name == "contract")
    assert contract.summary == "every setting is the same"


def test_an_image_that_the_engine_lacks_is_named(engine: Engine) -> None:
    answer = BasesAsked("engine")(ImageReference.parse("registry.invalid/nobody/has:1"))
    assert isinstance(answer, str) and "has no image of this name: pull it first" in answer
