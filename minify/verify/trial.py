"""Containers of both images, started alike, each in a network of its own, and removed whatever happens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import Final, Self

from minify.verify.ask import Ask
from minify.verify.clues import clues, failure, only_in
from minify.verify.differences import Normalisers, short
from minify.verify.engine import Container, Engine, Image, Progress, Start
from minify.verify.interpreters import command_of
from minify.verify.normalise import Normaliser
from minify.verify.starting import SLOWER, State, settle
from minify.verify.subject import Subject
from minify.verify.verdict import Finding

# Beside the time that a start may take: for each question, and for the health check and the stop
_SECONDS_EACH: Final = 25.0
_SECONDS_MORE: Final = 120.0
_EVIDENCE_LIMIT: Final = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is compared, how it is asked, and what was started for it.

    with Trial(engine=engine, before=before, after=after, ask=ask, progress=silent) as trial:
        trial.start(before.image)
    """

    engine: Engine
    before: Subject
    after: Subject
    ask: Ask
    progress: Progress

    def start(self, image: Image) -> Container:
        """Start a container in the background."""
        how = Start(
            command=self.ask.command,
            env=self.ask.env,
            arguments=self.ask.run_args,
            network=self.engine.network(),
            ports=self.ask.ports,
            limits=replace(self.ask.limits, seconds=self._seconds),
        )
        container = self.engine.start(image.id, how)
        self._started.callback(container.remove)
        return container

    def settle(self, containers: Sequence[Container], more: frozenset[int] = frozenset()) -> tuple[State, ...]:
        """Watch them start; `more` are further ports to expect."""
        return settle(containers, self.expected | more, self.ask.seconds)

    def again(self, ports: frozenset[int] = frozenset(), image: Image | None = None) -> tuple[Container, State]:
        """A further container of an image, of the original if none is named: what differs from the first one is noise."""
        image = image or self.before.image
        which = "original" if image is self.before.image else "new"
        self.progress(f"running the {which} image again, to see what differs by itself")
        container = self.start(image)
        return container, self.settle([container], ports)[0]

    @cached_property
    def expected(self) -> frozenset[int]:
        """The ports that the original image is said to listen on."""
        exposed = (port.partition("/")[0] for port in self.before.image.configuration.exposed)
        return frozenset((*self.ask.ports, *(int(port) for port in exposed if port.isdigit())))

    @cached_property
    def normalisers(self) -> Normalisers:
        """One time for all that is compared; a program is called by its name where its path is another one."""
        now = time.time()
        return Normalisers(Normaliser(now=now, known=self._known[0]), Normaliser(now=now, known=self._known[1]))

    @property
    def _known(self) -> tuple[dict[str, str], dict[str, str]]:
        commands = [command_of(one.image.configuration, self.ask.command)[:1] for one in (self.before, self.after)]
        if commands[0] == commands[1]:
            return {}, {}
        one, other = ({path: path.rpartition("/")[2] for path in command if "/" in path} for command in commands)
        return one, other

    @cached_property
    def _started(self) -> ExitStack:
        return ExitStack()

    @property
    def _seconds(self) -> float:
        return SLOWER * self.ask.seconds + _SECONDS_MORE + _SECONDS_EACH * len(self.ask.questions)

    def explained(self, finding: Finding, old: str, new: str) -> Finding:
        """A finding with the reason that the new image gives, and the paths of the original that would mend it.

        `old` and `new` are everything that the two containers said.
        """
        normal = self.normalisers
        told = only_in(new, old, lambda text: normal.before(text).text, lambda text: normal.after(text).text)
        told = told[-_EVIDENCE_LIMIT:]
        if not told:
            return finding
        mine, theirs = (one.image.configuration for one in (self.before, self.after))
        lost = [name for name in mine.env if name not in theirs.env]
        found = clues(told, self.before.filesystem, theirs.workdir or "/", lost)
        lacking = f"the new image lacks {', '.join(clue.what for clue in found)}" if found else ""
        repair = tuple(dict.fromkeys((*finding.repair, *(path for clue in found for path in clue.repair))))
        details = [finding.detail, short(failure(told)), lacking]
        return replace(finding, detail="; ".join(dict.fromkeys(filter(None, details))), repair=repair)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started.close()
