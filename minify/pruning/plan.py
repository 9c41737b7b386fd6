"""What the pruned rung is for one file: the whole root filesystem less what nothing that runs needs, with the base image's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from minify.analysis.facts import Facts
from minify.image import catalog
from minify.image.pruning import (
    Group,
    caches,
    documentation,
    language,
    links_of_busybox,
    manager_names,
    start_script,
    system,
    translations,
    words,
)
from minify.plan import SHELL, Decision, Outcome, Refusal, RefusalKind, Runtime
from minify.pruning.forbidden import forbidden, in_texts
from minify.pruning.libraries import started_by_libraries
from minify.pruning.shell import Starts, Stays, without_shell
from minify.pruning.texts import Mention, Text, mentions, texts
from minify.pruning.tools import candidates, sort_out
from minify.pruning.unread import Unread, unread
from minify.shell.effects import InstallsLibraries

TEMPLATE = "_pruned.Dockerfile.j2"


def prune(facts: Facts, keep: Sequence[str] = (), stopped: Sequence[Refusal] = ()) -> Runtime | tuple[Refusal, ...]:
    """The runtime that is the build stage's own root, or every reason why the file keeps its shape.

    `keep` are paths that the user wants to stay, `stopped` is what stopped the better rungs.
    """
    refusals = forbidden(facts)
    if refusals:
        return refusals
    base = facts.base
    assert base is not None
    manager, group = system(base.package_manager) or ("busybox", Group((), ()))
    missing = unread(facts)
    own = texts(facts)
    # What libraries start is the ecosystem's to say: it knows which of their programs run
    start = without_shell(facts, own, missing, keep)
    said = (*own, *started_by_libraries(facts))
    gone = isinstance(start, Starts)
    busybox = gone and base.libc != "glibc"
    if isinstance(start, Starts):
        said = start.says(facts, said)
    missing = missing or _unnamed(stopped)
    found = candidates(facts, manager)
    installers = language(base.language)
    names = [
        *(name for c in found for name in c.commands),
        *(name for names in links_of_busybox().values() for name in names),
        *(installers.programs if installers else ()),
    ]
    named = {**mentions(said, names), **_kept_names(keep, names)}
    if manager != "busybox":
        used = mentions(said, manager_names(manager), started=True)
        if (asked := in_texts(used)) is not None:
            return (asked,)
    once = "" if gone else _once(facts)
    tools = sort_out(facts, manager, found, named, missing)
    links, link_roles, link_decisions = _links(facts, manager, named, missing)
    language_paths, language_decisions = _language(installers, named, missing)
    pages = documentation(manager) if manager != "busybox" else ()
    pages = (*pages, *(translations(manager) if manager != "busybox" and not _locales(facts) else ()))
    pages = tuple(path for path in pages if not _uses(facts, said, path))
    downloads = _downloads(facts, said)
    decisions = [
        *_managers(manager, facts),
        *_done(facts, once),
        *tools.decisions,
        *link_decisions,
        *language_decisions,
        *_documents(pages),
        *(Decision(subject=path, outcome=Outcome.DROPPED, reason="downloads of an installer") for path in downloads),
        *_shell(facts, start),
        *_configuration(facts),
    ]
    values: Mapping[str, object] = {
        "system": manager,
        "once": once,
        "left_out": _left_out(
            manager, (*tools.roles, *link_roles, *(("shell",) if gone else ())), tools.headers, language_paths, pages
        ),
        "erased": list(tools.going),
        "programs": [
            p
            for p in (*group.programs, *(() if busybox else links), *(_shells(said) if gone and not busybox else ()))
            if not _kept(p, keep)
        ],
        "busybox": busybox,
        "paths": [
            [p for p in row if not _below(p, keep)]
            for row in (group.paths, pages, (*language_paths, *downloads))
            if row
        ],
        "headers": [*words("headers"), *words("static")] if tools.headers else [],
    }
    scratch = catalog.lookup("scratch")
    assert scratch is not None
    if isinstance(start, Stays):
        contract = facts.contract
        start = Starts(
            entrypoint=contract.base_entrypoint or None if contract.entrypoint is None else None,
            cmd=contract.base_cmd or None if contract.cmd is None else None,
        )
    return Runtime(
        base=scratch,
        template=TEMPLATE,
        trees=(),
        whole=True,
        user=None if gone else facts.end.user,
        entrypoint=start.entrypoint,
        cmd=start.cmd,
        command_reason=start.reason,
        health=start.health,
        env=(*base.env, *start.env),
        insertions=start.insertions,
        values=values,
        decisions=tuple(decisions),
    )


def _unnamed(stopped: Sequence[Refusal]) -> Unread | None:
    """The place where a program is started whose name is not known, or what it is that cannot be read: it may be any that the image has."""
    kinds = (RefusalKind.UNNAMED, RefusalKind.UNSEEN)
    found = next((refusal for refusal in stopped if refusal.kind in kinds), None)
    return Unread(found.reason, found.line) if found is not None else None


def _kept_names(keep: Sequence[str], names: Sequence[str]) -> dict[str, Mention]:
    """Programs that the settings keep by their path, as if a text had named them."""
    wanted = {path.rsplit("/", 1)[-1] for path in keep}
    return {name: Mention(name, "the settings", 1) for name in names if name in wanted}


def _kept(pattern: str, keep: Sequence[str]) -> bool:
    return any(fnmatchcase(path.rsplit("/", 1)[-1], pattern) for path in keep)


def _below(pattern: str, keep: Sequence[str]) -> bool:
    """Whether something that is to stay is what a pattern takes, or below it."""
    return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}/*") for path in keep)


def _once(facts: Facts) -> str:
    """What of the base image's start script asks the package manager and is done in the build stage instead; "" when it does nothing.

    nginx's compares its settings with those of the package. Root may change them, and so may the user that the image is made for.
    """
    base = facts.base
    script = start_script(base) if base is not None and facts.contract.entrypoint is None else None
    if script is None or base is None or script.script not in base.entrypoint:
        return ""
    # It asks the first word that it is given: of a shell form that is /bin/sh
    runs = facts.launch.argv[:1] == (script.before,) and not facts.launch.cmd.rewritten
    runs = runs and not facts.launch.needs_shell and not facts.launch.shelled
    return script.once if runs and facts.contract.user in ("", "root", "0", base.user) else ""


def _done(facts: Facts, once: str) -> Iterator[Decision]:
    if once:
        reason = f"the start script of {facts.base_written} runs it, and it asks the package manager: run where the image is built, and no longer where it starts"
        yield Decision(subject=once, outcome=Outcome.CHECK, reason=reason)


def _links(
    facts: Facts, manager: str, named: Mapping[str, Mention], missing: Unread | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Decision, ...]]:
    """Links to busybox that go; those of network tools stay where something that runs cannot be read."""
    base = facts.base
    if manager not in ("apk", "busybox") or base is None or base.libc == "glibc":
        return (), (), ()
    going: list[str] = []
    roles: list[str] = []
    decisions: list[Decision] = []
    for kind, names in links_of_busybox().items():
        if missing is not None and kind == "network-tool":
            where = f" (line {missing.line})" if missing.line else ""
            reason = f"stay: something may call them: {missing.reason}{where}"
            decisions.append(Decision(subject="wget, nc and the like of busybox", outcome=Outcome.KEPT, reason=reason))
            continue
        for name in names:
            if name in named:
                reason = f"stays: {named[name].place} names it"
                decisions.append(Decision(subject=f"{name} of busybox", outcome=Outcome.KEPT, reason=reason))
            else:
                going.append(name)
                roles.append(kind)
    return tuple(going), tuple(roles), tuple(decisions)


def _language(
    installers: Group | None, named: Mapping[str, Mention], missing: Unread | None
) -> tuple[tuple[str, ...], tuple[Decision, ...]]:
    if installers is None:
        return (), ()
    subject = " and ".join(installers.programs[:2])
    mention = next((named[name] for name in installers.programs if name in named), None)
    if mention is not None:
        reason = f"stays: {mention.place} names {mention.program}"
        return (), (Decision(subject=subject, outcome=Outcome.KEPT, reason=reason),)
    if missing is not None:
        where = f" (line {missing.line})" if missing.line else ""
        reason = f"stays: something may call it: {missing.reason}{where}"
        return (), (Decision(subject=subject, outcome=Outcome.KEPT, reason=reason),)
    reason = "installs and builds; nothing that runs names it"
    return installers.paths, (Decision(subject=subject, outcome=Outcome.DROPPED, reason=reason),)


def _uses(facts: Facts, said: Sequence[Text], path: str) -> bool:
    """Whether a text, or a command of the build other than rm, names a path: documentation that an application shows is no documentation."""
    if any(path in text.text for text in said):
        return True
    commands = (command for run in facts.footprint.runs for command in run.script.commands)
    return any(path in command.text and command.name not in ("rm", "find", "mkdir") for command in commands)


def _downloads(facts: Facts, said: Sequence[Text]) -> tuple[str, ...]:
    """The caches that installations of libraries leave."""
    found: dict[str, None] = {}
    for _, effect in facts.footprint.effects():
        if isinstance(effect, InstallsLibraries) and effect.cache:
            found.update(dict.fromkeys(caches(effect.tool)))
    return tuple(path for path in found if not _uses(facts, said, path))


def _locales(facts: Facts) -> bool:
    """Whether the image has, or asks for, a locale beside C: then its programs speak other languages."""
    env = dict(facts.contract.env)
    asked = [env[name] for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES") if env.get(name)]
    packages = [
        *(package.name for install in facts.footprint.installs for package in install.packages),
        *(facts.base.has if facts.base is not None else ()),
    ]
    made = any(
        command.name in ("locale-gen", "localedef", "update-locale")
        for run in facts.footprint.runs
        for command in run.script.commands
    )
    speaks = any(not value.startswith(("C", "POSIX")) for value in asked)
    return made or speaks or any(fnmatchcase(name, pattern) for name in packages for pattern in words("locales"))


def _managers(manager: str, facts: Facts) -> Iterator[Decision]:
    if manager != "busybox":
        what = facts.base.package_manager if facts.base else manager
        reason = "package manager, with its database, settings and caches: nothing that runs calls it"
        yield Decision(subject=str(what), outcome=Outcome.DROPPED, reason=reason)


def _documents(paths: Sequence[str]) -> Iterator[Decision]:
    if paths:
        reason = (
            "documentation, and messages in languages that no locale of the image is of: nothing that runs names it"
        )
        yield Decision(subject=" ".join(paths), outcome=Outcome.DROPPED, reason=reason)


def _shells(said: Sequence[Text]) -> tuple[str, ...]:
    """The shells, and the set-uid programs that are for whoever has one."""
    files = [file.split("+") for file in words("with_shells")]
    named = mentions(said, [name for names in files for name in names])
    going = (names for names in files if not any(name in named for name in names))
    return (*words("shells"), *(name for names in going for name in names))


def _shell(facts: Facts, start: Starts | Stays) -> Iterator[Decision]:
    """What became of the shell, and of the base image's start script, which it reads."""
    if isinstance(start, Stays):
        yield Decision(subject=SHELL, outcome=Outcome.KEPT, reason=f"stays: {start.reason}", line=start.line)
        return
    reason = "nothing that runs is a shell script, starts a shell, or starts a program that may"
    yield Decision(subject=SHELL, outcome=Outcome.DROPPED, reason=reason)
    yield from start.checks
    script = facts.contract.base_entrypoint
    if script and facts.contract.entrypoint is None and start.entrypoint == ():
        reason = f"the start script of {facts.base_written} is for a shell, and only finds the program that CMD names"
        yield Decision(subject=f"ENTRYPOINT {' '.join(script)}", outcome=Outcome.DROPPED, reason=reason)
    for name, _ in start.env:
        reason = "set by what started the application before; the image sets it now"
        yield Decision(subject=f"ENV {name}", outcome=Outcome.ADDED, reason=reason)


