"""Apache's httpd: its folder less what builds modules, and less the modules that no configuration loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.servers import Parts, command, layout, packages_left, recognised, taken
from minify.ecosystems.static_site import Site
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text

TEMPLATE = "httpd.Dockerfile.j2"

_SCRIPT = "httpd-foreground"
_PROGRAMS = ("httpd", _SCRIPT)
# What the final base has
_OUTSIDE = ("/etc/ssl/certs", "/usr/share/zoneinfo", "/dev", "/proc", "/tmp", "/var/run", "/run")
# httpd-foreground removes the pid file of a container that was killed. httpd does not mind one with its own number since 2.4.25, nor an
# empty one since 2.4.42. https://bz.apache.org/bugzilla/show_bug.cgi?id=60261 and https://bz.apache.org/bugzilla/show_bug.cgi?id=63140
_STARTS_AGAIN = (2, 4, 42)


def detect(facts: Facts) -> Detection | None:
    """httpd, when that or its image's script is what starts."""
    return recognised(facts, "httpd", _PROGRAMS)


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The server's folder, the sites and the shared libraries, onto a base without any."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "httpd")
    assert row is not None
    read = configuration(facts, row.reads)
    carried = application_trees(facts, (row.prefix, *taken(row)))
    refusals = [*read.refusals, *carried.refusals, *_stops(read.texts), *_old(facts, detection)]
    if refusals:
        return tuple(dict.fromkeys(refusals))
    entrypoint, cmd = _started(facts)
    return Runtime(
        base=closure_base(to),
        template=TEMPLATE,
        trees=(
            Tree(path=row.prefix, reason="the server, its configuration and its site"),
            *(tree._replace(scanned=False) for tree in carried.trees),
            *_named(read.texts, (row.prefix, *(tree.path for tree in carried.trees))),
        ),
        entrypoint=entrypoint,
        cmd=cmd,
        brings_libc=True,
        accounts=True,
        values={"prefix": row.prefix, "spare": row.spare, "configured": [tree.path for tree in carried.trees]},
        decisions=(
            *carried.decisions,
            *packages_left(facts, row, "the server starts no program, and its libraries are gathered"),
            *_decisions(facts),
        ),
    )


def _named(texts: Sequence[Text], places: Sequence[str]) -> Iterator[Tree]:
    """Paths that the configuration names and that no tree has, as a site that a build put there: taken if they are there."""
    from minify.context.apache import apache_paths

    found: dict[str, str] = {}
    for text in texts:
        for named in apache_paths(text.text, command=text.path is None):
            if named.path not in SYSTEM and not any(under(named.path, place) for place in (*places, *_OUTSIDE)):
                found.setdefault(named.path, text.at(named.line))
    for path, where in found.items():
        yield Tree(path=path, reason=f"named at {where}", certain=False, scanned=False)


def static_site(facts: Facts) -> Site | Refusal:
    """The files that the image serves by its own configuration, or why there is more than that."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "httpd")
    assert row is not None and facts.base is not None
    read = configuration(facts, row.reads)
    stops = [*read.refusals, *(refuse(f"{text.at(1)} configures httpd", text.line) for text in read.texts)]
    if facts.launch.argv != facts.base.cmd:
        stops.append(refuse(f"{' '.join(facts.launch.argv)} is not what the image starts by itself", facts.launch.line))
    return stops[0] if stops else Site(root=f"{row.prefix}/htdocs", port=80, configured=row.reads)


def _started(facts: Facts) -> Parts:
    """What httpd-foreground starts, said directly: `httpd -DFOREGROUND` and the words behind the script."""
    parts: list[tuple[str, ...] | None] = list(command(facts))
    for number, spoken in enumerate((facts.launch.entrypoint, facts.launch.cmd)):
        if spoken.argv and spoken.argv[0].rpartition("/")[2] == _SCRIPT:
            parts[number] = ("httpd", "-DFOREGROUND", *spoken.argv[1:])
            break
        if spoken.argv:
            break
    return parts[0], parts[1]


def _stops(texts: Sequence[Text]) -> Iterator[Refusal]:
    from minify.context.apache import apache_starts

    for text in texts:
        for started in apache_starts(text.text):
            reason = f"{text.at(started.line)} has httpd start programs ({started.what})"
            yield refuse(reason, text.line)


def _old(facts: Facts, detection: Detection) -> Iterator[Refusal]:
    numbers = tuple(int(part) for part in (detection.version or "").split(".") if part.isdigit())
    if len(numbers) == 3 and numbers < _STARTS_AGAIN and facts.launch.argv[0].endswith(_SCRIPT):
        yield refuse(
            f"httpd {detection.version} may not start again where a killed container left its pid file, which a shell script removes",
            facts.launch.line,
        )


def _decisions(facts: Facts) -> Iterator[Decision]:
    yield C_LIBRARY
    yield Decision(
        subject="modules that no configuration loads, headers and tools",
        outcome=Outcome.DROPPED,
        reason="the server opens none of them",
    )
    if facts.launch.argv[0].endswith(_SCRIPT):
        yield Decision(
            subject=f"CMD {_SCRIPT}",
            outcome=Outcome.REPLACED,
            reason="a shell script that starts httpd -DFOREGROUND, which is said directly",
        )
