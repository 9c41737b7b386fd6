"""Where a build failed, from what engines really print."""

from __future__ import annotations

import pytest

from minify.verify.engines.failures import line_of_step
from minify.verify.engines.progress import BuildahReader, BuildKitReader, BuildReader, shortened

DOCKERFILE = b"""\
ARG B=debian:bookworm-slim
FROM $B AS Builder
ENV A=1
RUN echo hello && echo err >&2
WORKDIR /
WORKDIR /app
COPY . .
USER nobody

FROM debian:bookworm-slim
ARG X=/app
RUN echo "second" \\
  && true
# A comment
COPY --from=builder $X /app
RUN echo one; echo two; \\
   exit 3
RUN true

FROM builder AS test
RUN true
COPY --from=busybox:1.36 /bin/sh /bin/sh
"""

DOCKER_20 = """\
#1 [internal] load build definition from Dockerfile
#1 sha256:8cd7c596b010368e6b9bf7371ca02ff36ef003efb1386d9ae773a626371bf6ec
#1 transferring dockerfile: 291B done
#1 DONE 0.0s

#4 [builder 1/4] FROM docker.io/library/debian:bookworm-slim
#4 sha256:56bf5dcd38ee2f60f646b15b1b91e40b5e8375a457572f890edbccbd17190813
#4 CACHED

#6 [builder 2/4] RUN echo hello && echo err >&2
#6 sha256:331368afe87c830337967aa48f87dd493c4f2f27ff6b1699a33420336abe344b
#6 0.128 hello
#6 0.129 err
#6 DONE 0.2s

#11 [stage-1 4/5] RUN echo one; echo two;    exit 3
#11 sha256:c95d58597915a0f4db7d92687e9ba614649d79a7184b3fd26170a948ad28b68e
#11 0.053 one
#11 0.053 two
#11 ERROR: executor failed running [/bin/sh -c echo one; echo two;    exit 3]: exit code: 3
------
 > [stage-1 4/5] RUN echo one; echo two;    exit 3:
------
executor failed running [/bin/sh -c echo one; echo two;    exit 3]: exit code: 3
"""

DOCKER_28 = """\
#0 building with "default" instance using docker driver

#9 [stage-1 2/5] RUN echo "second"   && true
#9 CACHED

#11 [stage-1 4/5] RUN echo one; echo two;    exit 3
#11 0.057 one
#11 0.057 two
#11 ERROR: process "/bin/sh -c echo one; echo two;    exit 3" did not complete successfully: exit code: 3
------
 > [stage-1 4/5] RUN echo one; echo two;    exit 3:
0.053 one
0.053 two
------

 \x1b[33m1 warning found (use docker --debug to expand):
\x1b[0m - StageNameCasing: Stage name 'Builder' should be lowercase (line 2)
Dockerfile:16
--------------------
  15 |     COPY --from=builder $X /app
  16 | >>> RUN echo one; echo two; \\
  17 | >>>    exit 3
  18 |     RUN true
--------------------
ERROR: failed to build: failed to solve: process "/bin/sh -c echo one; echo two;    exit 3" did not complete successfully: exit code: 3
"""

PODMAN = """\
[1/2] STEP 1/6: FROM debian:bookworm-slim AS builder
[1/2] STEP 3/6: RUN echo hello && echo err >&2
hello
err
--> ba41da57dac
[2/2] STEP 5/6: RUN echo one; echo two;    exit 3
one
two
Error: building at STEP "RUN echo one; echo two;    exit 3": while running runtime: exit status 3
"""


def read(reader: BuildReader, output: str) -> list[str]:
    steps = [reader.read(line) for line in output.splitlines()]
    return [step for step in steps if step is not None]


@pytest.mark.parametrize(
    ("reader", "output", "reason"),
    [
        pytest.param(BuildKitReader(), DOCKER_20, "exit code: 3", id="docker-20"),
        pytest.param(BuildKitReader(), DOCKER_28, "exit code: 3", id="docker-28"),
        pytest.param(BuildahReader(), PODMAN, "exit status 3", id="podman"),
    ],
)
def test_a_step_that_fails(reader: BuildReader, output: str, reason: str) -> None:
    steps = read(reader, output)
    failure = reader.failure(DOCKERFILE)
    assert steps[-1].endswith("RUN echo one; echo two; exit 3")
    assert (failure.line, failure.reason, failure.step) == (16, reason, steps[-1])
    assert failure.output == ("one", "two")
    assert failure.message == f"the build failed: {steps[-1]}: {reason}\n  one\n  two"
    assert not reader.missing_frontend()
    assert reader.unknown_option() is None


def test_of_several_errors_the_one_that_ended_the_build() -> None:
    reader = BuildKitReader()
    read(
        reader,
        """\
#5 [2/3] RUN true
#5 ERROR: executor failed running [/bin/sh -c true]: network bridge not found
#7 [3/3] COPY nothere /x
#7 ERROR: "/nothere" not found: not found
------
 > [2/3] RUN true:
------
------
 > [3/3] COPY nothere /x:
------
failed to compute cache key: "/nothere" not found: not found
""",
    )
    failure = reader.failure(b"FROM debian:bookworm-slim\nRUN true\nCOPY nothere /x\n")
    assert (failure.line, failure.reason) == (3, '"/nothere" not found: not found')


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            "failed to solve with frontend dockerfile.v0: dockerfile parse error line 3: unknown instruction: FOO",
            "unknown instruction: FOO",
        ),
        (
            "ERROR: failed to solve: dockerfile parse error on line 3: unknown instruction: FOO (did you mean FROM?)",
            "unknown instruction: FOO (did you mean FROM?)",
        ),
    ],
)
def test_a_file_that_buildkit_cannot_parse(last: str, reason: str) -> None:
    reader = BuildKitReader()
    read(reader, f"#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n{last}")
    failure = reader.failure(b"FROM scratch\nENV A=1\nFOO nothere /x\n")
    assert (failure.line, failure.reason) == (3, reason)


