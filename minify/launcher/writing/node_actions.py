"""Programs, functions and small tasks as JavaScript."""

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
from minify.launcher.writing.node_texts import CHOICE, OR, PRODUCT
from minify.launcher.writing.node_values import NodeValues

_STREAMS: Final = ("input", "output", "error")


class NodeActions(NodeValues):
    """Writes actions down."""

    program: Program
    names: dict[str, str]

    @property
    def exported(self) -> str:
        return "exported()" if self.program.private else "process.env"

    def options(self, run: Run, *, captures: bool = False, execs: bool = False) -> list[str]:
        options: list[str] = []
        streams = [getattr(run.streams, name) for name in _STREAMS]
        codes = [self.stream(stream, number, streams, execs=execs) for number, stream in enumerate(streams)]
        plain = ['"inherit"', '"inherit"', '"inherit"']
        if captures:
            # The output is read in any case: where it went before is what `2>&1` means
            codes[1] = plain[1] = '"pipe"'
            if streams[2] == Inherited(1):
                codes[2] = '"pipe"'
        if codes != plain:
            options.append(f"stdio: [{', '.join(codes)}]")
        if isinstance(streams[0], Given):
            options.append(f"input: {self.text(streams[0].text).text}")
        if run.env:
            own = ", ".join(f"{name}: {self.text(text).text}" for name, text in run.env)
            options.append(f"env: {{ ...{self.exported}, {own} }}")
        return [f"{{ {', '.join(options)} }}"] if options else []

    def stream(self, stream: Stream, number: int, streams: list[Stream], *, execs: bool) -> str:
        if isinstance(stream, Nothing):
            return '"ignore"'
        if isinstance(stream, Opened):
            return stream.name
        if isinstance(stream, Given):
            return '"pipe"'
        if isinstance(stream, Into):
            if number == 2 and stream == streams[1] and not execs:
                return '"output"'
            return f"fs.openSync({self.text(stream.path).text}, {self.literal(stream.mode)})" if execs else '"inherit"'
        assert isinstance(stream, Inherited)
        return '"inherit"' if stream.descriptor == number else str(stream.descriptor)

    def call_action(self, action: Action) -> Code:
        match action:
            case Run():
                return Code(self._run(action))
            case Call():
                code = f"{self.names[action.function]}({', '.join(self.fields(action.arguments))})"
                return Code(f"await {code}", PRODUCT) if self.waits else Code(code)
            case Perform():
                return self._perform(action)
            case Capture():
                assert isinstance(action.run, Run), "the output of a function is for Python"
                arguments = [
                    self.literal(action.name),
                    self.listed(action.run.argv),
                    *self.options(action.run, captures=True),
                ]
                return Code(f"capture({', '.join(arguments)})")
            case Status():
                return Code(f"{self.condition(action.condition).at(OR)} ? 0 : 1", CHOICE)
            case Piped() | WaitFor():
                raise AssertionError("only Python does this")

    def _run(self, run: Run) -> str:
        arguments = [self.listed(run.argv), *self.options(run)]
        files: list[str] = []
        for number, name in enumerate(_STREAMS):
            stream = getattr(run.streams, name)
            if isinstance(stream, Into) and not (number == 2 and stream == run.streams.output):
                files += ["undefined"] * (number - len(files))
                files.append(f"[{self.text(stream.path).text}, {self.literal(stream.mode)}]")
        if files:
            return f"runWith([{', '.join(files)}], {', '.join(arguments)})"
        return f"run({', '.join(arguments)})"

    def _perform(self, action: Perform) -> Code:
        if action.task in ("directory", "sleep"):
            quiet = ", true" if action.quiet and action.task == "directory" else ""
            return Code(f"{'cd' if action.task == 'directory' else 'sleep'}({self.listed(action.arguments)}{quiet})")
        name, fields = self._task(action)
        failure = [] if action.status == 1 else [str(action.status)]
        return Code(f"{'attemptQuietly' if action.quiet else 'attempt'}({', '.join([name, fields, *failure])})")

    def _task(self, action: Perform) -> tuple[str, str]:
        """The function that does a task to a path, and the paths."""
        fields = self.listed(action.arguments)
        codes = self.fields(action.arguments)
        more: list[str] = []
        match action.task:
            case "make_directory":
                return "(name) => fs.mkdirSync(name)", fields
            case "make_directories":
                return "(name) => fs.mkdirSync(name, { recursive: true })", fields
            case "remove":
                if not action.recursive:
                    return "remove" if action.force else "fs.unlinkSync", fields
                return "removeTree" if action.force else "(name) => removeTree(name, true)", fields
            case "touch" | "show":
                return action.task, fields
            case "link":
                flags = ", true" if action.force else ""
                flags += (", false" if flags else ", false, false") if action.recursive else ""
                return f"(name) => link(name, {codes[0]}{flags})", f"[{codes[1]}]"
            case "move" | "copy":
                return f"(name) => {action.task}(name, {codes[0]})", f"[{codes[1]}]"
            case "mode":
                return self._mode(action), fields
            case "owner":
                assert action.detail is not None
                more = [self.text(action.detail).text, *(["true"] if action.recursive else [])]
                return f"(name) => changeOwner(name, {', '.join(more)})", fields
            case "write":
                more = (
                    []
                    if (action.detail or EMPTY) == EMPTY and not action.append
                    else [self.text(action.detail or EMPTY).text]
                )
                more += ['"a"'] if action.append else []
                return (f"(name) => write(name, {', '.join(more)})" if more else "(name) => write(name)"), fields
            case "substitute":
                names = "null" if not isinstance(action.detail, Literal) else self._names(action.detail.text)
                more = [codes[0], names, *(['"a"'] if action.append else [])]
                return f"(name) => substitute(name, {', '.join(more)})", f"[{codes[1]}]"
            case "directory" | "sleep" | "limit" | "signal":
                raise AssertionError(action.task)

    def _names(self, text: str) -> str:
        return f"[{', '.join(map(self.literal, text.split()))}]"

    def _mode(self, action: Perform) -> str:
        assert isinstance(action.detail, Literal)
        mode = action.detail.text
        recursive = ", true" if action.recursive else ""
        if mode.endswith("+x"):
            return f"(name) => changeMode(name, executableBy({self.literal(mode[:-2])}), true{recursive})"
        if action.recursive:
            return f"(name) => changeMode(name, 0o{mode.lstrip('0') or '0'}, false, true)"
        return f"(name) => fs.chmodSync(name, 0o{mode.lstrip('0') or '0'})"
