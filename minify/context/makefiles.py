"""What a project's build files say of one program: which files it is made of, and whether a compiler makes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from minify.context.places import line_of

_SETS: Final = re.compile(r"^[ ]*(?:export[ ]+|override[ ]+)*([\w.]+)[ \t]*(?:[:?+!]|::)?=[ \t]*(.*)$", re.MULTILINE)
_RULE: Final = re.compile(
    r"^(?P<targets>[^\s#:=][^\n#:=]*?)[ \t]*&?::?(?![:=])(?P<needs>[^\n=;#]*)(?:;(?P<first>[^\n]*)|[^\n]*)"
    r"(?P<rest>(?:\n\t[^\n]*|\n[ \t]*(?:#[^\n]*)?(?=\n(?:\t|[ \t]*\n)))*)",
    re.MULTILINE,
)
# `$(SRC:.c=.o)` is made of the same words as $(SRC)
_VARIABLE: Final = re.compile(r"\$(?:\(([\w.]+)(?::[^()]*)?\)|\{([\w.]+)(?::[^{}]*)?\})")
# https://cmake.org/cmake/help/latest/command/add_executable.html, https://mesonbuild.com/Reference-manual_functions.html#executable
_EXECUTABLE: Final = r"\b(?:add_)?executable\s*\(\s*['\"]?{}['\"]?[\s,]([^)]*)\)"
_WORD: Final = re.compile(r"[\w.+-]+")
_GOES_ON: Final = "\v"
# How often a value may name another variable, and how long a text may become by it
_ROUNDS: Final = 5
_LONGEST: Final = 1_000_000


class Rule(NamedTuple):
    """`app: app.c` with its recipe, variables in their place; the line on which it begins."""

    targets: tuple[str, ...]
    needs: tuple[str, ...]
    recipe: str
    line: int


def rules(text: str) -> Iterator[Rule]:
    r"""The rules of a makefile.

    >>> [(rule.targets, rule.needs, rule.recipe) for rule in rules("NAME = app\n$(NAME): a.c\n\tcc -o $@ a.c\n")]
    [(('app',), ('a.c',), 'cc -o app a.c')]
    """
    # A line that goes on is one line, and still counts as two
    joined = text.replace("\\\n", " \v")
    values: dict[str, str] = {}
    for name, value in _SETS.findall(joined):
        values[name] = f"{values.get(name, '')} {value.replace(_GOES_ON, ' ').strip()}".strip()
    text = _expanded(joined, values)
    for found in _RULE.finditer(text):
        targets, needs = found["targets"].split(), found["needs"].split()
        recipe = f"{found['first'] or ''}{found['rest']}"
        if targets and not targets[0].startswith("."):
            for name, value in (("@", targets[0]), ("<", needs[0] if needs else ""), ("^", " ".join(needs))):
                recipe = recipe.replace(f"${name}", value).replace(f"$({name})", value)
            line = line_of(text, found.start()) + text.count(_GOES_ON, 0, found.start())
            yield Rule(tuple(targets), tuple(needs), recipe.strip(), line)


def _expanded(text: str, values: Mapping[str, str]) -> str:
    for _ in range(_ROUNDS):
        found = _VARIABLE.sub(lambda m: values.get(m[1] or m[2], m[0]), text)
        if found == text or len(found) > _LONGEST:
            break
        text = found
    return text


def made_of(text: str, program: str) -> frozenset[str]:
    r"""The words by which a build file names what a program is made of: files, their stems and their directories.

    >>> sorted(made_of("app: test/x.o\n\tcc -o $@ $^\ncheck: test/y.c\n", "app") & {"test", "x", "y"})
    ['test', 'x']
    >>> sorted(made_of("add_executable(app test/x.c)\nadd_executable(check test/y.c)\n", "app") & {"test", "x.c", "y.c"})
    ['test', 'x.c']
    """
    found: list[str] = re.findall(_EXECUTABLE.format(re.escape(program)), text)
    written = tuple(rules(text)) if not found else ()
    waiting, seen = [program], {program}
    while waiting:
        name = waiting.pop()
        for rule in written:
            if any(target == name or target.rpartition("/")[2] == name for target in rule.targets):
                found += [*rule.needs, rule.recipe]
                new = [word for word in rule.needs if word not in seen]
                waiting += new
                seen.update(new)
    words = {word for one in found for word in _WORD.findall(one)}
    return frozenset(words | {word.rpartition(".")[0] for word in words if "." in word})


def written(text: str, program: str) -> Rule | None:
    r"""The rule of a makefile that writes a program as a text: `app: app.in; sed … app.in > app`. Commands of unknown name are none.

    >>> written("app: app.in\n\tsed s/@V@/1/ $< > $@\n", "app").line
    1
    >>> written("app: app.c\n\t$(CC) -o $@ $< > $@.log\n", "app")
    """
    for rule in rules(text):
        target = next((t for t in rule.targets if t.rpartition("/")[2] == program), None)
        if target is None or "$" in re.sub(r"\$\$", "", rule.recipe):
            continue
        if re.search(rf">\s*(?:\./)?{re.escape(target)}(?![\w./-])", rule.recipe):
            return rule
    return None
