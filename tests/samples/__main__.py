"""`python -m tests.samples` lists the samples whose expected files differ; `--update` writes them."""

from __future__ import annotations

import argparse
import sys

from tests.samples import AROUND, EXPECTED, Sample, samples


def main() -> int:
    """Exit code 1 when something differs and is not to be updated."""
    parser = argparse.ArgumentParser(prog="python -m tests.samples", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write expected/ of every sample")
    parser.add_argument("names", nargs="*", help="these samples only")
    asked = parser.parse_args()
    known = {sample.name: sample for sample in samples()}
    for name in asked.names:
        if name not in known:
            parser.error(f"there is no sample {name}: {', '.join(known)}")
    differing = [name for name in asked.names or known if compare(known[name], update=asked.update)]
    return 1 if differing and not asked.update else 0


def compare(sample: Sample, *, update: bool) -> bool:
    """Whether a file differs; says which, and writes it when asked to."""
    folder = sample.folder / "expected"
    differs = False
    for name, data in sample.made().items():
        path = folder / name
        if path.is_file() and path.read_bytes() == data:
            continue
        differs = True
        sys.stdout.write(f"{'wrote' if update else 'differs'}: {sample.name}/expected/{name}\n")
        if update:
            folder.mkdir(exist_ok=True)
            path.write_bytes(data)
    for path in sorted(folder.glob("*")):
        if path.name not in (*EXPECTED, *AROUND):
            sys.stdout.write(f"not an expected file: {path}\n")
            differs = True
    return differs


sys.exit(main())
