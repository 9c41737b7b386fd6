"""How far Dockerfiles come: `python benchmarks/rungs.py` prints the rung that each kind of base image ends on, and what stops it.

The corpus of real Dockerfiles is read where it is next to the checkout, without build contexts; with folders as arguments, their
Dockerfiles with all that lies around them.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from minify import api
from minify.errors import RefusedError
from minify.plan import Rung

CORPUS = Path(__file__).resolve().parents[1].parent / "shared" / "corpus" / "dockerfiles.jsonl.gz"
RUNGS = ("scratch", "distroless", "pruned", "slim", "refused")
REASONS = 10
_DETAIL = re.compile(r"`[^`]*`|\"[^\"]*\"|\$\{?\w+\}?|/\S+|\S*[.:@]\S+")
_DOCKERFILE = re.compile(r"(.+\.)?(dockerfile|containerfile)(\..+)?", re.IGNORECASE)


def outcomes(path: Path) -> Iterator[api.Outcome | None]:
    """What becomes of each file of a corpus or below a folder; None for one that is refused."""
    if path.is_dir():
        names = sorted(p for p in path.rglob("*") if p.is_file() and _DOCKERFILE.fullmatch(p.name))
        for name in names:
            try:
                yield api.fix(name)
            except RefusedError:
                yield None
        return
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            try:
                yield api.fix_text(base64.b64decode(json.loads(line)["content_base64"]))
            except RefusedError:
                yield None


def kind(outcome: api.Outcome) -> str:
    """What the final stage stands on, as a reader groups it."""
    base = outcome.facts.base
    if base is None:
        return "not in the catalog"
    if base.language:
        return base.language
    return {"os": base.package_manager or "no package manager"}.get(base.kind, base.family.partition("/")[0])


def general(reason: str) -> str:
    """A reason without the names in it."""
    return _DETAIL.sub("…", reason)


def in_question(outcome: api.Outcome) -> bool:
    """Whether it is a file of one stage that starts something, on a base image of the catalog."""
    facts = outcome.facts
    written = facts.contract.cmd is not None or facts.contract.entrypoint is not None
    return facts.base is not None and len(facts.dockerfile.stages) == 1 and written


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[CORPUS])
    rungs: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    asked: Counter[bool] = Counter()
    for outcome in (found for path in parser.parse_args().paths for found in outcomes(path)):
        if outcome is None:
            rungs["refused"]["refused"] += 1
            continue
        plan, name = outcome.plan, kind(outcome)
        rungs[name][plan.rung.label] += 1
        if in_question(outcome):
            asked[plan.rung >= Rung.PRUNED] += 1
        if plan.rung < Rung.DISTROLESS:
            reasons[name].update({general(one.reason) for one in plan.refusals})
    total = sum(counted.total() for counted in rungs.values())
    print(f"{total} files\n\n| final base | files | {' | '.join(RUNGS)} |\n|---|{'---:|' * (len(RUNGS) + 1)}")
    for name, counted in sorted(rungs.items(), key=lambda row: -row[1].total()):
        print(f"| {name} | {counted.total()} | {' | '.join(str(counted[rung]) for rung in RUNGS)} |")
    share = asked[True] / asked.total() if asked else 0
    print(
        f"\nOne stage, a command, a known base: {asked.total()} files, {share:.0%} on scratch, distroless or pruned\n"
    )
    for name, counted in sorted(reasons.items(), key=lambda row: -rungs[row[0]].total()):
        print(f"{name}:")
        for reason, count in counted.most_common(REASONS):
            print(f"  {count:4} {reason}")


if __name__ == "__main__":
    main()
