"""`tariff [--tariff NAME] FOLDER`: exit code 0, 2 for a wrong file, 3 when the total is above the limit."""

from __future__ import annotations

import argparse
import locale
import os
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from platformdirs import user_state_path
from rich.console import Console
from rich.table import Table

from tariff.rates import bill


def main() -> int:
    parser = argparse.ArgumentParser(prog="tariff")
    parser.add_argument("--tariff", default="standard")
    parser.add_argument("--limit", type=float, default=float(os.environ.get("TARIFF_LIMIT", "inf")))
    parser.add_argument("--version", action="version", version=metadata.version("tariff"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("/var/lib/tariff/input"))
    asked = parser.parse_args()
    locale.setlocale(locale.LC_ALL, "")
    table = Table("day", "€", "checksum", title=f"Tariff {asked.tariff}")
    total, wrong = 0.0, []
    for path in sorted(asked.folder.glob("*.txt")):
        try:
            amount, checksum = bill(path, asked.tariff)
        except ValueError as error:
            wrong.append(str(error))
            continue
        total += amount
        table.add_row(path.stem, f"{amount:.2f}", f"{checksum:08x}")
    console = Console(width=60, force_terminal=False)
    console.print(table)
    console.print(f"total {total:.2f} €")
    for message in wrong:
        print(message, file=sys.stderr)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as copy:
        copy.write(f"{total}\n")
    return 2 if wrong else 3 if total > asked.limit else 0


def check() -> int:
    """`tariff-check`: whether the state directory can be written."""
    state = user_state_path("tariff", ensure_exists=True)
    return 0 if os.access(state, os.W_OK) else 1


if __name__ == "__main__":
    sys.exit(main())
