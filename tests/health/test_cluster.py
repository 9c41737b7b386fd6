"""What to write where the container is run, when nothing in the image can ask."""

from __future__ import annotations

import pytest
import yaml

from minify.health import HealthPlan, Obstacle, read
from minify.health.renderers.cluster import compose, kubernetes, kubernetes_yaml

TIMES = {"periodSeconds": 30, "timeoutSeconds": 30, "failureThreshold": 3}


def plan_of(command: str) -> HealthPlan:
    plan = read(command)
    assert isinstance(plan, HealthPlan), plan
    return plan


@pytest.mark.parametrize(
    ("command", "probe"),
    [
        ("curl -f http://localhost", {"httpGet": {"path": "/", "port": 80}}),
        ("curl -fk https://localhost/x?y=1", {"httpGet": {"path": "/x?y=1", "port": 443, "scheme": "HTTPS"}}),
        ("wget -q --spider http://localhost:8080/health", {"httpGet": {"path": "/health", "port": 8080}}),
        (
            "curl -f -H 'Host: app' localhost:81",
            {"httpGet": {"path": "/", "port": 81, "httpHeaders": [{"name": "Host", "value": "app"}]}},
        ),
        ("curl -f localhost:${PORT:-8080}", {"httpGet": {"path": "/", "port": 8080}}),
        ("nc -z localhost 5432", {"tcpSocket": {"port": 5432}}),
    ],
)
def test_probe(command: str, probe: dict[str, object]) -> None:
    assert kubernetes(plan_of(command), {}) == {**probe, **TIMES}


def test_the_environment_of_the_image_is_known() -> None:
    probe = kubernetes(plan_of("curl -f localhost:$PORT/"), {}, environment={"PORT": "9000"})
    assert probe == {"httpGet": {"path": "/", "port": 9000}, **TIMES}


@pytest.mark.parametrize(
    ("flags", "times"),
    [
        ({}, TIMES),
        (
            {"interval": "1m30s", "timeout": "2.5s", "start-period": "10s", "retries": "5"},
            {"initialDelaySeconds": 10, "periodSeconds": 90, "timeoutSeconds": 3, "failureThreshold": 5},
        ),
        # 0 is the default of Docker, and a probe takes a second at least
        ({"interval": "0s", "timeout": "100ms"}, {**TIMES, "timeoutSeconds": 1}),
        ({"interval": "$INTERVAL", "retries": "x"}, TIMES),
    ],
)
def test_times(flags: dict[str, str], times: dict[str, int]) -> None:
    assert kubernetes(plan_of("nc -z localhost 1"), flags) == {"tcpSocket": {"port": 1}, **times}


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("curl localhost", "every status from 200 to 399"),
        ("curl -fs localhost | grep ok", "does not look into the answer"),
        ("curl -fd a localhost", "asks with GET"),
        ("curl -f localhost && nc -z localhost 1", "asks one thing"),
        ("test -f x", "does not see the files"),
        ("curl -f localhost:$PORT", "known at run time only"),
    ],
)
def test_what_a_probe_cannot_ask_but_a_command_can(command: str, reason: str) -> None:
    found = kubernetes(plan_of(command), {})
    assert isinstance(found, Obstacle)
    assert reason in found.reason
    assert kubernetes(plan_of(command), {}, argv=("/health",)) == {"exec": {"command": ["/health"]}, **TIMES}


def test_yaml() -> None:
    text = kubernetes_yaml(plan_of("curl -f localhost"), {"interval": "5s"}, probe="readinessProbe")
    assert isinstance(text, str)
    assert yaml.safe_load(text)["readinessProbe"]["periodSeconds"] == 5


def test_compose_asks_from_beside() -> None:
    command = "curl -f http://localhost:8080/ || exit 1"
    text = compose(plan_of(command), {"interval": "5s", "start-period": "1m", "retries": "2"}, command, service="web")
    assert isinstance(text, str)
    assert yaml.safe_load(text)["services"] == {
        "web-health": {
            "image": "curlimages/curl",
            "command": ["sleep", "infinity"],
            "network_mode": "service:web",
            "healthcheck": {"test": ["CMD-SHELL", command], "interval": "5s", "start_period": "1m", "retries": 2},
        }
    }


@pytest.mark.parametrize("command", ["test -f x", "curl -f localhost:$PORT"])
def test_compose_cannot_see_inside(command: str) -> None:
    assert isinstance(compose(plan_of(command), {}, command), Obstacle)
