"""`dockminify manifest`: every object follows Kubernetes' own schema, and says what the Dockerfile says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.cli.conftest import Run
from tests.samples import SAMPLES

IMAGE = "registry.example/team/shop:1.4"


@pytest.fixture
def objects(dockerfile: Path, dockminify: Run) -> Any:
    """What is printed for a Dockerfile, by kind; each object validated, with no key that Kubernetes does not know."""

    def make(text: str, *options: str, files: dict[str, str] | None = None) -> dict[str, Any]:
        dockerfile.write_text(text)
        for name, content in (files or {}).items():
            dockerfile.with_name(name).write_text(content)
        answer = dockminify("manifest", "Dockerfile", "--image", IMAGE, *options)
        assert answer.code == 0, answer.err
        found = list(yaml.safe_load_all(answer.out))
        for one in found:
            kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)
        return {**{one["kind"]: one for one in found}, "text": answer.out, "all": found}

    return make


def pod(found: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = found["Deployment"]["spec"]["template"]["spec"]
    return spec


APP = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\n{}CMD ["python", "app.py"]\n'


def test_the_secret_pulls_the_image_and_holds_no_password(objects: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PASSWORD", "hunter2")
    monkeypatch.setenv("REGISTRY_USER", "somebody")
    found = objects(APP.format(""), "--secret", "pull", "-n", "shop")
    secret = found["Secret"]
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert secret["metadata"] == {"name": "pull", "namespace": "shop"}
    auths = json.loads(secret["stringData"][".dockerconfigjson"])["auths"]
    assert auths == {"registry.example": {"username": "${REGISTRY_USER}", "password": "${REGISTRY_PASSWORD}"}}
    assert pod(found)["imagePullSecrets"] == [{"name": "pull"}]
    assert "kubectl create secret docker-registry pull --namespace=shop" in found["text"]
    assert "hunter2" not in found["text"] and "somebody" not in found["text"]


def test_it_runs_as_nobody_special_on_a_file_system_that_is_read_only(objects: Any) -> None:
    found = objects(APP.format(""))
    (container,) = pod(found)["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(found)["securityContext"]["runAsNonRoot"] is True
    assert pod(found)["securityContext"]["runAsUser"] == 65532
    assert "The image runs as root" in found["text"]
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]


@pytest.mark.parametrize(
    ("lines", "user", "group"),
    [
        ("USER 1000\n", 1000, None),
        ("USER 1000:2000\n", 1000, 2000),
        ("RUN useradd -u 4000 shop\nUSER shop\n", 4000, None),
        ("RUN useradd shop\nUSER shop\n", None, None),
        ("USER 0\n", 65532, 65532),
    ],
)
def test_the_user(lines: str, user: int | None, group: int | None, objects: Any) -> None:
    found = objects(APP.format(lines))
    context = pod(found)["securityContext"]
    assert (context.get("runAsUser"), context.get("runAsGroup")) == (user, group)
    assert ("runAsNonRoot wants a number" in found["text"]) == (user is None)


CURL = "RUN apt-get update && apt-get install -y curl\n"


@pytest.mark.parametrize(
    ("check", "handler", "times"),
    [
        (
            "HEALTHCHECK CMD curl -f http://localhost:8000/health || exit 1\n",
            {"httpGet": {"path": "/health", "port": 8000}},
            (30, 30, 3),
        ),
        (
            "HEALTHCHECK --interval=1m30s --timeout=500ms --retries=5 CMD curl -fsS -H 'X-A: b' http://127.0.0.1/\n",
            {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "X-A", "value": "b"}]}},
            (90, 1, 5),
        ),
        (
            "ENV PORT=9000\nHEALTHCHECK CMD curl -f http://localhost:$PORT/\n",
            {"httpGet": {"path": "/", "port": 9000}},
            (30, 30, 3),
        ),
        ("HEALTHCHECK CMD nc -z localhost 5000\n", {"tcpSocket": {"port": 5000}}, (30, 30, 3)),
    ],
)
def test_a_health_check_that_the_kubelet_can_ask(
    check: str, handler: dict[str, Any], times: tuple[int, ...], objects: Any
) -> None:
    (container,) = pod(objects(APP.format(CURL + check), files={"app.py": "print()"}))["containers"]
    for name in ("readinessProbe", "livenessProbe"):
        probe = dict(container[name])
        assert (probe.pop("periodSeconds"), probe.pop("timeoutSeconds"), probe.pop("failureThreshold")) == times
        assert probe == handler
    assert "startupProbe" not in container


@pytest.mark.parametrize(
    "check",
    [
        'HEALTHCHECK CMD ["python", "check.py", "a \\"b\\" # c"]\n',
        "HEALTHCHECK CMD curl -f http://localhost/ && curl -f http://localhost/two\n",
        "HEALTHCHECK CMD curl -fs http://localhost/ | grep -q ok\n",
        "HEALTHCHECK CMD curl -f http://database:5432/\n",
        "HEALTHCHECK CMD curl -f -X POST http://localhost/\n",
    ],
)
def test_what_the_kubelet_cannot_ask_the_image_asks(check: str, objects: Any) -> None:
    (container,) = pod(objects(APP.format(CURL + check), files={"app.py": "print()"}))["containers"]
    command = container["livenessProbe"]["exec"]["command"]
    assert len(command) >= 3
    if "check.py" in check:
        assert command[1:] == ["check.py", 'a "b" # c']


def test_a_start_period_is_a_startup_probe(objects: Any) -> None:
    check = "HEALTHCHECK --start-period=60s --interval=10s --retries=2 CMD curl -f http://localhost:80/\n"
    (container,) = pod(objects(APP.format(CURL + check), files={"app.py": "print()"}))["containers"]
    assert container["startupProbe"]["failureThreshold"] == 8
    assert container["livenessProbe"]["failureThreshold"] == 2


def test_without_a_health_check_the_port_is_asked(objects: Any) -> None:
    (container,) = pod(objects(APP.format("EXPOSE 53/udp 8080 8443/tcp\n")))["containers"]
    assert [(port["containerPort"], port["protocol"]) for port in container["ports"]] == [
        (53, "UDP"),
        (8080, "TCP"),
        (8443, "TCP"),
    ]
    assert container["readinessProbe"]["tcpSocket"] == {"port": 8080}
    assert "livenessProbe" not in container
    assert "readinessProbe" not in pod(objects(APP.format("EXPOSE 53/udp\n")))["containers"][0]
    assert "Port 80 is below 1024" in objects(APP.format("EXPOSE 80\n"))["text"]


def test_state_gets_claims(objects: Any) -> None:
    source = (
        'import sqlite3\nsqlite3.connect("/data/shop.db")\nsqlite3.connect("own.db")\nUPLOAD_FOLDER = "/srv/uploads"\n'
    )
    found = objects(APP.format('VOLUME ["/var/lib/x y"]\n'), files={"app.py": source})
    claims = {one["metadata"]["name"] for one in found["all"] if one["kind"] == "PersistentVolumeClaim"}
    assert claims == {"shop-var-lib-x-y", "shop-data", "shop-srv-uploads"}
    spec = pod(found)
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts == {"var-lib-x-y": "/var/lib/x y", "data": "/data", "srv-uploads": "/srv/uploads", "tmp": "/tmp"}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"] == {"claimName": "shop-data"}
    assert volumes["tmp"] == {"name": "tmp", "emptyDir": {}}
    assert "/app/own.db holds a SQLite database (app.py:3), among the image's own files" in found["text"]
    assert found["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


def test_a_pod(objects: Any) -> None:
    found = objects(APP.format(""), "--kind", "pod", "--name", "one")
    assert found["Pod"]["metadata"] == {"name": "one"}
    assert found["Pod"]["spec"]["containers"][0]["name"] == "one"


def test_nothing_of_a_dockerfile_gets_out_of_its_place(objects: Any) -> None:
    """Quotes, colons and line ends are a path's own; a comment stays one."""
    found = objects(APP.format('VOLUME ["/a: b\\\\\\"\\\\\'\\nkind: Pod", "/c # {{ x }}"]\n'))
    mounts = [mount["mountPath"] for mount in pod(found)["containers"][0]["volumeMounts"]]
    assert mounts == ["/a: b\"'\nkind: Pod", "/c # {{ x }}", "/tmp"]
    assert [one["kind"] for one in found["all"]] == [
        "Secret",
        "PersistentVolumeClaim",
        "PersistentVolumeClaim",
        "Deployment",
    ]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/context/Dockerfile")), ids=lambda path: path.parts[-3])
def test_of_every_sample(path: Path, dockminify: Run) -> None:
    answer = dockminify("manifest", str(path), "--registry", "registry.example")
    assert answer.code == 0, answer.err
    for one in yaml.safe_load_all(answer.out):
        kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--image", "Not An Image"),
        ("--image", "a/b", "--name", "Shop"),
        ("--image", "a/b", "--secret", "x; rm -rf /"),
        ("--image", "a/b", "-n", "$(id)"),
    ],
)
def test_what_cannot_be(options: tuple[str, ...], dockerfile: Path, dockminify: Run) -> None:
    answer = dockminify("manifest", "Dockerfile", *options)
    assert answer.code == 2
    assert answer.out == ""
