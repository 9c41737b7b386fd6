"""One command of a health check, or several joined by pipes, as a check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from minify.health.answers import compared, searched
from minify.health.curl import Answer, read_curl
from minify.health.files import read_find, read_path, read_test, test_words
from minify.health.grep import read_grep
from minify.health.logic import Interpreter, Probe
from minify.health.netcat import dev_tcp, read_dev_tcp, read_netcat
from minify.health.plan import Check, FileCheck, HttpCheck, Obstacle, TcpCheck
from minify.health.structure import SHELLS, duration, quiet, structure
from minify.health.text import Text
from minify.health.wget import read_wget
from minify.shell.script import Command
from minify.shell.words import Word

_REQUESTS: Final = ("curl", "wget")
_CONNECTIONS: Final = ("nc", "ncat", "netcat", "nc.openbsd", "nc.traditional")
_TESTS: Final = ("test", "[", "[[")
_LISTS: Final = ("ls", "stat")
_SEARCHES: Final = ("grep", "egrep", "fgrep")
# Programs of a whole system, which no image without a shell has
_SYSTEM: Final = {
    "it looks at the processes": "ps pgrep pidof pkill kill top supervisorctl supervisord service systemctl rc-service s6-svstat",
    "it looks at the sockets of the system": "netstat ss lsof fuser",
    "it asks another protocol": "dig nslookup host drill ping telnet socat openssl grpcurl http https xh ftp ssh",
    "it is run through another program": "sudo doas su gosu su-exec time nice nohup setsid eval source .",
    "it works on text or files": "grep egrep fgrep awk sed jq yq cut tr head tail sort wc xargs find cat tee diff stat ls expr date sleep cd set export",
}  # fmt: skip
_REASONS: Final = {name: reason for reason, names in _SYSTEM.items() for name in names.split()}

Found = tuple[Check, tuple[str, ...]] | Obstacle | None


def read_probe(probe: Probe, *, busybox: bool) -> Found:
    """One command, or commands joined by pipes, as a check; None for a program of the image's own."""
    commands = probe.commands
    if any(
        word.static is None and Text.of(word) is None and not _is_test(command)
        for command in commands
        for word in command.argv
    ):
        return Obstacle("only a shell can expand this", probe.text)
    if len(commands) > 1:
        return _pipeline(probe, busybox=busybox)
    command = commands[0]
    opened = dev_tcp(command)
    if opened is not None:
        return _limited(read_dev_tcp(command, opened, probe.shell), probe.limit)
    words, limit, name, busybox = _program(command, probe.limit, busybox=busybox)
    if name in _REASONS and name not in (*_LISTS, "cat"):
        return Obstacle(_REASONS[name], probe.text)
    known = name in (*_REQUESTS, *_CONNECTIONS, *_TESTS, *_LISTS, "cat")
    if name in SHELLS:
        return Obstacle("it runs a script of the shell", probe.text)
    if not known:
        return None
    if quiet(command, probe.shell) is None:
        return Obstacle("it writes a file, or reads one", probe.text)
    if name in _TESTS:
        return _tested(command, probe.shell, busybox=busybox)
    found = _known(name, words, command, busybox=busybox)
    return _limited(found, limit)


def _known(name: str, words: Sequence[Word], command: Command, *, busybox: bool) -> Found:
    if name in (*_LISTS, "cat"):
        paths = [word for word in words if not word.raw.startswith("-")]
        if len(paths) != 1 or any(word.raw in ("-c", "--format", "-f") for word in words):
            return Obstacle("it looks at more than one file", command.text)
        found = read_path(paths[0], "e" if name in _LISTS else "r")
        return found if isinstance(found, Obstacle) else (found, ())
    texts = _texts(words)
    if texts is None:
        return Obstacle("only a shell can expand this", command.text)
    if name in _CONNECTIONS:
        connection = read_netcat(texts)
        return connection if isinstance(connection, Obstacle) else (connection, ())
    answer = _request(name, texts, busybox=busybox)
    return answer if isinstance(answer, Obstacle) else (answer.check, answer.notes)


def _request(name: str, texts: Sequence[Text], *, busybox: bool) -> Answer | Obstacle:
    return read_curl(texts) if name == "curl" else read_wget(texts, busybox=busybox)


def _program(
    command: Command, limit: float | None, *, busybox: bool
) -> tuple[tuple[Word, ...], float | None, str, bool]:
    """The words after the program, the seconds it may take, its name, and whether it is busybox's."""
    words = command.argv
    while words:
        name = (words[0].static or "").rpartition("/")[2]
        if name in ("exec", "command", "env", "busybox") and len(words) > 1 and not words[1].raw.startswith("-"):
            if name == "env" and "=" in words[1].raw:
                break
            busybox = busybox or name == "busybox"
            words = words[1:]
            continue
        seconds = duration(words[1].static) if name == "timeout" and len(words) > 2 else None
        if seconds is None:
            return words[1:], limit, name, busybox
        # `timeout 0` is no limit
        limit = min(seconds, limit or seconds) or limit
        words = words[2:]
    return (), limit, "", busybox


