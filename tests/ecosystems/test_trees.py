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
]


@pytest.mark.parametrize(("lines", "taken"), REMOVED)
def test_what_is_taken_away_again_is_not_taken(tmp_path: Path, lines: str, taken: bool) -> None:
    (tmp_path / "app.py").write_text("import six\nprint(six)\n")
    outcome = api.fix_text((HEAD + lines + TAIL).encode(), context=tmp_path)
    assert outcome.plan.runtime is not None and not outcome.plan.runtime.whole, outcome.plan.refusals
    assert any(tree.path == "/wheels" for tree in outcome.plan.runtime.trees) is taken
