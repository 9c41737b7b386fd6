"""An image around one program of a Debian package: `apt-get install jq` and `ENTRYPOINT ["jq"]`."""

from __future__ import annotations

from typing import Final

from minify.analysis.facts import Facts
from minify.ecosystems.command import by_path
from minify.ecosystems.data_files import only_data
from minify.ecosystems.finals import closure_base
from minify.ecosystems.started import started
from minify.ecosystems.system import Calls, system_packages
from minify.ecosystems.trees import application_trees
from minify.image.catalog import split_usr
from minify.image.tools import Tool, tool
from minify.plan import Decision, Detection, Evidence, Outcome, Refusal, Rung, Runtime, Tree, refuse

TEMPLATE = "tool.Dockerfile.j2"

_DIRECTORIES: Final = ("", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/games")


def detect(facts: Facts) -> Detection | None:
    """A program of a Debian package that the file installs, when it is known what that program needs."""
    found = _installed(facts)
    if found is None:
        return None
    row, line = found
    return Detection(
        ecosystem="tool",
        version=None,
        evidence=(
            Evidence(what=f"{facts.launch.argv[0]} is what starts", line=facts.launch.line),
            Evidence(what=f"{row.package} brings it", line=line),
        ),
    )


def plan(facts: Facts, detection: Detection, to: Rung | None) -> Runtime | tuple[Refusal, ...]:
    """The program, or its package whole with what it depends on, onto a base without shared libraries."""
    found = _installed(facts)
    assert found is not None
    row, line = found
    if row.starts:
        reason = f"{row.program} of {row.package} {row.starts}"
        return (refuse(reason, line),)
    final = closure_base(to)
    calls = Calls(programs=frozenset((row.program, row.package)), unknown=())
    ignore = (row.package,) if row.alone else ()
    system = system_packages(facts, calls, final, loads_by_name=False, ignore=ignore)
    carried = application_trees(facts, ())
    refusals = (*system.refusals, *carried.refusals)
    if refusals:
        return refusals
    entrypoint, cmd = by_path(facts, None)
    split = facts.base is not None and split_usr(facts.base.distro)
    path = f"{row.place if split else '/usr/bin'}/{row.program}"
    trees = (Tree(path=path, reason="the program"),) if row.alone else ()
    how = (
        "comes along with the libraries that it loads"
        if row.alone
        else "comes with its package and what that depends on"
    )
    return Runtime(
        base=final,
        template=TEMPLATE,
        trees=(*trees, *(t._replace(scanned=t.scanned and not only_data(facts, t.path)) for t in carried.trees)),
        program=path if row.alone else None,
        entrypoint=entrypoint,
        cmd=cmd,
        packages=system.carried if row.alone else tuple(dict.fromkeys((row.package, *system.carried))),
        brings_libc=True,
        files=row.files,
        values={"tool": row.program, "recommended": not row.alone and _recommended(facts, row)},
        decisions=(
            *(d for d in system.decisions if d.subject != row.package),
            *carried.decisions,
            Decision(
                subject=row.package,
                outcome=Outcome.KEPT,
                reason=f"{row.program} starts, and {how}; it starts no other program",
                line=line,
            ),
        ),
    )


def _installed(facts: Facts) -> tuple[Tool, int] | None:
    """The row of the program that starts, and the line that installs its package."""
    argv = facts.launch.argv
    directory, _, name = argv[0].rpartition("/") if argv else ("", "", "")
    row = tool(name) if name and directory in _DIRECTORIES else None
    base = facts.base
    if row is None or base is None or base.package_manager != "apt" or _hidden(facts, name):
        return None
    removed = facts.footprint.removed_packages()
    for install in facts.footprint.installs:
        for package in install.packages:
            if install.manager == "apt" and package.name in (row.package, *row.names) and package.name not in removed:
                return row._replace(package=package.name), facts.dockerfile.source.line(package.span.start)
    return None


def _recommended(facts: Facts, row: Tool) -> bool:
    """Whether what the package recommends was installed with it, and may be what it works with."""
    return any(
        install.recommends and any(package.name == row.package for package in install.packages)
        for install in facts.footprint.installs
    )


def _hidden(facts: Facts, name: str) -> bool:
    """Whether something else of that name may be found first, or lies where the package's program was."""
    if started(facts) is not None:
        return True
    return any(written.path.rpartition("/")[2] == name for written in facts.footprint.written)