def _texts(words: Sequence[Word]) -> list[Text] | None:
    texts = [Text.of(word) for word in words]
    return None if None in texts else [text for text in texts if text is not None]


def _is_test(command: Command) -> bool:
    return bool(command.argv) and command.argv[0].raw in _TESTS


def _limited(found: Found | Check, limit: float | None) -> Found:
    """The check within the seconds that `timeout` gives it."""
    if found is None or isinstance(found, Obstacle):
        return found
    check, notes = (found, ()) if isinstance(found, HttpCheck | TcpCheck | FileCheck) else found
    if limit is not None and isinstance(check, HttpCheck | TcpCheck):
        check = check._replace(total=min(limit, check.total or limit))
    return check, notes


def _tested(command: Command, shell: Interpreter, *, busybox: bool) -> Found:
    words = test_words(command)
    if words is None:
        return Obstacle("what this test asks is not known", command.text)
    asked = read_test(words, command.text)
    bashism = _is_bashism(command) and not shell.is_bash
    notes = ("Debian's sh has no [[ and no ==: there this was never healthy",) if bashism else ()
    if isinstance(asked, FileCheck | Obstacle):
        return asked if isinstance(asked, Obstacle) else (asked, notes)
    inner = structure(asked.command, Interpreter("/bin/sh"))
    if not isinstance(inner, Probe) or len(inner.commands) != 1:
        return Obstacle("what this compares is not known", command.text)
    printing = inner.commands[0]
    words, limit, name, busybox = _program(printing, None, busybox=busybox)
    if name == "find" and asked.operator == "-n":
        found = read_find(words, command.text)
        return found if isinstance(found, Obstacle) else (found, notes)
    texts = _texts(words)
    if name not in _REQUESTS or texts is None or quiet(printing, inner.shell) is not False:
        return Obstacle("what this compares is not known", command.text)
    answer = _request(name, texts, busybox=busybox)
    if isinstance(answer, Obstacle):
        return answer
    check = compared(answer, asked)
    if check is None:
        return Obstacle("what this compares is not known", command.text)
    return _limited((check, (*notes, *answer.notes)), limit)


def _is_bashism(command: Command) -> bool:
    return command.argv[0].raw == "[[" or re.search(r"\s==\s", command.text) is not None


def _pipeline(probe: Probe, *, busybox: bool) -> Found:
    """`curl … | grep -q ok`: what counts is whether grep finds it, in what curl has printed."""
    first, last = probe.commands[0], probe.commands[-1]
    words, limit, name, busybox = _program(first, probe.limit, busybox=busybox)
    searches, _, search_name, _ = _program(last, None, busybox=False)
    texts, patterns = _texts(words), _texts(searches)
    if texts is None or patterns is None:
        return Obstacle("only a shell can expand this", probe.text)
    if len(probe.commands) != 2 or search_name not in _SEARCHES or quiet(last, probe.shell) is None:
        return Obstacle(_REASONS.get(name, "it pipes one command into another"), probe.text)
    if name == "find":
        found = read_find(words, probe.text)
        anything = [pattern.static for pattern in patterns if not pattern.leading.startswith("-")] == ["."]
        return (found, ()) if isinstance(found, FileCheck) and anything else Obstacle("it works on files", probe.text)
    if name not in _REQUESTS:
        return Obstacle(_REASONS.get(name, "it pipes one command into another"), probe.text)
    search = read_grep(search_name, patterns)
    if isinstance(search, Obstacle):
        return search
    answer = _request(name, texts, busybox=busybox)
    if isinstance(answer, Obstacle):
        return answer
    if not _only_errors(first, texts, probe):
        return Obstacle("it looks into more than the answer", probe.text)
    check = searched(answer, search)
    if isinstance(check, Obstacle):
        return check
    return _limited((check, answer.notes), limit)


def _only_errors(command: Command, texts: Sequence[Text], probe: Probe) -> bool:
    """Whether nothing but what the request is answered goes into the pipe."""
    if quiet(command, probe.shell) is not False:
        return False
    joined = any(redirect.operator == "2>&" for redirect in command.redirects)
    silent = any(re.fullmatch(r"--silent|--quiet|-[a-zA-Z]*[sq][a-zA-Z]*-?", text.leading) for text in texts)
    return not joined or silent