def _configuration(facts: Facts) -> Iterator[Decision]:
    """What the base image sets and the final stage says again; and what cannot be said again."""
    base = facts.base
    assert base is not None
    if base.asked:
        reason = f"what it sets was asked of {base.asked}: say it again when the image changes"
        line = facts.lineage[0].stage.from_.line
        yield Decision(subject=f"FROM {facts.base_written}", outcome=Outcome.CHECK, reason=reason, line=line)
    for name, _ in base.env:
        reason = f"{facts.base_written} sets it, scratch sets nothing"
        yield Decision(subject=f"ENV {name}", outcome=Outcome.ADDED, reason=reason)
    said = {
        pair.name
        for placed in facts.contract.instructions
        if placed.instruction.keyword == "ENV"
        for pair in getattr(placed.instruction, "pairs", ())
    }
    for name in base.env_describing:
        if name not in said:
            reason = f"only says what {facts.base_written} was made of, or builds with: the final image does not set it"
            yield Decision(subject=f"ENV {name}", outcome=Outcome.DROPPED, reason=reason)
    for name in base.env_unknown:
        if name not in said:
            reason = f"{facts.base_written} sets it to what only its own build knows: the final image does not set it"
            yield Decision(subject=f"ENV {name}", outcome=Outcome.DROPPED, reason=reason)


_PLURALS: Final = {
    "network-tool": "network tools",
    "vcs": "version control",
    "text-editor": "text editors",
    "compiler": "compilers",
    "interpreter": "",
    "package-manager": "",
    "shell": "the shell",
}


def _left_out(
    manager: str, roles: Sequence[str], headers: bool, installers: Sequence[str], pages: Sequence[str]
) -> str:
    """The comment's text: what the step takes out.

    >>> _left_out("apt", ["network-tool"], False, [], ["/usr/share/doc"])
    'the package manager, network tools and documentation'
    """
    parts = [
        "" if manager == "busybox" else "the package manager" if not installers else "package managers",
        *(text for role, text in _PLURALS.items() if role in roles),
        "headers" if headers else "",
        "documentation" if pages else "",
    ]
    shown = [part for part in parts if part]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
