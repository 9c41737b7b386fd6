"""The tree of a Dockerfile: slices that tile its text, instructions with typed values, stages.

Values are as they are written: variables are not expanded and quotes not removed, which is what
`minify.syntax.expand` does.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

from minify.syntax.source import Source, Span
from minify.syntax.text import Joined, Logical
from minify.syntax.words import blank_separated, exec_form, name_values, quoted_words


class Flag(NamedTuple):
    """`--from=build` is `Flag("from", "build", …)`; a bare `--link` has the value None."""

    name: str
    value: str | None
    span: Span


class Heredoc(NamedTuple):
    """One here-document: its body as the command reads it, and the raw lines it is made of."""

    delimiter: str
    expand: bool
    strip_tabs: bool
    fd: int
    body: str
    body_span: Span


class Pair(NamedTuple):
    """`name=value` of ENV or LABEL, as written."""

    name: str
    value: str
    span: Span


class ArgName(NamedTuple):
    """`name` or `name=default` of ARG, as written."""

    name: str
    default: str | None
    span: Span


class Instruction:
    """One instruction; this class itself stands for a keyword that BuildKit does not know.

    Two are equal when they stand at the same place of the same text.
    """

    def __init__(
        self,
        *,
        source: Source,
        span: Span,
        keyword: str,
        keyword_span: Span,
        flags: tuple[Flag, ...] = (),
        heredocs: tuple[Heredoc, ...] = (),
        escape: str = "\\",
        joined: Joined,
        extent: tuple[int, int],
    ) -> None:
        self.source: Final = source
        self.span: Final = span
        """Whole physical lines with the final newline, here-documents and leading white space."""
        self.keyword: Final = keyword
        """In upper case."""
        self.keyword_span: Final = keyword_span
        self.flags: Final = flags
        self.heredocs: Final = heredocs
        self.escape: Final = escape
        self.joined: Final = joined
        self.extent: Final = extent
        """Where what follows keyword and flags starts and ends in `joined.text`."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Instruction) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(line={self.line}, span={self.span}, flags={self.flags}, value={self.value!r})"

    @property
    def _place(self) -> tuple[Source, Span, str]:
        return self.source, self.span, self.keyword

    @property
    def text(self) -> str:
        """The source's own slice."""
        return self.source.slice(self.span)

    @property
    def line(self) -> int:
        """The line of the keyword, counted from 1."""
        return self.source.line(self.keyword_span.start)

    @property
    def value(self) -> str:
        """What follows keyword and flags as one logical line, without surrounding white space."""
        return self.joined.text[slice(*self.extent)]

    @cached_property
    def body(self) -> Logical:
        """The value with the place of every character in the source."""
        return self.joined.logical(*self.extent)

    @property
    def exec_form(self) -> tuple[str, ...] | None:
        """The JSON array of the instructions that take one; None for the shell form."""
        return None

    def flag(self, name: str) -> str | None:
        """The value of a flag; None when it is absent or bare."""
        return next((flag.value for flag in self.flags if flag.name == name), None)

    def has_flag(self, name: str) -> bool:
        """Whether a flag is there, with a value or bare."""
        return any(flag.name == name for flag in self.flags)

    def place(self, start: int, end: int) -> Span:
        """The span in the source of `value[start:end]`."""
        return self.joined.span(self.extent[0] + start, self.extent[0] + end)


class ExecOrShell(Instruction):
    """An instruction whose value may be a JSON array."""

    @cached_property
    def exec_form(self) -> tuple[str, ...] | None:
        """The JSON array; None when the value is none, which makes it the shell form."""
        return exec_form(self.value)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The elements of the JSON array, or what blanks separate."""
        return blank_separated(self.value) if self.exec_form is None else self.exec_form


class From(Instruction):
    """`FROM [--platform=…] image [AS alias]`."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What blanks separate: the image, and perhaps AS and the alias."""
        return blank_separated(self.value)

    @property
    def image(self) -> str:
        """The base as written: an image, a stage or an expression."""
        return self.words[0] if self.words else ""

    @property
    def image_span(self) -> Span:
        """Where the base is written."""
        return self.place(0, len(self.image))

    @property
    def alias(self) -> str | None:
        """The stage's name as written."""
        return self.words[2] if len(self.words) == 3 else None

    @property
    def platform(self) -> str | None:
        """The value of `--platform`."""
        return self.flag("platform")


