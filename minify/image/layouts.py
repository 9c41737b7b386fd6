"""Where an image, or a package of a distribution, puts a server: data/layouts.yaml, checked on load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from minify.image import data

_KEYS = (
    *(
        "name",
        "images",
        "package",
        "program",
        "reads",
        "serves",
        "also",
        "writes",
        "modules",
        "opens",
        "links",
        "prefix",
        "environment",
        "spare",
    ),
    *("script", "scripts", "templates", "listens", "site", "variables"),
)


class Layout(NamedTuple):
    """One row; the comments of data/layouts.yaml explain the fields."""

    name: str
    program: str
    images: tuple[str, ...] = ()
    package: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    modules: str = ""
    opens: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    prefix: str = ""
    spare: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    script: tuple[str, ...] = ()
    scripts: str = ""
    templates: str = ""
    listens: str = ""
    site: str = ""
    variables: tuple[str, ...] = ()


def layout_of_image(name: str, family: str) -> Layout | None:
    """The row of a server that an image is made for.

    >>> layout_of_image("nginx", "nginx-unprivileged").program
    '/usr/sbin/nginx'
    """
    return next((row for row in layouts() if row.name == name and family in row.images), None)


def layout_of_packages(name: str, manager: str, packages: Sequence[str]) -> Layout | None:
    """The row of a server that one of these packages brings."""
    return next(
        (
            row
            for row in layouts()
            if row.name == name and row.package[:1] == (manager,) and set(row.package[1:]).intersection(packages)
        ),
        None,
    )


def starts_without_shell(family: str, argv: Sequence[str]) -> bool:
    """Whether a command is a server's own script, and what that starts can be said without a shell.

    >>> starts_without_shell("tomcat", ("catalina.sh", "run")), starts_without_shell("tomcat", ("catalina.sh", "start"))
    (True, False)
    """
    said = (argv[0].rpartition("/")[2], *argv[1:]) if argv else ()
    return any(family in row.images and bool(row.script) and _fits(said, row.script) for row in layouts())


def _fits(said: tuple[str, ...], script: tuple[str, ...]) -> bool:
    """Whether words are those of a row, where `*` stands for any that follow."""
    return said == script or (script[-1] == "*" and said[: len(script) - 1] == script[:-1])


@cache
def layouts() -> tuple[Layout, ...]:
    """Every row."""
    path = data.ROOT / "layouts.yaml"
    listed = data.read_yaml(path)
    data.check_origin(path, listed)
    rows = []
    for number, row in enumerate(listed["layouts"]):
        for key in row:
            if key not in _KEYS:
                data.wrong(path, f"layouts[{number}].{key}", "is not a field")
        if not ("name" in row and "program" in row and ("images" in row or "package" in row)):
            data.wrong(path, f"layouts[{number}]", "needs name, program, and images or package")
        rows.append(_layout(row))
    return tuple(rows)


def _layout(row: Mapping[str, str]) -> Layout:
    def words(key: str) -> tuple[str, ...]:
        return tuple(row.get(key, "").split())

    return Layout(
        name=row["name"],
        program=row["program"],
        images=words("images"),
        package=words("package"),
        reads=words("reads"),
        serves=words("serves"),
        also=words("also"),
        writes=words("writes"),
        modules=row.get("modules", ""),
        opens=words("opens"),
        links=words("links"),
        prefix=row.get("prefix", ""),
        spare=words("spare"),
        environment=tuple((name, value) for name, _, value in (word.partition("=") for word in words("environment"))),
        script=words("script"),
        scripts=row.get("scripts", ""),
        templates=row.get("templates", ""),
        listens=row.get("listens", ""),
        site=row.get("site", ""),
        variables=words("variables"),
    )
