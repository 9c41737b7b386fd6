"""What BuildKit rejects after its line parser: unknown keywords, wrong flags, missing arguments, bad stages.

The wording is BuildKit's. What depends on build arguments, on the network or on the context is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from minify.errors import SyntaxRefusedError
from minify.syntax.heredoc import is_heredoc, spaced_heredoc
from minify.syntax.mounts import mount_fields
from minify.syntax.text import SPACE, quoted
from minify.syntax.tree import (
    INSTRUCTIONS,
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Flag,
    From,
    Healthcheck,
    Instruction,
    Label,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    Volume,
)

_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")
_DURATION = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_DURATION_PART = re.compile(r"([\d.]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}

_FLAGS: dict[str, dict[str, str]] = {
    # What a flag takes: one text, many texts, or true and false.
    "ADD": {
        **dict.fromkeys(("chown", "chmod", "checksum"), "text"),
        **dict.fromkeys(("link", "keep-git-dir", "unpack"), "switch"),
        "exclude": "texts",
    },
    "COPY": {
        **dict.fromkeys(("chown", "chmod", "from"), "text"),
        **dict.fromkeys(("link", "parents"), "switch"),
        "exclude": "texts",
    },
    "FROM": {"platform": "text"},
    "HEALTHCHECK": dict.fromkeys(("interval", "timeout", "start-period", "start-interval", "retries"), "text"),
    "RUN": {"mount": "texts", "network": "text", "security": "text", "device": "texts"},
}


class _ReasonError(Exception):
    """Why an instruction is refused."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def check_instructions(instructions: tuple[Instruction, ...]) -> None:
    """Refuse the first instruction that BuildKit would."""
    in_stage = False
    for at, one in enumerate(instructions):
        try:
            _check(one)
            in_stage = in_stage or isinstance(one, From)
            if not in_stage and not isinstance(one, Arg):
                raise _ReasonError("no build stage in current context", "start with FROM; only ARG may stand before it")
        except _ReasonError as reason:
            hint = reason.hint
            if type(one) is Instruction and at and spaced_heredoc(instructions[at - 1].value):
                hint = "write `<<EOF` without a space: not every BuildKit takes `<< EOF` for a here-document"
            raise _refused(one, reason.message, hint) from None
    if not in_stage:
        raise _refused(instructions[-1], "dockerfile contains no stages to build")


def _refused(one: Instruction, message: str, hint: str | None = None) -> SyntaxRefusedError:
    start = one.keyword_span.start
    return SyntaxRefusedError(message, path=one.source.path, line=one.line, column=one.source.column(start), hint=hint)


def _check(one: Instruction) -> None:
    if type(one) is Instruction:
        written = one.source.slice(one.keyword_span)
        raise _ReasonError(f"unknown instruction: {written}", _suggestion(one.keyword))
    _CHECKS.get(type(one), _one_argument)(one)
    # BuildKit looks at no flag of ARG, STOPSIGNAL and HEALTHCHECK NONE.
    if not (isinstance(one, Arg | Stopsignal) or (isinstance(one, Healthcheck) and one.none)):
        _check_flags(one)


def _suggestion(keyword: str) -> str | None:
    near = [name for name in INSTRUCTIONS if _distance(keyword, name) < 3]
    best = min(near, key=lambda name: _distance(keyword, name), default=None)
    return f"did you mean {best}?" if best else None


def _distance(one: str, other: str) -> int:
    """How many letters to add, drop or change; 3 for far more than that."""
    if abs(len(one) - len(other)) > 2:
        return 3
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        previous, row[0] = row[0], index
        for at, against in enumerate(other, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (letter != against))
    return row[-1]


def _check_flags(one: Instruction) -> None:
    known = _FLAGS.get(one.keyword, {})
    seen: set[str] = set()
    for flag in one.flags:
        kind = known.get(flag.name)
        if kind is None:
            raise _ReasonError(f"unknown flag: --{flag.name}", _near_flag(flag, known))
        if flag.name in seen and kind != "texts":
            raise _ReasonError(f"duplicate flag specified: --{flag.name}")
        seen.add(flag.name)
        if (flag.value is None and kind != "switch") or (flag.value == "" and kind == "switch"):
            raise _ReasonError(f"missing a value on flag: --{flag.name}")
        if kind == "switch" and (flag.value or "true").lower() not in ("true", "false"):
            raise _ReasonError(f"expecting boolean value for flag --{flag.name}, not: {flag.value}")


def _near_flag(flag: Flag, known: dict[str, str]) -> str | None:
    near = [name for name in known if _distance(flag.name, name) < 3]
    return f"did you mean --{near[0]}?" if near else None


def _any(one: Instruction) -> None:
    """RUN, CMD and ENTRYPOINT may even be empty."""


def _one_argument(one: Instruction) -> None:
    if not one.value:
        raise _ReasonError(f"{one.keyword} requires exactly one argument")


def _at_least_one(one: Instruction) -> None:
    if not one.value or one.exec_form == ():
        raise _ReasonError(f"{one.keyword} requires at least one argument")


