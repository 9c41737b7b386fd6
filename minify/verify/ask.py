"""What a user may say about how both images are started and what they are asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from minify.errors import UsageError
from minify.verify.engine import Limits

_PROBE: Final = re.compile(r"(?:(?P<method>[A-Z]{3,10})[ \t]+)?(?P<path>/[^\s#]*)")


class Question(NamedTuple):
    """One request: `Question("GET", "/health")`."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """How both images are started and what they are asked.

    `probes` are paths, with a method before them where it is not GET; `ports` are those that EXPOSE does not tell;
    `command` takes the place of CMD; `seconds` is how long a start may take; `expect_exit` is the exit status of a
    program that is right although it is not 0.

    >>> Ask(probes=("/health", "POST /jobs")).questions
    (Question(method='GET', path='/health'), Question(method='POST', path='/jobs'))
    """

    probes: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    env: tuple[str, ...] = ()
    run_args: tuple[str, ...] = ()
    command: tuple[str, ...] | None = None
    seconds: float = 30
    expect_exit: int | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def questions(self) -> tuple[Question, ...]:
        """The probes as requests; UsageError for one that is none."""
        return tuple(_question(probe) for probe in self.probes)


def _question(probe: str) -> Question:
    found = _PROBE.fullmatch(probe.strip())
    if found is None:
        raise UsageError(f"not a probe: {probe!r}", hint='a path, or a method and a path: "/health", "POST /jobs"')
    return Question(found["method"] or "GET", found["path"])
