"""Pipelines and development tools: what builds the image under which name, and what runs its own steps in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from minify.surroundings import bake
from minify.surroundings.command_lines import assignments
from minify.surroundings.documents import Value, documents, mappings
from minify.surroundings.findings import Note
from minify.surroundings.names import UNKNOWN, expand
from minify.surroundings.repository import Text
from minify.surroundings.use import Builds, Use

_STEPS = Note("its steps run in a shell of the image, and the final image has none")
_ENV = re.compile(r"\$\{\{\s*(?:env|vars)\.(\w+)\s*\}\}")


def read_skaffold(use: Builds, text: Text) -> None:
    """The artifacts of skaffold.yaml that are this Dockerfile's."""
    for document in documents(text.text):
        if not document.said("apiVersion").startswith("skaffold/"):
            continue
        for artifact in (
            part for whole in (document, *document.each("profiles")) for part in whole.each("build", "artifacts")
        ):
            context = artifact.said("context") or "."
            file = artifact.said("docker", "dockerfile")
            target = artifact.get("docker", "target")
            named = target.text or "" if target is not None else ""
            ours = any(use.builds(text.path.parent, context, one) for one in (file and f"{context}/{file}", file))
            if ours and use.takes(text, (target or artifact).line, named):
                use.names.append(artifact.said("image"))


def read_workflow(use: Builds, text: Text) -> None:
    """The steps of GitHub's workflows that build this Dockerfile with docker/build-push-action."""
    for document in documents(text.text):
        jobs = document.get("jobs")
        for _, job in (jobs.pairs or ()) if jobs is not None else ():
            values = {**_environment(document), **_environment(job)}
            steps = job.each("steps")
            images = [_lines(step, "images", values) for step in steps if "docker/metadata-action" in step.said("uses")]
            for step in steps:
                if "docker/build-push-action" not in step.said("uses"):
                    continue
                context = _context(step.said("with", "context"))
                target = step.get("with", "target")
                named = target.text or "" if target is not None else ""
                if UNKNOWN in expand(named, {}) or not use.builds(use.root, context, step.said("with", "file")):
                    continue
                tags = _lines(step, "tags", values)
                if not use.takes(text, (target or step).line, named):
                    use.others += tags
                    continue
                given = step.get("with", "build-args")
                use.argued(text, (given or step).line, _lines(step, "build-args", values))
                use.names += [tag for tag in tags if not tag.startswith(UNKNOWN)] or [
                    name for names in images for name in names
                ]


def _environment(holder: Value) -> dict[str, str]:
    env = holder.get("env")
    return (
        {key.text: value.text for key, value in (env.pairs or ()) if key.text and value.text} if env is not None else {}
    )


def _context(written: str) -> str:
    return "." if not written or ("{{" in written and "github." in written) else written


def _lines(step: Value, key: str, values: dict[str, str]) -> list[str]:
    text = _ENV.sub(lambda found: values.get(found[1], UNKNOWN), step.said("with", key))
    return [expand(line.strip(), {}) for line in re.split(r"[,\n]", text) if line.strip()]


def read_jobs(use: Use, text: Text) -> None:
    """Jobs that take the image as the place where their own steps run."""
    for document in documents(text.text):
        values = _environment(document)
        github = document.get("jobs")
        for name, job in (github.pairs or ()) if github is not None else ():
            container = job.get("container")
            if container is not None and job.get("steps") is not None:
                image = container if container.text is not None else container.get("image")
                _job(use, text, f"the container of the job {name.text}", image, values)
        if text.name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml")):
            for mapping in mappings(document):
                if mapping.get("script") is not None:
                    image = mapping.get("image")
                    _job(
                        use,
                        text,
                        "the image of a job",
                        image.get("name") if image is not None and image.pairs else image,
                        values,
                    )


def _job(use: Use, text: Text, subject: str, image: Value | None, values: dict[str, str]) -> None:
    if image is None or not image.text or use.image.shell or "sh" not in use.image.gone:
        return
    known = use.runs(expand(_ENV.sub(lambda found: values.get(found[1], UNKNOWN), image.text), values))
    if known is not False:
        use.found(text, image.line, subject, _STEPS, certain=known is True)


