"""The one Jinja environment: templates render only new text, from a plan's values; a user's text enters as a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from minify.errors import ConfigurationError

if TYPE_CHECKING:
    from jinja2 import Environment


def templates_directory() -> Path:
    """Where the templates are: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "templates"
    return shipped if shipped.is_dir() else package.parent / "templates"


# What a template's code depends on beside its text. Not optimized: that would put what our filters make of a constant in it
_SYNTAX: Final[Mapping[str, Any]] = {
    "keep_trailing_newline": True,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "autoescape": False,
    "optimized": False,
}


@cache
def environment(override: Path | None = None) -> Environment:
    """The environment; templates in `override` win over those of the same name that are shipped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from minify.rewrite.compiled_templates import CompiledTemplates

    directories = [d for d in (override, templates_directory()) if d is not None]
    env = Environment(
        loader=FileSystemLoader(directories, encoding="utf-8"),
        undefined=StrictUndefined,
        bytecode_cache=CompiledTemplates(_SYNTAX),
        auto_reload=False,
        **_SYNTAX,
    )
    env.filters["as_run"] = as_run
    env.filters["as_file"] = as_file
    env.filters["env_lines"] = env_lines
    env.filters["quoted"] = quoted
    env.filters["exec_form"] = exec_form
    env.filters["text"] = markdown_text
    env.filters["code"] = markdown_code
    env.filters["yaml"] = yaml_value
    env.filters["comment"] = one_line
    env.filters["wrapped"] = wrapped
    return env


def render(template: str, values: Mapping[str, object], override: Path | None = None) -> str:
    """The text of a template with LF newlines; a template that cannot be used is a ConfigurationError."""
    return "".join(pieces(template, values, override))


def pieces(template: str, values: Mapping[str, object], override: Path | None = None) -> Iterator[str]:
    """The same a piece at a time, for what is too long to be held."""
    from jinja2 import TemplateError

    try:
        yield from environment(override).get_template(template).generate(values)
    except TemplateError as error:
        raise ConfigurationError(
            f"the template {template} cannot be rendered: {error}",
            path=str(override) if override else None,
            line=getattr(error, "lineno", None),
            hint="every name that a template may use is listed in docs/templates.md",
        ) from error


def as_run(commands: str) -> str:
    r"""One RUN of commands that stand one a line; it stops at the first that fails. An indented line goes on with the one above.

    >>> print(as_run("cd /app\nrm -f x\n  y\n"))
    RUN set -eu; \
        cd /app; \
        rm -f x \
          y
    """
    whole: list[str] = []
    for line in commands.splitlines():
        if line.startswith(" ") and line.strip() and whole:
            whole[-1] += f" \\\n      {line.strip()}"
        elif line.strip():
            whole.append(line.strip())
    if len(whole) == 1 and ";" not in whole[0]:
        return f"RUN {whole[0]}"
    return "RUN " + "; \\\n    ".join(["set -eu", *whole])


def as_file(text: str, path: str, heredoc: bool) -> str:
    r"""A build step that makes a file: COPY of a here-document where the Dockerfile has others, else a RUN that every Docker reads.

    >>> print(as_file("a = 'b'\n\nc\n", "/x", False))
    RUN printf '%s\n' \
        'a = '\''b'\''' \
        '' \
        'c' \
        > /x
    >>> print(as_file("a\n", "/x", True))
    COPY <<'EOF' /x
    a
    EOF
    """
    lines = text.splitlines()
    if heredoc and "EOF" not in lines:
        return "\n".join([f"COPY <<'EOF' {path}", *lines, "EOF"])
    quoted_lines = ["'" + line.replace("'", "'\\''") + "'" for line in lines]
    return " \\\n    ".join(["RUN printf '%s\\n'", *quoted_lines, f"> {path}"])


def env_lines(pairs: Sequence[tuple[str, str]]) -> str:
    r"""One ENV of several variables, one a line.

    >>> print(env_lines([("A", "1"), ("B", "2 3")]))
    ENV A=1 \
        B="2 3"
    """
    return "ENV " + " \\\n    ".join(f"{name}={env_value(value)}" for name, value in pairs)


def env_value(value: str) -> str:
    """A value for ENV: quoted where it has to be.

    >>> env_value("/usr/bin:/bin"), env_value("a b")
    ('/usr/bin:/bin', '"a b"')
    """
    if value and not any(c in value for c in " \t\"'\\$"):
        return value
    return json.dumps(value, ensure_ascii=False).replace("$", "\\$")


def quoted(value: str) -> str:
    """A word for the shell, in single quotes where it holds a pattern."""
    return f"'{value}'" if any(c in value for c in "*?[ ") else value


def wrapped(words: Sequence[str], before: str = "", after: str = "") -> str:
    """One command of many words, broken into lines that `as_run` takes for one.

    >>> print(wrapped(["x" * 50, "y" * 50, "z"], "rm -rf "))  # doctest: +ELLIPSIS
    rm -rf xx...x
      yy...y z
    """
    lines = [before.rstrip()]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH and lines[-1].strip():
            lines.append(" ")
        lines[-1] += f" {word}"
    return "\n".join(lines) + after


_WIDTH: Final = 96


def exec_form(argv: Sequence[str]) -> str:
    """`["python3", "app.py"]`, as Dockerfiles write it."""
    return json.dumps(list(argv), ensure_ascii=False)


def markdown_text(value: str) -> str:
    r"""Prose for Markdown: nothing in it makes a link, a tag, a table cell, or calls a person.

    >>> markdown_text("a|b <i> @root *x*")
    'a\\|b &lt;i> @<!-- -->root \\*x\\*'
    """
    line = " ".join(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())
    for mark in "\\`*_[]|#~$":
        line = line.replace(mark, f"\\{mark}")
    return line.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@<!-- -->")


def markdown_code(value: str) -> str:
    """A code span, whatever backticks the text holds.

    >>> markdown_code("FROM a"), markdown_code("RUN echo `id`")
    ('`FROM a`', '``RUN echo `id` ``')
    """
    line = " ".join(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").split()).replace("|", "\\|")
    longest = 0
    run = 0
    for character in line:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    marks = "`" * (longest + 1)
    inner = f"{' ' if line.startswith('`') else ''}{line}{' ' if line.endswith('`') else ''}"
    return f"{marks}{inner}{marks}"


def yaml_value(value: object) -> str:
    """A value in YAML's flow style, on one line: JSON, which YAML reads.

    >>> yaml_value({"path": "/a: b #c"})
    '{"path": "/a: b #c"}'
    """
    return json.dumps(value, ensure_ascii=True)


def one_line(value: str) -> str:
    r"""Text for a comment: nothing in it begins a new line.

    >>> one_line("a\nb: c")
    'a b: c'
    """
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
