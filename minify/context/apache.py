"""What a configuration of Apache's httpd starts beside the server: programs that a final image has not."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.context.places import line_of

# https://httpd.apache.org/docs/2.4/configuring.html#syntax: a comment is a line of its own
_COMMENT = re.compile(r"(?m)^[ \t]*#[^\n]*")
# Modules that run programs, or bring an interpreter
_MODULES = re.compile(
    r"(?i)\bLoadModule\s+(cgi|cgid|fcgid|ext_filter|suexec|lua|perl|wsgi|passenger|ruby|jk)_module\b|\ba2enmod\b[^\n;&|]*\b(cgi|cgid|ext_filter|suexec|lua)\b"
)
# Logs and maps that are given to a program, and its like: https://httpd.apache.org/docs/2.4/logs.html#piped
_PROGRAMS = re.compile(
    r"(?i)\b((?:Custom|Error|Transfer|Global|Forensic|ScriptInterpreterSource|Cookie)Log)\s+[\"']?\|"
    r"|(\bprg:)|\b(SSLPassPhraseDialog)\s+[\"']?(?:exec|\|)|\b(MD(?:Notify|Message)Cmd|MDChallengeDns01)\b|(\bOptions\s+[^\n]*\+?ExecCGI\b)"
)


class Started(NamedTuple):
    """A directive that starts programs, and its line."""

    what: str
    line: int


def apache_starts(text: str) -> tuple[Started, ...]:
    """The directives of a configuration, or of the words of a RUN that changes one, by which httpd starts programs.

    >>> apache_starts('#LoadModule cgi_module x.so\\nErrorLog "|/bin/cat"')
    (Started(what='ErrorLog', line=2),)
    """
    code = _COMMENT.sub("", text)
    modules = (Started(f"{m[1] or m[2]}_module", line_of(code, m.start())) for m in _MODULES.finditer(code))
    programs = (Started(next(g for g in m.groups() if g), line_of(code, m.start())) for m in _PROGRAMS.finditer(code))
    return (*modules, *programs)