class Run(ExecOrShell):
    """`RUN [--mount=…] command`."""


class Cmd(ExecOrShell):
    """`CMD command`."""


class Entrypoint(ExecOrShell):
    """`ENTRYPOINT command`."""


class Add(ExecOrShell):
    """`ADD [--chown=…] source… destination`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Everything but the destination; a here-document is named as it is written: `<<EOF`."""
        return self.words[:-1]

    @property
    def dest(self) -> str:
        """The destination."""
        return self.words[-1] if self.words else ""


class Copy(Add):
    """`COPY [--from=…] source… destination`."""

    @property
    def from_(self) -> str | None:
        """The value of `--from`: a stage's name or index, or an image."""
        return self.flag("from")


class Env(Instruction):
    """`ENV name=value …`, or `ENV name value`."""

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The names and values in order."""
        found = name_values(self.value, self.keyword, self.escape)
        return tuple(Pair(name, value, self.place(*place)) for name, value, place in found)


class Label(Env):
    """`LABEL name=value …`, or `LABEL name value`."""


class Arg(Instruction):
    """`ARG name[=default] …`."""

    @cached_property
    def names(self) -> tuple[ArgName, ...]:
        """The names in order, with their defaults."""
        names = []
        for start, end in quoted_words(self.value, self.escape):
            name, equals, default = self.value[start:end].partition("=")
            names.append(ArgName(name, default if equals else None, self.place(start, end)))
        return tuple(names)


class Workdir(Instruction):
    """`WORKDIR path`."""

    @property
    def path(self) -> str:
        """The directory as written."""
        return self.value


class User(Instruction):
    """`USER user[:group]`."""

    @property
    def user(self) -> str:
        """The user, with the group if there is one, as written."""
        return self.value


class Expose(Instruction):
    """`EXPOSE port[/protocol] …`."""

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """The ports in the order they are written."""
        return blank_separated(self.value)


class Volume(ExecOrShell):
    """`VOLUME path …` or `VOLUME ["path", …]`."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths in the order they are written."""
        return self.words


class Healthcheck(Instruction):
    """`HEALTHCHECK [--interval=…] CMD command` or `HEALTHCHECK NONE`."""

    @cached_property
    def _command_start(self) -> int:
        # Behind the first character that ends the kind, which need not be white space as a whole
        rest = self.value[len(self.kind) + 1 :]
        return len(self.value) - len(rest.lstrip(_BYTE_SPACE))

    @cached_property
    def kind(self) -> str:
        """The first word as written: CMD or NONE."""
        return next((self.value[:at] for at, c in enumerate(self.value) if _ends_a_word(c)), self.value)

    @property
    def none(self) -> bool:
        """Whether the base image's health check is switched off."""
        return self.kind.upper() == "NONE"

    @property
    def command(self) -> Logical:
        """What follows CMD, with the place of every character in the source."""
        return self.joined.logical(self.extent[0] + self._command_start, self.extent[1])

    @cached_property
    def exec_form(self) -> tuple[str, ...] | None:
        """The JSON array after CMD; None for the shell form."""
        return exec_form(self.value[self._command_start :])

    @property
    def shell(self) -> str | None:
        """The command of the shell form; None for the exec form and for NONE."""
        return None if self.none or self.exec_form is not None else self.value[self._command_start :]


