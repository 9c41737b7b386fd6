"""The door: a shell text in, the steps of a launcher out, or all that stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from minify.launcher.program import Dialect, Obstacle, Place, Program
from minify.launcher.reading.scope import Want, Way, numeric_names
from minify.launcher.reading.simple import Simpler
from minify.launcher.text.grammar import parse


def nothing(path: str) -> None:
    """No file is known."""
    return


def read(
    text: str,
    dialect: Dialect,
    files: Callable[[str], str | None] = nothing,
    *,
    script: str | None = None,
    by_path: bool = True,
) -> Program | tuple[Obstacle, ...]:
    """What a shell text does, or every construct of it that cannot be translated.

    `text` is the argument of `sh -c`, or a whole script when `script` names it (`$0`, as it is started).
    `files` gives the text of a file that the script reads (`. ./env.sh`) or runs with a shell, by path as the script
    names it. A script that is started `by_path` has the options of its first line, one that is an argument of the
    shell (`sh start.sh`) has not.

    >>> read("exec gunicorn -b :$PORT app:app", Dialect.DASH).programs[0].name
    'gunicorn'
    >>> read("eval $CMD", Dialect.DASH)[0].reason
    'eval'
    """
    parsed = parse(text, dialect)
    if parsed.errors:
        return tuple(
            Obstacle(reason=one.reason, line=one.place.line, column=one.place.column, raw=one.raw, path=one.place.path)
            for one in parsed.errors
        )
    lowering = Simpler(dialect, is_command=script is None, files=files)
    lowering.script_name = script
    lowering.numeric = numeric_names(parsed.body)
    if script is not None and by_path and (wrong := lowering.options_of(text)):
        lowering.obstacle(wrong, Place(1, 1), text.splitlines()[0])
    body = lowering.sequence(parsed.body, Way(want=Want.END))
    functions = lowering.functions()
    if lowering.traps:
        lowering.beside_traps(parsed.body, tuple(body), functions)
    if lowering.obstacles:
        return tuple(sorted(lowering.obstacles, key=lambda one: (one.path, one.line, one.column)))
    own = [name for name in lowering.private if name not in lowering.always]
    private = tuple(dict.fromkeys([*own, *lowering.inner_private]))
    return Program(
        body=tuple(body),
        functions=(*functions, *lowering.inner_functions),
        dialect=lowering.entered_dialect or dialect,
        is_command=script is None,
        programs=tuple(sorted(lowering.programs, key=lambda one: (one.path, one.line, one.column))),
        private=private,
        notes=tuple(lowering.notes),
        python_only=tuple(sorted(lowering.python_only, key=lambda one: (one.path, one.line, one.column))),
    )
