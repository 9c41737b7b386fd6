"""An answer as what is compared of it: status, type, headers that stay the same, body."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from minify.verify.ask import Question
from minify.verify.differences import Observed
from minify.verify.probes import OTHER, Answer, Server

# Those that say how the answer is to be taken; dates, ids and the server's own name are left out
_HEADERS: Final = (
    "location", "content-encoding", "content-language", "content-disposition", "cache-control", "vary", "allow",
    "www-authenticate", "access-control-allow-origin", "content-security-policy", "strict-transport-security",
)  # fmt: skip
_TEXT_LIMIT: Final = 1 << 20
# Whether a connection is refused or reset is a matter of moments
_NONE: Final = "no answer"


def observed(server: Server, question: Question, answer: Answer) -> Observed:
    """One question with its answer: `GET /health on 8000`."""
    if server.protocol == OTHER:
        what = f"first bytes on {server.port}"
        text = _body(answer)
        first = (("answer", _NONE if answer.problem else server.protocol), ("first bytes", text))
        return Observed(what=what, shown=answer.problem or _quoted(text), parts=first)
    what = f"{question} on {server.port}"
    if answer.problem:
        return Observed(what=what, shown=answer.problem, parts=(("answer", _NONE),))
    parts = [("answer", server.protocol), ("status", str(answer.status))]
    parts += [(name, answer.header(name)) for name in ("content-type", *_HEADERS) if answer.header(name)]
    if cookies := _cookies(answer):
        parts.append(("cookies", cookies))
    # How much of a stream came in time is chance
    parts.append(("body", "(goes on)" if answer.cut and not _large(answer) else _body(answer)))
    shown = f"{answer.status} {answer.header('content-type').partition(';')[0]}".strip()
    return Observed(what=what, shown=shown, parts=tuple(parts))


def _cookies(answer: Answer) -> str:
    """The names and the attributes of what is set; values are random."""
    found: list[str] = []
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            first, *attributes = value.split(";")
            kept = (item.strip() for item in attributes if not item.strip().lower().startswith("expires"))
            found.append("; ".join((first.partition("=")[0].strip(), *kept)))
    return ", ".join(found)


def _large(answer: Answer) -> bool:
    return len(answer.body) > _TEXT_LIMIT


def _body(answer: Answer) -> str:
    """The body as text, of which JSON has one form only; what is no text, or large, as its hash."""
    if not _large(answer):
        try:
            text = answer.body.decode("utf-8")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return _json(text) if "json" in answer.header("content-type") else text
    return f"sha256:{hashlib.sha256(answer.body).hexdigest()} ({len(answer.body):,} bytes)"


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), sort_keys=True, indent=1, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _quoted(text: str) -> str:
    return repr(text[:40]) if text else "takes a connection"
