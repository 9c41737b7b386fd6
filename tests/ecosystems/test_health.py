"""A health check by curl, wget or nc: asked by the runtime that the final image has anyway, or a reason with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung
from minify.report import json, markdown
from minify.report.reported import Reported

PYTHON = 'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y curl\nWORKDIR /app\nCOPY . .\n{check}\nCMD ["python", "app.py"]\n'
NODE = 'FROM node:22\nWORKDIR /app\nCOPY . .\n{check}\nCMD ["node", "app.js"]\n'
NATIVE = 'FROM gcc:14\nWORKDIR /src\nCOPY . .\nRUN gcc -o /app main.c\n{check}\nCMD ["/app"]\n'
JRE = (
    "FROM eclipse-temurin:17-jre\nWORKDIR /app\nCOPY target/app.jar .\nCOPY pom.xml .\n{check}\n"
    'CMD ["java", "-jar", "app.jar"]\n'
)
FILES = {
    "app.py": "print('hello')\n",
    "app.js": "console.log('hello')\n",
    "pom.xml": "<project><artifactId>spring-boot-maven-plugin</artifactId></project>",
    "src/main/java/A.java": "class A { public static void main(String[] arguments) {} }\n",
    "main.c": "int main(void) { return 0; }\n",
}


def fix(tmp_path: Path, dockerfile: str) -> api.Outcome:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


@pytest.mark.parametrize(
    ("dockerfile", "interpreter"),
    [(PYTHON, '["/usr/local/bin/python", "-c", '), (NODE, '["/nodejs/bin/node", "-e", ')],
    ids=["python", "node"],
)
@pytest.mark.parametrize(
    "check",
    ["curl -f http://localhost:8000/health || exit 1", "wget -q --spider http://localhost:8000/health", "nc -z localhost 8000"],
)  # fmt: skip
def test_the_runtime_asks_the_same(tmp_path: Path, dockerfile: str, interpreter: str, check: str) -> None:
    outcome = fix(tmp_path, dockerfile.format(check=f"HEALTHCHECK --interval=5s CMD {check}"))
    line = next(x for x in outcome.patch.after.text.splitlines() if x.startswith("HEALTHCHECK"))
    assert line.startswith(f"HEALTHCHECK --interval=5s CMD {interpreter}")
    assert "8000" in line and "curl" not in line and "wget" not in line
    became = [d.outcome for d in outcome.plan.decisions if d.subject.startswith("HEALTHCHECK")]
    assert Outcome.REPLACED in became
    assert outcome.plan.rung is Rung.DISTROLESS


def test_curl_leaves_the_image_when_only_the_health_check_called_it(tmp_path: Path) -> None:
    outcome = fix(tmp_path, PYTHON.format(check="HEALTHCHECK CMD curl -f http://localhost:8000/"))
    assert [(d.outcome, d.line) for d in outcome.plan.decisions if d.subject == "curl"] == [(Outcome.DROPPED, 2)]


@pytest.mark.parametrize(
    ("dockerfile", "check", "line", "said"),
    [
        (
            NATIVE,
            "curl -f http://localhost:$PORT/",
            5,
            "HEALTHCHECK runs curl, and nothing in the final image could ask",
        ),
        (
            NATIVE.replace("gcc:14", "debian:13"),
            "curl -fL http://localhost:8000/",
            5,
            "HEALTHCHECK runs curl, and nothing in the final image could ask",
        ),
        (PYTHON, "curl --unix-socket /s http://x/ | grep ok", 5, "HEALTHCHECK needs what the final image lacks: "),
        (PYTHON, "ps aux | grep app", 5, "HEALTHCHECK needs what the final image lacks: "),
    ],
    ids=["a variable", "no such program", "a pipe", "ps"],
)
def test_what_cannot_be_asked_stops_the_rung(tmp_path: Path, dockerfile: str, check: str, line: int, said: str) -> None:
    outcome = fix(tmp_path, dockerfile.format(check=f"HEALTHCHECK CMD {check}"))
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [r.line for r in outcome.plan.refusals if r.reason.startswith(said)] == [line]


def test_a_program_of_its_own_stays_as_it_is(tmp_path: Path) -> None:
    outcome = fix(tmp_path, PYTHON.format(check='HEALTHCHECK CMD ["python", "health.py"]'))
    assert 'HEALTHCHECK CMD ["python", "health.py"]' in outcome.patch.after.text


@pytest.mark.parametrize(
    ("check", "probe", "beside"),
    [
        pytest.param(
            "--interval=10s CMD curl -f http://localhost:8000/up || exit 1",
            "livenessProbe: {httpGet: {path: /up, port: 8000}, periodSeconds: 10, timeoutSeconds: 30, failureThreshold: 3}",
            "app-health: {image: curlimages/curl, ",
            id="a request",
        ),
        pytest.param(
            "CMD nc -z localhost ${PORT}",
            "livenessProbe: {tcpSocket: {port: 8000}, periodSeconds: 30, timeoutSeconds: 30, failureThreshold: 3}",
            None,
            id="a port of the environment",
        ),
        pytest.param(
            "CMD ps aux | grep app",
            "livenessProbe: {exec: {command: [/bin/sh, -c, ps aux | grep app]}, periodSeconds: 30, timeoutSeconds: 30, failureThreshold: 3}",
            None,
            id="what only a shell can ask",
        ),
        pytest.param(
            "CMD curl -d x http://localhost:8000/up",
            "a probe asks with GET: POST; a probe of Kubernetes, which reads no HEALTHCHECK, can only run it: livenessProbe: {exec:",
            "app-health: {image: curlimages/curl, ",
            id="what a probe cannot ask",
        ),
    ],
)
def test_what_could_ask_from_outside_is_ready_to_be_pasted(
    tmp_path: Path, check: str, probe: str, beside: str | None
) -> None:
    outcome = fix(tmp_path, JRE.format(check=f"ENV PORT=8000\nHEALTHCHECK {check}"))
    said = [d for d in outcome.plan.decisions if d.subject == "HEALTHCHECK" and d.outcome is Outcome.CHECK]
    said = [d for d in said if d.line == 6]
    assert probe in said[0].reason
    assert ([beside in d.reason for d in said[1:]] == [True]) if beside is not None else len(said) == 1
    # And the check itself is there: by its own program, or with the shell that it needs
    if outcome.plan.rung is Rung.PRUNED:
        assert f"HEALTHCHECK {check}" in outcome.patch.after.text
    else:
        assert 'CMD ["curl", ' in outcome.patch.after.text
    reported = Reported(path="Dockerfile", outcome=outcome)
    for report in (json.render([json.document(outcome)]), markdown.render([reported])):
        assert "livenessProbe: {" in report
