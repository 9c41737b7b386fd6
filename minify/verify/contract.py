"""What `docker run` sees of an image, before and after: the same, changed for a reason that can be checked or was decided, or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from minify.plan import Decision
from minify.verify import argv, environment, interpreters, surroundings, users
from minify.verify.argv import Place
from minify.verify.decided import Decided, judged, same, short
from minify.verify.engine import Configuration, Healthcheck
from minify.verify.filesystem import Filesystem
from minify.verify.links import shown
from minify.verify.pair import brought, count
from minify.verify.verdict import Finding, Section, Verdict

NAME: Final = "contract"
# What the engine does where nothing is said
# https://docs.docker.com/reference/dockerfile/#healthcheck
_HEALTH_DEFAULTS: Final[Mapping[str, float]] = {"interval": 30, "timeout": 30, "start_period": 0, "retries": 3}
_STOP: Final = "SIGTERM"
_SIGNALS: Final[Mapping[str, str]] = {"2": "SIGINT", "3": "SIGQUIT", "9": "SIGKILL", "15": "SIGTERM", "28": "SIGWINCH"}
# buildah writes its own version on every image
_TOOL_LABELS: Final = ("io.buildah.version",)
_BASE_LABELS: Final = ("org.opencontainers.image.ref.name", "org.opencontainers.image.version")


def compare(
    before: Configuration,
    after: Configuration,
    before_files: Filesystem,
    after_files: Filesystem,
    decisions: Sequence[Decision] = (),
    *,
    base: Configuration | None = None,
) -> Section:
    """The section `contract`. `base` is what the original's base image says, where that is known."""
    old, new = Place(before_files, before), Place(after_files, after)
    decided = Decided(decisions)
    findings = [
        *_start(old, new, decided),
        *_health(old, new, decided),
        *_user(old, new, decided),
        _plain("workdir", before.workdir.rstrip("/") or "/", after.workdir.rstrip("/") or "/", decided, "WORKDIR"),
        *environment.compare(before, after, after_files, decided, base),
        *surroundings.compare(before_files, after_files, before.env, after.env),
        _plain("ports", ", ".join(before.exposed), ", ".join(after.exposed), decided, "EXPOSE"),
        _plain("volumes", ", ".join(sorted(before.volumes)), ", ".join(sorted(after.volumes)), decided, "VOLUME"),
        *_labels(old, new, decided, base),
        _plain("stop signal", _signal(before.stop_signal), _signal(after.stop_signal), decided, "STOPSIGNAL"),
        _plain("onbuild", "; ".join(before.onbuild), "; ".join(after.onbuild), decided, "ONBUILD"),
    ]
    if before.architecture and after.architecture:
        findings.append(_plain("architecture", before.architecture, after.architecture, decided, "FROM"))
    changed = [f.what for f in findings if f.verdict is Verdict.CHANGED]
    wrong = [f.what for f in findings if not f.verdict.passes]
    summary = f"{count(len(changed), 'setting', 'settings')} changed for a reason"
    if wrong or not changed:
        summary = f"{', '.join(wrong)} differ" if wrong else "every setting is the same"
    return Section.of(NAME, summary, findings)


def started(configuration: Configuration) -> tuple[str, ...]:
    """The programs and files that a configuration names: every word of ENTRYPOINT, CMD and HEALTHCHECK, shell forms by their words.

    A script that an interpreter reads (`node bin/www`) is not started: what its first line names is not asked for.
    """
    health = configuration.healthcheck.test[1:] if configuration.healthcheck is not None else ()
    words: list[str] = []
    for line in (configuration.entrypoint, configuration.cmd, health):
        text = argv.shell_text(line)
        words += line if text is None else argv.plain(text) or text.split()
    script = interpreters.read(configuration.entrypoint + configuration.cmd)
    return tuple(dict.fromkeys(word for word in words if word and word != script))


def _start(old: Place, new: Place, decided: Decided) -> Iterator[Finding]:
    for keyword in ("ENTRYPOINT", "CMD"):
        before, after = (getattr(place.configuration, keyword.lower()) for place in (old, new))
        yield _command(keyword.lower(), before, old, after, new, decided.reason(keyword))
    line = new.configuration.entrypoint + new.configuration.cmd
    was = old.configuration.entrypoint + old.configuration.cmd
    if line:
        yield from _program("program", was, old, line, new)


def _command(
    what: str, before: Sequence[str], old: Place, after: Sequence[str], new: Place, reason: str | None
) -> Finding:
    said, says = " ".join(map(_quoted, before)), " ".join(map(_quoted, after))
    if tuple(before) == tuple(after):
        return same(what, said)
    return judged(what, said, says, argv.equal(before, old, after, new) or reason, "another command line")


def _program(what: str, was: Sequence[str], old: Place, line: Sequence[str], new: Place) -> Iterator[Finding]:
    """The program that is started, where the new image lacks it, or it lacks its capabilities."""
    program = new.program(line[0])
    if program is None:
        place = old.program(line[0])
        if place is not None or tuple(was) != tuple(line):
            yield Finding(
                what=what,
                verdict=Verdict.DIFFERENT,
                before=shown(place or ""),
                after="missing",
                detail=f"{short(line[0])} is started, and not there",
                repair=brought(old.files, new.files, place) if place is not None else (),
            )
        return
    before, after = old.files.entry(program), new.files.entry(program)
    if before is not None and after is not None and before.capabilities and not after.capabilities:
        yield judged(f"capabilities of {shown(program)}", "some", "", None, "what setcap gave it is lost")


