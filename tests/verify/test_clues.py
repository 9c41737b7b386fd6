"""Error messages of many programs, and what each says is lacking."""

from __future__ import annotations

import pytest

from minify.verify.clues import clues, failure, only_in
from tests.verify.fakes import FakeFiles

SITE = "/usr/lib/python3.12/site-packages"
FILES = FakeFiles(
    scripts=dict.fromkeys(
        (
            "/usr/lib/x86_64-linux-gnu/libpq.so.5.16",
            f"{SITE}/yaml/__init__.py",
            f"{SITE}/yaml",
            f"{SITE}/other/yaml/__init__.py",
            f"{SITE}/other/yaml",
            f"{SITE}/google/cloud/storage",
            f"{SITE}/google/cloud/storage/__init__.py",
            "/usr/lib/python3.12/lib-dynload/_sqlite3.cpython-312-x86_64-linux-gnu.so",
            "/usr/lib/python3.12/decimal.py",
            "/app/own.py",
            "/app/node_modules/express",
            "/app/node_modules/express/index.js",
            "/app/node_modules/a/node_modules/express",
            "/app/node_modules/@scope/one",
            "/app/node_modules/@scope/one/index.js",
            "/app/lib/count.js",
            "/app/templates/shop/index.html",
            "/usr/bin/git",
            "/usr/bin/dash",
            "/usr/share/bash-completion/completions/git",
            "/app/data.csv",
            "/etc/ssl/certs/ca-certificates.crt",
            "/usr/share/zoneinfo/Europe/Paris",
            "/usr/lib/locale/C.utf8",
            "/etc/passwd",
            "/etc/group",
            "/proc/self",
        ),
        "",
    )
    | {"/app/run.sh": "/bin/sh -e"},
    links={
        "/usr/lib/x86_64-linux-gnu/libpq.so.5": "/usr/lib/x86_64-linux-gnu/libpq.so.5.16",
        "/bin/sh": "/usr/bin/dash",
    },
)
LIBPQ = ("/usr/lib/x86_64-linux-gnu/libpq.so.5", "/usr/lib/x86_64-linux-gnu/libpq.so.5.16")
BUNDLE = ("/etc/ssl/certs/ca-certificates.crt",)


