"""One look around: names of the image first, then what uses it. Bounded by what repository.py reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from minify.analysis.facts import Facts
from minify.context.tree import Context
from minify.image import catalog
from minify.plan import Plan
from minify.surroundings import command_lines, compose, kubernetes, pipelines
from minify.surroundings.change import patches
from minify.surroundings.documents import Value, documents
from minify.surroundings.final_image import FinalImage, final_image
from minify.surroundings.findings import Finding, Surroundings
from minify.surroundings.repository import Text, root_of, texts
from minify.surroundings.use import Builds, Use

_COMPOSE = re.compile(r"^services\s*:", re.MULTILINE)
_CONTAINERS = re.compile(r"\b[cC]ontainers\s*:")
# What starts something in a container; a manifest with none of it needs no reading
_STARTS = re.compile(r"\b(?:command|args|exec)\s*:")
_BY_NAME = re.compile(r"\b(?:kubectl|oc)\b[^\n]*\bexec\b")
_JOB = re.compile(r"^\s*container\s*:", re.MULTILINE)


# What was read around a Dockerfile before it was planned is not read again afterwards
_READ: WeakKeyDictionary[Context, tuple[Path, tuple[Text, ...]]] = WeakKeyDictionary()


def _around(context: Context, dockerfile: Path, root: Path) -> tuple[Text, ...]:
    read = _READ.get(context)
    if read is None or read[0] != root:
        read = _READ[context] = (root, texts(root, dockerfile.parent))
    return read[1]


def targets(context: Context, root: Path | None = None) -> dict[str, str]:
    """The stages that files of the repository build by name, "" for a build without one, and where each says so first."""
    if context.dockerfile is None or context.root is None:
        return {}
    dockerfile = context.dockerfile.resolve()
    root = root.resolve() if root is not None else root_of(dockerfile.parent, context.root.resolve())
    builds = Builds(dockerfile, root)
    for text in _around(context, dockerfile, root):
        _read_builds(builds, text)
    return {target: f"{text.name}:{line}" for target, (text, line) in builds.targets.items()}


def look(images: Sequence[tuple[Facts, Plan]], root: Path | None = None) -> Surroundings:
    """What stands around a Dockerfile and breaks with the images of its plans; nothing when each keeps all that it had."""
    context = images[0][0].context
    if context.dockerfile is None or context.root is None:
        return Surroundings()
    dockerfile = context.dockerfile.resolve()
    finals = [image for facts, plan in images if (image := final_image(facts, plan, dockerfile)) is not None]
    if not finals:
        return Surroundings()
    root = root.resolve() if root is not None else root_of(dockerfile.parent, finals[0].context)
    found = _around(context, dockerfile, root)
    if not found:
        return Surroundings(root=root)
    said = {finding for image in finals for finding in _findings(image, root, found)}
    findings = tuple(sorted(said, key=lambda finding: (finding.file, finding.line, finding.subject, finding.reason)))
    return Surroundings(root=root, findings=findings, patches=patches(found, findings))


def _findings(image: FinalImage, root: Path, found: Sequence[Text]) -> Sequence[Finding]:
    """What uses one image, and breaks."""
    dockerfile = image.dockerfile
    use = Use(image, root)
    use.guesses = [
        name
        for name in dict.fromkeys((dockerfile.parent.name, image.context.name, root.name))
        if _own(name) and not image.part
    ]
    charts = {text.path.parent: text for text in found if text.path.name in ("values.yaml", "values.yml")}
    for text in found:
        _read_builds(use, text)
    named = any(_BY_NAME.search(text.text) for text in found)
    for text in found if named else ():
        if _runs_containers(use, text, charts):
            kubernetes.read_names(use, text, _values(text, charts))
    for text in found:
        _read_uses(use, text, charts)
    return use.findings


def _own(name: str) -> bool:
    """Whether a folder's name may be an image's, and no one else's: `nginx` of `docker/nginx/` is."""
    return (
        bool(name)
        and name not in _PLACES
        and re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name) is not None
        and catalog.lookup(name) is None
    )


_PLACES = (
    "docker",
    "build",
    "deploy",
    "deployment",
    "context",
    "src",
    "app",
    "container",
    "images",
    "image",
    "ci",
    "infra",
    "ops",
    "tmp",
)


def _yaml(text: Text) -> bool:
    return ".yaml" in text.path.name or ".yml" in text.path.name


def _read_builds(use: Builds, text: Text) -> None:
    if _yaml(text):
        if _COMPOSE.search(text.text):
            compose.read_builds(use, text)
        if "skaffold/" in text.text:
            pipelines.read_skaffold(use, text)
        if "docker/build-push-action" in text.text:
            pipelines.read_workflow(use, text)
    elif text.path.name.startswith("docker-bake"):
        pipelines.read_bake(use, text)
    elif text.path.name.endswith("Tiltfile"):
        pipelines.read_tiltfile(use, text)
    command_lines.read_builds(use, text)


def _read_uses(use: Use, text: Text, charts: dict[Path, Text]) -> None:
    name = text.path.name
    if _yaml(text):
        if _COMPOSE.search(text.text):
            compose.read_uses(use, text)
        asked = _STARTS.search(text.text) or use.image.user or use.image.launchers
        if asked and _runs_containers(use, text, charts):
            kubernetes.read_uses(use, text, _values(text, charts))
        if _JOB.search(text.text) or name.startswith(".gitlab-ci"):
            pipelines.read_jobs(use, text)
    elif name.startswith("Jenkinsfile"):
        pipelines.read_jenkinsfile(use, text)
    elif name.endswith("devcontainer.json"):
        pipelines.read_devcontainer(use, text)
    command_lines.read_runs(use, text)


def _runs_containers(use: Use, text: Text, charts: dict[Path, Text]) -> bool:
    """Whether a manifest may have a container that runs the image."""
    if not _yaml(text) or not _CONTAINERS.search(text.text):
        return False
    chart = _chart(text, charts)
    beside = text.path.parent.resolve() == use.image.dockerfile.parent
    return beside or use.named_in(text.text, *([chart.text] if chart is not None else []))


def _values(text: Text, charts: dict[Path, Text]) -> Value | None:
    """The values of the chart whose template a file is."""
    chart = _chart(text, charts)
    found = documents(chart.text) if chart is not None else ()
    return found[0] if found else None


def _chart(text: Text, charts: dict[Path, Text]) -> Text | None:
    if "{{" not in text.text:
        return None
    return next((charts[folder] for folder in text.path.parents if folder in charts), None)