def _from(one: Instruction) -> None:
    assert isinstance(one, From)
    words = one.words
    if len(words) == 3 and words[1].lower() == "as":
        if not _STAGE_NAME.fullmatch(words[2].lower()):
            raise _ReasonError(
                f"invalid name for build stage: {quoted(words[2])}, name can't start with a number or contain symbols"
            )
    elif len(words) != 1:
        raise _ReasonError("FROM requires either one or three arguments")


def _copy(one: Instruction) -> None:
    assert isinstance(one, Add)
    if len(one.words) < 2:
        raise _ReasonError(
            f"{one.keyword} requires at least two arguments, but only one was provided. "
            "Destination could not be determined"
        )
    _check_flags(one)
    if is_heredoc(one.dest):
        raise _ReasonError(f"{one.keyword} cannot accept a heredoc as a destination")


def _pairs(one: Instruction) -> None:
    assert isinstance(one, Env)
    _check_flags(one)
    _at_least_one(one)
    if any(not pair.name for pair in one.pairs):
        raise _ReasonError(f"{one.keyword} names can not be blank")


def _arg(one: Instruction) -> None:
    assert isinstance(one, Arg)
    if not one.names:
        raise _ReasonError("ARG requires at least one argument")
    if any(not name.name for name in one.names):
        raise _ReasonError("ARG names can not be blank")


def _volume(one: Instruction) -> None:
    assert isinstance(one, Volume)
    _at_least_one(one)
    _check_flags(one)
    if any(not path.strip(SPACE) for path in one.paths):
        raise _ReasonError("VOLUME specified can not be an empty string")


def _shell(one: Instruction) -> None:
    assert isinstance(one, Shell)
    _check_flags(one)
    _at_least_one(one)
    if one.exec_form is None:
        raise _ReasonError("SHELL requires the arguments to be in JSON form")


def _onbuild(one: Instruction) -> None:
    assert isinstance(one, Onbuild)
    _at_least_one(one)
    _check_flags(one)
    if one.inner.keyword == "ONBUILD":
        raise _ReasonError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if one.inner.keyword in ("MAINTAINER", "FROM"):
        raise _ReasonError(f"{one.inner.keyword} isn't allowed as an ONBUILD trigger")


def _health_check(one: Instruction) -> None:
    assert isinstance(one, Healthcheck)
    _at_least_one(one)
    command = one.command.text
    if one.none:
        if command:
            raise _ReasonError("HEALTHCHECK NONE takes no arguments")
        return
    _check_flags(one)
    kind = one.kind.upper()
    if kind != "CMD":
        raise _ReasonError(f"Unknown type {quoted(kind)} in HEALTHCHECK (try CMD)")
    if not command or one.exec_form == ():
        raise _ReasonError("Missing command after HEALTHCHECK CMD")
    for name in ("interval", "timeout", "start-period", "start-interval"):
        _duration(name, one.flag(name) or "")
    retries = one.flag("retries") or "0"
    if not re.fullmatch(r"[+-]?\d+", retries, re.ASCII):
        raise _ReasonError(f'strconv.ParseInt: parsing "{retries}": invalid syntax')
    if len(retries) > 11 or not -(2**31) <= int(retries) < 2**31:
        raise _ReasonError(f'strconv.ParseInt: parsing "{retries}": value out of range')
    if int(retries) < 0:
        raise _ReasonError(f"--retries cannot be negative ({int(retries)})")


def _duration(name: str, value: str) -> None:
    if value.lstrip("+-") in ("", "0") and value[1:2] != "-":
        if value in ("+", "-"):
            raise _ReasonError(f'time: invalid duration "{value}"')
        return
    if not _DURATION.fullmatch(value):
        unit = re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)", value, re.ASCII)
        raise _ReasonError(f'time: {"missing unit in" if unit else "invalid"} duration "{value}"')
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(value))
    if seconds and (value.startswith("-") or seconds < 1e-3):
        raise _ReasonError(f'Interval "{name}" cannot be less than 1ms')


def _run(one: Instruction) -> None:
    assert isinstance(one, Run)
    _check_flags(one)
    for flag in one.flags:
        value = flag.value or ""
        if flag.name == "network" and value not in ("default", "none", "host"):
            raise _ReasonError(f'invalid network mode "{value}"')
        if flag.name == "security" and value not in ("insecure", "sandbox"):
            raise _ReasonError(f'security "{value}" is not valid')
        # A variable in any other field is expanded when the stage is built.
        if flag.name == "mount" and "$" in mount_fields(value).get("from", "")[:-1]:
            raise _ReasonError("'from' doesn't support variable expansion, define alias stage instead")


# Those that are not here take one argument.
_CHECKS: dict[type[Instruction], Callable[[Instruction], None]] = {
    Add: _copy,
    Arg: _arg,
    Cmd: _any,
    Copy: _copy,
    Entrypoint: _any,
    Env: _pairs,
    Expose: _at_least_one,
    From: _from,
    Healthcheck: _health_check,
    Label: _pairs,
    Onbuild: _onbuild,
    Run: _run,
    Shell: _shell,
    Volume: _volume,
}
