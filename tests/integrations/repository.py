"""A git repository with Dockerfiles, one of them with something to change."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

BAD = b"FROM debian:12-slim\nRUN pip install flask\nCMD sh -c 'apt-get update; flask run'\n"
GOOD = b'FROM scratch\nCOPY app /app\nCMD ["/app"]\n'
REFUSED = b"FROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD cmd\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git with nobody's settings."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True, text=True
    ).stdout


def repository(folder: Path, files: dict[str, bytes]) -> Path:
    """Make it, with everything committed."""
    git(folder, "init", "--quiet")
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "all")
    return folder
