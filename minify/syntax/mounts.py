"""`RUN --mount=…`: what BuildKit checks of its fields."""

from __future__ import annotations

import re

_KEYS = {
    "source": "source", "src": "source",
    "target": "target", "dst": "target", "destination": "target",
    "readonly": "readonly", "ro": "readonly", "readwrite": "readonly", "rw": "readonly",
    "type": "type", "from": "from", "id": "id", "sharing": "sharing", "required": "required",
    "size": "size", "mode": "mode", "uid": "uid", "gid": "gid", "env": "env",
}  # fmt: skip
_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")
_BOOLEANS = ("1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False")
_SIZE = r"(?ai)\d+(\.\d+)? ?([kmgtp]i?b?|b)?"
_NUMBERS = {"mode": re.compile("[0-7]+"), "uid": re.compile("[0-9]+"), "gid": re.compile("[0-9]+")}


class MountError(ValueError):
    """What BuildKit says about a mount."""


def mount_fields(mount: str) -> dict[str, str]:
    """The fields of a mount by their first name, with `bind` as the type when none is given.

    >>> mount_fields("type=cache,dst=/x,ro")
    {'type': 'cache', 'target': '/x', 'readonly': ''}
    """
    fields = {"type": "bind"}
    for part in mount.split(","):
        key, _, value = part.partition("=")
        fields[_KEYS.get(key.lower(), key)] = value
    return fields


def check_mount(mount: str) -> None:
    """Refuse what BuildKit does; a value with a variable in it can be anything.

    >>> check_mount("type=cach,target=/x")
    Traceback (most recent call last):
    minify.syntax.mounts.MountError: unsupported mount type "cach"
    """
    if '"' in mount:
        return  # fields quoted as in CSV: rare, and then not looked into
    kind = "bind"
    known: dict[str, str] = {}
    for part in mount.split(","):
        written, equals, value = part.partition("=")
        name = written.lower()
        key = _KEYS.get(name)
        if not equals and key not in ("readonly", "required"):
            raise MountError(f"invalid field '{part}' must be a key=value pair")
        if key is None:
            raise MountError(f"unexpected key '{name}' in '{part}'")
        if "$" in value:
            if key == "type":
                return
            known[key] = value
            continue
        if key == "type":
            kind = value.lower()
        if (key == "required" and kind not in ("secret", "ssh")) or (key == "size" and kind != "tmpfs"):
            raise MountError(f"unexpected key '{name}' for mount type '{kind}'")
        if equals:
            _check_value(name, key, value)
        known[key] = value
    _check_together(kind, known)


def _check_value(name: str, key: str, value: str) -> None:
    if key == "type" and value.lower() not in _TYPES:
        raise MountError(f'unsupported mount type "{value}"')
    if key in ("readonly", "required") and value not in _BOOLEANS:
        raise MountError(f"invalid value for {name}: {value}")
    if key == "size" and not re.fullmatch(_SIZE, value):
        raise MountError(f"invalid value for {name}: {value}")
    if key == "sharing" and value.lower() not in _SHARING:
        raise MountError(f'unsupported sharing value "{value}"')
    if key in _NUMBERS and not _NUMBERS[key].fullmatch(value):
        raise MountError(f"invalid value {value} for {name}")


def _check_together(kind: str, known: dict[str, str]) -> None:
    if kind not in ("secret", "ssh", "cache"):
        for key in ("mode", "uid", "gid"):
            if key in known:
                raise MountError(f'{key} not allowed for "{kind}" type mounts')
    if kind == "secret":
        if known.get("from"):
            raise MountError("secret mount should not have a from")
        if known.get("sharing"):
            raise MountError("secret mount should not define sharing")
        if not any(known.get(key) for key in ("source", "target", "id")):
            raise MountError("invalid secret mount. one of source, target required")
        if known.get("source") and known.get("id"):
            raise MountError("both source and id can't be set")
    if known.get("sharing") and kind != "cache":
        raise MountError(f"invalid cache sharing set for {kind} mount")
