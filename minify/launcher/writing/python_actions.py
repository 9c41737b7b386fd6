"""Programs, functions and small tasks as Python."""

from __future__ import annotations

from typing import Final

from minify.launcher.actions import (
    Action,
    Call,
    Capture,
    Given,
    Inherited,
    Into,
    Nothing,
    Opened,
    Perform,
    Piped,
    Run,
    Status,
    Stream,
    WaitFor,
)
from minify.launcher.program import Program
from minify.launcher.values import (
    EMPTY,
    Literal,
)
from minify.launcher.writing.code import Code
from minify.launcher.writing.python_texts import AND, CHOICE
from minify.launcher.writing.python_values import PythonValues

_KEYWORDS: Final = {"input": "stdin", "output": "stdout", "error": "stderr"}
_STREAMS: Final = {0: "sys.stdin", 1: "sys.stdout", 2: "sys.stderr"}


class PythonActions(PythonValues):
    """Writes actions down."""

    program: Program
    names: dict[str, str]

    @property
    def exported(self) -> str:
        """The environment of a program, when it is not simply the launcher's."""
        return "exported()" if self.program.private else "os.environ"

    def options(self, run: Run) -> list[str]:
        options: list[str] = []
        streams = run.streams
        for name in ("input", "output", "error"):
            stream = getattr(streams, name)
            if isinstance(stream, Given):
                options.append(f"input=os.fsencode({self.text(stream.text).text})")
            elif (name == "error" and stream == streams.output and not isinstance(stream, Nothing | Inherited)) or (
                name == "error" and stream == Inherited(1) == streams.output
            ):
                options.append("stderr=subprocess.STDOUT")
            elif not isinstance(stream, Into):
                code = self.stream(stream)
                if code != _STREAMS[{"input": 0, "output": 1, "error": 2}[name]]:
                    options.append(f"{_KEYWORDS[name]}={code}")
        if run.env:
            options.append(f"env={self.environment(run)}")
        return options

    def environment(self, run: Run) -> str:
        own = ", ".join(f"{self.literal(name)}: {self.text(text).at(CHOICE)}" for name, text in run.env)
        return f"{{**{self.exported}, {own}}}"

    def stream(self, stream: Stream) -> str:
        if isinstance(stream, Nothing):
            return "subprocess.DEVNULL"
        if isinstance(stream, Opened):
            return stream.name
        assert isinstance(stream, Inherited)
        return _STREAMS[stream.descriptor]

    traps = False
    """Whether signals call functions: each command at hand ends first."""

    def call_action(self, action: Action) -> Code:
        code = self._call_action(action)
        return (
            Code(f"heard({code.text})") if self.traps and isinstance(action, Run | Perform | Piped | Capture) else code
        )

    def _call_action(self, action: Action) -> Code:
        match action:
            case Run():
                return Code(self._run(action))
            case Call():
                return Code(f"{self.names[action.function]}({', '.join(self.fields(action.arguments))})")
            case Perform():
                return self._perform(action)
            case Piped():
                stages = [self._stage(run) for run in action.runs]
                fails = ["fails=True"] if action.fails else []
                return Code(f"pipe({', '.join([*stages, *fails])})")
            case WaitFor(first=True):
                return Code("wait_first()")
            case WaitFor():
                name = "awaited" if self.traps else "wait"
                return Code(f"{name}({', '.join(self.fields(action.processes))})")
            case Capture():
                return Code(f"capture({', '.join([self.literal(action.name), *self.captured(action.run)])})")
            case Status():
                condition = self.condition(action.condition)
                return Code(f"0 if {condition.at(AND)} else 1", CHOICE)

    def _run(self, run: Run) -> str:
        arguments = [*self.fields(run.argv), *self.options(run)]
        files = []
        for name in ("input", "output", "error"):
            stream = getattr(run.streams, name)
            if isinstance(stream, Into) and not (name == "error" and stream == run.streams.output):
                files.append(
                    f"{self.literal(_KEYWORDS[name])}: ({self.text(stream.path).text}, {self.literal(stream.mode)})"
                )
        if files:
            return f"run_with({', '.join(['{' + ', '.join(files) + '}', *arguments])})"
        return f"run({', '.join(arguments)})"

    def _stage(self, run: Run) -> str:
        options = self.options(run)
        files = [
            f"{_KEYWORDS[name]}=open({self.text(stream.path).text}, {self.literal(stream.mode)})"
            for name in ("input", "output", "error")
            if isinstance(stream := getattr(run.streams, name), Into)
            and not (name == "error" and stream == run.streams.output)
        ]
        return f"dict({', '.join([f'args={self.listed(run.argv)}', *options, *files])})"

    def _perform(self, action: Perform) -> Code:
        if action.task == "signal":
            assert isinstance(action.detail, Literal)
            options = ["quiet=True"] if action.quiet else []
            options += ["every=True"] if action.status == 2 else []
            return Code(f"kill({', '.join([action.detail.text, *self.fields(action.arguments), *options])})")
        name, arguments = self._task(action)
        if action.quiet:
            return Code(f"quietly({', '.join([name, *arguments])})")
        return Code(f"{name}({', '.join(arguments)})")

    def _task(self, action: Perform) -> tuple[str, list[str]]:
        """The function that does a task, and its arguments."""
        paths = self.fields(action.arguments)
        options: list[str] = []
        task: str = action.task
        match action.task:
            case "directory":
                return "cd", paths
            case "sleep":
                return "sleep", paths
            case "signal":
                raise AssertionError(action.task)
            case "touch" | "show":
                pass
            case "make_directory":
                task = "os.mkdir"
            case "make_directories":
                task, options = "os.makedirs", ["exist_ok=True"]
            case "remove":
                if action.recursive:
                    task, options = "remove_tree", [] if action.force else ["strict=True"]
                else:
                    task = "remove" if action.force else "os.unlink"
            case "link":
                task, paths, options = "link", paths[1:], [f"to={paths[0]}"]
                options += ["force=True"] if action.force else []
                options += ["follow=False"] if action.recursive else []
            case "move" | "copy":
                task, paths, options = action.task, paths[1:], [f"source={paths[0]}"]
            case "mode":
                task, options = self._mode(action)
            case "owner":
                assert action.detail is not None
                task, options = "change_owner", [f"owner={self.text(action.detail).text}"]
                options += ["recursive=True"] if action.recursive else []
            case "write":
                text = action.detail or EMPTY
                task, options = "write", [] if text == EMPTY else [f"text={self.text(text).text}"]
                options += ['mode="a"'] if action.append else []
            case "limit":
                assert isinstance(action.detail, Literal)
                kind, unit, which = action.detail.text.split()
                task, options = "limit", [f"kind=resource.{kind}", f"unit={unit}"]
                options += [f"{name}=False" for name, letter in (("soft", "S"), ("hard", "H")) if letter not in which]
            case "substitute":
                task, paths, options = "substitute", paths[1:], [f"source={paths[0]}"]
                if isinstance(action.detail, Literal):
                    options.append(f"names={action.detail.text.split()!r}".replace("'", '"'))
                options += ['mode="a"'] if action.append else []
        failure = [] if action.status == 1 else [f"failure={action.status}"]
        return "attempt", [task, *paths, *failure, *options]

    def _mode(self, action: Perform) -> tuple[str, list[str]]:
        assert isinstance(action.detail, Literal)
        mode = action.detail.text
        options = ["recursive=True"] if action.recursive else []
        if mode.endswith("+x"):
            return "change_mode", [f"mode=executable_by({self.literal(mode[:-2])})", "add=True", *options]
        if action.recursive:
            return "change_mode", [f"mode=0o{mode.lstrip('0') or '0'}", *options]
        return "os.chmod", [f"mode=0o{mode.lstrip('0') or '0'}"]
