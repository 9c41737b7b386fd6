"""The samples, built before and after, run and compared: `python -m tests.e2e.conversions` prints and records the sizes.

`samples/sizes.yaml` holds what was measured; the table of the README is made from it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import yaml

from minify.analysis.stages import stage_graph
from minify.api import Outcome
from minify.context.tree import Context
from minify.errors import DockminifyError
from minify.plan import Rung
from minify.proof import Original
from minify.syntax import Source, parse
from minify.verify.ask import Ask
from minify.verify.engine import BuildOptions, Progress, silent
from minify.verify.engines import choose
from minify.verify.verdict import Verification
from tests.samples import SAMPLES, Sample, samples

SIZES = SAMPLES / "sizes.yaml"
README = SAMPLES.parent / "README.md"
BEGIN, END = "<!-- sizes: begin -->\n", "<!-- sizes: end -->\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A sample's sizes in MB (10^6 bytes, all layers, uncompressed), and where it ended."""

    name: str
    rung: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What became of one sample."""

    outcome: Outcome
    verification: Verification
    measured: Measured
    targets: Mapping[str, Verification]
    """Of the other images that the file builds, by their stage."""


def bases_of(dockerfile: bytes) -> tuple[str, ...]:
    """The images that a Dockerfile stands on: `FROM golang:1.24 AS build` → `("golang:1.24",)`."""
    graph = stage_graph(parse(Source.from_bytes(dockerfile, "Dockerfile")))
    named = (node.image.familiar for node in graph.nodes if node.image is not None)
    return tuple(dict.fromkeys(name for name in named if name != "scratch"))


def asked(settings: Mapping[str, Any]) -> Ask:
    """How sample.yaml says the application is started and asked."""
    arguments = settings.get("args")
    return Ask(
        probes=tuple(settings.get("probes") or ()),
        ports=(settings["port"],) if settings.get("port") else (),
        command=tuple(arguments) if arguments is not None else None,
        expect_exit=settings.get("expect_exit"),
        seconds=90,
    )


def compare(sample: Sample, progress: Progress = silent) -> Compared:
    """Build a sample before and after with the engine that is there, run both, compare."""
    settings = sample.settings
    outcome = sample.outcome()
    source = Source.from_bytes(sample.dockerfile.read_bytes(), str(sample.dockerfile))
    context = Context(sample.dockerfile.parent, sample.dockerfile)
    with closing(choose(None)) as engine:
        # The tests' own engine has no bridge, so what RUN fetches comes over the host's network
        options = BuildOptions(network="host")
        original = Original(engine, source, context, options, asked(settings), progress)
        verification = original.check(outcome)
        targets = {}
        for one in outcome.targets:
            if one.target.stage and one.plan is not None:
                ask = asked(settings["targets"][one.target.stage])
                own = replace(options, target=one.target.stage)
                other = Original(engine, source, context, own, ask, progress)
                targets[one.target.stage] = other.check(outcome._replace(plan=one.plan))
        before, after = original.built, original.last
        assert after is not None
        measured = Measured(
            name=sample.name,
            rung=outcome.plan.rung.label,
            before=round(before.image.size / 1e6, 1),
            after=round(after.image.size / 1e6, 1),
        )
    return Compared(outcome=outcome, verification=verification, measured=measured, targets=targets)


def recorded() -> dict[str, Measured]:
    """What samples/sizes.yaml says."""
    rows = yaml.safe_load(SIZES.read_text("utf-8"))["samples"]
    return {row["name"]: Measured(**row) for row in rows}


def table(rows: Mapping[str, Measured]) -> str:
    """The README's table: each sample, and the median of what the final image keeps."""
    lines = ["| sample | before, MB | after, MB | final image |", "|---|---:|---:|---|"]
    lines += [
        f"| [{row.name}](samples/{row.name}) | {row.before:,.0f} | {row.after:,.0f} | {row.rung} |"
        for row in rows.values()
    ]
    return "\n".join(lines) + "\n"


def median_share(rows: Mapping[str, Measured]) -> float:
    """The median of after/before over all samples."""
    shares = sorted(row.after / row.before for row in rows.values())
    middle = len(shares) // 2
    return shares[middle] if len(shares) % 2 else (shares[middle - 1] + shares[middle]) / 2


def write(rows: Mapping[str, Measured]) -> None:
    """Record the sizes, and put the table into the README."""
    head = "# Measured by `python -m tests.e2e.conversions --update`: MB (10^6 bytes) of all layers, uncompressed.\n"
    data = {"samples": [{"name": r.name, "rung": r.rung, "before": r.before, "after": r.after} for r in rows.values()]}
    SIZES.write_text(head + yaml.safe_dump(data, sort_keys=False), "utf-8")
    README.write_text(with_table(README.read_text("utf-8"), rows), "utf-8")


def with_table(readme: str, rows: Mapping[str, Measured]) -> str:
    """The README's text with its table made anew."""
    before, rest = readme.split(BEGIN)
    return before + BEGIN + table(rows) + END + rest.split(END)[1]


def main() -> int:
    """Exit code 1 when a sample is not the same after."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.conversions", description=__doc__)
    parser.add_argument("--update", action="store_true", help="record the sizes")
    parser.add_argument("--verbose", action="store_true", help="show what happens, and the whole comparison")
    parser.add_argument("names", nargs="*", help="these samples only")
    arguments = parser.parse_args()
    rows = recorded() if SIZES.exists() else {}
    failed = 0
    progress: Callable[[str], None] = (lambda line: print(f"    {line}", flush=True)) if arguments.verbose else silent
    from minify.report.lines import write as show
    from minify.report.verification import table as report

    for sample in samples():
        if sample.unbuildable or (arguments.names and sample.name not in arguments.names):
            continue
        try:
            found = compare(sample, progress)
        except DockminifyError as error:
            print(f"{sample.name}: {error}", flush=True)
            failed += 1
            continue
        m = found.measured
        print(f"{m.name}: {m.rung}, {m.before:.0f} → {m.after:.0f} MB, {found.verification.verdict.value}", flush=True)
        if arguments.verbose or not found.verification.passed:
            show(report(found.verification, verbose=arguments.verbose), sys.stdout, colour=False)
        for target, verification in found.targets.items():
            print(f"{m.name}, {target}: {verification.verdict.value}", flush=True)
            if arguments.verbose or not verification.passed:
                show(report(verification, verbose=arguments.verbose), sys.stdout, colour=False)
            failed += not verification.passed
        failed += not found.verification.passed
        rows[sample.name] = m
    if arguments.update:
        write({name: rows[name] for name in sorted(rows)})
    return 1 if failed else 0


def minimal(outcome: Outcome) -> bool:
    """Whether the final image claims to be on scratch or distroless."""
    return outcome.plan.rung >= Rung.DISTROLESS


if __name__ == "__main__":
    sys.exit(main())
