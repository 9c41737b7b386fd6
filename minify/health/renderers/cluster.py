"""A plan for whoever runs the container, when nothing in the image can ask: Kubernetes probes and a compose service."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final

from minify.health.plan import BELOW_400, SUCCESS, Check, FileCheck, HealthPlan, HttpCheck, Obstacle, TcpCheck
from minify.health.text import Text, digits

_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# https://docs.docker.com/reference/dockerfile/#healthcheck
_DEFAULTS: Final = {"interval": 30, "timeout": 30, "start-period": 0, "retries": 3}

Probe = dict[str, object]


def kubernetes(
    plan: HealthPlan,
    flags: Mapping[str, str],
    *,
    argv: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Probe | Obstacle:
    """A probe of Kubernetes; `flags` are those of HEALTHCHECK, `argv` the command to run when there is one.

    Kubernetes asks the address of the pod: what listens on 127.0.0.1 alone does not answer it.

    >>> from minify.health.read import read
    >>> kubernetes(read("curl -f http://localhost:8080/health || exit 1"), {"interval": "10s", "timeout": "3s"})
    {'httpGet': {'path': '/health', 'port': 8080}, 'periodSeconds': 10, 'timeoutSeconds': 3, 'failureThreshold': 3}
    """
    handler: Probe | Obstacle
    handler = {"exec": {"command": list(argv)}} if argv else _handler(plan, environment or {})
    return handler if isinstance(handler, Obstacle) else {**handler, **_times(flags)}


def kubernetes_yaml(
    plan: HealthPlan,
    flags: Mapping[str, str],
    *,
    argv: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    probe: str = "livenessProbe",
) -> str | Obstacle:
    """The probe as YAML, for the container of a pod.

    >>> from minify.health.read import read
    >>> print(kubernetes_yaml(read("nc -z localhost 5432"), {}), end="")
    livenessProbe:
      tcpSocket:
        port: 5432
      periodSeconds: 30
      timeoutSeconds: 30
      failureThreshold: 3
    """
    made = kubernetes(plan, flags, argv=argv, environment=environment)
    return made if isinstance(made, Obstacle) else _yaml({probe: made})


def in_one_line(name: str, value: Probe) -> str:
    """An entry of YAML in one line, to be pasted.

    >>> in_one_line("livenessProbe", {"tcpSocket": {"port": 5432}, "periodSeconds": 30})
    'livenessProbe: {tcpSocket: {port: 5432}, periodSeconds: 30}'
    """
    import yaml

    return f"{name}: {yaml.safe_dump(value, sort_keys=False, default_flow_style=True, width=100_000).strip()}"


def beside(
    plan: HealthPlan, flags: Mapping[str, str], command: str | Sequence[str], *, service: str = "app"
) -> Probe | Obstacle:
    """The service that `compose` writes down, without its name."""
    for check in plan.checks:
        if isinstance(check, FileCheck):
            return Obstacle("a service beside it does not see its files", str(check.path))
        if _variables(check):
            return Obstacle("a service beside it does not have its environment", str(check.host))
    test = ["CMD-SHELL", command] if isinstance(command, str) else ["CMD", *command]
    times = {name.replace("-", "_"): _plain(flags[name]) for name in _TIMES if name in flags}
    return {
        "image": "curlimages/curl" if "curl" in " ".join(test) else "busybox",
        "command": ["sleep", "infinity"],
        "network_mode": f"service:{service}",
        "healthcheck": {"test": test, **times},
    }


def compose(
    plan: HealthPlan, flags: Mapping[str, str], command: str | Sequence[str], *, service: str = "app"
) -> str | Obstacle:
    """A service that asks from beside the application, in its network, with the command as it was written.

    What waits for the application to be healthy waits for it instead.

    >>> from minify.health.read import read
    >>> command = "wget -q --spider http://localhost/ || exit 1"
    >>> print(compose(read(command), {"interval": "1m"}, command), end="")
    services:
      app-health:
        image: busybox
        command:
        - sleep
        - infinity
        network_mode: service:app
        healthcheck:
          test:
          - CMD-SHELL
          - wget -q --spider http://localhost/ || exit 1
          interval: 1m
    """
    made = beside(plan, flags, command, service=service)
    return made if isinstance(made, Obstacle) else _yaml({"services": {f"{service}-health": made}})


_TIMES: Final = ("interval", "timeout", "start-period", "start-interval", "retries")


def _handler(plan: HealthPlan, environment: Mapping[str, str]) -> Probe | Obstacle:
    if len(plan.checks) != 1:
        return Obstacle("a probe asks one thing", "")
    check = plan.checks[0]
    match check:
        case FileCheck():
            return Obstacle("a probe does not see the files of the container", str(check.path))
        case TcpCheck():
            port = _port(check.port, 0, environment)
            return port if isinstance(port, Obstacle) else {"tcpSocket": {"port": port}}
        case HttpCheck():
            return _http(check, environment)


def _http(check: HttpCheck, environment: Mapping[str, str]) -> Probe | Obstacle:
    if check.method not in ("GET", "HEAD"):
        return Obstacle("a probe asks with GET", check.method)
    if check.body is not None:
        return Obstacle("a probe sends nothing", str(check.body))
    if check.contains is not None:
        return Obstacle("a probe does not look into the answer", " ".join(check.contains.texts))
    if check.statuses not in (BELOW_400, SUCCESS):
        return Obstacle("a probe takes every status from 200 to 399 for healthy, and no other", "")
    port = _port(check.port, 443 if check.scheme == "https" else 80, environment)
    if isinstance(port, Obstacle):
        return port
    asked: Probe = {"path": check.path.resolve(environment), "port": port}
    if check.scheme == "https":
        asked["scheme"] = "HTTPS"
    if check.headers:
        asked["httpHeaders"] = [{"name": name, "value": value.resolve(environment)} for name, value in check.headers]
    return {"httpGet": asked}


def _port(text: Text, default: int, environment: Mapping[str, str]) -> int | Obstacle:
    if not text.parts and default:
        return default
    port = digits(Text.join(text.resolve(environment)))
    return Obstacle("which port it asks is known at run time only", str(text)) if port is None else port


def _variables(check: Check) -> bool:
    if isinstance(check, HttpCheck):
        texts = (check.url, *(value for _, value in check.headers), *((check.body,) if check.body else ()))
        return any(text.variables for text in texts)
    return isinstance(check, TcpCheck) and bool(check.host.variables or check.port.variables)


def _times(flags: Mapping[str, str]) -> Probe:
    start = _seconds(flags, "start-period")
    times: Probe = {"initialDelaySeconds": start} if start else {}
    times["periodSeconds"] = max(1, _seconds(flags, "interval"))
    times["timeoutSeconds"] = max(1, _seconds(flags, "timeout"))
    retries = flags.get("retries", "")
    times["failureThreshold"] = max(1, int(retries)) if retries.isdecimal() else _DEFAULTS["retries"]
    return times


def _seconds(flags: Mapping[str, str], name: str) -> int:
    """A duration of Go in whole seconds, rounded up: `1m30s`; 0 and what is none are the default."""
    parts = re.findall(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)", flags.get(name, ""))
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return math.ceil(round(seconds, 3)) or _DEFAULTS[name]


def _plain(value: str) -> str | int:
    return int(value) if value.isdecimal() else value


def _yaml(value: Probe) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, default_flow_style=False, width=1000)