@pytest.mark.parametrize(
    ("message", "what", "repair"),
    [
        ("ImportError: libpq.so.5: cannot open shared object file: No such file", "the library libpq.so.5", LIBPQ),
        ("./app: error while loading shared libraries: libpq.so.5: cannot open shared object file", "the library libpq.so.5", LIBPQ),
        ("Error loading shared library libpq.so.5: No such file (needed by ./app)", "the library libpq.so.5", LIBPQ),
        ("ModuleNotFoundError: No module named 'yaml'", "the Python module yaml", (f"{SITE}/yaml",)),
        ("ModuleNotFoundError: No module named 'google.cloud.storage'", "the Python module google.cloud.storage", (f"{SITE}/google/cloud/storage",)),
        ("/usr/bin/python: No module named decimal", "the Python module decimal", ("/usr/lib/python3.12/decimal.py",)),
        ("ImportError: No module named _sqlite3", "the Python module _sqlite3", ("/usr/lib/python3.12/lib-dynload/_sqlite3.cpython-312-x86_64-linux-gnu.so",)),
        ("ModuleNotFoundError: No module named 'own'", "the Python module own", ("/app/own.py",)),
        ("ModuleNotFoundError: No module named 'nowhere'", "the Python module nowhere", ()),
        ("Error: Cannot find module 'express'\nRequire stack:\n- /app/server.js", "the Node package express", ("/app/node_modules/express",)),
        ("Error: Cannot find module '@scope/one/sub'", "the Node package @scope/one", ("/app/node_modules/@scope/one",)),
        ("Error: Cannot find module './lib/count'\nRequire stack:\n- /app/server.js", "the file /app/./lib/count", ("/app/lib/count.js",)),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/lib/count.js' imported from /app/a.mjs", "the file /app/lib/count.js", ("/app/lib/count.js",)),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'express' imported from /app/a.mjs", "the Node package express", ("/app/node_modules/express",)),
        ('OCI runtime create failed: exec: "sh": executable file not found in $PATH: unknown', "the program sh", ("/bin/sh", "/usr/bin/dash")),
        ('exec: "/app/run.sh": stat /app/run.sh: no such file or directory', "the program /bin/sh, which runs /app/run.sh", ("/bin/sh", "/usr/bin/dash", "/app/run.sh")),
        ("exec /app/run.sh: no such file or directory", "the program /bin/sh, which runs /app/run.sh", ("/bin/sh", "/usr/bin/dash", "/app/run.sh")),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'git'", "the program git", ("/usr/bin/git",)),
        ("Error: spawn git ENOENT", "the program git", ("/usr/bin/git",)),
        ("/bin/sh: 1: git: not found", "the program git", ("/usr/bin/git",)),
        ("run.sh: line 3: git: command not found", "the program git", ("/usr/bin/git",)),
        ("env: ‘git’: No such file or directory", "the program git", ("/usr/bin/git",)),
        ('exec: "git": executable file not found in $PATH', "the program git", ("/usr/bin/git",)),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/app/data.csv'", "the file /app/data.csv", ("/app/data.csv",)),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'", "the file data.csv", ("/app/data.csv",)),
        ("Error: ENOENT: no such file or directory, open '/app/data.csv'", "the file /app/data.csv", ("/app/data.csv",)),
        ("panic: open /app/data.csv: no such file or directory", "the file /app/data.csv", ("/app/data.csv",)),
        ("cat: /app/data.csv: No such file or directory", "the file /app/data.csv", ("/app/data.csv",)),
        ("cannot open file '/app/data.csv'", "the file /app/data.csv", ("/app/data.csv",)),
        ("No such file or directory @ rb_sysopen - /app/data.csv (Errno::ENOENT)", "the file /app/data.csv", ("/app/data.csv",)),
        ("java.io.FileNotFoundException: /app/data.csv (No such file or directory)", "the file /app/data.csv", ("/app/data.csv",)),
        ("open /proc/self: no such file or directory", "the file /proc/self", ()),
        ("jinja2.exceptions.TemplateNotFound: shop/index.html", "the template shop/index.html", ("/app/templates/shop/index.html",)),
        ("PermissionError: [Errno 13] Permission denied: '/data/x'", "the permission to use /data/x", ()),
        ("Error: EACCES: permission denied, mkdir '/data/x'", "the permission to use /data/x", ()),
        ("open /data/x: permission denied", "the permission to use /data/x", ()),
        ("certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)", "the certificates of certificate authorities", BUNDLE),
        ("x509: certificate signed by unknown authority", "the certificates of certificate authorities", BUNDLE),
        ("ZoneInfoNotFoundError: 'No time zone found with key Europe/Paris'", "the time zone Europe/Paris", ("/usr/share/zoneinfo",)),
        ("panic: unknown time zone Europe/Paris", "the time zone Europe/Paris", ("/usr/share/zoneinfo",)),
        ("locale.Error: unsupported locale setting", "a locale", ("/usr/lib/locale",)),
        ("KeyError: 'getpwuid(): uid not found: 1000'", "the names of users and groups", ("/etc/passwd", "/etc/group")),
        ("docker: unable to find user app: no matching entries in passwd file.", "the names of users and groups", ("/etc/passwd", "/etc/group")),
    ],
)  # fmt: skip
def test_a_message_says_what_is_lacking(message: str, what: str, repair: tuple[str, ...]) -> None:
    found = clues(message, FILES, "/app")
    assert [(clue.what, clue.repair) for clue in found] == [(what, repair)]


@pytest.mark.parametrize(
    "message", ["", "all is well", "GET /favicon.ico 404 Not Found", "3 modules loaded", "listening on /tmp/app.sock"]
)
def test_other_lines_say_nothing(message: str) -> None:
    assert clues(message, FILES, "/app") == ()


def test_a_variable_that_only_the_original_has() -> None:
    found = clues("KeyError: 'APP_ENV'", FILES, lost=["APP_ENV", "OTHER"])
    assert [clue.what for clue in found] == ["the environment variable APP_ENV"]


def test_each_thing_once_and_in_order() -> None:
    text = "spawn git ENOENT\nNo module named 'yaml'\nspawn git ENOENT\n"
    assert [clue.what for clue in clues(text, FILES)] == ["the program git", "the Python module yaml"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("starting\nTraceback (most recent call last):\nKeyError: 'A'\n", "KeyError: 'A'"),
        ("Error: no port\n    at f (a.js:1:1)\n  code: 'X'\n}\n", "Error: no port"),
        ("jinja2.exceptions.TemplateNotFound: a.html\n127.0.0.1 GET / 500", "jinja2.exceptions.TemplateNotFound: a.html"),
        ("usage: app FILE\n", "usage: app FILE"),
        ('docker: Error response from daemon: OCI runtime create failed: runc: exec: "sh": not found: unknown.', 'exec: "sh": not found'),
        ("", ""),
    ],
)  # fmt: skip
def test_the_line_that_says_why(text: str, expected: str) -> None:
    assert failure(text) == expected


def test_lines_that_the_other_has_not() -> None:
    assert only_in("a\nB\n\nc", "b", str.lower, str.lower) == "a\nc"
