"""nginx: the server with what its configuration names, the site, and the directories that it writes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from itertools import pairwise
from typing import TYPE_CHECKING

from minify.analysis.facts import Facts
from minify.analysis.footprint import FORGOTTEN, SYSTEM, under
from minify.analysis.scopes import join
from minify.ecosystems.finals import C_LIBRARY, closure_base
from minify.ecosystems.servers import (
    built_in,
    command,
    layout,
    packages_left,
    recognised,
    scripts_stop,
    server_trees,
    taken,
    unnamed,
    volatile,
)
from minify.ecosystems.static_site import Site, site_of
from minify.ecosystems.trees import application_trees
from minify.plan import Decision, Detection, Outcome, Refusal, Rung, Runtime, Tree, refuse
from minify.shell.effects import CopiesFile, Removes

if TYPE_CHECKING:
    from minify.ecosystems.configuration import Text
    from minify.image.layouts import Layout

TEMPLATE = "nginx.Dockerfile.j2"

_PROGRAMS = ("nginx",)
_OWNED = ("/etc/", "/usr/", "/var/", "/lib/", "/opt/", "/srv/")
"""Where a base image or a package has files of its own: any other path of the image was written by the file's instructions."""
_OUTSIDE = (
    "/usr/share/zoneinfo",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/localtime",
    "/etc/hosts",
    "/etc/resolv.conf",
)
"""What the final base, or the engine, has."""


def detect(facts: Facts) -> Detection | None:
    """nginx, when that is what starts, and the base image or a package brings it."""
    return recognised(facts, "nginx", _PROGRAMS, [path for path in (_main(facts),) if path])


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program, its configuration with what that names, the site and the directories it writes to, onto a base without libraries."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "nginx")
    assert row is not None
    by_script = (
        bool(facts.base and facts.base.entrypoint)
        and facts.contract.entrypoint is None
        and facts.launch.argv[0] == "nginx"
        # It asks the first word that it is given: of a shell form that is /bin/sh
        and not facts.launch.cmd.rewritten
    )
    main = _main(facts)
    read = configuration(facts, (*row.reads, *((main,) if main else ())))
    texts, unread = _included(facts, row, read.texts)
    carried = application_trees(facts, taken(row))
    refusals = [*read.refusals, *unread, *carried.refusals, *_modules_stop(texts)]
    if by_script:
        refusals += scripts_stop(facts, row)
    if refusals:
        return tuple(refusals)
    server = server_trees(facts, row)
    modules = tuple(_modules(row, texts))
    # A site holds no program: nothing below it is asked for libraries
    own = tuple(tree._replace(scanned=False) for tree in carried.trees)
    # njs may open what the configuration does not name
    scripted = any("js_" in text.text for text in texts)
    served = tuple(
        tree for tree in own if scripted or not built_in(facts, tree.path) or _names(facts, texts, tree.path)
    )
    named = tuple(_named(texts, (*server, *served), row))
    entrypoint, cmd = command(facts)
    listens = by_script and _listens(facts, row, texts)
    return Runtime(
        base=closure_base(to),
        template=TEMPLATE,
        trees=(*server, *modules, *named, *served),
        program=row.program,
        entrypoint=entrypoint,
        cmd=cmd,
        brings_libc=True,
        accounts=True,
        values={
            "listens": row.listens if listens else "",
            "volatile": volatile(facts, row),
            "modules": row.modules if row.images and not modules else "",
        },
        decisions=(
            *carried.decisions,
            *(unnamed(tree, "nginx") for tree in own if tree not in served),
            *packages_left(facts, row, "nginx starts no program, and its libraries are gathered"),
            *_decisions(facts, row, by_script, listens),
        ),
    )


def static_site(facts: Facts) -> Site | Refusal:
    """The plain static site that the official image serves, or why it is more than that."""
    from minify.ecosystems.configuration import configuration

    row = layout(facts, "nginx")
    if row is None or facts.base is None or facts.base.family not in row.images:
        return refuse("only the site of nginx's own image is known well enough")
    if facts.launch.argv != facts.base.cmd:
        return refuse(f"{' '.join(facts.launch.argv)} is not what the image starts by itself", facts.launch.line)
    read = configuration(facts, row.reads)
    refusals = [*read.refusals, *scripts_stop(facts, row)]
    added = [text for text in read.texts if text.target.endswith(".conf")]
    known = (row.site, f"{row.reads[0]}/nginx.conf")
    gone = any(
        isinstance(e, Removes) and (under(row.site, e.path) or e.path.endswith("*"))
        for _, e in facts.footprint.effects()
    )
    more = [text for text in read.texts if text not in added or (text.target not in known and not gone)]
    refusals += [refuse(f"{text.at(1)} is one more configuration, {text.target}", text.line) for text in more]
    if refusals:
        return refusals[0]
    port = int(facts.base.exposed[0].partition("/")[0]) if facts.base.exposed else 80
    return site_of(added, row.reads, row.serves[0], port)


def _decisions(facts: Facts, row: Layout, by_script: bool, listens: bool) -> Iterator[Decision]:
    yield C_LIBRARY
    if row.modules and not any(path == row.modules for path in row.also):
        yield Decision(
            subject=row.modules,
            outcome=Outcome.DROPPED,
            reason="only the modules that the configuration loads come along",
        )
    if by_script:
        yield Decision(
            subject=f"ENTRYPOINT {facts.base.entrypoint[0] if facts.base else ''}",
            outcome=Outcome.DROPPED,
            reason=f"a shell script that does nothing here: nothing lies in {row.templates}, no script was added; files that are mounted there are not read",
        )
    if listens:
        yield Decision(
            subject=row.site,
            outcome=Outcome.CHECK,
            reason="whether it listens on IPv6 too is decided where the image is built, and no longer where it starts",
        )