# BuildKit looks for the end of CMD and NONE byte by byte: two bytes that are no UTF-8 count as white space.
_BYTE_SPACE = "\t\n\v\f\r \udc85\udca0"


def _ends_a_word(character: str) -> bool:
    """Whether one of the character's bytes is white space to BuildKit: those two bytes also within UTF-8, as of U+00A0."""
    if character < "\x80" or "\udc80" <= character <= "\udcff":
        return character in _BYTE_SPACE
    return not {0x85, 0xA0}.isdisjoint(character.encode("utf-8", "surrogatepass"))


class Stopsignal(Instruction):
    """`STOPSIGNAL signal`."""

    @property
    def signal(self) -> str:
        """The signal as written: a name or a number."""
        return self.value


class Shell(ExecOrShell):
    """`SHELL ["executable", "argument", …]`."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return self.exec_form or ()


class Onbuild(Instruction):
    """`ONBUILD instruction`."""

    def __init__(self, *, inner: Instruction, **facts: Any) -> None:
        super().__init__(**facts)
        self.inner: Final = inner
        """The instruction that the images built on this one run; an empty keyword when there is none."""


class Maintainer(Instruction):
    """`MAINTAINER name`."""

    @property
    def name(self) -> str:
        """The name as written."""
        return self.value


class Trivia(NamedTuple):
    """One physical line that is no part of an instruction."""

    span: Span
    kind: Literal["blank", "comment", "directive"]


Slice = Instruction | Trivia


class Stage(NamedTuple):
    """A FROM and what follows it up to the next one."""

    index: int  # type: ignore[assignment]  # not the method that tuples have
    name: str | None
    """In lower case, which is how BuildKit compares names."""
    from_: From
    instructions: tuple[Instruction, ...]
    """Without the FROM."""
    span: Span


class Dockerfile(NamedTuple):
    """A whole Dockerfile; its slices tile the text exactly."""

    source: Source
    slices: tuple[Slice, ...]
    directives: tuple[tuple[str, str], ...]
    """Names in lower case, in order."""
    escape: str
    global_args: tuple[Arg, ...]
    """Those before the first FROM."""
    stages: tuple[Stage, ...]

    @property
    def syntax(self) -> str | None:
        """The frontend that `# syntax=` names."""
        return next((value for name, value in self.directives if name == "syntax"), None)

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """Every instruction in order."""
        return tuple(part for part in self.slices if isinstance(part, Instruction))

    def stage(self, reference: str) -> Stage | None:
        """The stage that `COPY --from=` names, by name or by index; None for an image.

        A name given twice means the later one.
        """
        if len(reference) < 19 and reference.isascii() and reference.isdigit():
            index = int(reference)
            return self.stages[index] if index < len(self.stages) else None
        name = reference.lower()
        return next((stage for stage in reversed(self.stages) if stage.name == name), None)

    def base_stage(self, stage: Stage) -> Stage | None:
        """The earlier stage that a stage starts from; None when it starts from an image.

        >>> from minify.syntax import Source, parse
        >>> file = parse(Source("FROM a AS b\\nFROM b\\n"))
        >>> file.base_stage(file.stages[1]).name
        'b'
        """
        earlier = reversed(self.stages[: stage.index])
        return next((one for one in earlier if one.name == stage.from_.image), None)


INSTRUCTIONS: dict[str, type[Instruction]] = {
    "ADD": Add,
    "ARG": Arg,
    "CMD": Cmd,
    "COPY": Copy,
    "ENTRYPOINT": Entrypoint,
    "ENV": Env,
    "EXPOSE": Expose,
    "FROM": From,
    "HEALTHCHECK": Healthcheck,
    "LABEL": Label,
    "MAINTAINER": Maintainer,
    "ONBUILD": Onbuild,
    "RUN": Run,
    "SHELL": Shell,
    "STOPSIGNAL": Stopsignal,
    "USER": User,
    "VOLUME": Volume,
    "WORKDIR": Workdir,
}
