"""What `image inspect` says, in the one shape that every engine's is brought to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from minify.verify.engine import Configuration, EngineError, Healthcheck

Json = Mapping[str, Any]


def one(text: str) -> Json:
    """The one object of an `inspect` command's list."""
    found = parse(text)
    first = found[0] if isinstance(found, list) and found else found
    if not isinstance(first, dict):
        raise EngineError("the container engine gave an answer that is not an inspection")
    return cast(Json, first)


def parse(text: str) -> Any:
    """JSON of an engine; EngineError when it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise EngineError("the container engine gave an answer that is not JSON") from error


def configuration(inspected: Json) -> Configuration:
    """The configuration of an inspected image.

    >>> configuration({"Config": {"Env": ["A=b=c"], "ExposedPorts": {"80/tcp": {}}}}).env["A"]
    'b=c'
    """
    config: Json = inspected.get("Config") or {}
    return Configuration(
        user=config.get("User") or "",
        workdir=config.get("WorkingDir") or "",
        env=_environment(config.get("Env")),
        entrypoint=_words(config.get("Entrypoint")),
        cmd=_words(config.get("Cmd")),
        exposed=tuple(sorted(config.get("ExposedPorts") or ())),
        volumes=tuple(sorted(config.get("Volumes") or ())),
        labels=dict(config.get("Labels") or {}),
        # podman tells of it beside the configuration
        healthcheck=_healthcheck(config.get("Healthcheck") or inspected.get("Healthcheck")),
        stop_signal=config.get("StopSignal") or None,
        shell=_words(config.get("Shell")),
        onbuild=_words(config.get("OnBuild")),
        architecture=inspected.get("Architecture") or "",
    )


def _words(value: Sequence[str] | str | None) -> tuple[str, ...]:
    # podman gives a container's entrypoint as one string
    return (value,) if isinstance(value, str) and value else tuple(value or ())


def _environment(pairs: Sequence[str] | None) -> dict[str, str]:
    split = (pair.partition("=") for pair in pairs or ())
    return {name: value for name, _, value in split}


def _healthcheck(value: Json | None) -> Healthcheck | None:
    test = tuple((value or {}).get("Test") or ())
    if value is None or not test or test == ("NONE",):
        return None
    return Healthcheck(
        test=test,
        interval=_seconds(value.get("Interval")),
        timeout=_seconds(value.get("Timeout")),
        start_period=_seconds(value.get("StartPeriod")),
        retries=value.get("Retries") or None,
    )


def _seconds(nanoseconds: int | None) -> float | None:
    return nanoseconds / 1e9 if nanoseconds else None
