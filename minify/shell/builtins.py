"""Commands of the shell itself: in POSIX, dash and busybox."""

from __future__ import annotations

from typing import Final

PLAIN: Final = frozenset(
    [
        ":",
        "[",
        "alias",
        "bg",
        "cd",
        "chdir",
        "echo",
        "exit",
        "export",
        "false",
        "fg",
        "getopts",
        "hash",
        "jobs",
        "kill",
        "local",
        "printf",
        "pwd",
        "read",
        "readonly",
        "return",
        "set",
        "shift",
        "test",
        "times",
        "true",
        "type",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "wait",
    ]
)
"""Those that start no other program."""

BUILTINS: Final = PLAIN | frozenset(
    [".", "break", "case", "command", "continue", "eval", "exec", "for", "if", "trap", "until", "while"]
)
"""All of them, and the words that begin a compound command: what these start is read from their arguments."""
