"""The hooks, run by pre-commit itself: it clones this repository and installs it, as it does for a user."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integrations.repository import BAD, GOOD, git, repository

ROOT = Path(__file__).resolve().parents[2]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

FILES = {
    "Dockerfile": GOOD,
    "services/shop/Dockerfile": BAD,
    "services/shop/Dockerfile.min": BAD,
    "web.Dockerfile": GOOD,
    "Containerfile": GOOD,
    "docs/Dockerfile.md": BAD,
    "notes": BAD,
}


def pre_commit(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GIT_", "VIRTUAL_ENV"))}
    environment |= {"PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_hooks_are_hooks(tmp_path: Path) -> None:
    command = ("validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert pre_commit(*command, cwd=tmp_path, home=tmp_path).returncode == 0


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_they_are_asked_about_dockerfiles_only(hook: dict[str, str]) -> None:
    import re

    wanted = [n for n in FILES if re.search(hook["files"], n) and not re.search(hook["exclude"], n)]
    assert wanted == ["Dockerfile", "services/shop/Dockerfile", "web.Dockerfile", "Containerfile"]


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git repository: pre-commit installs hooks from one")
def test_one_bad_dockerfile_fails_the_commit(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = repository(tmp_path, FILES)
    home = tmp_path_factory.mktemp("pre-commit")
    answer = pre_commit("try-repo", str(ROOT), "dockminify-diff", "--all-files", cwd=folder, home=home)
    assert "+RUN pip install --no-cache-dir flask" in answer.stdout, answer.stdout + answer.stderr
    assert "+++ b/services/shop/Dockerfile\n" in answer.stdout
    assert answer.stdout.count("+++ ") == 1
    assert answer.returncode == 1
    assert git(folder, "status", "--porcelain") == ""
    (folder / "services/shop/Dockerfile").write_bytes(GOOD)
    again = pre_commit("try-repo", str(ROOT), "dockminify", "--all-files", cwd=folder, home=home)
    assert again.returncode == 0, again.stdout + again.stderr
