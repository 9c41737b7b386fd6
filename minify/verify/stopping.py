"""How containers end when they are told to: the way of `docker stop`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from minify.verify.engine import Container, Image
from minify.verify.verdict import Finding, Verdict

GRACE_SECONDS: Final = 10.0
"""What an engine waits before it kills."""

# Ended by the system for what the program did: an abort, a bus error, a wrong address
_CRASHES: Final = (132, 134, 135, 136, 139)


class Stop(NamedTuple):
    """The exit status, None for one that had to be killed; and the signal that was sent."""

    status: int | None
    signal: str

    def __str__(self) -> str:
        return f"exit status {self.status}" if self.status is not None else f"killed after {GRACE_SECONDS:.0f} s"


def stop(container: Container, image: Image) -> Stop:
    """Send the image's stop signal and wait as long as an engine does."""
    signal = (image.configuration.stop_signal or "SIGTERM").upper().removeprefix("SIG")
    container.signal(signal)
    ended = container.wait(GRACE_SECONDS)
    return Stop(ended.status if ended is not None else None, signal)


def compare(
    old: Stop, new: Stop, original_again: Callable[[], Stop | None], new_again: Callable[[], Stop | None]
) -> Finding:
    """Whether the new image ends as the original does.

    What an image does wrong it does every time; what is slow once is a busy machine.
    """
    verdict, detail = _judged(old, new)
    if verdict is Verdict.DIFFERENT:
        second = new_again()
        if second is not None and (found := _judged(old, second))[0].passes:
            first = f"a first container of it: {new}, a second one: {second}"
            verdict, detail, new = found[0], "; ".join(filter(None, (found[1], first))), second
        else:
            again = original_again()
            if again is not None and (again.status is None) == (new.status is None) and _judged(again, new)[0].passes:
                verdict, detail = Verdict.SAME, "the original ends now one way, now the other"
    what = f"end at SIG{old.signal}" if not old.signal.isdigit() else f"end at signal {old.signal}"
    return Finding(what=what, verdict=verdict, before=str(old), after=str(new), detail=detail)


def _judged(old: Stop, new: Stop) -> tuple[Verdict, str]:
    if old.status == new.status:
        return Verdict.SAME, ""
    if new.status is None and old.status == 0:
        return Verdict.DIFFERENT, "process 1 no longer reacts: it is killed in place of ending well"
    if new.status is None:
        # As of `npm start`: npm died of the signal and took the application along, which has no handler of its own
        return (
            Verdict.CHANGED,
            "process 1 does not react and is killed later, where the signal killed it: run it with --init",
        )
    if new.status in _CRASHES:
        return Verdict.DIFFERENT, "it crashes when it is told to end"
    if old.status is None:
        return Verdict.BETTER, "it ends by itself"
    if new.status == 0:
        return Verdict.BETTER, "it ends well"
    if old.status == 0:
        return Verdict.DIFFERENT, "it does not end well"
    # Neither ends well; which process of a chain died of the signal is no matter
    return Verdict.SAME, ""
