"""Simple commands: assignments, the shell's own commands, functions, and programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from minify.launcher.actions import (
    Action,
    Apart,
    Break,
    Continue,
    Do,
    Enter,
    Exit,
    Into,
    Keep,
    KeepNumber,
    Mask,
    Perform,
    Return,
    Statement,
    Status,
    Trap,
    WaitFor,
)
from minify.launcher.program import Dialect
from minify.launcher.reading.arithmetic import truth
from minify.launcher.reading.branches import Brancher
from minify.launcher.reading.functions import Functions
from minify.launcher.reading.pipelines import Pipelines
from minify.launcher.reading.printing import Printer
from minify.launcher.reading.programs import Programs
from minify.launcher.reading.scope import Way, numeric_names
from minify.launcher.reading.statuses import Result
from minify.launcher.reading.tools import Tools
from minify.launcher.reading.value_facts import outputs
from minify.launcher.text import tree
from minify.launcher.text.grammar import parse
from minify.launcher.text.tree_facts import assigned_names, mentions_status
from minify.launcher.values import (
    EMPTY,
    Condition,
    Joined,
    LastStatus,
    Listening,
    Literal,
    One,
    Output,
    Split,
    Text,
    Variable,
    joined,
)

_UNSUPPORTED: Final = {
    "eval": "eval",
    "read": "read",
    "getopts": "getopts",
    "alias": "an alias",
    "unalias": "an alias",
    "shopt": "shopt",
    "let": "let",
    "declare": "declare",
    "typeset": "typeset",
    "mapfile": "an array",
    "readarray": "an array",
    "pushd": "pushd",
    "popd": "popd",
    "dirs": "dirs",
    "jobs": "jobs",
    "fg": "job control",
    "bg": "job control",
    "disown": "job control",
    "times": "times",
    "builtin": "builtin",
    "enable": "enable",
    "caller": "caller",
    "fc": "fc",
    "bind": "bind",
    "complete": "complete",
    "suspend": "suspend",
    "logout": "logout",
    "history": "history",
}
_LIMITS: Final = {"n": ("RLIMIT_NOFILE", 1), "c": ("RLIMIT_CORE", 512), "s": ("RLIMIT_STACK", 1024),
                  "u": ("RLIMIT_NPROC", 1), "l": ("RLIMIT_MEMLOCK", 1024), "v": ("RLIMIT_AS", 1024)}  # fmt: skip


class Simpler(Tools, Printer, Programs, Brancher, Functions, Pipelines):
    """Reads simple commands: all that there is."""

    def simple_command(self, command: tree.Simple, way: Way) -> Result:
        before: list[Statement] = []
        outer, self.seen = self.seen, set()
        name = command.words[0].static if command.words else None
        other = name is None or name in ("exec", "export", ":") or "/" in name or name in ("sh", "bash")
        with self.ahead(before):
            result = self._simple(command, way)
        self.seen = outer
        self.plain_so_far = self.plain_so_far and (other or not command.words)
        return replace(result, before=(*before, *result.before))

    def _simple(self, command: tree.Simple, way: Way) -> Result:
        if not command.words:
            return self._assignments(command, way)
        name = command.words[0].static
        if name in self.definitions:
            assert name is not None
            return self.call(name, command, self.fields(command.words[1:]), way)
        if name in _UNSUPPORTED and self._is_builtin(name):
            self.obstacle(_UNSUPPORTED[name], command.place, command.raw)
            return Result()
        if name is None or name not in COMMANDS or (name == "source" and self.dialect is Dialect.DASH):
            return self.program(command, way)
        if command.assignments and name not in ("exec", "env"):
            self.obstacle("a variable for a command of the shell", command.place, command.raw)
            return Result()
        return COMMANDS[name](self, command, way)

    def _is_builtin(self, name: str) -> bool:
        return self.dialect is not Dialect.DASH or name in (
            *("eval", "trap", "read", "getopts", "alias", "unalias", "kill", "jobs", "fg", "bg", "times", "fc"),
        )

    def only_redirects(self, command: tree.Simple, way: Way) -> Result:
        condition = self.port(command)
        if condition is not None:
            return Result((), Status(condition))
        streams = self.streams(command.redirects, way.streams)
        if isinstance(streams.output, Into) and replace(streams, output=way.streams.output) == way.streams:
            return Result((), self.write(EMPTY, streams.output))
        self.obstacle("a redirection without a command", command.place, command.raw)
        return Result()

    def port(self, command: tree.Simple) -> Condition | None:
        if self.dialect is not Dialect.BASH or command.assignments:
            return None
        name = command.words[0].static if command.words else None
        targets = [one for one in command.redirects if one.target.raw.strip('"').startswith("/dev/tcp/")]
        if len(targets) != 1 or name not in (None, "echo", ":", "true"):
            return None
        for one in command.redirects:
            quiet = one.target.static == "/dev/null" or (one.operator == ">&" and one.target.static == "1")
            if one is not targets[0] and not quiet:
                return None
        # Unquoted, what has blanks in it is refused by the shell; no host has
        text = self.text(targets[0].target)
        parts = list(text.parts) if isinstance(text, Joined) else [text]
        if not parts or not isinstance(parts[0], Literal):
            return None
        parts[0] = Literal(parts[0].text.removeprefix("/dev/tcp/"))
        for index, part in enumerate(parts):
            if isinstance(part, Literal) and "/" in part.text:
                host, _, port = part.text.partition("/")
                address = (joined([*parts[:index], Literal(host)]), joined([Literal(port), *parts[index + 1 :]]))
                return Listening((One(address[0]), One(address[1])))
        return None

    def do_colon(self, command: tree.Simple, way: Way) -> Result:
        return self._nothing(command, way, 0)

    do_true = do_colon

    def do_false(self, command: tree.Simple, way: Way) -> Result:
        return self._nothing(command, way, 1)

    def _nothing(self, command: tree.Simple, way: Way, status: int) -> Result:
        fields = self.fields(command.words[1:])
        for field in fields:
            text = field.text if isinstance(field, One | Split) else EMPTY
            if outputs(text):
                self.obstacle("a program that runs for nothing", command.place, command.raw)
            if isinstance(text, Variable) and text.strict:
                self.obstacle("set -u looks at what is not used", command.place, command.raw)
        streams = self.streams(command.redirects, way.streams)
        if isinstance(streams.output, Into) and status == 0:
            return Result((), self.write(EMPTY, streams.output))
        if isinstance(streams.output, Into) or isinstance(streams.error, Into):
            self.obstacle("a redirection of a command that writes nothing", command.place, command.raw)
        return Result((), status)

    def do_test(self, command: tree.Simple, way: Way) -> Result:
        if command.redirects and not all(one.target.static == "/dev/null" for one in command.redirects):
            self.obstacle("a redirection of a test", command.place, command.raw)
        return Result((), self.bracket(command))

    def computed(self, command: tree.Compute) -> Action | int:
        number = self.arithmetic(command.text, command.place, command.raw)
        return Status(truth(number))

    def do_exit(self, command: tree.Simple, way: Way) -> Result:
        if way.apart:
            self.obstacle("exit in ( … )", command.place, command.raw)
        return Result((Exit(self._status(command)),), left=True)

    def do_return(self, command: tree.Simple, way: Way) -> Result:
        if not way.function or way.apart:
            self.obstacle("return outside a function", command.place, command.raw)
        return Result((Return(self._status(command)),), left=True)

    def _status(self, command: tree.Simple) -> Text:
        if len(command.words) == 1:
            return LastStatus()
        fields = self.fields(command.words[1:])
        field = fields[0] if len(fields) == 1 else None
        if isinstance(field, One):
            if isinstance(field.text, Literal) and field.text.text.isdecimal():
                return Literal(str(int(field.text.text) & 0xFF))
            if self.is_numeric(field.text):
                return field.text
            negative = isinstance(field.text, Literal) and re.fullmatch(r"-\d+", field.text.text)
            if negative and self.dialect is Dialect.BASH:
                return Literal(str(int(negative[0]) & 0xFF))
        self.obstacle("a status that may be no number", command.place, command.raw)
        return Literal("0")

    def do_break(self, command: tree.Simple, way: Way) -> Result:
        return self._jump(command, way, Break())

    def do_continue(self, command: tree.Simple, way: Way) -> Result:
        return self._jump(command, way, Continue())

    def _jump(self, command: tree.Simple, way: Way, jump: Break | Continue) -> Result:
        if not way.loop or way.apart or (len(command.words) > 1 and command.words[1].static != "1"):
            self.obstacle(f"{command.words[0].raw} out of more than one loop, or of none", command.place, command.raw)
        if way.kept:
            return Result((KeepNumber(0), jump), left=True)
        return Result((jump,), left=True)

    def do_cd(self, command: tree.Simple, way: Way) -> Result:
        words = command.words[1:]
        if words and words[0].static == "--":
            words = words[1:]
        if any((word.static or "").startswith("-") for word in words):
            self.obstacle("cd - or an option of cd", command.place, command.raw)
            return Result()
        fields = self.fields(words)
        if len(fields) > 1 or any(not isinstance(field, One | Split) for field in fields):
            self.obstacle("cd to several directories", command.place, command.raw)
        if not fields:
            fields = (One(self.simple("HOME", command.place, command.raw)),)
        status = 1 if self.dialect is Dialect.BASH else 2
        return Result((), Perform("directory", fields, quiet=self.is_quiet(command, way), status=status))

    def do_sleep(self, command: tree.Simple, way: Way) -> Result:
        fields = self.fields(command.words[1:])
        if len(fields) != 1 or not isinstance(fields[0], One | Split):
            self.obstacle("sleep with several times", command.place, command.raw)
            return Result()
        text = fields[0].text
        if isinstance(text, Literal) and not re.fullmatch(r"\d*\.?\d+[smhd]?", text.text):
            return self.program(command, way)
        self.is_quiet(command, way)
        action = Perform("sleep", fields)
        sure = isinstance(text, Literal) or self.is_numeric(text)
        return Result((Do(action),)) if sure else Result((), action)

    def do_umask(self, command: tree.Simple, way: Way) -> Result:
        mask = command.words[1].static if len(command.words) == 2 else None
        if mask is None or not re.fullmatch(r"[0-7]{1,4}", mask) or way.apart:
            self.obstacle("umask that is not an octal number", command.place, command.raw)
            return Result()
        return Result((Mask(mask),))

    def do_ulimit(self, command: tree.Simple, way: Way) -> Result:
        match = re.fullmatch(
            r"-([SH]{0,2})([a-z])([SH]{0,2})", (command.words[1].static or "") if len(command.words) == 3 else ""
        )
        if match is None or match[2] not in _LIMITS or way.apart:
            self.obstacle("a form of ulimit", command.place, command.raw)
            return Result()
        name, unit = _LIMITS[match[2]]
        if name == "RLIMIT_CORE" and self.dialect is Dialect.BASH:
            unit = 1024
        which = match[1] + match[3]
        self.only_python("ulimit", command.place, command.raw)
        fields = self.fields(command.words[2:])
        if not (isinstance(fields[0], One) and len(fields) == 1):
            self.obstacle("a form of ulimit", command.place, command.raw)
        detail = Literal(
            f"{name} {unit} {'S' if 'S' in which or not which else ''}{'H' if 'H' in which or not which else ''}"
        )
        status = 1 if self.dialect is not Dialect.DASH else 2
        return Result((), Perform("limit", fields, detail, quiet=self.is_quiet(command, way), status=status))

    def do_wait(self, command: tree.Simple, way: Way) -> Result:
        self.only_python("wait", command.place, command.raw)
        self.is_quiet(command, way)
        fields = self.fields(command.words[1:])
        if fields == (One(Literal("-n")),) and self.dialect is Dialect.BASH:
            if not self.just_started or self.traps:
                # bash passes over one that has ended before it is asked
                self.obstacle(
                    "wait -n behind something else than a program in the background", command.place, command.raw
                )
            return Result((), WaitFor((), first=True))
        if all(isinstance(one, One | Split) and not isinstance(one.text, Literal) for one in fields):
            return Result((), WaitFor(fields))
        self.obstacle("a form of wait", command.place, command.raw)
        return Result()

    def do_trap(self, command: tree.Simple, way: Way) -> Result:
        """`trap 'kill $PID' TERM`, on the way that every run takes; what it does is read as a function."""
        words = [word.static for word in command.words[1:]]
        text, signals = (words[0], words[1:]) if len(words) > 1 else (None, [])
        names = [_signal(name, self.dialect) for name in signals]
        parsed = parse(text or "", self.dialect, command.place.path)
        if (
            not text
            or text == "-"
            or parsed.errors
            or None in names
            or command.redirects
            or self.dialect is Dialect.ASH
        ):
            self.obstacle("a trap that is no text for signals", command.place, command.raw)
            return Result()
        if way.branch or way.function or way.apart or way.loop:
            self.obstacle("a trap on a condition", command.place, command.raw)
        own = {node.words[0].static for node in tree.nodes(parsed.body) if isinstance(node, tree.Simple) and node.words}
        if own & {"return", "break", "continue", "trap", "set", "exec"} or mentions_status(parsed.body):
            self.obstacle("a trap that leaves more than itself, or reads a status", command.place, command.raw)
        self.only_python("a trap", command.place, command.raw)
        name = f"on_{'_'.join(one.lower() for one in names if one)}"
        body = tree.Group(parsed.body, subshell=False, redirects=(), place=command.place, raw=command.raw)
        self.definition(tree.Definition(name, body, command.place, command.raw), way)
        self.call(name, replace(command, words=command.words[:1]), (), way)
        self.traps.append(name)
        self.trapped_with.add(self.options.errexit)
        return Result((Trap(name, tuple(one for one in names if one)),), 0)

    def beside_traps(self, script: tree.Sequence, body: object, functions: object) -> None:
        """Note what a trap would find in another state than the shell's own: it may be called behind any command."""
        for node in (*tree.nodes(script), *tree.nodes(tuple(self.definitions.values()))):
            if not isinstance(node, tree.Simple) or not node.words:
                continue
            words = [word.static for word in node.words]
            if words == ["exit"] or (words[0] == "set" and any((word or "").startswith("+") for word in words[1:])):
                self.obstacle(
                    "a trap, and an exit with the status of what was before it, or set +e", node.place, node.raw
                )
        found = next((one for one in tree.nodes((body, functions)) if isinstance(one, Apart | Enter | Output)), None)
        kept = any(isinstance(one, Keep | KeepNumber) for one in tree.nodes(functions))
        if found is not None or kept or self.trapped_with != {self.options.errexit}:
            last = self.definitions[self.traps[-1]]
            self.obstacle(
                "a trap beside ( … ), the output of a program, or a status that a function keeps", last.place, last.raw
            )

    def do_kill(self, command: tree.Simple, way: Way) -> Result:
        """`kill -TERM $PID` of programs in the background."""
        words = [word.static for word in command.words[1:]]
        option = words[0] if words and (words[0] or "").startswith("-") else None
        known = words[1] if option == "-s" and len(words) > 1 else (option or "-TERM")[1:]
        number = _SIGNALS.get(_signal(known, self.dialect) or "", known if known in _NUMBERS else None)
        fields = self.fields(command.words[1 + (option is not None) + (option == "-s") :])
        fixed = any(not isinstance(one, One | Split) or not isinstance(one.text, Variable) for one in fields)
        if number is None or fixed or not fields or command.assignments or self.dialect is Dialect.ASH:
            self.obstacle("a form of kill", command.place, command.raw)
            return Result()
        self.only_python("kill", command.place, command.raw)
        status = 1 if self.dialect is Dialect.BASH else 2
        quiet = self.is_quiet(command, way)
        return Result((), Perform("signal", fields, Literal(str(number)), quiet=quiet, status=status))

    def do_source(self, command: tree.Simple, way: Way) -> Result:
        path = command.words[1].static if len(command.words) > 1 else None
        text = None if path is None else self.files(path)
        if path is None or text is None or path in self.sourcing or len(command.words) > 2 or command.redirects:
            self.obstacle("a file is read whose text is not known", command.place, command.raw)
            return Result()
        if "/" not in path and self.dialect is not Dialect.BASH:
            self.obstacle("a file without a / in its name, which only PATH is searched for", command.place, command.raw)
        if way.protected:
            self.obstacle("the status of a file that is read", command.place, command.raw)
        script = parse(text, self.dialect, path)
        for error in script.errors:
            self.obstacle(error.reason, error.place, error.raw)
        if any(
            isinstance(node, tree.Simple) and node.words and node.words[0].static == "return"
            for node in tree.nodes(script.body)
        ):
            self.obstacle("a file that is read and returns", command.place, command.raw)
        others = set(assigned_names(script.body)) - numeric_names(script.body)
        if others & self.numeric and (way.loop or way.function):
            self.obstacle("a number that a file makes another text of", command.place, command.raw)
        self.numeric -= others
        outer, self.sourcing = self.sourcing, (*self.sourcing, path)
        statements = self.sequence(script.body, way)
        self.sourcing = outer
        if not script.body.items:
            return Result()
        return Result(tuple(statements), left=True)


