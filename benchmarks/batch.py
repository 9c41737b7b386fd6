"""`dockminify batch` over many repositories: rate, memory, a run that is killed again and again, and hadolint on the same files.

`python benchmarks/batch.py` makes 300 repositories with 2,000 Dockerfiles from the samples, and from the corpus of real
ones where that is next to the checkout. Every result is compared: a figure of a wrong result is none.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.batch.generate import git, tree  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
EVERY_SECONDS = 0.05


class Measured(NamedTuple):
    """One run: seconds on the clock, seconds of processors, and the most memory of all its processes together, in MB."""

    wall: float
    processors: float
    memory: float
    code: int


def measure(command: list[str], stop: Callable[[float], bool] = lambda _: False) -> Measured:
    """Run a command and look at all its processes; `stop` says when to kill it with signal 9."""
    begun = time.monotonic()
    run = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds: dict[tuple[int, str], float] = {}
    short = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = 0.0
    while run.poll() is None:
        memory = 0.0
        for process in family(run.pid):
            with contextlib.suppress(OSError, IndexError):
                fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
                # With what its own children, which have ended, took: git
                seconds[process, fields[19]] = sum(map(int, fields[11:15])) / TICKS
                memory += shared_out(process)
        peak = max(peak, memory)
        if stop(time.monotonic() - begun):
            run.kill()
        time.sleep(EVERY_SECONDS)
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - short.ru_utime - short.ru_stime
    others = sum(used for (process, _), used in seconds.items() if process != run.pid)
    return Measured(wall, whole + others, peak, run.returncode)


def shared_out(process: int) -> float:
    """A process's memory in MB; what several share is counted in parts."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    return 0.0


def family(process: int) -> list[int]:
    """A process and all below it; git is passed over, since whoever started it accounts for it."""
    found, todo = [], [process]
    while todo:
        one = todo.pop()
        with contextlib.suppress(OSError):
            if Path(f"/proc/{one}/comm").read_text().strip() != "git":
                found.append(one)
            for thread in Path(f"/proc/{one}/task").iterdir():
                todo.extend(map(int, (thread / "children").read_text().split()))
    return found


def environment() -> dict[str, str]:
    """The day is fixed, so that results can be compared."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1780000000"}


def batch(repositories: Path, folder: Path) -> list[str]:
    """The command that is measured."""
    patches, state = str(folder / "patches"), str(folder / "out")
    return [
        sys.executable,
        "-m",
        "minify",
        "batch",
        str(repositories),
        "--output",
        state,
        "--patches",
        patches,
        "--quiet",
    ]


def hashes(folder: Path, but: tuple[str, ...] = ()) -> dict[str, str]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.name.startswith(but or ("\0",))
    }


def killed(repositories: Path, folder: Path, wall: float) -> tuple[int, float]:
    """Run until it ends, killed at random moments five times; how often it was, and the seconds of all runs."""
    chance, kills, total = random.Random(1), 0, 0.0
    while True:
        end = chance.uniform(0.1, 0.5) * wall if kills < 5 else float("inf")
        found = measure(batch(repositories, folder), lambda seconds, end=end: seconds > end)  # type: ignore[misc]
        total += found.wall
        if found.code != -9:
            assert found.code == 0, found
            return kills, total
        kills += 1


def apply(repositories: Path, patches: Path, scratch: Path) -> int:
    """Every patch with `git am` in a clone; how many there are."""
    count = 0
    for patch in sorted(patches.rglob("*.patch")):
        name = patch.relative_to(patches / repositories.name).with_suffix("")
        place = repositories / name
        clone = scratch / name
        git(
            repositories,
            "clone",
            "--quiet",
            "--no-hardlinks",
            str(place if place.exists() else f"{place}.git"),
            str(clone),
        )
        git(clone, "am", "--quiet", str(patch))
        assert git(clone, "status", "--porcelain") == ""
        shutil.rmtree(clone)
        count += 1
    return count


def dockerfiles(repositories: Path, folder: Path) -> list[str]:
    """The same files for hadolint."""
    found = []
    for place in sorted([*repositories.glob("*/*.git"), *repositories.glob("*/*/.git")]):
        for line in git(place, "ls-tree", "-r", "HEAD").splitlines():
            meta, _, path = line.partition("\t")
            if path.endswith("Dockerfile"):
                target = folder / f"{len(found):05}.Dockerfile"
                data = subprocess.run(
                    ["git", "-C", str(place), "cat-file", "blob", meta.split()[2]], check=True, capture_output=True
                )
                target.write_bytes(data.stdout)
                found.append(str(target))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repositories", type=int, default=300)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="where the repositories are, or are to be made")
    parser.add_argument("--no-hadolint", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dockminify-benchmark-") as name:
        scratch = Path(name)
        repositories = asked.folder or scratch / "repositories"
        if not repositories.exists():
            tree(repositories, asked.repositories, asked.files)
        before = hashes(repositories)
        whole = measure(batch(repositories, scratch / "whole"))
        assert whole.code == 0, whole
        again = measure(batch(repositories, scratch / "whole"))
        kills, total = killed(repositories, scratch / "killed", whole.wall)
        ours = ("dockminify-batch.",)
        assert hashes(scratch / "whole" / "out", ours) == hashes(scratch / "killed" / "out", ours), "not the same"
        assert hashes(scratch / "whole" / "patches") == hashes(scratch / "killed" / "patches"), "not the same"
        assert hashes(repositories) == before, "a repository was changed"
        applied = apply(repositories, scratch / "whole" / "patches", scratch / "clones")
        (scratch / "files").mkdir()
        files = dockerfiles(repositories, scratch / "files")
        print(f"{len(files):,} Dockerfiles, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")
        print(f"{'':<34}{'seconds':>9}{'processor s':>13}{'files/s':>9}{'files/s/core':>14}{'peak MB':>9}")
        rows = [("batch", whole), ("batch again, nothing changed", again)]
        if not asked.no_hadolint:
            hadolint = [str(Path(sys.executable).with_name("hadolint")), "--no-fail", "--format", "json", *files]
            rows.append(("hadolint", measure(hadolint)))
        for what, found in rows:
            rate, each = len(files) / found.wall, len(files) / found.processors
            print(f"{what:<34}{found.wall:>9.1f}{found.processors:>13.1f}{rate:>9.0f}{each:>14.0f}{found.memory:>9.0f}")
        print(f"\nkilled {kills} times and run again: the same, byte for byte; {total:.1f} seconds in all")
        print(f"{applied} patches applied with git am; no file of any repository changed")


if __name__ == "__main__":
    main()