def test_a_base_that_cannot_be_had() -> None:
    reader = BuildKitReader()
    why = 'failed to do request: Head "https://example.org/v2/": dial tcp: no such host'
    name = "[internal] load metadata for docker.io/library/debian:bookworm-slim"
    read(
        reader,
        f"#3 {name}\n#3 ERROR: {why}\nfailed to solve with frontend dockerfile.v0: failed to create LLB definition: {why}",
    )
    failure = reader.failure(DOCKERFILE)
    assert (failure.line, failure.reason) == (2, why)


@pytest.mark.parametrize(
    "name",
    [
        "resolve image config for docker.io/docker/dockerfile:1",
        "resolve image config for docker-image://docker.io/docker/dockerfile:1.7-labs",
    ],
)
def test_a_frontend_that_cannot_be_had(name: str) -> None:
    reader = BuildKitReader()
    read(reader, f"#3 {name}\n")
    assert not reader.missing_frontend()
    read(reader, "#3 ERROR: failed to do request: no such host\n")
    assert reader.missing_frontend()


@pytest.mark.parametrize(
    ("reader", "said", "option"),
    [
        (BuildKitReader(), "unknown flag: --build-context\nSee 'docker build --help'.", "--build-context"),
        (BuildahReader(), "Error: unknown flag: --ssh\nSee 'podman build --help'", "--ssh"),
        (BuildKitReader(), "#1 [1/2] RUN make\nunknown flag: --build-context", None),
        (BuildahReader(), "STEP 1/2: RUN make\nunknown flag: --ssh", None),
    ],
)
def test_an_option_that_a_client_does_not_know(reader: BuildReader, said: str, option: str | None) -> None:
    read(reader, said)
    assert reader.unknown_option() == option


def test_the_whole_output_of_a_step_stays_out_of_the_message() -> None:
    reader = BuildKitReader()
    read(
        reader,
        "#1 [2/2] RUN make\n"
        + "".join(f"#1 0.1 line {n}\n" for n in range(100))
        + "#1 ERROR: exit code: 2\nexit code: 2\n",
    )
    assert reader.failure(b"FROM a\nRUN make\n").output == tuple(f"line {n}" for n in range(88, 100))


def test_a_build_that_was_broken_off() -> None:
    reader = BuildahReader()
    read(reader, PODMAN)
    reader.broken_off("it took more than 9 s")
    assert reader.failure(DOCKERFILE).message == "the build failed: it took more than 9 s"


@pytest.mark.parametrize("reader", [BuildKitReader(), BuildahReader()])
def test_an_engine_that_says_nothing(reader: BuildReader) -> None:
    assert reader.failure(DOCKERFILE).message == "the build failed: no reason given"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("[builder 1/4] FROM docker.io/library/debian:bookworm-slim@sha256:57cc", 2),
        ("[builder 2/4] RUN echo hello && echo err >&2", 4),
        ("[builder 3/4] WORKDIR /app", 6),
        ("[builder 4/4] COPY . .", 7),
        ("[linux/arm64 builder 4/4] COPY . .", 7),
        ('[stage-1  2/15] RUN echo "second"   && true', 12),
        ("[stage-1 3/5] COPY --from=builder /app /app", 15),
        ("[stage-1 5/5] RUN true", 18),
        ("[test 1/2] RUN true", 21),
        ("[test 2/2] COPY --from=busybox:1.36 /bin/sh /bin/sh", 22),
        # The base image's own ONBUILD counts, and is nowhere in the file
        ("[test 4/5] RUN true", 21),
        ("[test 1/5] ADD onbuild /", None),
        ("[internal] load metadata for docker.io/library/busybox:1.36", 22),
        ("[internal] load metadata for docker.io/library/debian:bookworm-slim", 2),
        ("[internal] load metadata for docker.io/library/nothere:latest", None),
        ("[internal] load build context", None),
        ("[1/3] STEP 4/7: WORKDIR /", 5),
        ("[2/3] STEP 4/6: COPY --from=builder $X /app", 15),
        ("[3/3] STEP 2/3: RUN true", 21),
        ("[4/4] STEP 2/3: RUN true", None),
        ("exporting to image", None),
    ],
)
def test_the_line_of_a_step(step: str, line: int | None) -> None:
    assert line_of_step(step, DOCKERFILE) == line


@pytest.mark.parametrize("step", ["[2/2] RUN true", "STEP 2/2: RUN true"])
def test_no_line_in_a_file_that_cannot_be_parsed(step: str) -> None:
    assert line_of_step(step, b"RUN true\n\xff") is None


def test_a_stage_without_an_image_has_no_first_step() -> None:
    assert line_of_step("[2/2] COPY $B /b", b"FROM scratch\nCOPY $A /a\nCOPY $B /b\n") == 3
    assert line_of_step("[1/2] COPY /x/a /a", b"FROM scratch\nCOPY $A /a\nCOPY $B /b\n") == 2


def test_long_names_are_shortened() -> None:
    assert shortened("RUN a   b\n c") == "RUN a b c"
    assert len(shortened("x" * 500)) == 110
