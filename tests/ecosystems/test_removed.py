"""What a RUN moves, removes or links: a final stage copies no path that is gone, and leaves none where it went to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minify import api
from minify.analysis.footprint import under

GO = {
    "go.mod": "module x.io/site\n\ngo 1.26\n",
    "main.go": 'package main\n\nimport "os"\n\nfunc main() {\n\tos.ReadFile("static/a.txt")\n\tos.ReadFile("/src/made/list")\n}\n',
    "static/a.txt": "a",
    "static/drafts/b.txt": "b",
    "configs/prod.yaml": "a: 1\n",
}
BUILD = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /usr/local/bin/site .\n"
C = {"main.c": "int main(void) { return 0; }\n", "conf/a.conf": "a=1\n"}

# The lines between the build and CMD; what the final stage takes; what it must not copy
ROWS = [
    pytest.param("RUN mv static /srv/static\nWORKDIR /srv\n", ["/srv/static"], ["/src/static"], id="moved"),
    pytest.param("RUN mv static /opt/www\nWORKDIR /opt/www\n", ["/opt/www"], ["/src/static"], id="moved to the workdir"),
    pytest.param("RUN cp configs/prod.yaml .\n", ["/src/prod.yaml", "/src/static"], [], id="copied here"),
    pytest.param("RUN cp -r configs/* .\n", ["/src"], [], id="copied here under many names"),
    pytest.param("RUN cp -r static /data && rm -rf /src\nWORKDIR /data\n", ["/data"], ["/src/static"], id="sources go"),
    pytest.param("RUN rm -rf static/drafts\n", ["/src/static/a.txt"], ["/src/static/drafts"], id="a part goes"),
    pytest.param("RUN rm -rf static\nCOPY . .\n", ["/src/static"], [], id="brought again"),
    pytest.param("RUN ln -s /src/gen /gen && ./gen.sh\nWORKDIR /\n", ["/gen", "/src/gen"], [], id="a link to what is built"),
    pytest.param("RUN ./make-list.sh\nWORKDIR /srv/site\n", ["/src/made/list"], [], id="what the program names"),
]  # fmt: skip


def taken(text: str) -> tuple[list[str], list[str]]:
    """What the final stage copies by name, and the words of the step that gathers the rest."""
    before, _, final = text.rpartition("\nFROM ")
    copied = [line.split()[-1] for line in final.splitlines() if line.startswith("COPY --from=build /")]
    return [path for path in copied if path != "/"], re.findall(r"/[\w./-]+", before.partition("# Gather")[2])


def fixed(folder: Path, files: dict[str, str], text: str) -> str:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "Dockerfile").write_text(text)
    outcome = api.fix(folder / "Dockerfile")
    assert outcome.plan.rung.label == "distroless", outcome.plan.refusals
    return outcome.patch.after.text


@pytest.mark.parametrize(("lines", "wanted", "gone"), ROWS)
def test_what_is_moved_is_taken_where_it_went(tmp_path: Path, lines: str, wanted: list[str], gone: list[str]) -> None:
    copied, gathered = taken(fixed(tmp_path, GO, f'{BUILD}{lines}CMD ["site"]\n'))
    for path in wanted:
        assert any(under(path, one) for one in (*copied, *gathered)), path
    assert not [one for one in copied for path in gone if under(one, path)]


def test_what_is_moved_away_beside_a_compiled_program(tmp_path: Path) -> None:
    text = (
        "FROM gcc:14\nWORKDIR /src\nCOPY . .\n"
        "RUN gcc -o server main.c && mkdir /opt/app && mv server conf /opt/app/ && rm -rf /src\n"
        'WORKDIR /opt/app\nCMD ["./server"]\n'
    )
    copied, _ = taken(fixed(tmp_path, C, text))
    assert "/opt/app" in copied and not [path for path in copied if path.startswith("/src")]


def test_what_may_be_removed_is_asked_for(tmp_path: Path) -> None:
    lines = 'ARG SLIM=\nRUN if [ -n "$SLIM" ]; then rm -rf static; fi\n'
    copied, gathered = taken(fixed(tmp_path, GO, f'{BUILD}{lines}CMD ["site"]\n'))
    assert "/src/static" in gathered
    assert not [path for path in copied if path.startswith("/src/static")]
