"""The health check of an image: run inside, and the addresses in it asked from outside."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Final

from minify.verify.ask import Question
from minify.verify.clues import failure
from minify.verify.differences import short
from minify.verify.engine import Configuration, Container, Ended, Image
from minify.verify.verdict import Finding, Verdict

# Longer than most images allow: a busy machine says nothing about an image
_SECONDS: Final = 30.0
_LONGEST: Final = 120.0
_TRIES: Final = 3
_SHELL: Final = ("/bin/sh", "-c")
# The program of the check could not be started
_MISSING: Final = (126, 127)

_VARIABLE = r"\$\{?\w+\}?"
_URL: Final = re.compile(
    rf"(?:(?P<scheme>https?)://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|{_VARIABLE})"
    rf"(?::(?P<port>\d+|\$\{{?\w+(?::?-\d+)?\}}?))?(?P<path>/[^\s'\"`|;&)>]*)?"
)
_REFERENCE: Final = re.compile(r"\$\{?(?P<name>\w+)(?::?-(?P<otherwise>\d+))?\}?")


def questions(configuration: Configuration, env: Iterable[str] = ()) -> tuple[tuple[int, Question], ...]:
    """The addresses that the check asks, as port and question.

    >>> from minify.verify.engine import Healthcheck
    >>> check = Healthcheck(test=("CMD-SHELL", "curl -f http://localhost:${PORT:-80}/health || exit 1"))
    >>> questions(Configuration(healthcheck=check, env={"PORT": "8000"}))
    ((8000, Question(method='GET', path='/health')),)
    """
    test = configuration.healthcheck.test if configuration.healthcheck is not None else ()
    variables = {**configuration.env, **dict(pair.partition("=")[::2] for pair in env)}
    found: dict[tuple[int, Question], None] = {}
    for match in _URL.finditer(" ".join(test[1:])):
        path = match["path"] or "/"
        port = _port(match["port"], match["scheme"], variables)
        # A word that stands for a host by chance has neither
        if port is not None and (match["scheme"] or match["port"] or match["path"]) and "$" not in path:
            found[port, Question("GET", path.partition("#")[0])] = None
    return tuple(found)


def _port(written: str | None, scheme: str | None, variables: dict[str, str]) -> int | None:
    if written is None:
        return 443 if scheme == "https" else 80
    reference = _REFERENCE.fullmatch(written)
    value = variables.get(reference["name"]) or reference["otherwise"] or "" if reference else written
    return int(value) if value.isdigit() and int(value) < 65536 else None


def check(container: Container, image: Image) -> Ended | None:
    """Run the check inside, up to three times until it is content; None when the image has none."""
    healthcheck = image.configuration.healthcheck
    if healthcheck is None or not healthcheck.test or healthcheck.test[0] == "NONE":
        return None
    kind, *rest = healthcheck.test
    argv = (*(image.configuration.shell or _SHELL), " ".join(rest)) if kind == "CMD-SHELL" else tuple(rest)
    timeout = min(max(healthcheck.timeout or 0, _SECONDS), _LONGEST)
    for attempt in range(1, _TRIES + 1):
        ended = container.execute(argv, timeout=timeout)
        if ended.status == 0 or ended.status in _MISSING or attempt == _TRIES or not container.running():
            return ended
        time.sleep(1)
    return None


def compare(old: Ended | None, new: Ended | None, control: Callable[[], Ended | None]) -> list[Finding]:
    """Whether the check is as content with the new image; a check that one has not is the contract's matter."""
    if old is None or new is None:
        return []
    before, after = _shown(old), _shown(new)
    if old.status == 0 and new.status == 0:
        return [Finding(what="health check", verdict=Verdict.SAME, before=before, after=after)]
    if old.status == 0:
        again = control()
        if again is not None and again.status != 0 and again.status not in _MISSING:
            detail = "the original's own check fails now and then"
            return [
                Finding(what="health check", verdict=Verdict.INCONCLUSIVE, before=before, after=after, detail=detail)
            ]
        detail = short(failure(new.stderr or new.stdout))
        return [Finding(what="health check", verdict=Verdict.DIFFERENT, before=before, after=after, detail=detail)]
    if old.status in _MISSING:
        detail = "the original's check cannot run: its program is not there"
        return [Finding(what="health check", verdict=Verdict.SAME, before=before, after=after, detail=detail)]
    if new.status == 0:
        return [Finding(what="health check", verdict=Verdict.BETTER, before=before, after=after)]
    detail = short(f"the original is not healthy either: {failure(old.stderr or old.stdout)}".removesuffix(": "))
    return [Finding(what="health check", verdict=Verdict.INCONCLUSIVE, before=before, after=after, detail=detail)]


def _shown(ended: Ended) -> str:
    if ended.timed_out:
        return "takes too long"
    return "healthy" if ended.status == 0 else f"exit status {ended.status}"
