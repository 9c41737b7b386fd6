"""Health checks of compiled programs: a static probe by the stage's own compiler, or the tool that asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

FILES = {"Cargo.toml": '[package]\nname = "server"\n', "src/main.rs": "fn main() {}\n", "src/main.c": "int main(void) { return 0; }\n"}  # fmt: skip
BUILD = "WORKDIR /src\nCOPY . .\nRUN cargo build --release\n"
CHECK = "HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/health || exit 1\n"
START = 'CMD ["./target/release/server"]\n'
PROBE = 'HEALTHCHECK --interval=30s CMD ["/usr/local/bin/healthcheck"]\n'
COMPILED = "    && gcc -O2 -static -o /usr/local/bin/healthcheck /tmp/healthcheck.c\n"


def write(tmp_path: Path, dockerfile: str) -> api.Outcome:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


def fix(tmp_path: Path, dockerfile: str) -> api.Outcome:
    outcome = write(tmp_path, dockerfile)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    return outcome


ASKED = {
    "one stage": "FROM rust:1\n" + BUILD + CHECK + START,
    "C": "FROM debian:trixie\nRUN apt-get update && apt-get install -y gcc libc6-dev curl\nCOPY . /src\n"
    "RUN gcc -o /bin/server /src/src/main.c\n" + CHECK + 'CMD ["/bin/server"]\n',
    "Alpine": "FROM alpine:3.20\nRUN apk add build-base curl\nCOPY . /src\n"
    "RUN gcc -o /bin/server /src/src/main.c\n" + CHECK + 'CMD ["/bin/server"]\n',
}  # fmt: skip


SLIM = (
    "FROM {}debian:trixie-slim\nRUN apt-get update && apt-get install -y curl\n"
    "COPY --from={} /src/target/release/server /server\n" + CHECK + 'CMD ["/server"]\n'
)
C = "FROM {}\nRUN {}\nCOPY . /src\nRUN gcc -o /bin/server /src/src/main.c\n" + CHECK + 'CMD ["/bin/server"]\n'


def made(build: str, more: str = "", platform: str = "", copied: str = "build") -> str:
    """Two stages, the program of the first one asked by the second's health check."""
    return build + more + SLIM.format(platform, copied)


NATIVE = {
    "both for one platform": made("FROM --platform=linux/amd64 rust:1 AS build\n" + BUILD, platform="--platform=linux/amd64 "),
    "the platform that is asked for": made("FROM rust:1 AS build\n" + BUILD, platform="--platform=$TARGETPLATFORM "),
    "through a stage that stands on the one that builds": made(
        "FROM rust:1 AS build\n" + BUILD, "FROM build AS test\nRUN ./target/release/server\n", copied="test"
    ),
    "this machine's own target": made(
        "FROM rust:1 AS build\n" + BUILD.replace("--release", "--release --target x86_64-unknown-linux-gnu")
    ).replace("/target/", "/target/x86_64-unknown-linux-gnu/"),
    "gcc, with what it recommends": C.format("debian:trixie", "apt-get update && apt-get install -y gcc curl"),
}  # fmt: skip


@pytest.mark.parametrize("dockerfile", NATIVE.values(), ids=NATIVE)
def test_a_compiler_of_the_same_machine_makes_the_probe(tmp_path: Path, dockerfile: str) -> None:
    assert COMPILED in fix(tmp_path, dockerfile).patch.after.text


CROSSED = {
    "a parent's platform": made("FROM --platform=$BUILDPLATFORM rust:1 AS base\nFROM base AS build\n" + BUILD),
    "the final stage's platform": made("FROM rust:1 AS build\n" + BUILD, platform="--platform=linux/arm64 "),
    "the platform that the image's name pins": made("FROM arm64v8/rust:1 AS build\n" + BUILD),
    "cargo's option": made(
        "FROM rust:1 AS build\n" + BUILD.replace("--release", "--release --target=aarch64-unknown-linux-gnu")
    ).replace("/target/", "/target/aarch64-unknown-linux-gnu/"),
    "cargo's variable": made(
        "FROM rust:1 AS build\nENV CARGO_BUILD_TARGET=aarch64-unknown-linux-gnu\n" + BUILD
    ).replace("/target/", "/target/aarch64-unknown-linux-gnu/"),
    "a cross compiler": C.replace("RUN gcc", "RUN aarch64-linux-gnu-gcc").format(
        "debian:trixie", "apt-get update && apt-get install -y gcc libc6-dev gcc-aarch64-linux-gnu curl"
    ),
    "a cross compiler for make": made(
        "FROM rust:1 AS build\n" + BUILD.replace("cargo", "make CROSS_COMPILE=aarch64-linux-gnu- && cargo")
    ),
    "no headers of the C library": C.format(
        "debian:trixie", "apt-get update && apt-get install -y --no-install-recommends gcc curl"
    ),
    "no archive of musl": C.format("alpine:3.20", "apk add gcc curl"),
    "gcc comes with the build itself": C.replace("RUN gcc", "RUN apt-get update && apt-get install -y gcc libc6-dev && gcc")
    .format("debian:trixie", "apt-get update && apt-get install -y curl"),
}  # fmt: skip


@pytest.mark.parametrize("dockerfile", CROSSED.values(), ids=CROSSED)
def test_no_probe_is_made_where_it_would_not_run_or_not_link(tmp_path: Path, dockerfile: str) -> None:
    text = write(tmp_path, dockerfile).patch.after.text
    assert "healthcheck.c" not in text
    assert "curl" in text.rpartition("\nHEALTHCHECK")[2]


