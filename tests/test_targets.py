"""Files that build several images: which stages are converted, what keeps its name, and what is left as it is."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from minify import api
from minify.errors import UsageError
from minify.plan import Target
from minify.planner import Wish
from minify.review.changes import changes_of
from minify.syntax import parse

GO = """\
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /out/api . && CGO_ENABLED=0 go build -o /out/worker ./worker

"""
SOURCES = {
    "go.mod": "module example.org/x\n\ngo 1.26\n",
    "main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("api") }\n',
    "worker/main.go": 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("worker") }\n',
    "app/__init__.py": "",
    "app/web.py": "import http.server\nhttp.server.test()\n",
    "app/job.py": "print(1)\n",
    "requirements.txt": "",
}
PYTHON = """\
FROM python:3.13 AS base
WORKDIR /srv
COPY app app

"""


def fixed(folder: Path, dockerfile: str, files: dict[str, str], *names: str) -> api.Outcome:
    """The outcome in a repository with these files; `names` as `--target` gives them."""
    (folder / ".git").mkdir()
    for name, text in {**SOURCES, **files, "Dockerfile": dockerfile}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    return api.fix(folder / "Dockerfile", wish=Wish(targets=tuple(Target(stage=n, asked=True) for n in names)))


def became(outcome: api.Outcome) -> dict[str, str]:
    """What became of each target by name; "" is the last stage."""
    return {
        one.target.stage: one.left if one.plan is None else one.plan.rung.label if one.plan.fixes else "nothing to do"
        for one in outcome.targets
    }


def froms(outcome: api.Outcome) -> list[str]:
    """The FROM lines of the new file, without the word."""
    return [stage.from_.text.strip().partition(" ")[2] for stage in parse(outcome.patch.after).stages]


TWO = (
    GO
    + 'FROM debian:13 AS worker\nCOPY --from=build /out/worker /worker\nCMD ["/worker"]\n\nFROM debian:13\nCOPY --from=build /out/api /api\nCMD ["/api"]\n'
)

SAID = [
    pytest.param(
        {"docker-bake.hcl": 'target "worker" {\n  target = "worker"\n}\ntarget "api" {}\n'},
        "docker-bake.hcl:1",
        id="bake",
    ),
    pytest.param(
        {"docker-bake.json": '{"target": {"w": {"context": ".", "target": "worker"}}}'}, "docker-bake.json:1", id="json"
    ),
    pytest.param(
        {
            "docker-bake.hcl": """\
            target "_all" { context = "." }
            target "image" {
              inherits = ["_all"]
              matrix = { tgt = ["worker", "api"] }
              name = tgt
              target = tgt
            }
            """
        },
        "docker-bake.hcl:2",
        id="a matrix of bake",
    ),
    pytest.param(
        {"compose.yaml": "services:\n  w:\n    build:\n      context: .\n      target: worker\n"},
        "compose.yaml:5",
        id="compose",
    ),
    pytest.param({"Makefile": "all:\n\tdocker build --target worker -t w .\n"}, "Makefile:2", id="make"),
    pytest.param(
        {
            "skaffold.yaml": """\
            apiVersion: skaffold/v4beta11
            build:
              artifacts:
                - image: w
                  docker:
                    target: worker
            """
        },
        "skaffold.yaml:6",
        id="skaffold",
    ),
    pytest.param(
        {
            "skaffold.yaml": """\
            apiVersion: skaffold/v4beta11
            profiles:
              - name: prod
                build:
                  artifacts:
                    - image: w
                      docker:
                        target: worker
            """
        },
        "skaffold.yaml:8",
        id="a profile of skaffold",
    ),
    pytest.param(
        {"Tiltfile": "docker_build(\n    'acme/w',\n    '.',\n    target='worker',\n)\n"}, "Tiltfile:1", id="tilt"
    ),
    pytest.param(
        {
            ".github/workflows/ci.yml": """\
            jobs:
              push:
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      context: .
                      target: worker
            """
        },
        ".github/workflows/ci.yml:7",
        id="an action",
    ),
]


@pytest.mark.parametrize(("files", "said"), SAID)
def test_what_the_repository_builds_is_converted(tmp_path: Path, files: dict[str, str], said: str) -> None:
    outcome = fixed(tmp_path, TWO, files)
    assert became(outcome) == {"": "distroless", "worker": "distroless"}
    assert outcome.targets[1].target.said == said
    assert froms(outcome)[1:] == ["gcr.io/distroless/static-debian13 AS worker", "gcr.io/distroless/static-debian13"]


def test_what_nobody_builds_is_left_alone(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TWO, {"compose.yaml": "services:\n  w:\n    build: .\n"})
    assert outcome.targets == ()
    assert froms(outcome)[1:] == ["debian:13 AS worker", "gcr.io/distroless/static-debian13"]


def test_the_user_says_which(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TWO, {}, "worker")
    assert became(outcome) == {"worker": "distroless"}
    assert froms(outcome)[1:] == ["gcr.io/distroless/static-debian13 AS worker", "debian:13"]


def test_a_name_that_is_no_stages(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no stage web") as error:
        fixed(tmp_path, TWO, {}, "web")
    assert error.value.hint == "--target names one of: build, worker"


LEFT = [
    ("dev", 'CMD ["/out/api"]', "it is a stage for dev: people and tools work in it"),
    ("api-debug", 'CMD ["/out/api"]', "it is a stage for debug: people and tools work in it"),
    ("tester", "RUN go vet ./...", "it is a stage for tester: people and tools work in it"),
    (
        "vendored",
        "RUN go vet ./...",
        "nothing is started in it: it is built for the files or checks that it is made of",
    ),
]


@pytest.mark.parametrize(("name", "line", "reason"), LEFT)
def test_stages_that_people_and_tools_work_in(tmp_path: Path, name: str, line: str, reason: str) -> None:
    stages = f'{GO}FROM build AS {name}\n{line}\n\nFROM debian:13\nCOPY --from=build /out/api /api\nCMD ["/api"]\n'
    outcome = fixed(tmp_path, stages, {"Makefile": f"all:\n\tdocker build --target {name} .\n"})
    assert became(outcome) == {"": "distroless", name: reason}
    assert f"FROM build AS {name}\n{line}\n" in outcome.patch.after.text


def test_a_target_that_others_are_built_on(tmp_path: Path) -> None:
    stages = (
        PYTHON
        + 'FROM base AS web\nENV MODE=web\nEXPOSE 8000\nCMD ["python", "-m", "app.web"]\n\n'
        + "FROM web AS admin\nRUN pip install --no-cache-dir tomli\nCOPY --from=web /srv/app/job.py /srv/app/jobs.py\n"
        + 'CMD ["python", "-m", "app.web", "8001"]\n\n'
        + 'FROM WEB\nRUN --mount=type=bind,from=web,source=/srv,target=/mnt cp /mnt/app/job.py .\nCMD ["python", "job.py"]\n'
    )
    outcome = fixed(tmp_path, stages, {"Makefile": "all:\n\tdocker build --target web .\n"})
    assert became(outcome) == {"": "distroless", "web": "distroless"}
    assert froms(outcome) == [
        "python:3.13 AS base",
        "base AS web-base",
        "web-base AS web-build",
        "gcr.io/distroless/static-debian13 AS web",
        "web-base AS admin",
        "web-base AS build",
        "gcr.io/distroless/static-debian13",
    ]
    after = outcome.patch.after.text
    assert "COPY --from=web-base /srv/app/job.py" in after and "RUN --mount=type=bind,from=web-base,source" in after
    base = after.partition("AS web-base\n")[2].partition("\n\n")[0]
    assert base == 'ENV MODE=web\nEXPOSE 8000\nCMD ["python", "-m", "app.web"]', "what admin inherits stays"
    assert "pip" not in base, "no step of the conversion is in what others are built on"


def test_stages_that_are_counted(tmp_path: Path) -> None:
    stages = (
        GO
        + PYTHON.replace("AS base", "AS web")
        + 'CMD ["python", "-m", "app.web"]\n\n'
        + "FROM debian:13\nCOPY --from=0 /out/api /api\nCOPY --from=1 /srv/app/web.py /web.py\n\n"
        + "FROM debian:13 AS tools\nRUN echo 1 > /version\n\n"
        + "FROM debian:13\nCOPY --from=2 /api /api\nCOPY --from=3 /version /version\nRUN --mount=from=2,target=/mnt true\n"
        + 'CMD ["/api"]\n'
    )
    outcome = fixed(tmp_path, stages, {"Makefile": "all:\n\tdocker build --target web .\n"}, "web")
    after = outcome.patch.after.text
    assert "COPY --from=0 /out/api /api\nCOPY --from=web-base /srv/app/web.py" in after, "those before it, and itself"
    assert froms(outcome)[4:] == ["debian:13 AS stage-2", "debian:13 AS tools", "debian:13"]
    assert "COPY --from=stage-2 /api /api\nCOPY --from=tools /version /version\nRUN --mount=from=stage-2," in after


@pytest.mark.parametrize(
    "line", ["COPY --from={} /usr/bin/env /x", "RUN --mount=from={},target=/m cp /m/usr/bin/env /x"]
)
@pytest.mark.parametrize("written", ["2", "worker"])
def test_two_targets_that_are_counted(tmp_path: Path, line: str, written: str) -> None:
    stages = (
        GO
        + 'FROM golang:1.26 AS api\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /api .\nCMD ["/api"]\n\n'
        + 'FROM debian:13 AS worker\nCOPY --from=0 /out/worker /worker\nCMD ["/worker"]\n\n'
        + f'FROM debian:13\n{line.format(written)}\nCOPY --from=build /out/api /api\nCMD ["/api"]\n'
    )
    outcome = fixed(tmp_path, stages, {}, "api", "worker")
    assert became(outcome) == {"api": "distroless", "worker": "distroless"}
    after = outcome.patch.after.text
    assert line.format("worker-base") in after and "FROM debian:13 AS worker-base\n" in after
    assert froms(outcome)[1:3] == ["golang:1.26 AS api-build", "gcr.io/distroless/static-debian13 AS api"]


def test_a_base_that_is_counted_stays(tmp_path: Path) -> None:
    stages = (
        "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /out/api .\n\n"
        'FROM debian:13 AS api\nCOPY --from=build /out/api /api\nCMD ["/api"]\n\n'
        'FROM debian:13\nCOPY --from=1 /usr/bin/env /x\nCMD ["/x"]\n'
    )
    outcome = fixed(tmp_path, stages, {}, "api")
    assert "FROM debian:13 AS api-base\n" in outcome.patch.after.text
    assert "COPY --from=api-base /usr/bin/env /x" in outcome.patch.after.text


def test_a_target_that_is_named_through_a_variable_stays(tmp_path: Path) -> None:
    stages = (
        "ARG KIND=web\n" + PYTHON + 'FROM base AS web\nCMD ["python", "-m", "app.web"]\n\n'
        'FROM ${KIND}\nCMD ["python", "-m", "app.job"]\n'
    )
    outcome = fixed(tmp_path, stages, {"Makefile": "all:\n\tdocker build --target web .\n"})
    assert became(outcome)["web"] == "a place in the file names it in a way that cannot be written anew"
    assert "FROM base AS web\n" in outcome.patch.after.text


def test_a_second_time_nothing_is_to_do(tmp_path: Path) -> None:
    stages = PYTHON + 'FROM base as web\nCMD ["python", "-m", "app.web"]\nFROM base\nCMD ["python", "-m", "app.job"]\n'
    outcome = fixed(tmp_path, stages, {"Makefile": "all:\n\tdocker build --target web .\n"})
    assert became(outcome) == {"": "distroless", "web": "distroless"}
    assert 'app.web"]\n\nFROM base AS build\n' in outcome.patch.after.text, "a blank line before the next stage"
    (tmp_path / "Dockerfile").write_bytes(outcome.patch.after.encode())
    assert api.fix(tmp_path / "Dockerfile").patch.empty


def test_each_image_has_its_findings(tmp_path: Path) -> None:
    compose = """\
    services:
      web:
        build: {context: ., target: web}
        healthcheck: {test: [CMD, sh, -c, "true"]}
      job:
        build: .
        entrypoint: [sh, -c, ls]
      dev:
        build: {context: ., target: dev}
        command: [bash]
    """
    stages = (
        PYTHON
        + 'FROM base AS dev\nCMD ["bash"]\n\nFROM base AS web\nCMD ["python", "-m", "app.web"]\n\n'
        + 'FROM base\nCMD ["python", "-m", "app.job"]\n'
    )
    around = api.look_around(fixed(tmp_path, stages, {"compose.yaml": compose})).around
    assert around is not None
    assert [(f.line, f.subject) for f in around.findings] == [
        (4, "the health check of the service web"),
        (7, "the entrypoint of the service job"),
    ]


@pytest.mark.parametrize("name", ["dev-envs", "devcontainer", "api_test"])
def test_a_last_stage_that_people_work_in_keeps_its_shape(tmp_path: Path, name: str) -> None:
    stages = PYTHON + f'CMD ["python", "-m", "app.web"]\n\nFROM base AS {name}\nRUN echo 1 > /x\n'
    outcome = fixed(tmp_path, stages, {"Makefile": "all:\n\tdocker build --target base .\n"})
    assert became(outcome) == {"": "slim", "base": "distroless"}
    reasons = [refusal.reason for refusal in outcome.targets[0].plan.refusals] if outcome.targets[0].plan else []
    assert any("people and tools work in it" in reason for reason in reasons)
    assert f"FROM base-base AS {name}\nRUN echo 1 > /x\n" in outcome.patch.after.text


def test_each_conversion_is_a_change_of_its_own(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TWO, {"Makefile": "all:\n\tdocker build --target worker .\n"})
    first, second = (change for change in changes_of(outcome, Wish()) if change.suggested)
    assert second.key not in first.conflicts and first.key not in second.conflicts
    lines = [
        [decision.line for decision in change.decisions if decision.subject.startswith("FROM ")]
        for change in (first, second)
    ]
    assert lines == [[10], [6]]
