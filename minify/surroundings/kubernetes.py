"""Kubernetes manifests and the plain parts of Helm templates: containers that run the image, and what is started in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from minify.surroundings.change import listed, replaced
from minify.surroundings.documents import Value, documents, mappings
from minify.surroundings.findings import Note
from minify.surroundings.judge import judge, judge_health
from minify.surroundings.names import UNKNOWN, expand
from minify.surroundings.repository import Text
from minify.surroundings.use import Use

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_ACTION = re.compile(r"\{\{.*?\}\}")
_VALUE = re.compile(r"\{\{-?\s*(?:\(?\s*)?\.Values\.([\w.]+)[^}]*\}\}")


def plain_parts(text: str, values: Value | None) -> str:
    """A Helm template as YAML of the same lines and columns where it says something by itself; values where it names them.

    >>> plain_parts("{{- if .x }}\\nimage: {{ .y }}\\n{{- end }}\\n", None).split("\\n")[1]
    'image: \ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'
    """

    def known(found: re.Match[str]) -> str:
        named = _VALUE.fullmatch(found[0])
        said = values.said(*named[1].split(".")) if named and values is not None else ""
        return said if said and not re.search(r"[\s'\":{}\[\]]", said) else UNKNOWN * len(found[0])

    lines = []
    for line in text.split("\n"):
        bare = _ACTION.sub("", line).strip()
        if "{{" in line and not bare.strip("-"):
            lines.append("")
        else:
            lines.append(_ACTION.sub(known, line))
    return "\n".join(lines)


def containers(text: Text, values: Value | None) -> Iterator[tuple[Value, Value, str]]:
    """Every container with the mapping that holds it, and the name of the object."""
    template = "{{" in text.text
    written = plain_parts(text.text, values) if template else text.text
    for document in documents(written):
        name = document.said("metadata", "name")
        for mapping in mappings(document):
            for key in ("containers", "initContainers"):
                for container in mapping.each(key):
                    if container.pairs is not None:
                        yield container, mapping, name


def read_names(use: Use, text: Text, values: Value | None) -> None:
    """The pods and containers that run the image, by name."""
    for container, _, name in containers(text, values):
        if use.runs(expand(container.said("image"), {})):
            for known in (name, container.said("name")):
                if known and UNKNOWN not in known:
                    use.containers[known] = None


def read_uses(use: Use, text: Text, values: Value | None) -> None:
    """Commands, probes and hooks of the containers that run the image."""
    template = "{{" in text.text
    # Named by whoever pushed it, but next to the Dockerfile and started by a script that this copies
    beside = text.path.parent.resolve() == use.image.dockerfile.parent
    for container, pod, _ in containers(text, values):
        command, args = container.get("command"), container.get("args")
        known = use.runs(expand(container.said("image"), {}))
        if known is False and not (beside and use.has_script(_words(command))):
            continue
        certain = known is True
        name = container.said("name")
        for value in (command, args):
            words = _words(value)
            # `args` alone go to the entrypoint of the image
            if value is None or not words or (value is args and (command is not None or use.image.entrypoint)):
                continue
            note = judge(use.image, words)
            if note is not None:
                what = "command" if value is command else "args"
                _found(
                    use,
                    text,
                    f"the {what} of the container {name}",
                    value,
                    note,
                    note.instead,
                    certain=certain,
                    edits=not template,
                )
        for probe in _PROBES:
            value = container.get(probe, "exec", "command")
            if value is not None:
                _probe(
                    use,
                    text,
                    f"the {probe} of the container {name}",
                    container.get(probe),
                    value,
                    certain=certain,
                    edits=not template,
                )
        for hook in _HOOKS:
            value = container.get("lifecycle", hook, "exec", "command")
            if value is not None:
                _hook(use, text, f"the {hook} hook of the container {name}", value, certain=certain, edits=not template)
        for variable in container.each("env"):
            named = variable.get("name")
            if named is not None:
                subject = f"the environment of the container {name}"
                use.check_variable(text, named, subject, certain=certain, edits=not template)
        for mount in container.each("volumeMounts"):
            use.check_mount(
                text, mount.line, mount.said("mountPath"), f"a volume of the container {name}", certain=certain
            )
        if use.image.user:
            _as_user(use, text, container, pod, name, certain=certain)


def _words(value: Value | None) -> tuple[str, ...]:
    words = value.words if value is not None else None
    return () if words is None else tuple(word.replace("$$(", "$(") for word in words)


def _probe(
    use: Use, text: Text, subject: str, probe: Value | None, command: Value, *, certain: bool, edits: bool
) -> None:
    judged = judge_health(use.image, _words(command))
    if judged is None or probe is None:
        return
    note, plan = judged
    if plan is not None:
        from minify.health import Obstacle
        from minify.health.renderers.cluster import kubernetes

        handler = kubernetes(plan, {}, environment=use.image.env)
        if not isinstance(handler, Obstacle):
            kind = next(key for key in ("httpGet", "tcpSocket") if key in handler)
            block = probe.get("exec")
            new = _flow(handler[kind])
            at = next((k for k, _ in probe.pairs or () if k.text == "exec"), None)
            edit = replaced(text.text, block._replace(after_key=at.start), new) if block and at and edits else None
            # The block goes with its key, which is another one now
            if edit is not None and at is not None:
                edit = (edit[0].__class__(at.start, edit[0].end), f"{kind}: {new}")
            use.found(text, command.line, subject, note, certain=certain, instead=f"{kind}: {new}", edit=edit)
            return
    _found(use, text, subject, command, note, note.instead, certain=certain, edits=edits)


def _hook(use: Use, text: Text, subject: str, command: Value, *, certain: bool, edits: bool) -> None:
    words = _words(command)
    note = judge(use.image, words)
    if note is None:
        return
    seconds = re.fullmatch(r"(?:.*(?:sh|ash|bash|dash) -l?c )?(?:/(?:usr/)?bin/)?sleep (\d+)s?;?", " ".join(words))
    if seconds:
        # Since Kubernetes 1.30 without a feature gate: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
        instead = f"sleep: {{seconds: {seconds[1]}}}"
        use.found(
            text,
            command.line,
            subject,
            note,
            certain=certain,
            instead=f"{instead} in the place of exec (Kubernetes 1.30)",
        )
        return
    _found(use, text, subject, command, note, note.instead, certain=certain, edits=edits)


def _found(
    use: Use, text: Text, subject: str, value: Value, note: Note, words: Sequence[str], *, certain: bool, edits: bool
) -> None:
    instead = listed([word.replace("$(", "$$(") for word in words]) if words else ""
    edit = replaced(text.text, value, instead) if instead and edits else None
    use.found(text, value.line, subject, note, certain=certain, instead=instead, edit=edit)


def _flow(value: object) -> str:
    """A mapping on one line."""
    import json

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _as_user(use: Use, text: Text, container: Value, pod: Value, name: str, *, certain: bool) -> None:
    user = use.image.user
    if container.said("securityContext", "runAsUser") or pod.said("securityContext", "runAsUser"):
        return
    for port in container.each("ports"):
        number = port.said("containerPort")
        if number.isdecimal() and int(number) < 1024:
            reason = f"port {number} is below 1024, and the image runs as {user}: where the nodes keep these for root, it cannot listen"
            use.found(text, port.line, f"a port of the container {name}", Note(reason), certain=certain)
    mounts = [m for m in container.each("volumeMounts") if m.said("readOnly") != "true" and not m.said("subPath")]
    if mounts and not pod.said("securityContext", "fsGroup"):
        paths = ", ".join(mount.said("mountPath") for mount in mounts)
        group = user.rpartition(":")[2]
        reason = f"{paths}: a volume belongs to root unless fsGroup says otherwise, and the image runs as {user}"
        instead = f"securityContext: {{fsGroup: {group}}} of the pod" if group.isdecimal() else ""
        use.found(
            text, mounts[0].line, f"the volumes of the container {name}", Note(reason), certain=certain, instead=instead
        )
