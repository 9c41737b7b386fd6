"""Health checks run for real: by the shell with the tools they name, and as rendered for each runtime."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from minify.health import HealthPlan, Obstacle, read
from minify.health.renderers.golang import go
from minify.health.renderers.java import java
from minify.health.renderers.node import node
from minify.health.renderers.python import python

TIMEOUT = 6.0
"""What the health check is given before it counts as unhealthy, as `HEALTHCHECK --timeout`."""

RUNTIMES = ("python", "node", "go", "java")
# The Go of the development extra lies beside this interpreter
GO = shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent)) or "go"


def missing(runtime: str) -> str | None:
    """Why a runtime cannot be run here."""
    program = {"python": sys.executable, "go": GO, "java": "javac"}.get(runtime, runtime)
    return None if shutil.which(program) else f"{program} is not installed"


def plan_of(command: str) -> HealthPlan:
    """The plan of a command that has one."""
    plan = read(command)
    assert isinstance(plan, HealthPlan), plan
    return plan


def program(plan: HealthPlan, runtime: str, folder: Path) -> tuple[str, ...] | Obstacle:
    """The command line of a plan for a runtime; what must be compiled is."""
    if runtime == "python":
        return (sys.executable, *python(plan))
    if runtime == "node":
        return ("node", *node(plan))
    source = java(plan) if runtime == "java" else go(plan)
    if isinstance(source, Obstacle):
        return source
    path = folder / ("Healthcheck.java" if runtime == "java" else f"health.{runtime}")
    path.write_text(source)
    if runtime == "java":
        # What Java 8 reads runs on every Java
        made = subprocess.run(
            ("javac", "--release", "8", "-nowarn", "-d", str(folder), str(path)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr + source
        return ("java", "-cp", str(folder), "Healthcheck")
    built = str(folder / f"health-{runtime}")
    compiler = (GO, "build", "-o", built, str(path))
    made = subprocess.run(compiler, capture_output=True, text=True, env={**os.environ, "CGO_ENABLED": "0"}, check=False)
    assert made.returncode == 0, made.stderr + source
    return (built,)


def healthy(argv: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> bool:
    """Whether a command ends with 0 in time."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with subprocess.Popen(
        argv,
        cwd=folder,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
        return process.wait() == 0


def outcomes(argv: tuple[str, ...], environments: Mapping[str, Mapping[str, str]], folder: Path) -> dict[str, bool]:
    """The outcome of a command in each environment, by the environment's name."""
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda environment: healthy(argv, environment, folder), environments.values())
        return dict(zip(environments, found, strict=True))
