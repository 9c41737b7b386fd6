"""What of a build stage the final image takes: a path that a RUN takes away again is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api

HEAD = (
    "FROM python:3.13 AS wheels\nRUN pip wheel -w /wheels six\n\nFROM python:3.13\nCOPY --from=wheels /wheels /wheels\n"
)
TAIL = 'WORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n'
INSTALL = "pip install --no-index --find-links /wheels six"

REMOVED = [
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels\n", False, id="in the RUN that needs it"),
    pytest.param(f"RUN {INSTALL}\nRUN rm -r /wheels\n", False, id="later"),
    pytest.param(f"RUN set -eux; {INSTALL}; rm -rf /wheels\n", False, id="commands that all have to work"),
    pytest.param(f"RUN {INSTALL}\n", True, id="never"),
    pytest.param(f"RUN {INSTALL}; rm -rf /wheels\n", True, id="perhaps not reached"),
    pytest.param(f"RUN {INSTALL} || rm -rf /wheels\n", True, id="when something fails"),
    pytest.param(f'RUN if [ -n "$SLIM" ]; then rm -rf /wheels; fi && {INSTALL}\n', True, id="under a condition"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels/*.whl\n", True, id="what is in it"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels\nCOPY --from=wheels /wheels /wheels\n", True, id="copied again"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels && cp -r /tmp/a /wheels\n", True, id="copied again in one line"),
    pytest.param("RUN rm -rf /wheels && mkdir /wheels && touch /wheels/a\n", True, id="made again in one line"),
    pytest.param("RUN rm -rf /wheels && curl -L example.com/a | tar xz -C /wheels\n", True, id="unpacked again"),
    pytest.param("RUN rm -rf /wheels && git clone https://example.com/a /wheels\n", True, id="cloned again"),
    pytest.param("WORKDIR /work\nRUN rm -rf /wheels && python build.py\n", True, id="the project may write there"),
    pytest.param("RUN cp -r /wheels /opt/w && rm -rf /wheels\n", False, id="after it was read in one line"),
    pytest.param('RUN set -e; test "$SLIM" = 1 && rm -rf /wheels; true\n', True, id="a list that may end early"),
    pytest.param('RUN set -e; test "$SLIM" = 1 | rm -rf /wheels; true\n', True, id="in a pipe"),
    pytest.param("RUN set -e; rm -rf /wheels & true\n", True, id="in the background"),
    pytest.param("RUN set +e; false; rm -rf /wheels; true\n", True, id="where failing ends nothing"),
    pytest.param("RUN true && exit 0 && rm -rf /wheels\n", True, id="behind the end"),
    pytest.param('RUN <<EOF\ntest "$SLIM" = 1 && rm -rf /wheels\ntrue\nEOF\n', True, id="in a here-document"),
    pytest.param("RUN <<EOF\nset -e\nrm -rf /wheels\nEOF\n", True, id="alone in a here-document"),
    pytest.param("RUN --mount=type=tmpfs,target=/wheels rm -rf /wheels\n", True, id="what is mounted there"),
]


@pytest.mark.parametrize(("lines", "taken"), REMOVED)
def test_what_is_taken_away_again_is_not_taken(tmp_path: Path, lines: str, taken: bool) -> None:
    (tmp_path / "app.py").write_text("import six\nprint(six)\n")
    outcome = api.fix_text((HEAD + lines + TAIL).encode(), context=tmp_path)
    assert outcome.plan.runtime is not None and not outcome.plan.runtime.whole, outcome.plan.refusals
    assert any(tree.path == "/wheels" for tree in outcome.plan.runtime.trees) is taken


@pytest.mark.parametrize(
    ("dest", "taken"),
    [("/srv", ["/srv"]), ("/var/www", ["/var/www"]), ("/srv/site", ["/srv/site"]), ("/opt", None), ("/", None)],
)
def test_a_directory_that_is_spread_is_taken_with_what_it_comes_into(
    tmp_path: Path, dest: str, taken: list[str] | None
) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    web = "FROM node:22 AS web\nWORKDIR /web\nCOPY . .\nRUN mkdir -p dist/js && npm run build\n\n"
    text = f"{web}FROM python:3.13\nCOPY --from=web /web/dist {dest}\n{TAIL}"
    plan = api.fix_text(text.encode(), context=tmp_path).plan
    trees = [tree.path for tree in plan.runtime.trees] if plan.runtime is not None and not plan.runtime.whole else None
    assert (trees is None) is (taken is None), plan.refusals
    assert taken is None or trees is None or [path for path in trees if path.startswith(dest)] == taken
    spread = [r.reason for r in plan.refusals if r.reason.startswith("what /web/dist holds comes below")]
    assert bool(spread) is (taken is None)
