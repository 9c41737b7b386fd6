"""CI workflows: steps that build, and `docker build` in scripts: GitHub, GitLab, CircleCI, Azure, Cloud Build, Bitbucket, Jenkins."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from minify.batch.evidence import commands
from minify.batch.evidence.documents import documents, fields, items, line, scripts, value
from minify.batch.evidence.paths import claim, expanded, folder_of, inside
from minify.batch.records import Claim

if TYPE_CHECKING:
    from yaml.nodes import Node, ScalarNode

SOURCE: Final = "CI workflow"
PATHS: Final = re.compile(
    r"^\.(?:github|gitea|forgejo)/(?:workflows|actions)/.+\.ya?ml$|^\.gitlab-ci\.yml$|^\.gitlab/.+\.ya?ml$|^\.circleci/config\.yml$"
    r"|^\.?azure-pipelines.*\.ya?ml$|(?:^|/)cloudbuild[\w.\-]*\.ya?ml$|^bitbucket-pipelines\.yml$|^\.travis\.yml$"
    r"|^\.drone\.yml$|^\.woodpecker(?:/.+)?\.ya?ml$|^buildspec[\w.\-]*\.ya?ml$|^(?:.+/)?Jenkinsfile$"
)
_ACTION: Final = re.compile(r"^docker/(?:build-push|bake)-action@")
_BUILD: Final = re.compile(r"\b(?:docker|podman|buildah|nerdctl)\b.*\b(?:build|bud)\b|kaniko/executor", re.DOTALL)
_QUOTED: Final = re.compile(r"'''(.*?)'''|\"\"\"(.*?)\"\"\"|'([^'\n]*)'|\"([^\"\n]*)\"", re.DOTALL)


def claims(path: str, text: str) -> Iterator[Claim]:
    """Every build that a workflow does."""
    if "build" not in text and "kaniko" not in text and "ocker" not in text:
        return
    if path.endswith("Jenkinsfile"):
        yield from _jenkins(path, text)
        return
    for document in documents(text):
        for node, said, around in scripts(document):
            if around.get("uses") is node and _ACTION.match(said):
                yield from _action(path, fields(around.get("with")), node)
            elif around.get("task") is node and said.startswith("Docker@"):
                yield from _azure(path, fields(around.get("inputs")), node)
            elif around.get("args") is not None and node in items(around.get("args")):
                yield from _arguments(path, around, node)
            elif _BUILD.search(said):
                directory = value(
                    around.get("working-directory") or around.get("workingDirectory") or around.get("dir")
                )
                folder = inside("", expanded(directory)) if directory else ""
                if folder is not None:
                    yield from commands.claims(SOURCE, path, said, first=_first(node), folder=folder)


def _first(node: Node) -> int:
    """The line of a text's first line: one below the `|` or `>` that it begins with."""
    style = getattr(node, "style", None)
    return line(node) + (1 if style in ("|", ">") else 0)


def _action(path: str, given: dict[str, Node], step: ScalarNode | Node) -> Iterator[Claim]:
    """`docker/build-push-action`: without a context it builds what git has, which is the root."""
    context = value(given.get("context")) or "."
    file = value(given.get("file"))
    where = given.get("context") or given.get("file") or step
    if not {"context", "file", "push", "tags", "load"} & given.keys():
        return
    said = claim(
        SOURCE,
        path,
        line(where),
        context=context,
        dockerfile=file,
        folder="",
        of_context=False,
        target=value(given.get("target")),
    )
    if said is not None:
        yield said


def _azure(path: str, given: dict[str, Node], step: Node) -> Iterator[Claim]:
    """`Docker@2`: the context is the Dockerfile's own folder unless it is named."""
    file = value(given.get("Dockerfile") or given.get("dockerfile"))
    if file is None or "*" in file:
        return
    file = expanded(file)
    context = value(given.get("buildContext"))
    folder = file.rpartition("/")[0] or "." if context is None or "*" in context else context
    said = claim(SOURCE, path, line(step), context=folder, dockerfile=file, folder="", of_context=False)
    if said is not None:
        yield said


def _arguments(path: str, step: dict[str, Node], node: Node) -> Iterator[Claim]:
    """`args: [build, -f, api/Dockerfile, api]` of an image that runs docker or kaniko."""
    listed = items(step.get("args"))
    if listed[0] is not node:
        return
    words = [value(item) or "" for item in listed]
    image = value(step.get("name") or step.get("image")) or ""
    program = ["kaniko/executor"] if "kaniko" in image else [] if words[0] in ("docker", "-c") else ["docker"]
    if words[0] == "-c" and len(words) > 1:
        yield from commands.claims(SOURCE, path, words[1], first=line(node))
        return
    found = commands.build([*program, *words])
    if found is None:
        return
    context, dockerfile, target = found
    # What is submitted to Cloud Build is the file's own folder, or the whole
    own = folder_of(path) if posixpath.basename(path).startswith("cloudbuild") else ""
    for start in dict.fromkeys((own, "")):
        folder = inside(start, expanded(value(step.get("dir")) or "."))
        said = folder is not None and claim(
            SOURCE,
            path,
            line(node),
            context=context,
            dockerfile=dockerfile,
            folder=folder,
            of_context="kaniko" in image,
            target=target,
        )
        if said:
            yield said


def _jenkins(path: str, text: str) -> Iterator[Claim]:
    """The texts of a Jenkinsfile that hold a build."""
    for match in _QUOTED.finditer(text):
        script = next((group for group in match.groups() if group is not None), "")
        if _BUILD.search(script):
            first = text.count("\n", 0, match.start()) + 1
            yield from commands.claims(SOURCE, path, script, first=first)
