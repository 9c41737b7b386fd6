"""`--user`: what the image's new user is given, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Options, Outcome, Rung
from minify.planner import Wish

SOURCE = 'import logging\nlogging.basicConfig(filename="logs/app.log")\n'
HEAD = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
TAIL = 'CMD ["python", "app.py"]\n'
NONROOT = "65532:65532"


def fixed(folder: Path, dockerfile: str, user: str | None = NONROOT, to: Rung | None = None) -> api.Outcome:
    if "golang" in dockerfile:
        (folder / "main.go").write_text(
            'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
        )
        (folder / "go.mod").write_text("module example.com/app\n")
    else:
        (folder / "app.py").write_text(SOURCE)
    (folder / "Dockerfile").write_text(dockerfile)
    return api.fix(folder / "Dockerfile", wish=Wish(to=to, options=Options(user=user)))


GIVEN = [
    pytest.param(
        "",
        ["chown 65532:65532 /app;", "chown -R 65532:65532 /app/logs;"],
        id="the working directory, and where sources write",
    ),
    pytest.param(
        'RUN mkdir -p /data /srv/x && echo 1 > /srv/x/seed\nVOLUME ["/data", "/app/media"]\n',
        ["chown 65532:65532 /app;", "chown -R 65532:65532 /app/logs /app/media /data /srv/x;"],
        id="volumes, and directories that are made",
    ),
    pytest.param(
        "RUN useradd app && mkdir /srv/store && chown -R app /srv/store\nUSER app\n",
        ["chown -R 65532:65532 /app/logs /srv/store;"],
        id="what the file gave to another user",
    ),
    pytest.param(
        "ENV UPLOAD_DIR=/var/lib/app/uploads LOG_DIR=/var/log\nVOLUME /tmp /etc/app /var/spool/app\n",
        ["install -d -o 65532 -g 65532 /runtime/var/lib/app/uploads /runtime/var/spool/app;"],
        id="what nothing makes is made; no directory of the system",
    ),
]


@pytest.mark.parametrize(("lines", "commands"), GIVEN)
def test_what_is_given(tmp_path: Path, lines: str, commands: list[str]) -> None:
    text = fixed(tmp_path, HEAD + lines + TAIL).patch.after.text
    for command in commands:
        assert f"    {command} \\\n" in text
    assert "FROM gcr.io/distroless/static-debian13:nonroot\n" in text
    assert "/etc/passwd" not in text.partition("FROM gcr.io")[2]
    assert "USER app" not in text.partition("FROM gcr.io")[2]


def test_the_sources_of_a_program_do_not_come_along(tmp_path: Path) -> None:
    """The working directory of what only builds is made empty for the new user."""
    text = fixed(
        tmp_path, 'FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\nCMD ["/app"]\n'
    ).patch.after.text
    assert "RUN set -eu; \\\n    mkdir -p /runtime; \\\n    install -d -o 65532 -g 65532 /runtime/src\n" in text
    assert "COPY --from=build /src" not in text


def test_scratch_knows_the_user(tmp_path: Path) -> None:
    text = fixed(tmp_path, HEAD + TAIL, to=Rung.SCRATCH).patch.after.text
    assert "echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >> /runtime/etc/passwd; \\\n" in text
    assert "install -d -o 65532 -g 65532 -m 700 /runtime/home/nonroot" in text


def test_a_name_of_the_file_keeps_its_account(tmp_path: Path) -> None:
    text = fixed(tmp_path, HEAD + "RUN useradd app\n" + TAIL, user="app").patch.after.text
    assert "chown app /app; \\\n" in text
    assert "COPY --from=build /etc/passwd /etc/group /etc/\n" in text


def test_nobody_is_given_anything_unasked(tmp_path: Path) -> None:
    assert "chown" not in fixed(tmp_path, HEAD + "VOLUME /data\n" + TAIL, user=None).patch.after.text


def test_what_is_said(tmp_path: Path) -> None:
    dockerfile = HEAD + "RUN pip install --user flask\nEXPOSE 80 8000\nVOLUME /data\nUSER root\n" + TAIL
    said = {d.subject: d for d in fixed(tmp_path, dockerfile).plan.decisions}
    assert said["USER root"].outcome is Outcome.REPLACED
    assert (said["/data"].outcome, said["/data"].line) == (Outcome.REPLACED, 6)
    assert "a volume" in said["/data"].reason
    assert (said["EXPOSE 80"].outcome, said["EXPOSE 80"].line) == (Outcome.CHECK, 5)
    assert "EXPOSE 8000" not in said


def test_a_stage_that_keeps_its_shape_keeps_its_user(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, HEAD + "CMD flask run --port $PORT\n")
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [d.reason for d in outcome.plan.decisions if d.subject == "USER root"] == [
        "only a final stage of its own is made for 65532:65532"
    ]


def test_a_file_that_the_build_made_among_others(tmp_path: Path) -> None:
    """A database beside the code: SQLite writes it, and makes its journal in the same directory."""
    (tmp_path / "db.py").write_text('import sqlite3\nsqlite3.connect("shop.db")\n')
    text = fixed(tmp_path, HEAD + TAIL).patch.after.text
    assert "    chown 65532:65532 /app; \\\n" in text
    assert '    for file in /app/shop.db; do if [ -e "$file" ]; then chown 65532:65532 "$file"; fi; done; \\\n' in text