_SIGNALS: Final = {"HUP": "1", "INT": "2", "QUIT": "3", "KILL": "9", "USR1": "10", "USR2": "12", "TERM": "15", "0": "0"}
_NUMBERS: Final = frozenset(_SIGNALS.values())


def _signal(name: str | None, dialect: Dialect) -> str | None:
    """A signal by the name that a shell knows it by: SIGTERM is one to bash, and none to dash."""
    if name is not None and dialect is Dialect.BASH:
        name = name.removeprefix("SIG")
    return name if name in _SIGNALS and name != "0" else None


COMMANDS: Final[dict[str, Callable[[Simpler, tree.Simple, Way], Result]]] = {
    # What the shell does itself
    ":": Simpler.do_colon,
    "true": Simpler.do_true,
    "false": Simpler.do_false,
    "echo": Simpler.do_echo,
    "printf": Simpler.do_printf,
    "[": Simpler.do_test,
    "test": Simpler.do_test,
    "exit": Simpler.do_exit,
    "return": Simpler.do_return,
    "break": Simpler.do_break,
    "continue": Simpler.do_continue,
    "set": Simpler.do_set,
    "shift": Simpler.do_shift,
    "export": Simpler.do_export,
    "readonly": Simpler.do_readonly,
    "local": Simpler.do_local,
    "unset": Simpler.do_unset,
    "cd": Simpler.do_cd,
    "pwd": Simpler.do_pwd,
    "umask": Simpler.do_umask,
    "ulimit": Simpler.do_ulimit,
    "wait": Simpler.do_wait,
    "trap": Simpler.do_trap,
    "kill": Simpler.do_kill,
    ".": Simpler.do_source,
    "source": Simpler.do_source,
    "exec": Simpler.do_exec,
    "command": Simpler.do_command,
    "type": Simpler.do_which,
    "hash": Simpler.do_which,
    # Small programs that the standard library stands in for
    "sleep": Simpler.do_sleep,
    "which": Simpler.do_which,
    "mkdir": Simpler.do_mkdir,
    "rm": Simpler.do_rm,
    "touch": Simpler.do_touch,
    "ln": Simpler.do_ln,
    "mv": Simpler.do_mv,
    "cp": Simpler.do_cp,
    "chmod": Simpler.do_chmod,
    "chown": Simpler.do_chown,
    "cat": Simpler.do_cat,
    "env": Simpler.do_env,
    "envsubst": Simpler.do_envsubst,
    "nc": Simpler.do_nc,
    "curl": Simpler.do_curl,
    "wget": Simpler.do_wget,
    "hostname": Simpler.do_pwd,
    "nproc": Simpler.do_pwd,
    "whoami": Simpler.do_pwd,
    "id": Simpler.do_pwd,
    "date": Simpler.do_pwd,
}
