"""`dockminify manifest`: what Kubernetes needs to run the image that `fix` makes."""

from __future__ import annotations

import enum
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from minify.cli.shared import Asked, ContextOption, RegistryOption, TemplatesOption, ToOption, UserOption, read
from minify.errors import UsageError

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?")


class Kind(enum.StrEnum):
    """What runs the image."""

    deployment = "deployment"
    pod = "pod"


def manifest(
    path: Annotated[str, typer.Argument(help="A Dockerfile, or - for standard input.")],
    image: Annotated[
        str | None, typer.Option("--image", help="The image as it is pushed: registry/name:tag.", show_default=False)
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="What the objects are called; the image's name otherwise.", show_default=False),
    ] = None,
    secret: Annotated[str, typer.Option("--secret", help="What the secret is called.")] = "registry-credentials",
    kind: Annotated[Kind, typer.Option("--kind", help="deployment or pod.")] = Kind.deployment,
    namespace: Annotated[str, typer.Option("--namespace", "-n", help="The namespace.", show_default=False)] = "",
    to: ToOption = None,
    context: ContextOption = None,
    user: UserOption = None,
    registry: RegistryOption = None,
    templates: TemplatesOption = None,
) -> int:
    """Print a Pod or Deployment of the image that `fix` makes, with the secret that pulls it, its probes and its volumes; no password."""
    from minify.image.reference import ImageReference
    from minify.manifest.deployment import Named
    from minify.manifest.deployment import manifest as written

    asked = Asked(to=to, user=user, registry=registry, templates=templates)
    outcome, wish = read(path, context, asked)
    whole = image or _pushed(path, context, wish.options.mirror.registry)
    reference = ImageReference.parse(whole)
    called = name or re.sub(r"[^a-z0-9]+", "-", reference.path.rpartition("/")[2]).strip("-")
    for option, value in (("--name", called), ("--secret", secret), ("--namespace", namespace or "default")):
        if not _NAME.fullmatch(value):
            raise UsageError(f"{option} is {value!r}", hint="small letters, digits and dashes, as Kubernetes has it")
    named = Named(name=called, image=whole, secret=secret, kind=kind.value.capitalize(), namespace=namespace)
    text = written(outcome, named, wish.options.templates)
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
    return 0


def _pushed(path: str, context: Path | None, registry: str | None) -> str:
    """`registry.example/shop` of the folder shop: what is pushed is only known to the one who pushes."""
    if registry is None:
        raise UsageError(
            "which image is it?",
            hint="name it with --image registry.example/team/app:1.2, or its registry with --registry",
        )
    folder = (context or Path(path).parent).resolve().name
    return f"{registry}/{re.sub(r'[^a-z0-9]+', '-', folder.lower()).strip('-') or 'app'}:latest"
