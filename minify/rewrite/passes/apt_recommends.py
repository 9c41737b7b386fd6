"""Recommended packages that apt adds unasked, left out."""

from __future__ import annotations

from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.edit import Edit, Fix, Safety
from minify.image import packages
from minify.rewrite.passes.places import plain_runs
from minify.shell.effects import InstallsPackages
from minify.syntax import Span

CODE = "apt-recommends"

# What these packages recommend is what they are installed for; each is a fact of Debian's archive.
# https://packages.debian.org/bookworm/git (openssh-client, ca-certificates), .../curl, .../wget (ca-certificates)
_LEANS_ON_RECOMMENDED = (
    "build-essential",
    "git",
    "curl",
    "wget",
    "software-properties-common",
    "gnupg",
    "openssh-client",
)


def fixes(facts: Facts) -> Iterator[Fix]:
    """`apt-get install x` gains `--no-install-recommends`, shown where the packages may lean on what is recommended."""
    for run in plain_runs(facts):
        for effect in run.effects:
            if not isinstance(effect, InstallsPackages) or effect.manager != "apt" or not effect.recommends:
                continue
            install = next((w for w in effect.command.argv if w.static == "install"), None)
            if install is None:
                continue
            known = all(packages.role("apt", p.name) is not None for p in effect.packages)
            lean = [p.name for p in effect.packages if p.name in _LEANS_ON_RECOMMENDED]
            certificates = any(p.name == "ca-certificates" for p in effect.packages)
            safe = known and (not lean or certificates or lean == ["build-essential"])
            yield Fix(
                code=CODE,
                edits=(Edit(Span(install.span.end, install.span.end), " --no-install-recommends"),),
                safety=Safety.INFERRED if safe else Safety.DISPLAY,
                reason="installs what is named and what that depends on, not what the archive recommends beside it"
                + ("" if safe else f"; {', '.join(lean) or 'a package of unknown use'} may count on it: try it"),
            )
