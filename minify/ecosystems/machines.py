"""Which machine a stage's compiler makes programs for, as far as the file says: `--platform`, `GOARCH=`, `--target`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from minify.analysis.facts import Facts, StageFacts
from minify.analysis.stages import StageNode
from minify.image import identity
from minify.image.compilers import target_options, target_variables

if TYPE_CHECKING:
    from minify.shell.script import Command

# Where no FROM asks for another platform, BuildKit's variable and `uname` mean the machine itself
_NATIVE: Final = re.compile(r"(?:x86_64|amd64)(?![\w.]).*|\$(?:TARGETARCH|\{TARGETARCH(?::?-amd64)?\}|\(uname -m\)).*")
_TRIPLET: Final = re.compile(
    r"(?:aarch64|arm\w*|thumb\w*|i[3-6]86|x86|riscv\w*|powerpc\w*|ppc\w*|s390x|mips\w*|loong\w*|sparc\w*)-.+|.*\$.*"
)
_CROSS_COMPILER: Final = re.compile(r"(?!x86_64-)\w+-(?:\w+-)?linux-(?:gnu|musl|uclibc)\w*-[\w+.-]*")
_CARGO_TARGET: Final = re.compile(r"^\s*(?:build\.)?target\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)


def foreign(facts: Facts, stage: StageFacts | None) -> bool:
    """Whether a stage, or the final one, compiles for another machine than the one that the final image runs on.

    >>> from minify.analysis.facts import gather
    >>> from minify.context.tree import Context
    >>> from minify.syntax import Source, parse
    >>> foreign(gather(parse(Source("FROM golang\\nRUN GOARCH=arm64 go build\\n")), Context(None, None)), None)
    True
    """
    lineages = [facts.lineage, *([facts.graph.lineage(stage.node)] if stage is not None else [])]
    platforms = {platform for lineage in lineages for platform in _platforms(lineage)}
    # $BUILDPLATFORM and the like are another machine as soon as someone asks for one
    if len(platforms) > 1 or any("$" in platform for platform in platforms):
        return True
    placed = stage.placed if stage is not None else facts.placed
    if any(p.scope.env.get("GOOS", "linux") != "linux" or "GOARCH" in p.scope.env for p in placed):
        return True
    footprint = stage.footprint if stage is not None else facts.footprint
    commands = [command for run in footprint.runs for command in run.script.commands]
    if any(map(_crosses, commands)):
        return True
    return any(command.name == "cargo" for command in commands) and _cargo_crosses(facts)


def _platforms(lineage: tuple[StageNode, ...]) -> set[str]:
    """What the FROM lines of stages that stand on each other ask for; "" is the machine that the image is built for."""
    image = lineage[0].image
    outermost = lineage[0].stage.from_.platform or (identity.platform(image) if image is not None else None) or ""
    # A stage has the platform of the one that it is built on
    said = (outermost, *(node.stage.from_.platform for node in lineage[1:]))
    return {re.sub(r"^\$(\{TARGETPLATFORM\}|TARGETPLATFORM)$", "", one) for one in said if one is not None}


def _crosses(command: Command) -> bool:
    """Whether a command names another machine to build for: `GOARCH=arm64 go build`, `cargo build --target aarch64-…`."""
    words = [argument.text or argument.word.raw for argument in command.arguments]
    words += [f"{name}={word.static or word.raw}" for name, word in command.assignments]
    words += [f"{name}={command.env[name]}" for name in (*target_variables(), "CC") if command.env.get(name)]
    if any(_CROSS_COMPILER.fullmatch(word.rpartition("/")[2]) for word in (command.name, *words)):
        return True
    for word, after in zip(words, (*words[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        value = value.strip("\"'")
        if _CROSS_COMPILER.fullmatch(value.rpartition("/")[2]):
            return True
        if name in target_variables() and value and not _NATIVE.fullmatch(value):
            return True
        if name in target_options() and _another(value if equals else after.strip("\"'")):
            return True
    return False


def _another(target: str) -> bool:
    return _TRIPLET.fullmatch(target) is not None and _NATIVE.fullmatch(target) is None


def _cargo_crosses(facts: Facts) -> bool:
    """Whether cargo's settings name another machine, for every build."""
    settings = (path for path in facts.context.files() if path.endswith((".cargo/config.toml", ".cargo/config")))
    texts = (facts.context.read_text(path) or "" for path in settings)
    return any(_another(target) for text in texts for target in _CARGO_TARGET.findall(text))
