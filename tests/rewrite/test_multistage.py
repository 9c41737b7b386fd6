"""The final stage's text: what moves, what is said twice, and what is never inherited by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Options, Rung
from minify.planner import Wish

SOURCE = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
HEAD = "FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n"


def patched(tmp_path: Path, text: str, options: Options | None = None) -> str:
    (tmp_path / "main.go").write_text(SOURCE)
    (tmp_path / "go.mod").write_text("module example.com/app\n")
    path = tmp_path / "Dockerfile"
    path.write_bytes(text.encode())
    outcome = api.fix(path, wish=Wish(options=options or Options()))
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    return outcome.patch.after.text


def test_a_home_that_holds_the_application_is_copied_once(tmp_path: Path) -> None:
    (tmp_path / "server.js").write_text("require('http')\n")
    head = "FROM node:22-slim\nUSER node\nWORKDIR /home/node/app\nCOPY server.js .\n"
    path = tmp_path / "Dockerfile"
    path.write_text(head + 'CMD ["node", "server.js"]\n')
    text = api.fix(path).patch.after.text
    assert "COPY --from=build /home/node /home/node\n" in text
    assert "/home/node/app" not in text.replace("WORKDIR /home/node/app", "")
    assert "cp -a --parents" not in text


def test_accounts_are_copied_once(tmp_path: Path) -> None:
    (tmp_path / "server.js").write_text("require('http')\n")
    path = tmp_path / "Dockerfile"
    path.write_text('FROM node:22-alpine\nWORKDIR /app\nCOPY server.js .\nUSER 1000\nCMD ["node", "server.js"]\n')
    text = api.fix(path).patch.after.text
    assert [line for line in text.splitlines() if "/etc/passwd" in line and "COPY" in line] == [
        "COPY --from=build /etc/passwd /etc/group /etc/"
    ]


@pytest.mark.parametrize(("base", "brought"), [("node:22-alpine", True), ("node:22-slim", False)])
def test_a_user_of_the_same_name_may_be_at_home_elsewhere(tmp_path: Path, base: str, brought: bool) -> None:
    (tmp_path / "server.js").write_text("require('http')\n")
    path = tmp_path / "Dockerfile"
    path.write_text(f'FROM {base}\nWORKDIR /app\nCOPY server.js .\nUSER nobody\nCMD ["node", "server.js"]\n')
    assert ("COPY --from=build /etc/passwd /etc/group /etc/" in api.fix(path).patch.after.text) == brought


# What stands in the file; what the build stage keeps and the final stage gets; why
ROWS = [
    pytest.param(
        'CMD ["/app"]\n',
        "FROM golang:1.26 AS build",
        'COPY --from=build /app /app\nWORKDIR /src\nCMD ["/app"]\n',
        id="an exec form with the program's path moves as it is",
    ),
    pytest.param(
        '# the port\nEXPOSE 8080\nCMD ["/app"]\n',
        "FROM golang:1.26 AS build",
        "# the port\nEXPOSE 8080\n",
        id="a comment moves with the instruction below it",
    ),
    pytest.param(
        'ENV MODE=fast\nCMD ["/app"]\n',
        "FROM golang:1.26 AS build",
        "ENV MODE=fast\n",
        id="an ENV that nothing later in the build needs moves",
    ),
    pytest.param(
        'ENV ROOT=/srv\nENV DATA=$ROOT/data\nENV MODE=fast\nWORKDIR ${DATA}\nCMD ["/app"]\n',
        "ENV ROOT=/srv\nENV DATA=$ROOT/data\nWORKDIR ${DATA}\n",
        "ENV ROOT=/srv\nENV DATA=$ROOT/data\nENV MODE=fast\nWORKDIR /srv/data\n",
        id="an ENV that the build's WORKDIR reads stays, and what that reads",
    ),
    pytest.param(
        'ARG VERSION=1\nLABEL version=$VERSION\nCMD ["/app"]\n',
        "ARG VERSION=1\n",
        "ARG VERSION=1\nLABEL version=$VERSION\n",
        id="an ARG that a LABEL reads is said in both stages",
    ),
    pytest.param(
        "CMD /app --verbose\n",
        "FROM golang:1.26 AS build",
        'CMD ["/app", "--verbose"]\n',
        id="a shell form that needs no shell becomes an exec form",
    ),
    pytest.param(
        'ENTRYPOINT ["/app"]\nCMD ["--port", "1"]\n',
        "FROM golang:1.26 AS build",
        'ENTRYPOINT ["/app"]\nCMD ["--port", "1"]\n',
        id="what docker run replaces stays in CMD",
    ),
    pytest.param(
        'STOPSIGNAL SIGINT\nVOLUME /data\nUSER 1000:1000\nCMD ["/app"]\n',
        "FROM golang:1.26 AS build",
        'STOPSIGNAL SIGINT\nVOLUME /data\nUSER 1000:1000\nCMD ["/app"]\n',
        id="stop signal, volume and user",
    ),
]


@pytest.mark.parametrize(("tail", "build", "final"), ROWS)
def test_the_contract_stands_in_the_final_stage(tmp_path: Path, tail: str, build: str, final: str) -> None:
    text = patched(tmp_path, HEAD + tail)
    first, _, last = text.rpartition("FROM gcr.io/distroless/static-debian13\n")
    assert build in first
    assert final in last


def test_what_stands_below_the_command_stays_below_it(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'CMD ["/app"]\n\n# docker build -t app .\n#\n# docker run app\n')
    assert text.endswith('CMD ["/app"]\n\n# docker build -t app .\n#\n# docker run app\n')
    assert text.count("# docker run app") == 1


def test_what_stands_below_a_build_step_stays_there(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD.replace("RUN", 'CMD ["/app"]\nRUN') + "# RUN go test\n")
    assert "# RUN go test\n" in text.rpartition("FROM gcr.io/distroless/static-debian13\n")[0]


def test_a_row_of_instructions_that_move_leaves_one_blank_line(tmp_path: Path) -> None:
    row = "\nLABEL a=1\n# the second\nLABEL b=2\nEXPOSE 80\n\n"
    text = patched(tmp_path, HEAD.replace("COPY", f"{row}COPY") + 'CMD ["/app"]\n')
    assert "WORKDIR /src\n\nCOPY . .\n" in text
    assert "LABEL a=1\n# the second\nLABEL b=2\nEXPOSE 80\n" in text


def test_the_stage_that_a_build_names_is_the_final_one(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD.replace("golang:1.26", "golang:1.26 AS Prod") + 'CMD ["/app"]\n')
    assert "FROM golang:1.26 AS Prod-build\n" in text
    assert "FROM gcr.io/distroless/static-debian13 AS Prod\nCOPY --from=Prod-build /app /app\n" in text


def test_a_directory_made_for_a_user_stays_the_users(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'USER 1000\nWORKDIR /work/data\nCMD ["/app"]\n')
    first, _, last = text.rpartition("FROM gcr.io/distroless")
    assert "USER 1000\nWORKDIR /work/data\n" in first
    assert "USER 1000\nWORKDIR /work/data\n" in last


def test_newlines_of_the_file_are_those_of_the_new_text(tmp_path: Path) -> None:
    text = patched(tmp_path, (HEAD + 'CMD ["/app"]\n').replace("\n", "\r\n"))
    assert text.count("\n") == text.count("\r\n")


def test_a_file_without_a_final_newline(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'CMD ["/app"]')
    assert text.endswith('CMD ["/app"]\n')
    assert "go build -o /app .\n\nFROM gcr.io" in text


def test_lower_case_keywords_stay_lower_case(tmp_path: Path) -> None:
    lower = HEAD.replace("FROM", "from").replace("RUN", "run").replace("WORKDIR", "workdir")
    text = patched(tmp_path, lower + 'cmd ["/app"]\n')
    assert "from golang:1.26 as build\n" in text
    assert "from gcr.io/distroless/static-debian13\ncopy --from=build /app /app\nworkdir /src\n" in text


def test_the_users_own_lines_keep_their_case_beside_new_ones(tmp_path: Path) -> None:
    mixed = HEAD.replace("FROM", "from") + 'ENV PAGES=1\ncmd ["/app"]\n'
    text = patched(tmp_path, mixed)
    final = text[text.index("from gcr.io/") :]
    assert "\ncopy --from=build /app /app\n" in final
    assert "\nENV PAGES=1\n" in final and "\nWORKDIR /src\n" in final
    assert '\ncmd ["/app"]\n' in final


def test_another_user_is_asked_for(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'CMD ["/app"]\n', Options(user="65532:65532"))
    assert "FROM gcr.io/distroless/static-debian13:nonroot\n" in text
    assert "USER 65532:65532\n" in text


def test_a_debug_target_is_not_the_default(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'CMD ["/app"]\n', Options(debug_stage=True))
    assert "FROM runtime AS debug\n" in text
    assert text.endswith("\nFROM runtime\n")


def test_a_program_below_a_directory_that_is_a_link_in_the_final_image(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD.replace("/app .", "/bin/app . && chmod 750 /bin/app") + 'CMD ["/bin/app"]\n')
    # Nothing is laid out for it: a file keeps its own mode, and a directory /bin could not be copied onto the link
    assert "/runtime" not in text
    assert "COPY --from=build /bin/app /bin/app\n" in text


def test_what_a_run_puts_below_such_a_directory_goes_to_usr(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD + 'RUN echo x > /bin/note\nCMD ["/app"]\n')
    assert 'cp -a "/runtime/$dir/." "/runtime/usr/$dir/"' in text


def test_what_is_added_has_the_case_of_what_it_stands_beside(tmp_path: Path) -> None:
    go = "{} golang:1.26 {} b\nCOPY . .\n{} go build -o /app .\n\n"
    rest = 'from debian:13\ncopy --from=b /app /app\ncmd ["/app"]\n'
    assert "\nENV CGO_ENABLED=0\nRUN go build" in patched(tmp_path, go.format("FROM", "AS", "RUN") + rest)
    lower = go.replace("COPY", "copy").format("from", "as", "run") + rest
    assert "\nenv CGO_ENABLED=0\nrun go build" in patched(tmp_path, lower)


def test_the_word_in_a_health_check_too(tmp_path: Path) -> None:
    text = patched(tmp_path, HEAD.replace("FROM", "from") + 'healthcheck cmd /app check\ncmd ["/app"]\n')
    assert '\nhealthcheck cmd ["/app", "check"]\n' in text


PLATFORMS = [
    ("FROM arm64v8/debian:13", "FROM --platform=linux/arm64 gcr.io/distroless/static-debian13"),
    ("FROM amd64/alpine", "FROM --platform=linux/amd64 gcr.io/distroless/static-debian13"),
    ("FROM --platform=linux/arm64 debian:13", "FROM --platform=linux/arm64 gcr.io/distroless/static-debian13"),
    ("FROM --platform=$TARGETPLATFORM debian:13", "FROM --platform=$TARGETPLATFORM gcr.io/distroless/static-debian13"),
    ("FROM debian:13", "FROM gcr.io/distroless/static-debian13"),
]


@pytest.mark.parametrize(("base", "final"), PLATFORMS)
def test_the_platform_of_the_base_is_that_of_the_final_stage(tmp_path: Path, base: str, final: str) -> None:
    cross = "FROM --platform=$BUILDPLATFORM golang:1.26 AS b\nARG TARGETARCH\nCOPY . .\n"
    cross += f"RUN CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /app .\n\n{base}\n"
    text = patched(tmp_path, cross + 'COPY --from=b /app /app\nCMD ["/app"]\n')
    assert [line for line in text.splitlines() if line.startswith("FROM")][-1] == final


def test_distroless_is_not_built_for_every_platform(tmp_path: Path) -> None:
    text = 'FROM golang:1.26 AS b\nCOPY . .\nRUN go build -o /app .\n\nFROM i386/debian:13\nCOPY --from=b /app /app\nCMD ["/app"]\n'
    outcome = api.fix_text(text.encode(), context=tmp_path)
    assert "i386/debian:13 is for linux/386, which distroless is not" in [r.reason for r in outcome.plan.refusals]
    assert "\nFROM --platform=linux/386 scratch\n" in outcome.patch.after.text


WHERE = [
    (
        "FROM --platform=$BUILDPLATFORM golang:1.26\n",
        "FROM --platform=$BUILDPLATFORM gcr.io/distroless/static-debian13",
    ),
    ("FROM --platform=$BUILDPLATFORM golang:1.26\nARG TARGETARCH\n", "FROM gcr.io/distroless/static-debian13"),
    (
        "FROM --platform=linux/amd64 golang:1.26 AS a\nFROM a\n",
        "FROM --platform=linux/amd64 gcr.io/distroless/static-debian13",
    ),
    ("FROM golang:1.26 AS a\nFROM a\n", "FROM gcr.io/distroless/static-debian13"),
]


@pytest.mark.parametrize(("head", "final"), WHERE)
def test_the_final_stage_is_for_the_platform_that_was_built_for(tmp_path: Path, head: str, final: str) -> None:
    text = patched(tmp_path, head + 'COPY . .\nRUN go build -o /app .\nCMD ["/app"]\n')
    assert [line for line in text.splitlines() if line.startswith("FROM")][-1] == final
