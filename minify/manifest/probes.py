"""HEALTHCHECK as Kubernetes' probes: asked by the kubelet where it can, else by the image's own command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any, Final, NamedTuple

from minify.analysis.facts import Facts
from minify.ecosystems.health import asked
from minify.health.plan import HealthPlan, HttpCheck, TcpCheck
from minify.health.text import Text
from minify.syntax import Healthcheck

_LOCAL: Final = ("localhost", "127.0.0.1", "0.0.0.0", "::1", "[::1]")
# https://docs.docker.com/reference/dockerfile/#healthcheck
_DEFAULTS: Final[Mapping[str, float]] = {"interval": 30, "timeout": 30, "start-period": 0, "retries": 3}
_UNITS: Final[Mapping[str, float]] = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


class Probe(NamedTuple):
    """`handler` as Kubernetes writes it, the times, and what differs from the health check."""

    handler: Mapping[str, Any]
    period: int
    timeout: int
    failures: int
    startup: int
    """How often it may fail before the application has started; 0: no start period is given."""
    notes: tuple[str, ...] = ()


def probe(before: Facts, after: Facts, ports: tuple[tuple[int, str], ...]) -> Probe | None:
    """The probe for the health check of the file as it was; without one, for the first port; None when there is neither."""
    placed = before.contract.healthcheck
    check = placed.instruction if placed is not None else None
    if not isinstance(check, Healthcheck) or check.none:
        tcp = next((port for port, protocol in ports if protocol == "TCP"), None)
        if tcp is None:
            return None
        note = "The image has no health check: the port is asked whether it accepts connections"
        return Probe({"tcpSocket": {"port": tcp}}, 10, 1, 3, 0, (note,))
    times = {name: _seconds(check.flag(name), default) for name, default in _DEFAULTS.items() if name != "retries"}
    retries = check.flag("retries")
    failures = int(retries) if retries and retries.isdigit() and int(retries) else int(_DEFAULTS["retries"])
    period, timeout = (max(1, ceil(times[name])) for name in ("interval", "timeout"))
    startup = ceil(times["start-period"] / period) + failures if times["start-period"] else 0
    handler, notes = _handler(before, after)
    return Probe(handler, period, timeout, failures, startup, notes) if handler else None


def _handler(before: Facts, after: Facts) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    plan = asked(before)
    if isinstance(plan, HealthPlan) and len(plan.checks) == 1:
        check = plan.checks[0]
        if isinstance(check, HttpCheck) and (http := _http(check, before)) is not None:
            notes = (
                ()
                if check.statuses.ranges
                else ("The health check took any answer; a probe wants a status from 200 to 399",)
            )
            return {"httpGet": http}, notes
        if isinstance(check, TcpCheck) and _static(check.host, before) in _LOCAL:
            port = _static(check.port, before)
            if port is not None and port.isdigit():
                return {"tcpSocket": {"port": int(port)}}, ()
    # What the new image itself runs: it has it, whatever the old one ran
    new = after.contract.healthcheck
    instruction = new.instruction if new is not None else None
    if not isinstance(instruction, Healthcheck):
        return {}, ()
    if instruction.exec_form is not None:
        return {"exec": {"command": list(instruction.exec_form)}}, ()
    assert new is not None
    return {"exec": {"command": [*new.scope.shell, instruction.shell or ""]}}, (
        "The health check needs a shell in the image",
    )


def _http(check: HttpCheck, facts: Facts) -> dict[str, Any] | None:
    """The same request by the kubelet; None when it cannot ask that."""
    host, path = _static(check.host, facts), _static(check.path, facts)
    port = _static(check.port, facts) or ("443" if check.scheme == "https" else "80")
    headers = [(name, _static(value, facts)) for name, value in check.headers]
    if host not in _LOCAL or path is None or not port.isdigit() or any(value is None for _, value in headers):
        return None
    if check.method not in ("GET", "HEAD") or check.body is not None or check.contains is not None:
        return None
    # A probe is content with 200 to 399: one that wants less, or more, is another question
    if check.statuses.ranges and not (_healthy(check, 200) and not _healthy(check, 404) and not _healthy(check, 500)):
        return None
    found: dict[str, Any] = {"path": path or "/", "port": int(port)}
    if check.scheme == "https":
        found["scheme"] = "HTTPS"
    if headers:
        found["httpHeaders"] = [{"name": name, "value": value} for name, value in headers]
    return found


def _healthy(check: HttpCheck, status: int) -> bool:
    return any(first <= status <= last for first, last in check.statuses.ranges)


def _static(text: Text, facts: Facts) -> str | None:
    """The text with the image's own variables in their place; None when another one is in it."""
    out = []
    for part in text.parts:
        if isinstance(part, str):
            out.append(part)
        elif part.name in facts.end.env or part.fallback:
            out.append(part.value(facts.end.env))
        else:
            return None
    return "".join(out)


def _seconds(text: str | None, default: float) -> float:
    """`1m30s` → 90."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)", text or "")
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return default
    return sum(float(number) * _UNITS[unit] for number, unit in parts) or default
