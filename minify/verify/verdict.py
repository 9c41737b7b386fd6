"""What a comparison says: types only.

>>> same = Section(name="closure", verdict=Verdict.SAME, summary="41 ELF files, nothing missing")
>>> gone = Finding(what="libpq.so.5", verdict=Verdict.DIFFERENT, before="/usr/lib/x86_64-linux-gnu/libpq.so.5")
>>> Section.of("closure", "1 library is missing", [gone]).verdict.value
'different'
>>> Verification(engine="docker 28", sections=(same,)).passed
True
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """How the new image stands to the original one, in one respect."""

    SAME = "same"
    BETTER = "better"
    CHANGED = "changed as decided"
    """Another value than before, and a Decision says so."""
    INCONCLUSIVE = "inconclusive"
    """Could not be compared: neither a pass nor a failure."""
    DIFFERENT = "different"

    @property
    def passes(self) -> bool:
        """Whether the conversion stands in this respect."""
        return self not in (Verdict.INCONCLUSIVE, Verdict.DIFFERENT)


# The worst first: what a section, and the whole, is called by
_WORST = (Verdict.DIFFERENT, Verdict.INCONCLUSIVE, Verdict.CHANGED, Verdict.BETTER, Verdict.SAME)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The one that decides: `worst([SAME, DIFFERENT])` is DIFFERENT; SAME when there is none."""
    return next((verdict for verdict in _WORST if verdict in verdicts), Verdict.SAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was compared: a setting, a file, a library, a module, an answer.

    `before` and `after` are short texts for a table, empty where the thing is not there. `repair` names paths of the
    original image that would mend a DIFFERENT when the new image took them along: the evidence that `fix --verify` goes by.
    """

    what: str
    verdict: Verdict
    before: str = ""
    after: str = ""
    detail: str = ""
    repair: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One respect in which the images were compared: `contract`, `size`, `inventory`, `closure`, `loading`, `behaviour`.

    `notes` say what a reader must know to trust it: what was normalised, what could not be asked and why.
    """

    name: str
    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, summary: str, findings: Sequence[Finding], notes: Sequence[str] = ()) -> Section:
        """A section that is as good as its worst finding."""
        verdict = worst([finding.verdict for finding in findings])
        return cls(name=name, verdict=verdict, summary=summary, findings=tuple(findings), notes=tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What fills an image: a directory, and its bytes in the original and in the new one."""

    what: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Everything that was compared, by what engine, and what fills both images."""

    engine: str
    sections: tuple[Section, ...]
    parts: tuple[Part, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the sections."""
        return worst([section.verdict for section in self.sections])

    @property
    def passed(self) -> bool:
        """Whether the new image may take the original's place."""
        return self.verdict.passes

    @property
    def repairs(self) -> tuple[str, ...]:
        """Every path of the original image that would mend something, each once."""
        found = (path for section in self.sections for finding in section.findings for path in finding.repair)
        return tuple(dict.fromkeys(found))
