"""What was seen of the original and of the new image, side by side: same, same but for what always differs, or different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, NamedTuple

from minify.verify.noise import only_noise
from minify.verify.normalise import NAMES, Normaliser
from minify.verify.verdict import Finding, Verdict

_SHOWN: Final = 100

DECIDING: Final = ("exit status", "state", "answer", "status")
"""The parts that say whether it works at all: where the original does now one thing and now the other, nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One thing that was seen of a container: in short for a table, and the texts that are compared, by name."""

    what: str
    shown: str
    parts: tuple[tuple[str, str], ...]


class Compared(NamedTuple):
    """The findings, the normalisers that were needed, and what differs between two runs of the original as well."""

    findings: tuple[Finding, ...]
    normalised: tuple[str, ...] = ()
    noisy: tuple[str, ...] = ()

    @property
    def different(self) -> bool:
        """Whether anything is."""
        return any(finding.verdict is Verdict.DIFFERENT for finding in self.findings)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of it."""
        notes = [f"normalised where both differ: {', '.join(self.normalised)}"] if self.normalised else []
        if self.noisy:
            notes.append(
                f"two runs of the original differ in parts of it, which were left out: {', '.join(self.noisy)}"
            )
        return tuple(notes)


class Normalisers(NamedTuple):
    """Of the original's containers, and of the new image's."""

    before: Normaliser
    after: Normaliser


Control = Callable[[int], Sequence[Observed]]
"""The same seen of a further container of the original, the first, second, third one; made when it is asked for."""

_RUNS: Final = 3
"""How often an original is asked again whose answers are not the same twice: two of them may agree in a word by chance."""


def compare(
    before: Sequence[Observed], after: Sequence[Observed], normalisers: Normalisers, control: Control
) -> Compared:
    """One finding for each thing that was seen of the original, in its order."""
    comparing = _Comparing(normalisers, control)
    other = {one.what: one for one in after}
    findings = tuple(comparing.finding(one, other.get(one.what)) for one in before)
    names = tuple(name for name in NAMES if name in comparing.normalised)
    return Compared(findings, names, tuple(comparing.noisy))


class _Difference(NamedTuple):
    part: str
    before: str
    after: str
    line: int | None


class _Comparing:
    def __init__(self, normalisers: Normalisers, control: Control) -> None:
        self.normalisers = normalisers
        self.control = control
        self.normalised: set[str] = set()
        self.noisy: dict[str, None] = {}

    def finding(self, before: Observed, after: Observed | None) -> Finding:
        if after is None:
            return Finding(what=before.what, verdict=Verdict.DIFFERENT, before=before.shown, after="not there")
        differences = list(self._differences(before, after))
        if not differences and self._decided_by_chance(before, after):
            return Finding(
                what=before.what,
                verdict=Verdict.INCONCLUSIVE,
                before=before.shown,
                after=after.shown,
                detail="two runs of the original differ in it as well",
            )
        if not differences:
            return Finding(what=before.what, verdict=Verdict.SAME, before=before.shown, after=after.shown)
        first = differences[0]
        named = [one.part if one.line is None else f"{one.part}, line {one.line}" for one in differences]
        shown = (before.shown, after.shown)
        if before.shown == after.shown:
            shown = short(first.before) or "(nothing)", short(first.after) or "(nothing)"
        return Finding(
            what=before.what,
            verdict=Verdict.DIFFERENT,
            before=shown[0],
            after=shown[1],
            detail="" if named == [before.what] else f"differs: {'; '.join(named)}",
        )

    def _differences(self, before: Observed, after: Observed) -> Iterator[_Difference]:
        ours, others = dict(before.parts), dict(after.parts)
        for part in dict.fromkeys((*ours, *others)):
            old, new = ours.get(part, ""), others.get(part, "")
            known = self.normalisers.before(old)
            # Also where both agree by chance: two runs of one comparison say the same
            self.normalised.update(known.changed)
            if old == new:
                continue
            found = self.normalisers.after(new)
            if known.text == found.text:
                self.normalised.update(found.changed)
            elif self._noise(before.what, part, known.text, found.text):
                self.noisy[before.what] = None
            else:
                yield _first(part, known.text, found.text)

    @staticmethod
    def _decided_by_chance(before: Observed, after: Observed) -> bool:
        ours, others = dict(before.parts), dict(after.parts)
        return any(ours.get(part) != others.get(part) for part in DECIDING)

    def _noise(self, what: str, part: str, before: str, after: str) -> bool:
        runs = [before]
        for number in range(_RUNS):
            again: Mapping[str, Observed] = {one.what: one for one in self.control(number)}
            if what not in again:
                return False
            runs.append(self.normalisers.before(dict(again[what].parts).get(part, "")).text)
            if len(set(runs)) == 1:
                return False
            if any(only_noise(one, runs[-1], after) for one in runs[:-1]):
                return True
        return False


def _first(part: str, before: str, after: str) -> _Difference:
    """The first line that differs; its number where there are several. A last empty line is one, too.

    >>> _first("body", "a\\n", "a").line
    2
    """
    ours, others = before.split("\n"), after.split("\n")
    pairs = enumerate(zip_longest(ours, others), 1)
    line, (old, new) = next((at, pair) for at, pair in pairs if pair[0] != pair[1])
    return _Difference(part, old or "", new or "", line if max(len(ours), len(others)) > 1 else None)


def short(text: str) -> str:
    """One line that fits a table.

    >>> short(" a\\n b "), short("x" * 200)[-3:]
    ('a b', 'xx…')
    """
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
