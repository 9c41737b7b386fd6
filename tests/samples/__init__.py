"""The samples: small real applications, each with the Dockerfile, diff and decisions that are expected of it.

`python -m tests.samples --update` writes what is expected; look at its diff before it is committed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from minify.api import Outcome, fix_source, look_around, with_targets
from minify.cli.shared import Asked
from minify.context.tree import Context
from minify.edit import Safety
from minify.report.json import document
from minify.syntax import Source

SAMPLES = Path(__file__).parents[2] / "samples"
EXPECTED = ("Dockerfile", "Dockerfile.diff", "decisions.json")
AROUND = ("around.txt", "around.diff")
"""For a sample with files that use its image: what is found in them, and what they should say."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A folder of samples/: `context/` is what a build is given, `expected/` what `fix` says."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, `python-flask-postgres`."""
        return self.folder.name

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile that a user has."""
        return self.folder / "context" / "Dockerfile"

    @property
    def settings(self) -> Mapping[str, Any]:
        """What sample.yaml says."""
        settings: Mapping[str, Any] = yaml.safe_load((self.folder / "sample.yaml").read_text("utf-8"))
        return settings

    @property
    def unbuildable(self) -> str:
        """Why it cannot be built here, as sample.yaml says; what `fix` makes of it is tested all the same."""
        return str(self.settings.get("unbuildable", ""))

    def outcome(self) -> Outcome:
        """What `dockminify fix context/Dockerfile` finds, asked from the sample's folder."""
        source = Source.from_bytes(self.dockerfile.read_bytes(), "context/Dockerfile")
        context = Context(self.dockerfile.parent, self.dockerfile)
        wish = with_targets(source, context, Asked().wish(self.dockerfile.parent), self.dockerfile.parent.resolve())
        return fix_source(source, context, wish, Safety.INFERRED)

    def made(self) -> dict[str, bytes]:
        """The three expected files as they are made now, by name."""
        outcome = self.outcome()
        said = document(outcome)
        del said["diff"]
        return {
            "Dockerfile": outcome.patch.after.encode(),
            "Dockerfile.diff": outcome.patch.unified().encode("utf-8", "surrogateescape"),
            "decisions.json": (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace"),
            **self._around(outcome),
        }

    def _around(self, outcome: Outcome) -> dict[str, bytes]:
        """What `fix --with-manifests` finds in the context; nothing for most samples."""
        folder = self.dockerfile.parent.resolve()
        around = look_around(outcome, folder).around
        if around is None or not around.findings:
            return {}
        lines = [
            f"{f.file}:{f.line}: {'' if f.certain else 'perhaps: '}{f.subject}: {f.reason}\n{f'    {f.instead}' if f.instead else ''}".rstrip() + "\n"
            for f in around.findings
        ]
        diffs = [p.unified(f"context/{Path(p.before.path).relative_to(folder).as_posix()}") for p in around.patches]
        return dict(zip(AROUND, ("".join(lines).encode(), "".join(diffs).encode()), strict=True))


def samples() -> tuple[Sample, ...]:
    """Every sample, by name."""
    return tuple(Sample(path.parent) for path in sorted(SAMPLES.glob("*/sample.yaml")))