_JENKINS = re.compile(
    r"docker\.image\(\s*[\"']([^\"'\n]+)[\"']\s*\)\s*\.inside|\bagent\s*\{\s*docker\s*\{\s*(?:[^{}]*?\bimage\s+)?[\"']([^\"'\n]+)[\"']|(\bagent\s*\{\s*dockerfile\b[^{}]*(?:\{[^{}]*\})?)"
)


def read_jenkinsfile(use: Use, text: Text) -> None:
    """Stages of a Jenkinsfile that run in the image."""
    if use.image.shell or "sh" not in use.image.gone:
        return
    for found in _JENKINS.finditer(text.text):
        line = text.text.count("\n", 0, found.start()) + 1
        name = found[1] or found[2]
        known = use.runs(expand(name, assignments(text.text))) if name else _jenkins_builds(use, text, found[3])
        if known is not False:
            use.found(text, line, "an agent of the pipeline", _STEPS, certain=known is True)


def _jenkins_builds(use: Use, text: Text, agent: str) -> bool:
    folder = re.search(r"\bdir\s+[\"']([^\"']+)", agent)
    file = re.search(r"\bfilename\s+[\"']([^\"']+)", agent)
    target = re.search(r"--target[= ](\S+?)[\"'\s]", agent)
    return use.builds(text.path.parent, folder[1] if folder else ".", file[1] if file else "") and use.image.built_by(
        target[1] if target else ""
    )


def read_devcontainer(use: Use, text: Text) -> None:
    """A devcontainer that is built of the Dockerfile: an editor works in it, with a shell."""
    if use.image.shell or "sh" not in use.image.gone:
        return
    for key, value, line in _strings(text.text):
        if key in ("dockerfile", "dockerFile") and (text.path.parent / value).resolve() == use.image.dockerfile:
            target = next((v for k, v, _ in _strings(text.text) if k == "target"), "")
            if use.image.built_by(target):
                use.found(
                    text,
                    line,
                    "the devcontainer",
                    Note("works in a shell of the image, and the final image has none"),
                    certain=True,
                )


def read_bake(use: Builds, text: Text) -> None:
    """docker-bake.hcl: the targets that build this Dockerfile."""
    for target in bake.targets(text.name, text.text):
        context = target.settings.get("context", ".")
        file = target.settings.get("dockerfile", "")
        # Paths start where bake is run, which is the root or the file's own folder
        ours = any(
            use.builds(folder, context, file) or use.builds(folder, context, file and f"{context}/{file}")
            for folder in dict.fromkeys((text.path.parent, use.root))
        )
        # What only others inherit is not built
        ours = ours and not target.name.startswith("_")
        if ours and use.takes(text, target.line or 1, target.settings.get("target", "")):
            use.argued(text, target.line or 1, [f"{name}={value}" for name, value in target.args.items()])
            use.names += [expand(tag, {}) for tag in target.tags]


_TILT = re.compile(r"^[^#\n]*\bdocker_build(?:_with_restart)?\(", re.MULTILINE)
_MOST_CALL = 4000


def read_tiltfile(use: Builds, text: Text) -> None:
    """Calls of `docker_build("acme/web", "web", dockerfile="web/Dockerfile", target="app")`."""
    for found in _TILT.finditer(text.text):
        call = _call(text.text[found.end() : found.end() + _MOST_CALL])
        said = dict(re.findall(r"\b(dockerfile|target|context|ref)\s*=\s*[\"']([^\"'\n]*)[\"']", call))
        first = re.match(r"\s*[\"']([^\"'\n]*)[\"']\s*,\s*[\"']([^\"'\n]*)[\"']", call)
        name, context = (first[1], first[2]) if first is not None else (said.get("ref", ""), said.get("context", ""))
        line = text.text.count("\n", 0, found.end()) + 1
        ours = context and use.builds(text.path.parent, context, said.get("dockerfile", ""))
        if ours and use.takes(text, line, said.get("target", "")):
            use.names += [name] if name else []


def _call(text: str) -> str:
    """What stands before the parenthesis that closes a call."""
    depth = 1
    for at, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if not depth:
            return text[:at]
    return text


def _strings(text: str) -> Iterator[tuple[str, str, int]]:
    """The texts of JSON with comments, by their key, and the line."""
    for found in re.finditer(r"^[^/\n]*?\"(\w+)\"\s*:\s*\"([^\"\n]*)\"", text, re.MULTILINE):
        yield found[1], found[2], text.count("\n", 0, found.start(2)) + 1
