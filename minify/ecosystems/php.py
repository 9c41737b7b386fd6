"""PHP: the interpreter of its official images with its extensions, from the command line, as php-fpm, or inside Apache."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.ecosystems.gate import starts
from minify.ecosystems.interpreted import Brought, application_files, closed, script_for
from minify.ecosystems.programs import by_name
from minify.ecosystems.servers import ACCOUNTS, Parts, command, taken
from minify.ecosystems.sources import holds, unseen
from minify.image.layouts import Layout, layout_of_image
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

if TYPE_CHECKING:
    from minify.context.php import PhpFacts

TEMPLATE = "php.Dockerfile.j2"

_SERVER = "apache2-foreground"
_PROGRAMS = ("php", "php-fpm", _SERVER, "apache2")
# Commands of Laravel's and Symfony's consoles that start other programs by a shell
_SPAWNING = (
    *(
        "serve",
        "schedule:work",
        "schedule:run",
        "queue:listen",
        "horizon",
        "octane:start",
        "reverb:start",
        "tinker",
        "db",
    ),
    *("schema:dump", "server:run", "server:start", "sail", "dusk", "solo", "pail"),
)
_VARIABLES = "/etc/apache2/envvars"
_EXTENSION_TOOLS = (
    "docker-php-ext-install",
    "docker-php-ext-enable",
    "docker-php-ext-configure",
    "pecl",
    "install-php-extensions",
)


def detect(facts: Facts) -> Detection | None:
    """PHP, when an official image of it starts php, php-fpm, Apache, or a script for php."""
    argv = facts.launch.argv
    base = facts.base
    if not argv or base is None or layout_of_image("php", base.family) is None:
        return None
    name = argv[0].rpartition("/")[2]
    if name not in _PROGRAMS and not name.endswith(".php") and _script(facts) is None:
        return None
    return Detection(
        ecosystem="php",
        version=base.version,
        evidence=(
            Evidence(what=f"{argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{facts.base_written} brings it", line=facts.lineage[0].stage.from_.line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The interpreter with its extensions and settings, the application, and Apache where that runs it."""
    from minify.context.php import php_facts

    assert facts.base is not None
    row = layout_of_image("php", facts.base.family)
    assert row is not None
    server = layout_of_image("apache2", facts.base.family) if _by_apache(facts) else None
    if not holds(facts, (".php", ".phar")) and _script(facts) is None:
        return (unseen("the application's PHP files", facts.launch.line),)
    source = php_facts(facts.context, application_files(facts))
    stops = [*_stops(facts, source), *_extensions(facts), *_mail_stops(facts, source, row)]
    if server is not None:
        stops += _server_stops(facts, server)
    site = row.serves[0]
    placed = any(under(written.path, site) for written in facts.footprint.written) or facts.contract.workdir == site
    said = {name for name, _ in facts.contract.env} - {name for name, _ in facts.base.env}
    variables = tuple((name, value) for name, value in server.environment if name not in said) if server else ()
    brought = Brought(
        template=TEMPLATE,
        trees=(
            Tree(path=row.program, reason="the interpreter"),
            *([Tree(path=row.also[0], reason="the program")] if "fpm" in facts.base.variant else []),
            *([Tree(path=server.program, reason="the program")] if server else []),
            Tree(path=row.modules, reason="its extensions and PEAR"),
            Tree(path=row.reads[0], reason="its settings", scanned=False),
            *(_server_trees(server) if server else ()),
            *(
                [Tree(path=site, reason="where the application is, in a directory that its user may write to")]
                if placed
                else []
            ),
        ),
        command=_started(facts, row),
        taken=(*row.reads, *row.also, *ACCOUNTS, row.program, row.modules, *(taken(server) if server else ())),
        left=row.spare,
        stops=stops,
        env=variables,
        directories=row.serves,
        accounts=True,
        values={"modules": row.modules, "server": server},
        decisions=tuple(_decisions(facts, server, [name for name, _ in variables])),
    )
    return closed(facts, to, brought)


def _server_trees(server: Layout) -> Iterator[Tree]:
    yield Tree(path=server.reads[0], reason="its configuration", scanned=False)
    yield Tree(path=server.modules, reason="the modules that are enabled")
    for path in (*server.also, *server.writes):
        yield Tree(path=path, reason="comes with it", certain=False, scanned=False)


