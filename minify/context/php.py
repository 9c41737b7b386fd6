"""What PHP sources start, and what the packages that they ask for need: at the level of tokens, with strings and comments blanked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from minify import precompiled
from minify.context.places import Called, line_of
from minify.context.tests import tests
from minify.context.tree import Context

ENDINGS = (".php", ".phtml", ".inc", ".php5", ".phar")
_DATA: Final = Path(__file__).parent / "data" / "php-needs.yaml"

# What lies outside of `<?php … ?>` is output; comments end where PHP does
_PIECES = re.compile(
    r"(?P<html>\?>.*?(?:<\?(?:php\b|=)|\Z))"
    r"|(?P<comment>/\*.*?\*/|(?://|\#(?!\[))(?:(?!\?>)[^\n])*)"
    r"|(?P<shell>`(?:[^`\\]|\\.)*`)"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<heredoc><<<[ \t]*['\"]?(?P<tag>\w+)['\"]?\n.*?^[ \t]*(?P=tag)\b)",
    re.DOTALL | re.MULTILINE,
)
# `$db->exec(…)` and `function exec(` are others. https://www.php.net/manual/en/ref.exec.php
_CALL = re.compile(r"(?<![\w$>:\\])\\?(exec|shell_exec|system|passthru|popen|proc_open|pcntl_exec)\s*\(", re.IGNORECASE)
_DECLARED = re.compile(r"\bfunction\s+&?\s*\\?$", re.IGNORECASE)
_PROCESS = re.compile(
    r"\bnew\s+\\?(?:\w+\\)*Process\s*\(|(?<![\w$>])(?:\w+\\)*Process::(?:fromShellCommandline|run|start|pipe|pool|command)\s*\("
)


# https://www.php.net/manual/en/function.mail.php: sendmail_path is started by popen
_MAILS = re.compile(r"(?<![\w$>:\\])\\?(?:mail|mb_send_mail|imap_mail)\s*\(", re.IGNORECASE)


class PhpFacts(NamedTuple):
    """Programs that the sources start; `sources` is how many files were read; `packages` what Composer's files require, each with its file."""

    programs: tuple[Called, ...]
    sources: int
    packages: tuple[tuple[str, str], ...]
    mails: tuple[Called, ...] = ()
    """Where they have PHP start sendmail, if there is one."""


def php_facts(context: Context, files: Sequence[str]) -> PhpFacts:
    """Read the PHP files and Composer's manifests among some files of the context, less what lies in `vendor/`.

    `exec("ls")` and `` `ls` `` are programs started by a shell; `$pdo->exec("SELECT 1")` is none.
    """
    programs: list[Called] = []
    mails: list[Called] = []
    packages: dict[str, str] = {}
    sources = 0
    unused = tests(context, files)
    for path in files:
        if "vendor" in path.split("/")[:-1]:
            continue
        name = path.rpartition("/")[2]
        if name in ("composer.json", "composer.lock"):
            for package in _required(context.read_text(path) or ""):
                packages.setdefault(package, path)
        text = context.read_text(path) if path.endswith(ENDINGS) or "." not in name else None
        if text is None or not (path.endswith(ENDINGS) or (text.startswith("#!") and "php" in text.partition("\n")[0])):
            continue
        sources += 1
        code, shells = _blanked(text)
        programs += _started(path, code, shells, in_tests=path in unused)
        mails += [
            Called(program="sendmail", shell=True, path=path, line=line_of(code, at), in_tests=path in unused)
            for at in _calls(_MAILS, code)
        ]
    return PhpFacts(tuple(programs), sources, tuple(packages.items()), tuple(mails))


def _started(path: str, code: str, shells: Sequence[int], *, in_tests: bool) -> Iterator[Called]:
    lines = [line_of(code, at) for at in (*shells, *_calls(_CALL, code))]
    lines += [line_of(code, match.start()) for match in _PROCESS.finditer(code)]
    for line in sorted(lines):
        yield Called(program=None, shell=True, path=path, line=line, in_tests=in_tests)


def _calls(pattern: re.Pattern[str], code: str) -> Iterator[int]:
    return (m.start() for m in pattern.finditer(code) if not _DECLARED.search(code, 0, m.start()))


def _blanked(text: str) -> tuple[str, list[int]]:
    """The code with output, comments and strings as blanks, and where commands in backticks begin."""
    shells: list[int] = []
    first = re.search(r"<\?(?:php\b|=)", text)
    start = first.end() if first else len(text)

    def blank(match: re.Match[str]) -> str:
        if match["shell"]:
            shells.append(match.start() + start)
        return re.sub(r"[^\n]", " ", match[0])

    return re.sub(r"[^\n]", " ", text[:start]) + _PIECES.sub(blank, text[start:]), shells


def _required(text: str) -> tuple[str, ...]:
    """The packages of a composer.json or composer.lock, without those of the development."""
    try:
        said = json.loads(text)
    except ValueError:
        return ()
    if not isinstance(said, dict):
        return ()
    listed = said.get("packages")
    locked = [p.get("name") for p in listed if isinstance(p, dict)] if isinstance(listed, list) else []
    required = said.get("require")
    return tuple(str(name).lower() for name in (*locked, *(required if isinstance(required, dict) else ())) if name)


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = precompiled.table(_DATA)
    return table


def extension_needs(name: str) -> str | None:
    """Why an extension does not work where only what it links came along; None when it does.

    >>> extension_needs("imagick"), extension_needs("gd")
    ('loads its image formats by name', None)
    """
    return _table()["extensions"].get(name.lower())


def package_needs(name: str) -> str | None:
    """Why a package of Composer cannot do its work without a shell; None when nothing is known against it."""
    return _table()["packages"].get(name)


def is_mailer(package: str) -> bool:
    """Whether a package of a distribution brings a sendmail.

    >>> is_mailer("msmtp-mta"), is_mailer("mailcap")
    (True, False)
    """
    mailers: str = precompiled.table(_DATA)["mailers"]
    return package in mailers.split()
