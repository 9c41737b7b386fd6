"""One module a language: `detect` says whether it is what the container starts, `plan` what that needs at run time.

Adding one: a module with these two functions, a template, a sample folder, and a line in `ECOSYSTEMS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from minify.analysis.facts import Facts
from minify.ecosystems import go, native, node, python
from minify.plan import Detection, Refusal, Rung, Runtime


class Ecosystem(Protocol):
    """What a module of this package provides."""

    TEMPLATE: str

    def detect(self, facts: Facts) -> Detection | None:
        """What was recognised, with its evidence; None when this language is not what starts."""
        ...

    def plan(self, facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
        """What the final image needs, or every reason why it cannot be said."""
        ...


# The order matters: what compiles its program is asked before what merely finds a file.
ECOSYSTEMS: Final[Mapping[str, Ecosystem]] = {
    "go": go,
    "python": python,
    "node": node,
    "native": native,
}


def recognise(facts: Facts) -> Detection | None:
    """The first ecosystem that recognises what the container starts."""
    for module in ECOSYSTEMS.values():
        detection = module.detect(facts)
        if detection is not None:
            return detection
    return None