def _decisions(facts: Facts, server: Layout | None, variables: Sequence[str]) -> Iterator[Decision]:
    yield Decision(
        subject="headers, the compiler, and what builds extensions", outcome=Outcome.DROPPED, reason="nothing runs it"
    )
    if facts.contract.entrypoint is None:
        yield Decision(
            subject="ENTRYPOINT docker-php-entrypoint",
            outcome=Outcome.DROPPED,
            reason="a shell script that only puts the program in front of flags: what it starts is said directly",
        )
    if server is not None:
        yield Decision(
            subject=f"CMD {_SERVER}",
            outcome=Outcome.REPLACED,
            reason="a shell script that reads /etc/apache2/envvars and starts apache2 -DFOREGROUND: both are said directly",
        )
    for name in variables:
        yield Decision(
            subject=f"ENV {name}", outcome=Outcome.ADDED, reason="Apache's script read it from /etc/apache2/envvars"
        )


def _by_apache(facts: Facts) -> bool:
    return facts.launch.argv[0].rpartition("/")[2] in (_SERVER, "apache2")


def _started(facts: Facts, row: Layout) -> Parts:
    """ENTRYPOINT and CMD: Apache without its script, and a script with its interpreter in front."""
    parts: list[tuple[str, ...] | None] = list(command(facts))
    for number, spoken in enumerate((facts.launch.entrypoint, facts.launch.cmd)):
        if not spoken.argv:
            continue
        script = _script(facts)
        if spoken.argv[0].rpartition("/")[2] == _SERVER:
            parts[number] = ("apache2", "-DFOREGROUND", *spoken.argv[1:])
        elif script is not None:
            parts[number] = (row.program, script, *spoken.argv[1:])
        break
    return parts[0], parts[1]


def _script(facts: Facts) -> str | None:
    """The context's file that starts, when its first line names php."""
    found = script_for(facts, ("php",))
    return found.target if found is not None else None


def _stops(facts: Facts, source: PhpFacts) -> Iterator[Refusal]:
    from minify.context.php import package_needs

    argv = facts.launch.argv
    console = len(argv) > 2 and argv[1].rpartition("/")[2] in ("artisan", "console")
    if console and argv[2] in _SPAWNING:
        yield refuse(f"{argv[1]} {argv[2]} starts other programs by a shell", facts.launch.line)
    for called in source.programs:
        if not called.in_tests:
            yield starts(called, "starts a program by a shell")
            break
    for name, path in source.packages:
        if (needs := package_needs(name)) is not None:
            yield refuse(f"{path}: {name} {needs}")
    for written, line in by_name(facts, "composer"):
        if (needs := package_needs(name := re.split(r"[:=]", written)[0])) is not None:
            yield refuse(f"{name} {needs}", line)


def _mail_stops(facts: Facts, source: PhpFacts, row: Layout) -> Iterator[Refusal]:
    """A sendmail, which mail() starts by a shell: of a package, of a setting, or busybox's own."""
    from minify.context.php import is_mailer
    from minify.ecosystems.configuration import configuration

    removed = facts.footprint.removed_packages()
    for install in facts.footprint.installs:
        for package in install.packages:
            if is_mailer(package.name) and package.name not in removed:
                line = facts.dockerfile.source.line(package.span.start)
                yield refuse(f"PHP's mail() starts {package.name} by a shell", line)
    for text in configuration(facts, row.reads).texts:
        if re.search(r"^[^;\n]*\bsendmail_path\b", text.text, re.MULTILINE):
            where = text.path or f"line {text.line}"
            yield refuse(f"{where} sets sendmail_path, which PHP's mail() starts by a shell", text.line)
    mailing = next((called for called in source.mails if not called.in_tests), None)
    if mailing is not None and facts.base is not None and facts.base.libc == "musl":
        yield refuse(f"{mailing.path}:{mailing.line} starts busybox's sendmail by a shell")


def _extensions(facts: Facts) -> Iterator[Refusal]:
    """Extensions that look up something by name."""
    from minify.context.php import extension_needs

    for run in facts.footprint.runs:
        for called in run.script.commands:
            if called.name not in _EXTENSION_TOOLS:
                continue
            for word in called.args:
                name = (word or "").partition("-")[0]
                needs = extension_needs(name)
                if needs is not None:
                    yield refuse(f"the extension {name} {needs}", facts.dockerfile.source.line(called.span.start))


def _server_stops(facts: Facts, server: Layout) -> Iterator[Refusal]:
    from minify.context.apache import apache_starts
    from minify.ecosystems.configuration import configuration

    read = configuration(facts, server.reads)
    yield from read.refusals
    for text in read.texts:
        if text.target == _VARIABLES:
            yield refuse(f"{text.at(1)} changes {_VARIABLES}, which a shell script reads", text.line)
        for found in apache_starts(text.text):
            yield refuse(f"{text.at(found.line)} has Apache start programs ({found.what})", text.line)