def test_cargo_is_set_to_another_machine(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text('[build]\ntarget = "aarch64-unknown-linux-gnu"\n')
    dockerfile = made("FROM rust:1 AS build\n" + BUILD).replace("/target/", "/target/aarch64-unknown-linux-gnu/")
    assert "healthcheck.c" not in write(tmp_path, dockerfile).patch.after.text


@pytest.mark.parametrize("dockerfile", ASKED.values(), ids=ASKED)
def test_a_probe_asks(tmp_path: Path, dockerfile: str) -> None:
    text = fix(tmp_path, dockerfile).patch.after.text
    build, _, final = text.rpartition("\nFROM ")
    assert COMPILED in build
    assert PROBE in final
    assert "COPY --from=build /usr/local/bin/healthcheck /usr/local/bin/healthcheck\n" in final
    assert "curl" not in final


def test_the_stage_that_builds_the_program_builds_the_probe(tmp_path: Path) -> None:
    tail = "FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y curl\nCOPY --from=build /src/target/release/server /server\n"
    text = fix(tmp_path, "FROM rust:1 AS build\n" + BUILD + tail + CHECK + 'CMD ["/server"]\n').patch.after.text
    first, second, final = text.split("\nFROM ")
    assert COMPILED in first
    assert "COPY --from=build /usr/local/bin/healthcheck /usr/local/bin/healthcheck\n" in second
    assert PROBE in final


def test_another_user_builds(tmp_path: Path) -> None:
    text = fix(tmp_path, "FROM rust:1\nRUN useradd app\nUSER app\n" + BUILD + CHECK + START).patch.after.text
    lines = text.splitlines()
    made = next(i for i, line in enumerate(lines) if line.startswith("    && gcc"))
    assert lines[made + 1 : made + 3] == ["USER app", "RUN cargo build --release"]
    assert "USER root" in lines[:made]


TOOL = {
    "a check that would take a long program": (
        "FROM rust:1\n" + BUILD + CHECK.replace("curl -f", "wget -q --spider") + START,
        '["wget", "-q", "--spider", "http://localhost:8080/health"]',
    ),
    "a stage for another machine": (
        "FROM --platform=$BUILDPLATFORM rust:1 AS build\n" + BUILD + "FROM debian:trixie-slim\n"
        "RUN apt-get update && apt-get install -y curl\nCOPY --from=build /src/target/release/server /server\n"
        + CHECK
        + 'CMD ["/server"]\n',
        '["curl", "-f", "http://localhost:8080/health"]',
    ),
    "a static program that would have needed no library": (
        "FROM rust:1\n" + BUILD.replace("--release", "--release --target x86_64-unknown-linux-musl")
        + CHECK.replace("curl -f", "curl -fL") + 'CMD ["./target/x86_64-unknown-linux-musl/release/server"]\n',
        '["curl", "-fL", "http://localhost:8080/health"]',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("dockerfile", "asks"), TOOL.values(), ids=TOOL)
def test_the_tool_itself_asks(tmp_path: Path, dockerfile: str, asks: str) -> None:
    text = fix(tmp_path, dockerfile).patch.after.text
    assert "healthcheck.c" not in text
    assert f"HEALTHCHECK --interval=30s CMD {asks}\n" in text
    assert "# Gather" in text


def test_a_program_of_its_own_comes_along(tmp_path: Path) -> None:
    check = 'HEALTHCHECK CMD ["/src/target/release/check", "--quick"]\n'
    final = fix(tmp_path, "FROM rust:1\n" + BUILD + check + START).patch.after.text.rpartition("\nFROM ")[2]
    assert "COPY --from=build /src/target/release/check /src/target/release/check\n" in final
    assert check in final


SHELLED = {
    "CMD": ("CMD ./target/release/server --port $PORT\n", 'CMD ["/usr/local/bin/launch"]\n'),
    "ENTRYPOINT": (
        'ENTRYPOINT exec ./target/release/server --name "${NAME:-x}"\n',
        'ENTRYPOINT ["/usr/local/bin/launch"]\n',
    ),
    "sh -c": ('CMD ["sh", "-c", "./target/release/server $OPTS"]\n', 'CMD ["/usr/local/bin/launch"]\n'),
}


@pytest.mark.parametrize(("start", "final"), SHELLED.values(), ids=SHELLED)
def test_a_program_does_what_the_shell_did(tmp_path: Path, start: str, final: str) -> None:
    outcome = fix(tmp_path, "FROM rust:1\n" + BUILD + start)
    text = outcome.patch.after.text
    assert text.endswith(final)
    assert "gcc -O2 -static -o /usr/local/bin/launch /tmp/launch.c\n" in text
    assert "COPY --from=build /usr/local/bin/launch /usr/local/bin/launch\n" in text
    reasons = [d.reason for d in outcome.plan.decisions if d.subject.startswith(("CMD", "ENTRYPOINT"))]
    assert reasons == [
        "needs a shell for its variables and steps: a program that the build stage makes does exactly the same"
    ]


STAYS = {
    "it does more": "FROM rust:1\n" + BUILD + "CMD cd /tmp && /src/target/release/server $PORT\n",
    "no compiler": "FROM debian:trixie\nRUN apt-get update && apt-get install -y zig\nWORKDIR /src\nCOPY . .\n"
    "RUN zig cc -o server src/main.c\nCMD ./server $PORT\n",
    "a script": 'FROM rust:1\nCOPY start.sh /\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nCMD ["/start.sh"]\n',
}


@pytest.mark.parametrize("dockerfile", STAYS.values(), ids=STAYS)
def test_the_shell_stays(tmp_path: Path, dockerfile: str) -> None:
    (tmp_path / "start.sh").write_text("#!/bin/sh\n/src/target/release/server $PORT | cat\n")
    assert write(tmp_path, dockerfile).plan.rung is Rung.PRUNED
