"""An init process in front of the application: it comes along and goes on starting it, or stops the rung."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

NODE = "FROM node:22-slim\n{install}WORKDIR /app\nCOPY app.js .\n{start}"
TINI = "RUN apt-get update && apt-get install -y tini\n"

# install, start; what the patched file holds; what it does not hold
TAKEN = [
    pytest.param(
        TINI,
        'ENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["node", "app.js"]\n',
        (
            "COPY --from=build /usr/bin/tini /usr/bin/tini\n",
            'ENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["/nodejs/bin/node", "app.js"]\n',
        ),
        id="alone in ENTRYPOINT: it stays there",
    ),
    pytest.param(
        TINI,
        'CMD ["tini", "-e", "143", "--", "node", "app.js"]\n',
        (
            "COPY --from=build /usr/bin/tini /usr/bin/tini\n",
            'CMD ["tini", "-e", "143", "--", "/nodejs/bin/node", "app.js"]\n',
        ),
        id="in front of the program: with the option's value",
    ),
    pytest.param(
        "",
        'ENTRYPOINT ["/opt/dumb-init", "node", "app.js"]\n',
        (
            "COPY --from=build /opt/dumb-init /opt/dumb-init\n",
            'ENTRYPOINT ["/opt/dumb-init", "/nodejs/bin/node", "app.js"]\n',
        ),
        id="by its own path",
    ),
]


@pytest.mark.parametrize(("install", "start", "held"), TAKEN)
def test_an_init_process_comes_along(tmp_path: Path, install: str, start: str, held: tuple[str, ...]) -> None:
    outcome = fix(tmp_path, install, start)
    assert outcome.plan.rung is Rung.DISTROLESS
    assert [text for text in held if text not in outcome.patch.after.text] == []


def test_one_of_unknown_origin_stops_the_rung(tmp_path: Path) -> None:
    outcome = fix(tmp_path, "", 'ENTRYPOINT ["dumb-init", "node", "app.js"]\n')
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [r.reason for r in outcome.plan.refusals] == ["where dumb-init comes from is not known"]


def fix(tmp_path: Path, install: str, start: str) -> api.Outcome:
    (tmp_path / "app.js").write_text("require('http').createServer((_, a) => a.end('x')).listen(8080)\n")
    path = tmp_path / "Dockerfile"
    path.write_text(NODE.format(install=install, start=start))
    return api.fix(path)