def _health(old: Place, new: Place, decided: Decided) -> Iterator[Finding]:
    before, after = old.configuration.healthcheck, new.configuration.healthcheck
    reason = decided.reason("HEALTHCHECK")
    if before is None or after is None:
        if before is not after:
            yield judged("healthcheck", _test(before), _test(after), reason, "there in one of them only")
        return
    one, other = _health_line(before, old), _health_line(after, new)
    yield _command("healthcheck", one, old, other, new, reason)
    if other:
        yield from _program("healthcheck program", one, old, other, new)
    times = [_times(each) for each in (before, after)]
    if times[0] != times[1]:
        yield judged("healthcheck times", times[0], times[1], reason, "asked at other times")


def _health_line(check: Healthcheck, place: Place) -> tuple[str, ...]:
    if check.test[:1] == ("CMD-SHELL",):
        return (*(place.configuration.shell or ("/bin/sh", "-c")), *check.test[1:])
    return check.test[1:]


def _test(check: Healthcheck | None) -> str:
    return " ".join(check.test) if check is not None else ""


def _times(check: Healthcheck) -> str:
    said = ((name, getattr(check, name)) for name in _HEALTH_DEFAULTS)
    return ", ".join(f"{name} {_HEALTH_DEFAULTS[name] if value is None else value:g}" for name, value in said)


def _user(old: Place, new: Place, decided: Decided) -> Iterator[Finding]:
    names = [place.configuration.user or "root" for place in (old, new)]
    before, after = (users.of_image(place.files, place.configuration.user) for place in (old, new))
    reason = decided.reason("USER")
    if after is None and before is not None:
        yield Finding(
            what="user",
            verdict=Verdict.DIFFERENT,
            before=short(names[0]),
            after=short(names[1]),
            detail="the new image does not know this user: no container starts",
            repair=("/etc/passwd", "/etc/group"),
        )
    if before is None or after is None:
        if before is None:
            yield (
                same("user", names[0])
                if names[0] == names[1]
                else judged("user", names[0], names[1], reason, "another user")
            )
        return
    alike = (before.uid, before.gid, before.groups) == (after.uid, after.gid, after.groups)
    yield (
        same("user", names[0], str(before))
        if alike
        else judged("user", names[0], names[1], reason, f"{before}, then {after}")
    )
    homes = [place.configuration.env.get("HOME", who.home) for place, who in ((old, before), (new, after))]
    if homes[0] != homes[1]:
        yield judged("home of the user", homes[0], homes[1], reason, "HOME is another one")
    # gosu: it was this user that ran the application before, too
    started_as = decided.reason("GOSU") or decided.reason("SU-EXEC")
    yield from _writable(old, before, new, after, homes[0], reason, started_as)


def _writable(
    old: Place,
    was: users.Identity,
    new: Place,
    who: users.Identity,
    home: str,
    reason: str | None,
    started_as: str | None = None,
) -> Iterator[Finding]:
    """Directories that the process could write to and no longer can; root makes what it lacks."""
    own = (old.configuration.workdir or "/", home, *old.configuration.volumes) if who.uid else ()
    for path in dict.fromkeys(("/tmp", *own)):
        if users.writable(old.files, path, was) and not users.writable(new.files, path, who):
            # Another user has another home, and is not to write where the system lies; the rest has to be given to it
            excuse = reason if path in (home, "/") else None
            if started_as is not None and not users.writable(old.files, path, who):
                excuse = started_as
            there = new.files.entry(path)
            yield Finding(
                what=f"writable {shown(path)}",
                verdict=Verdict.DIFFERENT if excuse is None else Verdict.CHANGED,
                before="yes",
                after="missing" if there is None else f"no: {there.mode:o}, of {there.uid}:{there.gid}",
                detail=excuse or f"the process, {who}, could write there",
                repair=(path,) if excuse is None and path.isprintable() else (),
            )


def _labels(old: Place, new: Place, decided: Decided, base: Configuration | None) -> Iterator[Finding]:
    one, other = ({k: v for k, v in p.configuration.labels.items() if k not in _TOOL_LABELS} for p in (old, new))
    equal = [name for name in one if other.get(name) == one[name]]
    if equal:
        yield same("labels", str(len(equal)), short(", ".join(equal)))
    for name in dict.fromkeys((*one, *other)):
        if name not in equal:
            reason = decided.reason("LABEL", name) or _of_base(name, old, base)
            yield judged(f"label {short(name)}", one.get(name, ""), other.get(name, ""), reason, "nothing says why")


def _of_base(name: str, place: Place, base: Configuration | None) -> str | None:
    """Why a label is no matter: it says what the base image is."""
    labels = place.configuration.labels
    if base is not None and name in labels and base.labels.get(name) == labels[name]:
        return "only describes the base image"
    system = dict(line.partition("=")[::2] for line in place.files.text("/etc/os-release").splitlines() if "=" in line)
    said = tuple(labels.get(each) for each in _BASE_LABELS)
    if name in _BASE_LABELS and said == (system.get("ID", "").strip('"'), system.get("VERSION_ID", "").strip('"')):
        return "only describes the base image"
    return None


def _signal(name: str | None) -> str:
    """`15`, `TERM` and nothing are all SIGTERM."""
    said = (name or _STOP).upper()
    return _SIGNALS.get(said, said if said.startswith("SIG") or said.isdecimal() else f"SIG{said}")


def _plain(what: str, before: str, after: str, decided: Decided, keyword: str) -> Finding:
    return (
        same(what, before) if before == after else judged(what, before, after, decided.reason(keyword), "another one")
    )


def _quoted(word: str) -> str:
    return f'"{word}"' if not word or any(c.isspace() for c in word) else word
