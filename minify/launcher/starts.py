"""The programs that a launcher starts, as command lines: looked at, and put in the place of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from minify.launcher.actions import Background, Exec, Inherited, Into, Mask, Open, Perform, Print, Reopen, Run
from minify.launcher.text.tree import nodes
from minify.launcher.values import (
    AllArguments,
    Argument,
    ArgumentCount,
    Content,
    EachArgument,
    EachSplit,
    Fallback,
    Field,
    Fields,
    FileIs,
    Files,
    Instead,
    Joined,
    Known,
    Literal,
    One,
    Split,
    Text,
    Unescaped,
    Variable,
)

if TYPE_CHECKING:
    from minify.launcher.program import Program


class Start(NamedTuple):
    """One command line: its words as far as they are known (None where only running tells); `replaces` when it is the last step."""

    words: tuple[str | None, ...]
    replaces: bool
    background: bool
    run: Run

    @property
    def arguments_only(self) -> bool:
        """Whether it is `"$@"` and nothing else: what the container is given is what starts."""
        return self.run.argv in ((EachArgument(),), (EachSplit(),))

    @property
    def shown(self) -> tuple[str, ...]:
        """The words as a person writes them, without `"$@"`.

        >>> from minify.launcher import Dialect, read
        >>> starts(read('exec app -b :$PORT "${X:-y}" "$@"', Dialect.DASH))[0].shown
        ('app', '-b', ':$PORT', '${X:-y}')
        """
        return tuple(_field(one) for one in self.run.argv if not isinstance(one, EachArgument | EachSplit))


def starts(program: Program) -> tuple[Start, ...]:
    """Every command line of a launcher, in the order of the text."""
    everything = (program.body, program.functions)
    last = [one.run for one in nodes(everything) if isinstance(one, Exec)]
    behind = [one.run for one in nodes(everything) if isinstance(one, Background)]
    return tuple(
        Start(
            words=tuple(_known(one) for one in run.argv),
            replaces=any(run is one for one in last),
            background=any(run is one for one in behind),
            run=run,
        )
        for run in nodes(everything)
        if isinstance(run, Run)
    )


def with_starts(program: Program, change: Callable[[Run, Run], Run]) -> Program:
    """The launcher with other command lines: each as it was, and with what lies within its words changed already."""
    return replace(program, body=_mapped(program.body, change), functions=_mapped(program.functions, change))


def with_plain_echo(program: Program) -> Program:
    r"""The launcher that writes `\n` in the value of a variable as it is, as echo of bash does and that of dash does not.

    What `echo` writes where the text itself has a backslash stays exact, and so does what goes into a file.
    """

    def plain(node: Any) -> Any:
        if (
            not isinstance(node, Print)
            or not isinstance(node.text, Unescaped)
            or not isinstance(node.stream, Inherited)
        ):
            return node
        written = [one.text for one in nodes(node.text) if isinstance(one, Literal)]
        return node if any("\\" in one for one in written) else replace(node, text=node.text.text)

    return replace(program, body=_walked(program.body, plain), functions=_walked(program.functions, plain))


def begun(run: Run, known: int, words: tuple[str, ...], env: tuple[tuple[str, str], ...] = ()) -> Run:
    """A command line with other words in the place of the first `known`, and more variables."""
    first: Fields = tuple(One(Literal(word)) for word in words)
    more = tuple((name, Literal(value)) for name, value in env)
    return replace(run, argv=(*first, *run.argv[known:]), env=(*more, *run.env))


def looks_at_arguments(program: Program) -> bool:
    """Whether it reads what the container is given, and does more with it than to hand it on."""
    everything = (program.body, program.functions)
    runs = [one for one in nodes(everything) if isinstance(one, Run)]
    handed = [one for run in runs for one in run.argv if isinstance(one, EachArgument)]
    # `exec "$@"` without a word does nothing: that is asked first, and not what the words are
    counted = [one for one in nodes(everything) if isinstance(one, ArgumentCount)]
    whole = [run for run in runs if run.argv and all(isinstance(one, EachArgument | EachSplit) for one in run.argv)]
    others = (Argument, AllArguments)
    return (
        any(isinstance(one, others) for one in nodes(everything))
        or len(counted) > len(whole)
        or any(one.start != 1 for one in handed)
    )


def only_hands_on(program: Program) -> bool:
    """Whether all that it does is `exec "$@"`."""
    from minify.launcher.actions import Note, When

    body = [one for one in program.body if not isinstance(one, Note)]
    while len(body) == 1 and isinstance(body[0], When) and not body[0].otherwise:
        body = [one for one in body[0].body if not isinstance(one, Note)]
    if len(body) != 1 or not isinstance(body[0], Exec) or program.functions:
        return False
    run = body[0].run
    return run.argv == (EachArgument(),) and run.streams.untouched and not run.env


def other_work(program: Program) -> Iterator[object]:
    """What a launcher does to files, and what depends on who it runs as."""
    for one in nodes((program.body, program.functions)):
        if (
            (isinstance(one, Perform) and one.task not in ("directory", "sleep"))
            or isinstance(one, Into | Reopen | Open | Mask | FileIs | Content)
            or (isinstance(one, Known) and one.fact in ("uid", "gid", "user"))
        ):
            yield one


def names_each(program: Program) -> bool:
    """Whether the text names every program that it runs and waits for."""
    return all(one.replaces or (one.words and one.words[0] is not None) for one in starts(program))


def moves(program: Program) -> tuple[str | None, ...]:
    """The directories that it changes to; None for one that only running tells."""
    found: list[str | None] = []
    for one in nodes((program.body, program.functions)):
        if isinstance(one, Perform) and one.task == "directory":
            known = [_known(field) for field in one.arguments]
            found.append(known[0] if len(known) == 1 else None)
    return tuple(found)


def _known(field: Field) -> str | None:
    return field.text.text if isinstance(field, One) and isinstance(field.text, Literal) else None


def _field(field: Field) -> str:
    if isinstance(field, Files):
        return field.pattern
    if isinstance(field, One | Split):
        return _text(field.text)
    return '"$@"'


def _text(text: Text) -> str:
    match text:
        case Literal():
            return text.text
        case Variable():
            return f"${text.name}"
        case Argument():
            return f"${text.number}"
        case Joined():
            return "".join(map(_text, text.parts))
        case Fallback(value=Variable(name=name)):
            return f"${{{name}{':' if text.empty else ''}-{_text(text.text)}}}"
        case Instead(value=Variable(name=name)):
            return f"${{{name}{':' if text.empty else ''}+{_text(text.text)}}}"
        case _:
            return "$(…)"


def _walked(node: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(node, tuple):
        return tuple(_walked(one, change) for one in node)
    if not hasattr(node, "__dataclass_fields__"):
        return node
    inner = {one.name: getattr(node, one.name) for one in fields(node)}
    made = {name: _walked(value, change) for name, value in inner.items()}
    return change(replace(node, **made) if made != inner else node)


def _mapped(node: Any, change: Callable[[Run, Run], Run]) -> Any:
    if isinstance(node, tuple):
        return tuple(_mapped(one, change) for one in node)
    if not hasattr(node, "__dataclass_fields__"):
        return node
    inner = {one.name: getattr(node, one.name) for one in fields(node)}
    made = {name: _mapped(value, change) for name, value in inner.items()}
    whole = replace(node, **made) if made != inner else node
    return change(node, whole) if isinstance(node, Run) else whole
