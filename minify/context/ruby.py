"""What Ruby sources start, and what the gems that they ask for need: with comments and the texts of strings blanked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

_DATA: Final = Path(__file__).parent / "data" / "ruby-needs.yaml"
_NAMES = ("config.ru", "Gemfile")
# They run on a developer's machine, or when somebody calls them by their own name
_ELSEWHERE = re.compile(
    r"(?:^|/)(?:bin|exe|script|scripts|\.bundle|vendor|node_modules|lib/tasks|db/seeds|config/deploy)/|(?:^|/)(?:Rakefile|Vagrantfile|Guardfile|"
    r"Capfile|Dangerfile|Brewfile|Fastfile|config/deploy\.rb|config/schedule\.rb)$|\.rake$"
)
# Strings end with their line, so that a quote that is none (`/don't/`) hides no more than its line
_PIECES = re.compile(
    r"(?P<doc>^=begin\b.*?^=end\b[^\n]*)"
    r"|(?P<end>^__END__$.*)"
    r"|(?P<comment>(?<![\w$@?\\])\#(?!\{)[^\n]*)"
    r"|(?P<heredoc><<[~-]?(?P<raw>['\"]?)(?P<tag>[A-Z_]\w*)(?P=raw)[^\n]*\n.*?^[ \t]*(?P=tag)\b)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')",
    re.DOTALL | re.MULTILINE,
)
_INSERTED = re.compile(r"#\{[^}]*\}")
# https://docs.ruby-lang.org/en/3.4/Process.html#module-Process-label-Process+Creation
_CALL = re.compile(
    r"(?<![\w.@$:?])(?:Kernel\.|Process\.)?(?:system|exec|spawn)\b(?![:?=!])\s*(?:\(|[\"'%@$\w\[*])"
    r"|\b(?:IO\.popen|Open3\.\w+|PTY\.spawn|Process\.spawn|Kernel\.(?:system|exec|spawn))\b|%x(?=[^\w\s])|`"
)
# https://docs.ruby-lang.org/en/3.4/Etc.html, Process::UID.from_name; `user "app"` of Unicorn's configuration
_USERS = re.compile(
    r"\bEtc\.(?:getpwnam|getgrnam|passwd|group)\b|\bProcess::[UG]ID\.from_name\b|\bProcess\.initgroups\b|\bFileUtils\.chown"
)
_DECLARED = re.compile(r"\b(?:def|alias|alias_method|undef)\s+(?:self\.)?$")
_GEM = re.compile(r"^[ \t]*gem[ (]+['\"]([\w.-]+)['\"]([^\n]*)", re.MULTILINE)
_LOCKED = re.compile(r"^    ([\w.-]+) \(", re.MULTILINE)
_GROUP = re.compile(r"^([ \t]*)group\b([^\n]*)\bdo\b.*?^\1end\b", re.DOTALL | re.MULTILINE)


class RubyFacts(NamedTuple):
    """Programs that the sources start; `sources` is how many files were read; `gems` those that the application asks for, each with its file."""

    programs: tuple[Called, ...]
    sources: int
    gems: tuple[tuple[str, str], ...]
    users: bool = False
    """Whether they look up users or groups by name."""


def ruby_facts(context: Context, files: Sequence[str], started: str | None = None) -> RubyFacts:
    """Read the Ruby files among some files of the context; `started` is the one that the container starts.

    `` `ls` `` and `system("ls")` start a program; `shell.system("ls")` is somebody's own method.
    """
    programs: list[Called] = []
    sources = 0
    users = False
    unused = tests(context, files, (started,) if started else ())
    for path in files:
        name = path.rpartition("/")[2]
        if path != started and (_ELSEWHERE.search(path) or not (path.endswith((".rb", ".ru")) or name in _NAMES)):
            continue
        text = context.read_text(path)
        if text is None:
            continue
        sources += 1
        code = _blanked(text)
        users = users or _USERS.search(code) is not None or ("unicorn" in name and "user" in code.split())
        lines = [line_of(code, m.start()) for m in _CALL.finditer(code) if not _DECLARED.search(code, 0, m.start())]
        programs += [
            Called(program=None, shell=True, path=path, line=line, in_tests=path in unused)
            for line in dict.fromkeys(lines)
        ]
    return RubyFacts(tuple(programs), sources, tuple(_gems(context, files).items()), users)


def _blanked(text: str) -> str:
    """The code with comments and the texts of strings as blanks; what is inserted in a string by `#{…}` is code."""

    def blank(match: re.Match[str]) -> str:
        whole = match[0]
        if match["text"] is None and match["heredoc"] is None:
            return re.sub(r"[^\n]", " ", whole)
        kept = [] if whole.startswith("'") or match["raw"] == "'" else [m.span() for m in _INSERTED.finditer(whole)]
        out = list(re.sub(r"[^\n]", " ", whole))
        for start, end in kept:
            out[start:end] = whole[start:end]
        if match["text"] is not None:
            out[0] = out[-1] = '"'
        return "".join(out)

    return _PIECES.sub(blank, text)


def _gems(context: Context, files: Sequence[str]) -> dict[str, str]:
    """The gems of a Gemfile outside of the groups for development, and those that its lock file adds."""
    found: dict[str, str] = {}
    for path in files:
        folder, _, name = path.rpartition("/")
        if name != "Gemfile" or _ELSEWHERE.search(path):
            continue
        text = context.read_text(path) or ""
        wanted = _GROUP.sub(lambda m: "" if re.search(r":(?:development|test)\b", m[2]) else m[0], text)
        asked = {
            m[1]
            for m in _GEM.finditer(wanted)
            if not re.search(r"group[s]?:?\s*(?:=>)?\s*\[?\s*:(?:development|test)", m[2])
        }
        left = {m[1] for m in _GEM.finditer(text)} - asked
        lock = f"{folder}/Gemfile.lock" if folder else "Gemfile.lock"
        locked = _LOCKED.findall(context.read_text(lock) or "")
        for gem in sorted(asked):
            found.setdefault(gem, path)
        for gem in locked:
            if gem not in left:
                found.setdefault(gem, lock)
    return found


@cache
def gem_needs(name: str) -> str | None:
    """Why a gem cannot do its work without a shell or the libraries of a package; None when nothing is known against it.

    >>> gem_needs("wicked_pdf"), gem_needs("puma")
    ('starts wkhtmltopdf', None)
    """
    table: dict[str, str] = precompiled.table(_DATA)["gems"]
    return table.get(name)
