"""Compose files: the services that run the image, and what they ask of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from minify.surroundings.change import listed, replaced
from minify.surroundings.documents import Value, documents
from minify.surroundings.findings import Note
from minify.surroundings.judge import judge, judge_health
from minify.surroundings.names import UNKNOWN, expand
from minify.surroundings.repository import Text
from minify.surroundings.use import Builds, Use


def services(text: Text) -> Iterator[tuple[str, Value]]:
    """The services of a compose file by name."""
    for document in documents(text.text):
        found = document.get("services")
        for name, service in (found.pairs or ()) if found is not None else ():
            if name.text and service.pairs is not None:
                yield name.text, service


def read_builds(use: Builds, text: Text) -> None:
    """The services that build the Dockerfile: their image's name, and targets."""
    folder = text.path.parent
    for name, service in services(text):
        build = service.get("build")
        if build is None or service.said("build", "dockerfile_inline"):
            continue
        context = expand(build.text if build.text is not None else build.said("context") or ".", {})
        target_value = build.get("target")
        target = expand(target_value.text or "", {}) if target_value is not None else ""
        if not use.builds(folder, context, expand(build.said("dockerfile"), {})) or UNKNOWN in target:
            continue
        if not use.takes(text, (target_value or build).line, target):
            continue
        arguments = build.get("args")
        if arguments is not None:
            pairs = [f"{key.text}={value.text}" for key, value in arguments.pairs or () if key.text and value.text]
            use.argued(text, arguments.line, [expand(word, {}) for word in (*pairs, *(arguments.words or ()))])
        use.services[folder, name] = None
        _named(use, service)
        image = service.said("image")
        # Without a name of its own, compose calls it after the project and the service
        use.names.append(expand(image, {}) if image else name)


def read_uses(use: Use, text: Text) -> None:
    """What the services that run the image ask of it: in this file, or in one that another one of the folder adds to."""
    folder = text.path.parent
    for name, service in services(text):
        image = service.said("image")
        known: bool | None
        if service.get("build") is not None:
            known = (folder, name) in use.services and _builds_it(use, folder, service)
        elif image:
            known = use.runs(expand(image, {}))
        else:
            known = (folder, name) in use.services
        if known is False:
            continue
        if known:
            use.services[folder, name] = None
            _named(use, service)
        _service(use, text, name, service, certain=known is True)


def _builds_it(use: Use, folder: Path, service: Value) -> bool:
    build = service.get("build")
    context = expand(
        build.text if build is not None and build.text is not None else service.said("build", "context") or ".", {}
    )
    return use.builds(folder, context, expand(service.said("build", "dockerfile"), {})) and use.image.built_by(
        expand(service.said("build", "target"), {})
    )


def _named(use: Builds, service: Value) -> None:
    container = service.said("container_name")
    if container and "$" not in container:
        use.containers[container] = None


def _service(use: Use, text: Text, name: str, service: Value, *, certain: bool) -> None:
    image = use.image
    test = service.get("healthcheck", "test")
    if test is not None:
        asked = test.text if test.text is not None else test.words
        written = _unescaped(asked)
        judged = judge_health(image, written) if written else None
        if judged is not None:
            _found(
                use,
                text,
                f"the health check of the service {name}",
                test,
                judged[0],
                certain,
                ("CMD", *judged[0].instead),
            )
    entrypoint, command = service.get("entrypoint"), service.get("command")
    overridden = entrypoint is not None and (entrypoint.text or entrypoint.items)
    for value, what in ((entrypoint, "entrypoint"), (command, "command")):
        argv = _argv(value)
        # A command behind an entrypoint is its arguments
        if value is None or not argv or (what == "command" and (overridden or image.entrypoint)):
            continue
        note = judge(image, argv)
        if note is not None:
            _found(use, text, f"the {what} of the service {name}", value, note, certain, note.instead)
    environment = service.get("environment")
    for variable in (*[key for key, _ in (environment.pairs or ())], *(environment.items or ())) if environment else ():
        use.check_variable(text, variable, f"the environment of the service {name}", certain=certain)
    for mount in service.each("volumes"):
        use.check_mount(text, mount.line, _target(mount), f"a volume of the service {name}", certain=certain)
    if image.user:
        _as_user(use, text, name, service, certain=certain)


def _found(use: Use, text: Text, subject: str, value: Value, note: Note, certain: bool, words: tuple[str, ...]) -> None:
    instead = listed([word.replace("$", "$$") for word in words]) if note.instead else ""
    edit = replaced(text.text, value, instead) if instead else None
    use.found(text, value.line, subject, note, certain=certain, instead=instead, edit=edit)


def _unescaped(asked: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    if isinstance(asked, str) or asked is None:
        return asked.replace("$$", "$") if asked else None
    return tuple(word.replace("$$", "$") for word in asked)


def _argv(value: Value | None) -> tuple[str, ...]:
    """A command of compose: a list, or a text that is split into words (no shell reads it)."""
    if value is None:
        return ()
    if value.text is None:
        return tuple(word.replace("$$", "$") for word in value.words or ())
    try:
        return tuple(word.replace("$$", "$") for word in shlex.split(value.text))
    except ValueError:
        return ()


_PORT = re.compile(r"(?:.*:)?(?P<port>\d+)(?:/\w+)?$")


def _as_user(use: Use, text: Text, name: str, service: Value, *, certain: bool) -> None:
    """What a user without root's rights cannot do: ports below 1024 outside of a network of its own, volumes of root's."""
    user = use.image.user
    if service.said("user"):
        return
    host = service.said("network_mode") == "host"
    for port in service.each("ports"):
        inner = port.said("target") if port.pairs else (_PORT.match(port.text or "") or {"port": ""})["port"]
        if inner.isdecimal() and 0 < int(inner) < 1024:
            reason = f"port {inner} is below 1024, and the image runs as {user}"
            reason += (
                ": only root may listen there"
                if host
                else ": Docker allows it since 20.10, other engines and Kubernetes may not"
            )
            use.found(text, port.line, f"a port of the service {name}", Note(reason), certain=certain)
    for mount in service.each("volumes"):
        path = _target(mount)
        if path and not (mount.text or "").endswith(":ro"):
            reason = f"{path} is mounted, and the image runs as {user}: what lies there already belongs to whoever wrote it (chown it once)"
            use.found(text, mount.line, f"a volume of the service {name}", Note(reason), certain=certain)


def _target(mount: Value) -> str:
    """Where something is mounted: `/data` of `deliveries:/data:ro`, and of `/data` alone."""
    if mount.pairs:
        return mount.said("target")
    parts = (mount.text or "").split(":")
    return parts[1] if len(parts) > 1 else parts[0]
