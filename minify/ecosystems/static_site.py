"""A plain static site, as one that another server could serve: where it is, and what the configuration says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from minify.plan import Refusal, refuse

if TYPE_CHECKING:
    from minify.context.nginx_site import Said
    from minify.ecosystems.configuration import Text


class Site(NamedTuple):
    """`root` holds the files; `configured` are the places of what the old server read, which another one does not."""

    root: str
    port: int
    configured: tuple[str, ...]
    names: tuple[str, ...] = ()
    fallback: str = ""
    missing: str = ""


def site_of(texts: Sequence[Text], configured: tuple[str, ...], root: str, port: int) -> Site | Refusal:
    """The site that texts of nginx describe; `root` and `port` are those of the image's own, where no text says another."""
    from minify.context.nginx_site import NotPlain, read_site

    found: list[Said] = []
    for text in texts:
        said = read_site(text.text)
        if isinstance(said, NotPlain):
            return refuse(f"{text.at(said.line)} does more than serve files: {said.what}", text.line)
        if said is not None:
            found.append(said)
    if len(found) > 1:
        return refuse(f"{texts[-1].at(1)} configures a second server", texts[-1].line)
    if not found:
        return Site(root=root, port=port, configured=configured)
    said = found[0]
    ports = tuple(dict.fromkeys(said.ports))
    if len(ports) > 1:
        return refuse(f"{texts[-1].at(1)} listens on more than one port", texts[-1].line)
    if not said.root:
        return refuse(f"{texts[-1].at(1)} names no root", texts[-1].line)
    return Site(
        root=said.root,
        port=ports[0] if ports else port,
        configured=configured,
        names=said.names,
        fallback=f"{said.root}{said.fallback}" if said.fallback else "",
        missing=f"{said.root}{said.missing}" if said.missing else "",
    )
