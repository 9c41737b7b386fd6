"""What a COPY puts into /srv and /var/www, which hold nothing until somebody puts a site there."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.syntax import Source, parse


# The last instruction, and the paths that are written
@pytest.mark.parametrize(
    ("copied", "written"),
    [
        pytest.param("COPY site /srv", ["/srv"], id="a directory is taken as a whole"),
        pytest.param("COPY page.html /srv/", ["/srv/page.html"], id="a file by its name"),
        pytest.param("COPY --from=build /app/dist /srv", ["/srv/dist", "/srv"], id="of a stage it may be either"),
        pytest.param("COPY --from=build /app/dist/ /var/www", ["/var/www/dist", "/var/www"], id="the same"),
        pytest.param(
            "COPY --from=build /app/page.html /srv/", ["/srv/page.html"], id="a name with an ending is a file's"
        ),
        pytest.param("COPY site /opt", ["/opt/a.html", "/opt/b.html"], id="a directory that may hold more"),
    ],
)
def test_what_is_written(tmp_path: Path, copied: str, written: list[str]) -> None:
    (tmp_path / "site").mkdir()
    for name in ("site/a.html", "site/b.html", "page.html"):
        (tmp_path / name).write_text("")
    path = tmp_path / "Dockerfile"
    path.write_text(f"FROM node:22 AS build\nFROM debian:13\n{copied}\n")
    facts = gather(parse(Source.from_bytes(path.read_bytes(), str(path))), Context(tmp_path, path))
    assert [one.path for one in facts.footprint.written] == written
