"""nc: `nc -z host port` asks whether something accepts a connection; so does bash with /dev/tcp/host/port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minify.health.logic import Interpreter
from minify.health.options import Table, parse, same
from minify.health.plan import Obstacle, TcpCheck
from minify.health.structure import duration
from minify.health.text import Text
from minify.shell.script import Command, Redirect

TABLE: Final = Table(
    program="nc",
    equals=False,
    switches={
        **same("", "-v -n -4 -6 -t -N -D -S"),
        **same("zero", "-z"),
    },
    valued={
        **same("", "-q -i"),
        **same("wait", "-w --wait"),
    },
    obstacles={
        **same("it sends datagrams", "-u --udp"),
        **same("it listens", "-l -k --listen"),
        **same("it asks through a proxy or a Unix socket", "-x -X -U --proxy"),
        **same("it runs a program", "-e -c --exec --sh-exec"),
    },
)


def read_netcat(words: Sequence[Text]) -> TcpCheck | Obstacle:
    """What `nc words` asks.

    >>> check = read_netcat([Text.join("-zv"), Text.join("localhost"), Text.join("5432")])
    >>> check.port.static
    '5432'
    """
    parsed = parse(words, TABLE)
    if isinstance(parsed, Obstacle):
        return parsed
    if not parsed.has("zero"):
        return Obstacle("it talks to the port in its own words", "nc " + " ".join(map(str, words)))
    if len(parsed.operands) != 2:
        return Obstacle("it names no host and one port", "nc " + " ".join(map(str, words)))
    host, port = parsed.operands
    if not _is_port(port):
        return Obstacle("it asks for more than one port", str(port))
    wait = parsed.value("wait")
    total = None if wait is None else duration(wait.static)
    if wait is not None and total is None:
        return Obstacle("how long it may take is not known", str(wait))
    return TcpCheck(host=host, port=port, total=total or None)


def dev_tcp(command: Command) -> Redirect | None:
    """The redirection of a command that opens a connection: `echo > /dev/tcp/localhost/8080`."""
    for redirect in command.redirects:
        if redirect.target is not None and "/dev/tcp/" in redirect.target.raw:
            return redirect
    return None


def read_dev_tcp(command: Command, redirect: Redirect, shell: Interpreter) -> TcpCheck | Obstacle:
    """What bash asks by opening /dev/tcp/host/port; another shell knows no such file and always fails."""
    if not shell.is_bash:
        return Obstacle(f"only bash knows /dev/tcp, not {shell.name}", command.text)
    words = [word.static for word in command.argv]
    rest = [other for other in command.redirects if other is not redirect]
    plain = all(other.target is not None and other.target.static in ("/dev/null", "1", "2") for other in rest)
    if words not in ([], [":"], ["true"], ["echo"], ["cat"], ["exec"]) or not plain:
        return Obstacle("it talks to the port in its own words", command.text)
    if words == ["cat"] and "<" in redirect.operator:
        return Obstacle("it reads from the port until it is closed", command.text)
    target = Text.of(redirect.target) if redirect.target is not None else None
    if target is None:
        return Obstacle("only a shell can expand this", command.text)
    opened, _, rest_of = target.without(len("/dev/tcp/")).partition("/")
    if not target.leading.startswith("/dev/tcp/") or not opened.parts or not _is_port(rest_of):
        return Obstacle("which port it asks is not known", command.text)
    return TcpCheck(host=opened, port=rest_of)


def _is_port(text: Text) -> bool:
    return len(text.parts) == 1 and (bool(text.variables) or text.literals.isdecimal())
