"""The values of the manifest's template: what the new image needs of Kubernetes, and what to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from minify.analysis.facts import Facts, gather
from minify.analysis.footprint import under
from minify.api import Outcome
from minify.ecosystems import state
from minify.image.reference import ImageReference
from minify.manifest.probes import Probe, probe
from minify.plan import Rung
from minify.rewrite.render import render
from minify.shell.effects import MakesUser
from minify.syntax import ExpansionError, Expose, parse, process_word

_ROOT: Final = ("", "root", "0")
_NONROOT: Final = 65532
"""The user `nonroot` of distroless images."""
_LASTS: Final = ("a SQLite database", "an embedded database", "uploaded files", "data")


class Mount(NamedTuple):
    """A directory that is written: `claim` when what is in it has to last."""

    name: str
    path: str
    claim: bool
    why: str


class Named(NamedTuple):
    """What the user says: the name of the objects, the image, the secret, and the kind of object."""

    name: str
    image: str
    secret: str
    kind: str = "Deployment"
    namespace: str = ""


def manifest(outcome: Outcome, named: Named, templates: Path | None = None) -> str:
    """Secret, claims, and a Pod or Deployment as YAML, from the template `manifest.yaml.j2`; no password is in it."""
    before = outcome.facts
    after = gather(parse(outcome.patch.after), before.context, before.mirror)
    ports = tuple(dict.fromkeys(_ports(after)))
    user, group, notes = _user(before, after, ports)
    mounts, kept = _mounts(before)
    asked = probe(before, after, ports)
    reference = ImageReference.parse(named.image)
    values = {
        **named._asdict(),
        "registry": reference.domain,
        "ports": [{"port": port, "protocol": protocol} for port, protocol in ports],
        "user": user,
        "group": group,
        "mounts": mounts,
        "probe": asked,
        "probes": _probes(asked),
        "notes": [*notes, *kept, *(asked.notes if asked is not None else ()), *_shell(outcome)],
    }
    return render("manifest.yaml.j2", values, templates)


def _ports(facts: Facts) -> Iterator[tuple[int, str]]:
    for placed in facts.contract.instructions:
        if isinstance(placed.instruction, Expose):
            for written in placed.instruction.ports:
                text = _expanded(written, placed.scope.values, facts)
                number, _, protocol = text.partition("/")
                if number.isdigit() and 0 < int(number) < 65536 and protocol.upper() in ("", "TCP", "UDP", "SCTP"):
                    yield int(number), protocol.upper() or "TCP"


def _expanded(word: str, values: Mapping[str, str], facts: Facts) -> str:
    """A word with its variables replaced; one that cannot be read is what is written."""
    try:
        return process_word(word, values, facts.dockerfile.escape).text
    except ExpansionError:
        return word


def _user(before: Facts, after: Facts, ports: tuple[tuple[int, str], ...]) -> tuple[int | None, int | None, list[str]]:
    """The numbers that the container runs as; None where the image names a user or group whose number nobody knows."""
    name, _, named_group = after.contract.user.partition(":")
    notes = []
    user = int(name) if name.isdigit() else _number_of(name, before, after)
    group = int(named_group) if named_group.isdigit() else None
    if name in _ROOT or user == 0:
        user = group = _NONROOT
        notes.append(
            f"The image runs as root, here it runs as {_NONROOT}: that works where it writes only to the volumes below. "
            "`dockminify fix --user nonroot` makes it the image's own user"
        )
    elif user is None:
        notes.append(f"runAsNonRoot wants a number, and the image says `{name}`: add runAsUser with its number")
    low = [str(port) for port, _ in ports if port < 1024]
    if low:
        notes.append(
            f"Port {', '.join(low)} is below 1024: whether somebody other than root may listen there is the node's to say "
            "(net.ipv4.ip_unprivileged_port_start)"
        )
    return user, group, notes


def _number_of(name: str, before: Facts, after: Facts) -> int | None:
    """Of a user that the file makes, or that a base image has: accounts move to the final stage."""
    for user in (*before.footprint.users, *after.footprint.users):
        if isinstance(user, MakesUser) and user.name == name and user.uid is not None and user.uid.isdigit():
            return int(user.uid)
    for base in (before.base, after.base):
        for entry in base.users if base is not None else ():
            known, number, *_ = entry.split(":")
            if known == name and number.isdigit():
                return int(number)
    return _NONROOT if name == "nonroot" else None


def _mounts(facts: Facts) -> tuple[list[Mount], list[str]]:
    """What is written: VOLUMEs and state as claims, logs and caches as empty directories, /tmp; and what cannot be one."""
    found: dict[str, tuple[bool, str]] = {}
    notes = []
    for volume in facts.contract.volumes:
        path = _expanded(volume, facts.end.values, facts).rstrip("/")
        if path.startswith("/"):
            found[path] = (True, "the image declares it a volume")
    for item in state.written(facts):
        if any(under(item.path, path) for path in found):
            continue
        directory = item.path if item.directory else item.path.rpartition("/")[0] or "/"
        where = f" ({item.file}:{item.line})" if item.file else f" (line {item.line})"
        if state.in_the_way(facts, directory):
            notes.append(
                f"{item.path} holds {item.what}{where}, among the image's own files, which a volume would hide and which "
                "are read-only here: give it a directory of its own"
            )
        else:
            found[directory] = (item.what in _LASTS, f"{item.what}{where}")
    if not any(under("/tmp", path) for path in found):
        found["/tmp"] = (False, "temporary files")
    paths = [path for path in found if not any(other != path and under(path, other) for other in found)]
    names: dict[str, str] = {}
    for path in paths:
        base = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:40].strip("-") or "data"
        names[path] = base if base not in names.values() else f"{base}-{len(names)}"
    return [Mount(names[path], path, *found[path]) for path in paths], notes


def _probes(found: Probe | None) -> dict[str, dict[str, object]]:
    """By the name that Kubernetes has for each."""
    if found is None:
        return {}
    usual: dict[str, object] = {
        **found.handler,
        "periodSeconds": found.period,
        "timeoutSeconds": found.timeout,
        "failureThreshold": found.failures,
    }
    starting = {"startupProbe": {**usual, "failureThreshold": found.startup}} if found.startup else {}
    alive = {} if "tcpSocket" in found.handler and found.notes else {"livenessProbe": usual}
    return {**starting, "readinessProbe": usual, **alive}


def _shell(outcome: Outcome) -> Iterator[str]:
    if outcome.plan.rung >= Rung.DISTROLESS:
        yield "The image has no shell: `kubectl debug -it POD --image=busybox --target=CONTAINER` looks into it"
