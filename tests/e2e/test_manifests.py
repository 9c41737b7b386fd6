"""A repository whose compose file and manifest use the image: the diffs of `fix --with-manifests` are applied, and what they say works."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.engine import Engine
from tests.samples import SAMPLES

pytestmark = pytest.mark.e2e

SAMPLE = SAMPLES / "python-depot-report"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The repository after the diffs were applied as a user applies them."""
    root = tmp_path / "depot"
    shutil.copytree(SAMPLE / "context", root)
    subprocess.run(("git", "init", "-q"), cwd=root, check=True)
    command = (sys.executable, "-m", "minify", "fix", "Dockerfile", "--with-manifests", "--quiet")
    subprocess.run(command, cwd=root, check=True)
    for diff in ("Dockerfile", "compose.yaml", "deploy/depot.yaml"):
        subprocess.run(("git", "apply", f"{diff}.min.diff"), cwd=root, check=True)
        (root / f"{diff}.min").unlink()
        (root / f"{diff}.min.diff").unlink()
    return root


@pytest.fixture
def image(repository: Path, engine: Engine, need: Callable[[str], None]) -> Iterator[str]:
    for base in ("python:3.12-slim", "gcr.io/distroless/static-debian13"):
        need(base)
    name = f"dockminify-depot:{uuid.uuid4().hex[:8]}"
    engine.build(repository, tag=name)
    yield name
    engine.remove(name)


@pytest.fixture
def container(image: str, repository: Path, engine: Engine) -> Iterator[str]:
    """The image as the manifest starts it."""
    words = _container(repository)["command"]
    name = f"dockminify-depot-{uuid.uuid4().hex[:8]}"
    engine.docker("run", "--detach", "--network", "none", "--name", name, "--entrypoint", words[0], image, *words[1:])
    yield name
    engine.docker("rm", "--force", "--volumes", name)


def _container(repository: Path) -> dict[str, Any]:
    for document in yaml.safe_load_all((repository / "deploy/depot.yaml").read_text()):
        found: list[dict[str, Any]] = document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
        if found:
            return found[0]
    raise AssertionError("the manifest has no container")


def _succeeds(engine: Engine, container: str, *argv: str) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if engine.docker("exec", container, *argv, check=False).ok:
            return True
        time.sleep(0.5)
    return False


def test_what_the_manifests_say_works_in_the_new_image(repository: Path, container: str, engine: Engine) -> None:
    service = yaml.safe_load((repository / "compose.yaml").read_text())["services"]["depot"]
    kind, *test = service["healthcheck"]["test"]
    assert kind == "CMD"
    assert _succeeds(engine, container, *test)
    # The kubelet asks from outside; here the same request comes from within
    probe = _container(repository)["readinessProbe"]["httpGet"]
    asked = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{probe['port']}{probe['path']}')"
    assert _succeeds(engine, container, "python", "-c", asked)
    # It is a test of something: what the files said before has nothing left to run by
    assert not engine.docker("exec", container, "sh", "-c", "true", check=False).ok
    assert not engine.docker("exec", container, "curl", "--version", check=False).ok


def test_nothing_else_is_found_afterwards(repository: Path) -> None:
    command = (sys.executable, "-m", "minify", "fix", "Dockerfile", "--diff", "--with-manifests")
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "")
