"""The decisions so far: which change is next, what is accepted, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from minify.edit import Edit, Safety
from minify.review.changes import Change, open_to, with_conflicts
from minify.review.compose import Composed, compose
from minify.syntax import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Frozen: a decision gives a new one, with the one before it behind it."""

    source: Source
    changes: tuple[Change, ...]
    decided: Mapping[str, bool] = field(default_factory=dict)
    edited: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    """What a person wrote in the place of a change, by the change's key."""
    before: Session | None = None

    @classmethod
    def of(
        cls,
        source: Source,
        changes: Sequence[Change],
        decided: Mapping[str, bool] | None = None,
        edited: Mapping[str, tuple[Edit, ...]] | None = None,
    ) -> Session:
        """A session that goes on with earlier decisions; those on changes that are not there any more are forgotten."""
        known = {change.key for change in changes}
        return cls(
            source=source,
            changes=tuple(changes),
            decided={key: value for key, value in (decided or {}).items() if key in known},
            edited={key: edits for key, edits in (edited or {}).items() if key in known},
        )

    @property
    def current(self) -> tuple[Change, ...]:
        """The changes as they are now: with what a person wrote in their place."""
        mine = (
            change._replace(fix=change.fix._replace(edits=self.edited[change.key]))
            if change.key in self.edited
            else change
            for change in self.changes
        )
        return tuple(with_conflicts(tuple(mine))) if self.edited else self.changes

    @property
    def accepted(self) -> tuple[str, ...]:
        """The keys that were accepted."""
        return tuple(change.key for change in self.changes if self.decided.get(change.key))

    @property
    def pending(self) -> tuple[Change, ...]:
        """What is still to be decided: not what an accepted change shuts out."""
        accepted = self.accepted
        return tuple(c for c in self.current if c.key not in self.decided and open_to(c, accepted) and self._asked(c))

    def _asked(self, change: Change) -> bool:
        """What comes in the place of another change is asked when that is rejected."""
        return change.instead_of is None or change.instead_of in self.decided

    def decide(self, key: str, accept: bool) -> Session:
        """Accept or reject one change."""
        return replace(self, decided={**self.decided, key: accept}, before=self)

    def edit(self, key: str, edits: tuple[Edit, ...]) -> Session:
        """Accept what a person wrote in the place of a change."""
        return replace(self, decided={**self.decided, key: True}, edited={**self.edited, key: edits}, before=self)

    def decide_rest(self, accept: bool) -> Session:
        """All that is left: what may break is never accepted this way."""
        session = self
        while session.pending:
            change = session.pending[0]
            session = session.decide(change.key, accept and change.fix.safety > Safety.DISPLAY)
        return replace(session, before=self)

    def composed(self) -> Composed:
        """The file that is accepted."""
        return compose(self.source, self.current, self.accepted)

    def unedited(self) -> Composed:
        """The same choice without what a person wrote."""
        return compose(self.source, self.changes, self.accepted)
