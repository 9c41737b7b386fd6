"""Tiltfiles: `docker_build("image", "context", dockerfile="path")`, read as the Python that Starlark looks like."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final

from minify.batch.evidence.paths import claim, folder_of
from minify.batch.records import Claim

SOURCE: Final = "Tiltfile"
PATHS: Final = re.compile(r"(?:^|/)(?:Tiltfile|[\w.\-]+\.[Tt]iltfile)$")
_BUILDS: Final = ("docker_build", "docker_build_with_restart")
_DEEP: Final = re.compile(r"[(\[{]{90}")


def claims(path: str, text: str) -> Iterator[Claim]:
    """Every call whose paths are written out."""
    if _DEEP.search(text):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _BUILDS:
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        context = node.args[1] if len(node.args) > 1 else named.get("context")
        dockerfile = named.get("dockerfile")
        if (
            not isinstance(context, ast.Constant)
            or not isinstance(context.value, str)
            or "dockerfile_contents" in named
        ):
            continue
        if dockerfile is not None and not (isinstance(dockerfile, ast.Constant) and isinstance(dockerfile.value, str)):
            continue
        said = claim(
            SOURCE,
            path,
            node.lineno,
            context=context.value,
            dockerfile=str(dockerfile.value) if isinstance(dockerfile, ast.Constant) else None,
            folder=folder_of(path),
            of_context=False,
            target=_text(named.get("target")),
        )
        if said is not None:
            yield said


def _text(node: ast.expr | None) -> str | None:
    return str(node.value) if isinstance(node, ast.Constant) else None if node is None else "$unknown"
