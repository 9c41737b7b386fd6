"""Small servers for plain static sites: data/servers.yaml, checked on load."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from minify.image import data

_SAID: Final = ("root", "port", "names", "fallback", "missing")


class Server(NamedTuple):
    """One row; the comments of data/servers.yaml explain the fields."""

    name: str
    image: str
    root: str
    port: str
    names: str
    fallback: str
    missing: str
    environment: tuple[tuple[str, str], ...]
    differs: tuple[str, ...]


def server(name: str) -> Server | None:
    """A server by its name: `server("static-web-server").port` is "SERVER_PORT"."""
    return next((row for row in servers() if row.name == name), None)


@cache
def servers() -> tuple[Server, ...]:
    """Every row."""
    path = data.ROOT / "servers.yaml"
    listed = data.read_yaml(path)
    data.check_origin(path, listed)
    rows = []
    for number, row in enumerate(listed["servers"]):
        for key in ("name", "image", "environment", "differs", *_SAID):
            if key not in row:
                data.wrong(path, f"servers[{number}].{key}", "is missing")
        pairs = (word.partition("=") for word in row["environment"].split())
        rows.append(
            Server(
                name=row["name"],
                image=row["image"],
                environment=tuple((name, value) for name, _, value in pairs),
                differs=tuple(row["differs"]),
                **{key: row[key] for key in _SAID},
            )
        )
    return tuple(rows)
