"""Go: what stops a conversion, where the program is found, cgo, and a last stage that only copies."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

MAIN = 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n'
ONE = 'FROM golang:1.26\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nCMD ["/app"]\n'

DRIVER = 'package main\n\nimport _ "github.com/mattn/go-sqlite3"\n\nfunc main() {}\n'

STOPPED = [
    pytest.param(
        {"main.go": 'package main\n\nimport "os/exec"\n\nfunc main() { exec.Command("sh", "-c", "ls").Run() }\n'},
        "main.go:5 starts a shell",
        id="a shell",
    ),
    pytest.param(
        {"main.go": 'package main\n\nimport "os/exec"\n\nfunc main() { exec.Command("git", "log").Run() }\n'},
        "main.go:5 starts git",
        id="a program that the final image has not",
    ),
    pytest.param(
        {"main.go": DRIVER.replace("mattn/go-sqlite3", "hashicorp/go-getter/v2")},
        "a source imports github.com/hashicorp/go-getter/v2, which starts git and hg",
        id="a module that starts programs",
    ),
    pytest.param(
        {"README.md": "x"},
        "none of the program's Go files is in the build context, so what it calls is not known",
        id="no sources: what they would have told is not known",
    ),
]


@pytest.mark.parametrize(("files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, files, ONE)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_without_cgo_the_program_becomes_static(tmp_path: Path) -> None:
    text = fix(tmp_path, {"main.go": MAIN}, ONE).patch.after.text
    assert "ENV CGO_ENABLED=0\nRUN go build -o /app .\n" in text
    assert text.endswith(
        'FROM gcr.io/distroless/static-debian13\nCOPY --from=build /app /app\nWORKDIR /src\nCMD ["/app"]\n'
    )


def test_a_build_without_cgo_needs_no_libraries_whatever_it_imports(tmp_path: Path) -> None:
    text = fix(tmp_path, {"main.go": DRIVER}, ONE.replace("go build", "CGO_ENABLED=0 go build")).patch.after.text
    assert "ldd" not in text


def test_a_module_that_the_file_names_itself_names_the_program(tmp_path: Path) -> None:
    made = "FROM golang:1.26\nWORKDIR /src\nCOPY *.go .\nRUN go mod init example.com/dispatch && go install\nCMD dispatch\n"
    outcome = fix(tmp_path, {"main.go": MAIN}, made)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert "COPY --from=build /go/bin/dispatch /go/bin/dispatch\n" in outcome.patch.after.text


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"main.go": 'package main\n\n// int x;\nimport "C"\n\nfunc main() {}\n'}, id="a source imports C"),
        pytest.param(
            {"main.go": MAIN, "go.mod": "module x.io/a\n\nrequire github.com/mattn/go-sqlite3 v1.14.22\n"},
            id="a module needs it",
        ),
        pytest.param({"main.go": DRIVER}, id="a source imports a module that needs it, and no go.mod lists it"),
        pytest.param(
            {"main.go": DRIVER.replace("mattn/go-sqlite3", "a/b")},
            id="what a module needs that no go.mod lists is not known",
        ),
    ],
)
def test_with_cgo_its_libraries_come_along(tmp_path: Path, files: dict[str, str]) -> None:
    text = fix(tmp_path, files, ONE).patch.after.text
    assert "CGO_ENABLED=0" not in text
    assert "ldd /app > /tmp/ldd" in text


def test_files_that_it_opens_come_along_and_sources_do_not(tmp_path: Path) -> None:
    files = {"main.go": MAIN, "templates/a.html": "a", "config.json": "{}", "docs/x.md": "x"}
    text = fix(tmp_path, files, ONE).patch.after.text
    assert "COPY --from=build /src/templates /src/templates\n" in text
    assert "COPY --from=build /src/config.json /src/config.json\n" in text
    assert "main.go" not in text
    assert "/src/docs" not in text


MANY = {"cmd/api/main.go": MAIN, "cmd/probe/main.go": MAIN, "lib/x.go": "package lib\n", "go.mod": "module x.io/all\n"}
SEVERAL = [
    pytest.param("RUN go build -o /usr/local/bin/ ./cmd/...\n", "/usr/local/bin", id="a pattern and a directory"),
    pytest.param("RUN go build -o /opt/bin/ ./cmd/api ./cmd/probe\n", "/opt/bin", id="two packages and a directory"),
    pytest.param("RUN go install ./...\n", "/go/bin", id="installed"),
    pytest.param("RUN go build -o /a/api ./cmd/api && go build -o /a/probe ./cmd/probe\n", "/a", id="two commands"),
]


@pytest.mark.parametrize(("build", "directory"), SEVERAL)
def test_other_programs_of_the_build_come_along_once(tmp_path: Path, build: str, directory: str) -> None:
    """HEALTHCHECK, `docker exec` and other commands of the same image start them."""
    tail = f'HEALTHCHECK CMD ["{directory}/probe"]\nCMD ["{directory}/api"]\n'
    text = fix(tmp_path, MANY, f"FROM golang:1.26\nWORKDIR /src\nCOPY . .\n{build}{tail}").patch.after.text
    assert f"if [ -e {directory}/probe ]; then cp -a --parents {directory}/probe /runtime; fi" in text
    assert f"COPY --from=build {directory}/api {directory}/api\n" in text
    assert "/all" not in text


def test_data_in_a_directory_of_the_base_is_taken_by_name(tmp_path: Path) -> None:
    files = {"main.go": MAIN, "data/a.txt": "a"}
    text = fix(
        tmp_path,
        files,
        "FROM golang:1.26\nWORKDIR /src\nCOPY main.go .\nRUN go build -o /app main.go\n"
        'COPY data /usr/share/data\nUSER 1000\nWORKDIR /\nCMD ["/app"]\n',
    ).patch.after.text
    assert "COPY --from=build /usr/share/data /usr/share/data\n" in text
    assert "install -d -o" not in text, "a WORKDIR that is there already is nobody's"


def test_a_package_that_the_health_check_starts_is_kept(tmp_path: Path) -> None:
    text = fix(
        tmp_path,
        {"main.go": MAIN},
        "FROM golang:1.26\nRUN apt-get update && apt-get install -y redis-tools\nWORKDIR /src\nCOPY . .\n"
        'RUN go build -o /app .\nHEALTHCHECK CMD ["redis-cli", "ping"]\nCMD ["/app"]\n',
    ).patch.after.text
    assert "--recurse redis-tools" in text


def test_a_last_stage_that_only_copies_gets_another_base(tmp_path: Path) -> None:
    text = fix(
        tmp_path,
        {"main.go": MAIN},
        "FROM golang:1.26 AS b\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /out/app .\n\n"
        "FROM alpine:3.22\nRUN apk add --no-cache ca-certificates\nCOPY --from=b /out/app /app\nCMD /app\n",
    ).patch.after.text
    assert text.endswith('\nFROM gcr.io/distroless/static-debian13\nCOPY --from=b /out/app /app\nCMD ["/app"]\n')


def test_users_that_a_source_looks_up_come_along(tmp_path: Path) -> None:
    main = 'package main\n\nimport "os/user"\n\nfunc main() { user.Lookup("www-data") }\n'
    stages = f"{ONE.replace('golang:1.26', 'golang:1.26 AS build').partition('CMD')[0]}FROM debian:trixie-slim\nCOPY --from=build /app /app\n"
    text = fix(tmp_path, {"main.go": main}, f'{stages}CMD ["/app"]\n').patch.after.text
    assert "/etc/passwd /etc/group /etc/\n" in text


def fix(tmp_path: Path, files: dict[str, str], dockerfile: str) -> api.Outcome:
    for name, text in {"go.mod": "module x.io/a\n", **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


def test_a_program_below_gopath_stays_on_path(tmp_path: Path) -> None:
    dockerfile = 'FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go install .\nCMD ["a"]\n'
    text = fix(tmp_path, {"main.go": "package main\nfunc main() {}\n"}, dockerfile).patch.after.text
    assert "ENV PATH=/go/bin:" in text, "docker run IMAGE a --help found it there"
    assert 'CMD ["/go/bin/a"]' in text


CHECK = "HEALTHCHECK CMD curl -f http://localhost:8080/ || exit 1\n"
BUILT = "FROM golang:1.26 AS b\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n"
LAST = f'FROM debian:trixie-slim\nCOPY --from=b /app /usr/bin/app\n{CHECK}CMD ["app"]\n'


def test_a_program_asks_what_the_health_check_asked(tmp_path: Path) -> None:
    outcome = fix(tmp_path, {"main.go": MAIN}, ONE + CHECK)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    text = outcome.patch.after.text
    assert 'HEALTHCHECK CMD ["/usr/local/bin/healthcheck"]\n' in text
    assert "COPY --from=build /usr/local/bin/healthcheck /usr/local/bin/healthcheck\n" in text
    assert text.index("> /tmp/healthcheck.go") < text.index("RUN go build -o /app .")
    assert api.fix(outcome_of(tmp_path, text)).patch.empty


def test_the_program_is_built_where_the_application_is(tmp_path: Path) -> None:
    text = fix(tmp_path, {"main.go": MAIN}, BUILT + LAST).patch.after.text
    final = text.index("FROM gcr.io/distroless/static-debian13\n")
    assert text[final:].splitlines()[1] == "COPY --from=b /usr/local/bin/healthcheck /usr/local/bin/healthcheck"
    assert text.index("> /tmp/healthcheck.go") < final


UNASKED = [
    pytest.param(BUILT.replace("golang:1.26", "--platform=$BUILDPLATFORM golang:1.26") + LAST, id="cross-compiled"),
    pytest.param(BUILT.replace("WORKDIR", "ENV GOARCH=arm64\nWORKDIR") + LAST, id="for another machine"),
]


@pytest.mark.parametrize("dockerfile", UNASKED)
def test_no_program_can_be_built_to_ask(tmp_path: Path, dockerfile: str) -> None:
    outcome = fix(tmp_path, {"main.go": MAIN}, dockerfile)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert "healthcheck" not in outcome.patch.after.text.replace("HEALTHCHECK", "")


def test_root_builds_the_program_where_another_user_builds_the_application(tmp_path: Path) -> None:
    text = fix(tmp_path, {"main.go": MAIN}, BUILT.replace("WORKDIR", "USER nobody\nWORKDIR") + LAST).patch.after.text
    # Root's files in a cache that both use would stop the other
    made = "&& GOCACHE=/tmp/healthcheck-cache CGO_ENABLED=0 GO111MODULE=off"
    assert text.index("USER root\n") < text.index(made) < text.index("USER nobody\n", text.index(made))


def outcome_of(folder: Path, text: str) -> Path:
    path = folder / "Dockerfile.again"
    path.write_text(text)
    return path