def _names(facts: Facts, texts: Sequence[Text], path: str) -> bool:
    """Whether the configuration names what lies at a path, or a link leads there."""
    from minify.context.nginx import nginx_facts

    for text in texts:
        for root in nginx_facts(text.text).roots:
            if (
                not root.text.startswith("/")
                or under(root.text, path)
                or under(path, root.text.partition("$")[0].rstrip("/"))
            ):
                return True
    links = (e for _, e in facts.footprint.effects() if isinstance(e, CopiesFile) and e.command.name == "ln")
    return any(under(link.source, path) or under(path, link.source) for link in links)


def _main(facts: Facts) -> str | None:
    """The configuration that `-c` names."""
    argv = facts.launch.argv
    for option, value in pairwise(argv):
        if option == "-c":
            return join("/etc/nginx", value)
    return None


def _included(facts: Facts, row: Layout, texts: Sequence[Text]) -> tuple[tuple[Text, ...], tuple[Refusal, ...]]:
    """The texts with those that they include from elsewhere, and includes of files that nobody knows."""
    from minify.context.nginx import nginx_facts
    from minify.ecosystems.configuration import configuration

    known = list(texts)
    refusals: list[Refusal] = []
    seen: set[str] = set()
    todo = list(texts)
    while todo:
        text = todo.pop(0)
        for include in nginx_facts(text.text).includes:
            target = join(row.reads[0], include.text)
            if target in seen or any(under(target, place) for place in (*row.reads, *row.also)):
                continue
            seen.add(target)
            stem = target.split("*")[0]
            place = stem.rpartition("/")[0] if stem != target else target
            more = configuration(facts, (place,))
            refusals += more.refusals
            found = [t for t in more.texts if fnmatch(t.target, target)]
            if not found and stem == target:
                reason = f"{text.at(include.line)} includes {target}, and what that says is not known"
                refusals.append(refuse(reason, text.line))
            known += found
            todo += found
    return tuple(known), tuple(refusals)


def _modules_stop(texts: Sequence[Text]) -> Iterator[Refusal]:
    from minify.context.nginx import nginx_facts, plain_modules

    for text in texts:
        for module in nginx_facts(text.text).modules:
            name = module.text.rpartition("/")[2].removesuffix(".so")
            if name not in plain_modules():
                reason = f"{text.at(module.line)} loads {name}, and what that needs is not known"
                yield refuse(reason, text.line)


def _modules(row: Layout, texts: Sequence[Text]) -> Iterator[Tree]:
    """The modules that are loaded: `modules/` of the configuration is a link to where they lie."""
    from minify.context.nginx import nginx_facts

    if row.modules in row.also:
        # Packages of a distribution load theirs by themselves: they are taken together
        return
    for text in texts:
        for module in nginx_facts(text.text).modules:
            path = f"{row.modules}/{module.text.rpartition('/')[2]}"
            yield Tree(path=path, reason=f"loaded at {text.at(module.line)}")
            for link in row.links:
                yield Tree(path=link, reason="leads to its modules", certain=False, scanned=False)


def _named(texts: Sequence[Text], trees: Sequence[Tree], row: Layout) -> Iterator[Tree]:
    """Paths of the base image or of a package that the configuration names: taken if they are there."""
    from minify.context.nginx import nginx_facts

    found: dict[str, str] = {}
    for text in texts:
        read = nginx_facts(text.text)
        for path in (*read.served, *read.paths):
            stem = path.text.split("*")[0].rstrip("/")
            # A build may put a site anywhere
            owned = stem.startswith(_OWNED) or path in read.served
            if not owned or stem in ("", *SYSTEM, *row.modules.split()) or "." in stem.split("/"):
                continue
            if any(under(stem, place) for place in (*FORGOTTEN, *_OUTSIDE, "/var/run", "/var/lock")):
                continue
            if any(under(stem, tree.path) for tree in trees) or under(row.modules, stem):
                continue
            found.setdefault(stem, text.at(path.line))
    for named, where in found.items():
        yield Tree(path=named, reason=f"named at {where}", certain=False, scanned=False)


def _listens(facts: Facts, row: Layout, texts: Sequence[Text]) -> bool:
    """Whether the image's own site is still there, which its entrypoint script lets listen on IPv6.

    Root may change it, and so may the user that the image itself is made for.
    """
    own = facts.base.user if facts.base is not None else ""
    if not row.listens or facts.contract.user not in ("", "root", "0", own):
        return False
    folder = row.site.rpartition("/")[0]
    # The script asks the checksum; a file that lacks these words cannot have it
    replaced = [text for text in texts if text.target == row.site]
    if replaced:
        return "listen       80" in replaced[-1].text
    main = [text for text in texts if text.target == f"{row.reads[0]}/nginx.conf"]
    if (_main(facts) or main) and not any(folder.rpartition("/")[2] in text.text for text in texts):
        return False
    return not any(
        isinstance(effect, Removes)
        and effect.certain
        and (effect.path in (f"{folder}/*", f"{folder}/*.conf") or under(row.site, effect.path))
        for _, effect in facts.footprint.effects()
    )
