"""A command with variables as a C program: the words that a shell makes of them, and the program that takes its place."""

from __future__ import annotations

from typing import Final

from minify.launcher.actions import Exec, Run
from minify.launcher.program import Program
from minify.launcher.values import Fallback, Field, Joined, Literal, One, Split, Text, Variable

# The shell sets them itself, whatever the environment says
_OF_SHELL: Final = ("PWD", "OLDPWD", "PPID", "IFS", "OPTIND", "OPTARG", "PS1", "PS2", "PS4", "RANDOM", "SECONDS", "LINENO", "HOSTNAME", "UID", "EUID", "SHLVL", "_")  # fmt: skip

_HEAD: Final = """\
/* What a shell did for: {what} */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static glob_t words;
static char word[1 << 18];
static size_t length;
static int begun;

/* The word is at its end: the files that it matches or, where there are none, itself without its escapes. */
static void end(void)
{{
	word[length] = 0;
	if (begun && glob(word, GLOB_APPEND | GLOB_NOCHECK, NULL, &words) != 0)
		exit(2);
	if (begun && strcmp(words.gl_pathv[words.gl_pathc - 1], word) == 0)
		for (char *to = words.gl_pathv[words.gl_pathc - 1], *from = to; from += *from == '\\\\', (*to++ = *from) != 0; from++)
			;
	length = begun = 0;
}}

/* A part of the word; without quotes white space ends it, and signs make it a pattern. */
static void put(const char *text, int quoted)
{{
	for (begun |= quoted; *text != 0; text++) {{
		if (!quoted && strchr(" \\t\\n", *text) != NULL) {{
			end();
			continue;
		}}
		if (length > sizeof word - 3)
			exit(2);
		if (*text == '\\\\' || (quoted && strchr("*?[]", *text) != NULL))
			word[length++] = '\\\\';
		word[length++] = *text;
		begun = 1;
	}}
}}
"""
_VALUE: Final = """
/* ${name:-other} */
static const char *filled(const char *name, const char *other)
{
	const char *found = getenv(name);

	return found == NULL || *found == 0 ? other : found;
}
"""
_TAIL: Final = """\
	execvp(*words.gl_pathv, words.gl_pathv);
	int status = errno == ENOENT ? 127 : 126;
	perror(*words.gl_pathv);
	return status;
}
"""


def c(program: Program, what: str) -> str | None:
    """The source of a program that becomes what the command starts; None for a command that does more."""
    if len(program.body) != 1 or program.functions or not program.is_command:
        return None
    step = program.body[0]
    if not isinstance(step, Exec) or not step.run.streams.untouched or step.run.env:
        return None
    lines = _lines(step.run)
    if lines is None or not any("getenv(" in line or "filled(" in line for line in lines):
        return None
    comment = " ".join(what.split()).replace("*/", "* /")
    head = _HEAD.format(what=comment) + (_VALUE if any("filled(" in line for line in lines) else "")
    return head + "\nint main(void)\n{\n" + "".join(f"\t{line}\n" for line in lines) + _TAIL


def _lines(run: Run) -> list[str] | None:
    lines: list[str] = []
    for field in run.argv:
        made = _field(field)
        if made is None:
            return None
        lines.append(", ".join([*made, "end()"]) + ";")
    # What starts is known by its text: a variable could make it any program
    first = run.argv[0] if run.argv else None
    return lines if isinstance(first, One) and isinstance(first.text, Literal) else None


def _field(field: Field) -> list[str] | None:
    if isinstance(field, One):
        return _parts(field.text, quoted=True)
    return _parts(field.text, quoted=False) if isinstance(field, Split) and field.patterns else None


def _parts(text: Text, *, quoted: bool) -> list[str] | None:
    if isinstance(text, Joined):
        made = [_parts(part, quoted=quoted) for part in text.parts]
        return None if None in made else [call for calls in made for call in calls or ()]
    if isinstance(text, Literal):
        return [f"put({_string(text.text)}, 1)"]
    if isinstance(text, Variable) and _plain(text):
        return [f'put(getenv("{text.name}") ?: "", {int(quoted)})']
    if isinstance(text, Fallback) and isinstance(text.value, Variable) and isinstance(text.text, Literal):
        name, other = text.value.name, _string(text.text.text)
        value = f'filled("{name}", {other})' if text.empty else f'getenv("{name}") ?: {other}'
        return [f"put({value}, {int(quoted)})"] if _plain(text.value) else None
    return None


def _plain(variable: Variable) -> bool:
    return not variable.strict and variable.name not in _OF_SHELL


def _string(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return '"' + escaped.replace("??", '?""?') + '"'
