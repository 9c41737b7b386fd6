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


# Directives whose last words are paths of the file system
_PATHS = re.compile(
    r"(?im)^[ \t]*<?(?:DocumentRoot|(?:Script)?Alias(?:Match)?\s+\S+|Directory|Include(?:Optional)?|SSL\w+(?:File|Path)|Auth(?:User|Group|Digest|DBM)\w*File"
    r"|MimeMagicFile|TypesConfig|CacheRoot|DavLockDB|LuaHook\w*|Define\s+\w+)\s+[\"']?(/[^\s\"'>*?$]+)"
)
_ANY_PATH = re.compile(r"(?<![\w.$}/:~^*-])(/[\w@%+.-]+(?:/[\w@%+.-]+)*)")


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


class Named(NamedTuple):
    """A path of the file system, and its line."""

    path: str
    line: int


def apache_paths(text: str, *, command: bool = False) -> tuple[Named, ...]:
    """The absolute paths that a configuration names; of the words of a RUN that changes one, all that look like it.

    >>> apache_paths('DocumentRoot "/site"\\n#Include /etc/x.conf\\nAlias /files /data/files')
    (Named(path='/site', line=1), Named(path='/data/files', line=3))
    """
    code = _COMMENT.sub("", text)
    return tuple(
        Named(m[1].rstrip("/"), line_of(code, m.start(1)))
        for m in (_ANY_PATH if command else _PATHS).finditer(code)
        if m[1].strip("/")
    )
