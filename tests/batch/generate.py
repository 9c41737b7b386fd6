"""A folder of git repositories made of the samples, and of the corpus of real Dockerfiles where that is: the same one every time.

`python -m tests.batch.generate FOLDER --repositories 300 --files 2000`
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.samples import samples
from tests.syntax.conftest import CORPUS

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A. Uthor",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0100",
    "GIT_COMMITTER_NAME": "C. Ommitter",
    "GIT_COMMITTER_EMAIL": "committer@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0100",
}


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    """The output of git, with a fixed identity and date and nobody's settings."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=data, env=ENVIRONMENT, check=True, capture_output=True
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def repository(folder: Path, files: Mapping[str, bytes], *, bare: bool = False) -> Path:
    """A repository with one commit of these files."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    write(folder, files)
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message=The application")
    if bare:
        git(folder, "clone", "--quiet", "--bare", ".", f"{folder}.git")
        subprocess.run(["rm", "-rf", str(folder)], check=True)
        return Path(f"{folder}.git")
    return folder


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Files by their paths; a value that begins with `->` makes a symbolic link."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data.startswith(b"->"):
            path.symlink_to(data[2:].decode())
        else:
            path.write_bytes(data)


def sample_files(name: str, below: str = "") -> dict[str, bytes]:
    """A sample's build context."""
    folder = next(sample.folder for sample in samples() if sample.name == name) / "context"
    return {
        below + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("Dockerfile.min")
    }


def corpus() -> Sequence[bytes]:
    """The real Dockerfiles; none where they are not next to this checkout."""
    if not CORPUS.exists():
        return ()
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        return [base64.b64decode(json.loads(line)["content_base64"]) for line in lines]


def tree(folder: Path, repositories: int, files: int, *, seed: int = 1) -> None:
    """`files` Dockerfiles in `repositories` repositories, each fifth of them bare."""
    chance = random.Random(seed)
    names = [sample.name for sample in samples()]
    real = corpus()
    for number in range(repositories):
        count = files * (number + 1) // repositories - files * number // repositories
        held: dict[str, bytes] = {"README.md": f"Repository {number}\n".encode()}
        services = []
        for service in range(count):
            below = f"services/s{service}/"
            if real and service % 3:
                held[f"{below}Dockerfile"] = chance.choice(real)
                held[f"{below}app.py"] = b"import os\nprint(os.environ.get('HOME'))\n"
            else:
                held |= sample_files(chance.choice(names), below)
            if service % 2:
                services.append(f"  s{service}:\n    build: services/s{service}\n")
        if services:
            held["compose.yaml"] = ("services:\n" + "".join(services)).encode()
        repository(folder / f"team{number % 7}" / f"repo{number:03}", held, bare=number % 5 == 4)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repositories", type=int, default=300)
    parser.add_argument("--files", type=int, default=2000)
    asked = parser.parse_args()
    tree(asked.folder, asked.repositories, asked.files)
