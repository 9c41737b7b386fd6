"""Which installers of Python packages stay behind, and what they wrote for themselves."""

from __future__ import annotations

import re
from collections.abc import Collection

from minify.analysis.facts import Facts
from minify.ecosystems.python_environment import INSTALLERS, Installation, installs
from minify.shell.effects import Configures, Writes

# Plugins of these are named after them
_WITH_PLUGINS = ("poetry", "pipenv", "pdm")


def left_behind(facts: Facts, imported: Collection[str]) -> tuple[str, ...]:
    """The installers that the file installs by name and that no source imports, with their plugins."""
    named = [
        re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", package)[0]).lower()
        for install in installs(facts.footprint)
        for package in install.packages
    ]
    tools = [t for t in INSTALLERS if t in named and t != "pip" and t not in imported]
    plugins = [n for n in named if n.startswith(tuple(f"{t}-" for t in tools if t in _WITH_PLUGINS))]
    return tuple(dict.fromkeys((*tools, *plugins)))


def removed_by(facts: Facts, place: Installation, tools: Collection[str]) -> str:
    """The interpreter whose pip takes the installers out: the virtual environment's where its own pip put them in."""
    there = [
        i for i in installs(facts.footprint) if any(re.split(r"[^\w.-]", p)[0].lower() in tools for p in i.packages)
    ]
    within = there and all(i.tool == "pip" and i.prefix == place.environment for i in there)
    return place.interpreter if place.environment and within else f"{place.prefix}/bin/python3"


def settings(facts: Facts) -> tuple[str, ...]:
    """Where `poetry config` and its like write: an installer's own affair."""
    said = [e.command for _, e in facts.footprint.effects() if isinstance(e, Configures) and e.tool in _WITH_PLUGINS]
    return tuple(e.path for _, e in facts.footprint.effects() if isinstance(e, Writes) and e.command in said)
