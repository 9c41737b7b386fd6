"""The texts that a program's configuration is made of: files of the context, heredocs, and what RUNs write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from minify.analysis.facts import Facts, stage_facts
from minify.analysis.footprint import Footprint, RunRead, Written, paths_of, under
from minify.analysis.placements import Placement
from minify.analysis.scopes import Placed, join
from minify.ecosystems.data_files import placements
from minify.plan import Refusal, refuse
from minify.shell.effects import ChangesMode, ChangesOwner, Effect, InstallsPackages, MakesUser, Removes
from minify.syntax import Copy, process_word

# What these write is made of their words and of files that they name
_WRITERS = (
    "echo",
    "printf",
    "cat",
    "sed",
    "envsubst",
    "cp",
    "mv",
    "ln",
    "install",
    "tee",
    "touch",
    "mkdir",
    "openssl",
    "htpasswd",
    "awk",
    "a2enmod",
    "a2dismod",
    "a2ensite",
    "a2dissite",
    "a2enconf",
    "a2disconf",
    "caddy",
)
_NO_TEXT = (Removes, ChangesMode, ChangesOwner, MakesUser, InstallsPackages)


class Text(NamedTuple):
    """One text: the path that it is written to, and where it stands, a file of the context or a line of the Dockerfile."""

    target: str
    text: str
    path: str | None
    line: int | None

    def at(self, line: int) -> str:
        """`nginx.conf:3`, or the line of the Dockerfile."""
        return f"{self.path}:{line}" if self.path is not None else f"line {self.line}"


class Configuration(NamedTuple):
    """The texts in the order that they are written in, and those that cannot be known."""

    texts: tuple[Text, ...]
    refusals: tuple[Refusal, ...]


def configuration(facts: Facts, places: Sequence[str]) -> Configuration:
    """Everything that is written at or below some paths of the image."""
    texts: list[Text] = []
    refusals: list[Refusal] = []
    copied = placements(facts)
    texts += _files(facts, copied, places)
    texts += _heredocs(facts.placed, places)
    for written in facts.footprint.written:
        if not any(under(written.path, place) for place in places):
            continue
        if written.origin == "url":
            refusals.append(_unknown(f"what {written.source} says is not known", written.line))
        elif written.origin.startswith("stage:"):
            found = tuple(_of_stage(facts, written))
            texts += found
            if not found:
                refusals.append(
                    _unknown(f"what {written.path} says is not known: it comes from {written.origin[6:]}", written.line)
                )
    for item in _made(facts.footprint, copied, facts, places):
        if isinstance(item, Text):
            texts.append(item)
        else:
            refusals.append(item)
    return Configuration(tuple(texts), tuple(refusals))


def _files(facts: Facts, copied: Sequence[Placement], places: Sequence[str]) -> Iterator[Text]:
    for placement in copied:
        if any(under(placement.target, place) for place in places):
            text = facts.context.read_text(placement.source)
            yield Text(target=placement.target, text=text or "", path=placement.source, line=None)


def _heredocs(instructions: Sequence[Placed], places: Sequence[str]) -> Iterator[Text]:
    for placed in instructions:
        instruction = placed.instruction
        if not isinstance(instruction, Copy):
            continue
        written = process_word(instruction.dest, placed.scope.values).text
        dest = join(placed.scope.workdir, written)
        for heredoc in instruction.heredocs:
            target = join(dest, heredoc.delimiter) if written.endswith("/") or len(instruction.sources) > 1 else dest
            if any(under(target, place) for place in places):
                yield Text(target=target, text=heredoc.body, path=None, line=instruction.line)


def _of_stage(facts: Facts, written: Written) -> Iterator[Text]:
    """The texts behind a COPY from another stage: files of the context that it copies in turn, and what its RUNs write."""
    stage = stage_facts(facts, written.origin[6:])
    if stage is None:
        return
    source = join("/", written.source)
    copied = placements(facts, stage.placed)

    def moved(text: Text) -> Text:
        return text._replace(target=written.path + text.target.removeprefix(source))

    for text in (*_files(facts, copied, (source,)), *_heredocs(stage.placed, (source,))):
        yield moved(text)
    for item in _made(stage.footprint, copied, facts, (source,)):
        if isinstance(item, Text):
            yield moved(item)


def _made(
    footprint: Footprint, copied: Sequence[Placement], facts: Facts, places: Sequence[str]
) -> Iterator[Text | Refusal]:
    """What RUNs write: the words of the command, and the files of the context that it names."""
    by_target = {placement.target: placement for placement in copied}
    for run, effect in footprint.effects():
        paths = [path for path in paths_of(effect) if any(under(path, place) for place in places)]
        command = effect.command
        if not paths or command is None or isinstance(effect, _NO_TEXT):
            continue
        line = _line(run, effect)
        if command.name not in _WRITERS:
            yield _unknown(f"what {command.name or 'this'} writes to {paths[0]} is not known", line)
            continue
        commands = [command]
        while commands[-1].upstream is not None:
            commands.append(commands[-1].upstream)
        for one in commands:
            bodies = [redirect.body for redirect in one.redirects if redirect.body is not None]
            yield Text(target=paths[0], text="\n".join([one.text, *bodies]), path=None, line=line)
            words = [*one.args, *(r.target.static for r in one.redirects if r.target is not None)]
            for word in words:
                placement = by_target.get(join(one.cwd, word)) if word else None
                if placement is not None and not any(under(placement.target, place) for place in places):
                    text = facts.context.read_text(placement.source)
                    yield Text(target=paths[0], text=text or "", path=placement.source, line=None)


def _line(run: RunRead, effect: Effect) -> int:
    source = run.placed.instruction.source
    return run.placed.instruction.line if effect.command is None else source.line(effect.command.span.start)


def _unknown(reason: str, line: int) -> Refusal:
    return refuse(reason, line)
