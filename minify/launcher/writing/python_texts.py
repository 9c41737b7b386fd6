"""Texts, numbers, fields and conditions as Python expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.launcher.actions import Action, Call, Run
from minify.launcher.values import (
    AllArguments,
    AnyText,
    Argument,
    ArgumentCount,
    Calculation,
    Cased,
    Chomped,
    Condition,
    Content,
    EachArgument,
    EachSplit,
    Fallback,
    Field,
    Fields,
    Files,
    Filled,
    Held,
    Instead,
    Integer,
    IsSet,
    Joined,
    Known,
    LastStatus,
    Length,
    Literal,
    Moment,
    Named,
    Negative,
    Number,
    NumberOf,
    Numeral,
    One,
    OneOrZero,
    Output,
    Pattern,
    ProcessId,
    Replaced,
    ScriptName,
    Sliced,
    Sole,
    Spaced,
    Split,
    Text,
    Trimmed,
    Unescaped,
    Variable,
    Where,
    joined,
)
from minify.launcher.writing.code import Code
from minify.launcher.writing.layout import BREAK
from minify.launcher.writing.patterns import expression, plain_text

# How tightly an expression holds together
CHOICE, OR, AND, NOT, COMPARISON, SUM, PRODUCT, ATOM = range(8)

_FACTS: Final = {
    "directory": "directory()",
    "uid": "str(os.geteuid())",
    "gid": "str(os.getegid())",
    "user": "user()",
    "hostname": "os.uname().nodename",
    "seconds": "str(int(time.time()))",
    "processors": "str(len(os.sched_getaffinity(0)))",
}


class PythonTexts:
    """Writes values down."""

    env = "env"
    args = "args"
    single = False
    """Single quotes only: for a program on a command line that is JSON."""

    def condition(self, condition: Condition) -> Code:
        """A condition, for a text that depends on one."""
        raise NotImplementedError

    def call_action(self, action: Action) -> Code:
        """An action as an expression that gives its status."""
        raise NotImplementedError

    def options(self, run: Run) -> list[str]:
        """The keyword arguments for the streams and variables of a program."""
        raise NotImplementedError

    def captured(self, run: Run | Call) -> list[str]:
        """The arguments of what reads the output of a program or a function."""
        if isinstance(run, Call):
            return [self.names[run.function], *self.fields(run.arguments)]
        return [*self.fields(run.argv), *self.options(run)]

    names: Mapping[str, str] = {}

    def literal(self, text: str) -> str:
        """A string, in double quotes where it can be."""
        if self.single or ('"' in text and "'" not in text):
            # A double quote in front makes repr() take single quotes
            return "'" + repr('"' + text)[2:]
        return f'"{_double_quoted(text)}"'

    # Texts

    def text(self, text: Text) -> Code:
        match text:
            case Literal():
                return self._literal_lines(text.text)
            case Variable():
                return self._variable(text)
            case Held():
                return Code("word")
            case Argument():
                return self._argument(text)
            case ScriptName():
                return Code(f"(sys.argv[1:2] or [{self.literal(text.shell)}])[0]")
            case AllArguments():
                return Code(f"{self.literal(' ')}.join({self.args})")
            case LastStatus():
                return Code("str(status)")
            case ProcessId():
                return Code("str(children[-1].pid)" if text.background else "str(os.getpid())")
            case Joined():
                return self._joined(text.parts)
            case Fallback() | Instead():
                return self._chosen(text)
            case Trimmed():
                return self._trimmed(text)
            case Replaced():
                return self._replaced(text)
            case Sliced():
                end = "" if text.length is None else str(text.start + text.length)
                return Code(f"{self.text(text.text).at(ATOM)}[{text.start or ''}:{end}]")
            case Cased():
                return self._cased(text)
            case Numeral():
                return Code(f"str({self.number(text.number).text})")
            case Output():
                name = "checked_output" if text.checked else "output"
                return Code(f"{name}({', '.join(self.captured(text.run))})")
            case Known():
                return Code(_FACTS[text.fact])
            case Content():
                return Code(f"content({self.text(text.path).text})")
            case Named():
                suffix = "" if text.suffix is None else f", {self.text(text.suffix).text}"
                return Code(f"{'dirname' if text.directory else 'basename'}({self.text(text.path).text}{suffix})")
            case Where():
                return Code(f"shutil.which({self.text(text.program).text}) or {self.literal('')}", OR)
            case Spaced():
                return Code(f"{self.literal(' ')}.join({self.listed(text.fields)})")
            case Sole():
                return Code(f"split({self.text(text.text).text})[0]")
            case Moment():
                moment = ", time.gmtime()" if text.utc else ""
                return Code(
                    f"time.strftime({self.literal(text.format.replace('%T', '%H:%M:%S').replace('%F', '%Y-%m-%d'))}{moment})"
                )
            case Chomped():
                return Code(f"{self.text(text.text).at(ATOM)}.rstrip({self.literal(chr(10))})")
            case Unescaped():
                return Code(f"unescaped({self.text(text.text).text})[0]")

    def _literal_lines(self, text: str) -> Code:
        lines = text.splitlines(keepends=True)
        if len(lines) < 2 or self.single:
            return Code(self.literal(text))
        return Code(f"({BREAK.join(self.literal(line) for line in lines)})")

    def _variable(self, variable: Variable) -> Code:
        name = self.literal(variable.name)
        if variable.certain:
            return Code(f"{self.env}[{name}]")
        if variable.strict:
            return Code(f"value({name})")
        return Code(f"{self.env}.get({name}, {self.literal('')})")

    def maybe(self, text: Text) -> Code:
        """A text for a place where None is as good as an empty one."""
        if isinstance(text, Variable) and not text.certain and not text.strict:
            return Code(f"{self.env}.get({self.literal(text.name)})")
        return self.text(text)

    def _argument(self, argument: Argument) -> Code:
        if argument.strict:
            return Code(f"argument({self.args}, {argument.number})")
        empty = self.literal("")
        if argument.number == 1:
            return Code(f"{self.args}[0] if {self.args} else {empty}", CHOICE)
        return Code(f"{self.args}[{argument.number - 1}] if len({self.args}) >= {argument.number} else {empty}", CHOICE)

    def _joined(self, parts: tuple[Text, ...]) -> Code:
        if not self.single and any(isinstance(part, Literal) and "\n" in part.text[:-1] for part in parts):
            return self._joined_lines(parts)
        if (
            len(parts) > 2
            and any(isinstance(part, Literal) for part in parts)
            and (formatted := self._formatted(parts))
        ):
            return Code(formatted)
        return Code(" + ".join(self.text(part).at(PRODUCT) for part in parts), SUM)

    def _joined_lines(self, parts: tuple[Text, ...]) -> Code:
        """A text of several lines, one string a line."""
        lines: list[list[Text]] = [[]]
        for part in parts:
            if not isinstance(part, Literal):
                lines[-1].append(part)
                continue
            for piece in part.text.splitlines(keepends=True):
                lines[-1].append(Literal(piece))
                if piece.endswith("\n"):
                    lines.append([])
        codes = []
        for line in filter(None, lines):
            only = joined(line)
            code = self.literal(only.text) if isinstance(only, Literal) else self._formatted(tuple(line))
            if code is None:
                # Neither quotes nor a backslash fit in a formatted string: the lines are added up instead
                return Code(" + ".join(self.text(part).at(PRODUCT) for part in parts), SUM)
            codes.append(code)
        return Code(f"({BREAK.join(codes)})")

    def _formatted(self, parts: tuple[Text, ...]) -> str | None:
        """A formatted string; None where what it would hold has double quotes or a backslash."""
        outer, self.single = self.single, True
        code = ""
        for part in parts:
            if isinstance(part, Literal):
                code += _double_quoted(part.text).replace("{", "{{").replace("}", "}}")
                continue
            inner = self._number_or_text(part)
            if '"' in inner or "\\" in inner or BREAK in inner:
                self.single = outer
                return None
            code += "{" + inner + "}"
        self.single = outer
        return f'f"{code}"'

    def _number_or_text(self, text: Text) -> str:
        """What a formatted string writes of a text: a number needs no str()."""
        if isinstance(text, Numeral):
            return self.number(text.number).text
        return "status" if isinstance(text, LastStatus) else self.text(text).text

    def _chosen(self, text: Fallback | Instead) -> Code:
        other = self.text(text.text)
        if isinstance(text, Instead):
            asked = self.condition(Filled(text.value) if text.empty else IsSet(text.value))
            return Code(f"{other.at(OR)} if {asked.at(OR)} else {self.literal('')}", CHOICE)
        if text.empty:
            return Code(f"{self.maybe(text.value).at(AND)} or {other.at(AND)}", OR)
        if isinstance(text.value, Variable):
            return Code(f"{self.env}.get({self.literal(text.value.name)}, {other.text})")
        if isinstance(text.value, AllArguments):
            return Code(f"{self.text(text.value).text} if {self.args} else {other.at(OR)}", CHOICE)
        there = self.condition(IsSet(text.value)).text
        return Code(f"{self.args}[{text.value.number - 1}] if {there} else {other.at(OR)}", CHOICE)

    def _trimmed(self, text: Trimmed) -> Code:
        value = self.text(text.text)
        parts = text.pattern.parts
        fixed = plain_text(text.pattern)
        if fixed is not None:
            name = "without_suffix" if text.end else "without_prefix"
            return Code(f"{name}({value.text}, {self.text(joined(list(fixed))).text})")
        edge, rest = (parts[-1], parts[:-1]) if text.end else (parts[0], parts[1:])
        mark = plain_text(Pattern(rest))
        if isinstance(edge, AnyText) and mark:
            # `${x%:*}` is what stands before the last colon
            last = text.end != text.longest
            sign = self.text(joined(list(mark))).text
            return Code(f"{value.at(ATOM)}.{'rsplit' if last else 'split'}({sign}, 1)[{0 if text.end else -1}]")
        if text.end:
            keep = "(.*?)" if text.longest else "(.*)"
            return Code(f"trim({self.regex(text.pattern, before=keep)}, {value.text})")
        return Code(f"trim({self.regex(text.pattern, after='(.*)', lazy=not text.longest)}, {value.text})")

    def regex(self, pattern: Pattern, *, before: str = "", after: str = "", lazy: bool = False) -> str:
        pieces = [before, *expression(pattern, lambda text: f"re.escape({self.text(text).text})", lazy=lazy), after]
        code: list[str] = []
        literal = ""
        for piece in [*pieces, "\0"]:
            if not piece.startswith("\0"):
                literal += piece
                continue
            if literal:
                code.append(self.raw_literal(literal))
            literal = ""
            code += [piece[1:]] if piece[1:] else []
        return " + ".join(code) or self.literal("")

    def raw_literal(self, text: str) -> str:
        """A regular expression as a raw string where it has a backslash."""
        quote = "'" if self.single or '"' in text else '"'
        if "\\" not in text or quote in text or text.endswith("\\"):
            return self.literal(text)
        return f"r{quote}{text}{quote}"

    def _replaced(self, text: Replaced) -> Code:
        value, by = self.text(text.text).at(ATOM), self.text(text.by).text
        fixed = plain_text(text.pattern)
        if fixed is not None:
            count = "" if text.everywhere else ", 1"
            return Code(f"{value}.replace({self.text(joined(list(fixed))).text}, {by}{count})")
        count = "" if text.everywhere else ", count=1"
        given = by if isinstance(text.by, Literal) and "\\" not in text.by.text else f"lambda _: {by}"
        return Code(f"re.sub({self.regex(text.pattern)}, {given}, {self.text(text.text).text}{count}, flags=re.S)")

    def _cased(self, text: Cased) -> Code:
        value = self.text(text.text)
        if text.first:
            return Code(f"{'capitalized' if text.upper else 'uncapitalized'}({value.text})")
        return Code(f"{value.at(ATOM)}.{'upper' if text.upper else 'lower'}()")

    # Numbers

    def number(self, number: Number) -> Code:
        match number:
            case Integer():
                return Code(str(number.value), ATOM if number.value >= 0 else PRODUCT)
            case NumberOf():
                return self._number_of(number)
            case Length():
                return Code(f"len({self.text(number.text).text})")
            case ArgumentCount():
                return Code(f"len({self.args})")
            case Negative():
                return Code(f"-{self.number(number.number).at(ATOM)}", PRODUCT)
            case OneOrZero():
                return Code(f"int({self.condition(number.condition).text})")
            case Calculation():
                left, right = self.number(number.left), self.number(number.right)
                if number.operator == "/":
                    return Code(f"quotient({left.text}, {right.text})")
                if number.operator == "%":
                    return Code(f"int(math.fmod({left.text}, {right.text}))")
                tight = PRODUCT if number.operator == "*" else SUM
                return Code(f"{left.at(tight)} {number.operator} {right.at(tight + 1)}", tight)

    def _number_of(self, number: NumberOf) -> Code:
        if isinstance(number.text, LastStatus):
            return Code("status")
        if isinstance(number.text, Known) and number.text.fact in ("uid", "gid", "seconds", "processors"):
            return Code(_FACTS[number.text.fact].removeprefix("str(").removesuffix(")"))
        if isinstance(number.text, ProcessId):
            return Code(self.text(number.text).text.removeprefix("str(").removesuffix(")"))
        return Code(f"{'int' if number.certain else 'number'}({self.text(number.text).text})")

    # Fields

    def fields(self, fields: Fields) -> list[str]:
        """Fields as the arguments of a call or the items of a list."""
        return [self._field(field) for field in fields]

    def _field(self, field: Field) -> str:
        match field:
            case One():
                return self.text(field.text).at(CHOICE)
            case Split():
                return self.splitting(self.text(field.text).at(ATOM), patterns=field.patterns)
            case Files():
                return f"*files({self.literal(field.pattern)})"
            case EachArgument():
                return f"*{self.args}" if field.start == 1 else f"*{self.args}[{field.start - 1}:]"
            case EachSplit():
                return f"*split({self.literal(' ')}.join({self.args}))"

    def splitting(self, text: str, *, patterns: bool) -> str:
        """The fields of unquoted text, spread."""
        return f"*{'split' if patterns else 'words'}({text.removeprefix('(').removesuffix(')') if is_wrapped(text) else text})"

    def listed(self, fields: Fields) -> str:
        """Fields as a list."""
        if len(fields) == 1 and isinstance(fields[0], EachArgument):
            return self._field(fields[0])[1:]
        if len(fields) == 1 and not isinstance(fields[0], One):
            return self._field(fields[0])[1:]
        return f"[{', '.join(self.fields(fields))}]"

    # Conditions


def _double_quoted(text: str) -> str:
    """What stands between double quotes for a text."""
    return repr('"' + text)[2:-1].replace("\\'", "'").replace('"', '\\"')


def is_wrapped(code: str) -> bool:
    """Whether one pair of parentheses is around all of it."""
    if not code.startswith("("):
        return False
    depth = 0
    for index, character in enumerate(code):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return index == len(code) - 1
    return False
