"""Texts, numbers, fields and conditions as JavaScript expressions."""

from __future__ import annotations

import json
import re
from typing import Final

from minify.launcher.actions import Action, Run
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

# How tightly an expression holds together; ?? stands with neither && nor ||
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, UNARY, ATOM = range(8)

_FACTS: Final = {
    "directory": "directory()",
    "uid": "String(process.geteuid())",
    "gid": "String(process.getegid())",
    "user": "os.userInfo().username",
    "hostname": "os.hostname()",
    "seconds": "String(Math.floor(Date.now() / 1000))",
}


class NodeTexts:
    """Writes values down."""

    waits = False
    """Something is waited for: functions are asynchronous."""

    def condition(self, condition: Condition) -> Code:
        """A condition, for a text that depends on one."""
        raise NotImplementedError

    def call_action(self, action: Action) -> Code:
        """An action as an expression that gives its status."""
        raise NotImplementedError

    def options(self, run: Run, *, captures: bool = False) -> list[str]:
        """The last argument for the streams and variables of a program, if there is one."""
        raise NotImplementedError

    def literal(self, text: str) -> str:
        """A string in double quotes, in single ones where it holds double ones alone."""
        code = json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        if '"' in text and "'" not in text:
            return "'" + code[1:-1].replace('\\"', '"') + "'"
        return code

    # Texts

    def text(self, text: Text) -> Code:
        match text:
            case Literal():
                return self._lines((text,)) if "\n" in text.text[:-1] else Code(self.literal(text.text))
            case Variable():
                return self._variable(text)
            case Held():
                return Code("word")
            case Argument():
                if text.strict:
                    return Code(f"argument(args, {text.number})")
                return Code(f'args[{text.number - 1}] ?? ""', CHOICE)
            case ScriptName():
                return Code(f"process.argv[2] ?? {self.literal(text.shell)}", CHOICE)
            case AllArguments():
                return Code('args.join(" ")')
            case LastStatus():
                return Code("String(status)")
            case ProcessId():
                return Code("String(process.pid)")
            case Joined():
                return self._joined(text.parts)
            case Fallback() | Instead():
                return self._chosen(text)
            case Trimmed():
                return self._trimmed(text)
            case Replaced():
                return self._replaced(text)
            case Sliced():
                end = "" if text.length is None else f", {text.start + text.length}"
                return Code(f"[...{self.text(text.text).at(UNARY)}].slice({text.start}{end}).join({self.literal('')})")
            case Cased():
                return self._cased(text)
            case Numeral():
                return Code(f"String({self.number(text.number).text})")
            case Output():
                assert isinstance(text.run, Run), "the output of a function is for Python"
                name = "checkedOutput" if text.checked else "output"
                return Code(
                    f"{name}({', '.join([self.listed(text.run.argv), *self.options(text.run, captures=True)])})"
                )
            case Known():
                return Code(_FACTS[text.fact])
            case Content():
                return Code(f"content({self.text(text.path).text})")
            case Named():
                suffix = "" if text.suffix is None else f", {self.text(text.suffix).text}"
                return Code(f"{'dirname' if text.directory else 'basename'}({self.text(text.path).text}{suffix})")
            case Where():
                return Code(f"which({self.text(text.program).text})")
            case Spaced():
                return Code(f"{self.listed(text.fields)}.join({self.literal(' ')})")
            case Sole():
                return Code(f"split({self.text(text.text).text})[0]")
            case Moment():
                return Code(f"moment({self.literal(text.format)}, {'true' if text.utc else 'false'})")
            case Chomped():
                return Code(f"{self.text(text.text).at(ATOM)}.replace(/\\n+$/, {self.literal('')})")
            case Unescaped():
                return Code(f"unescaped({self.text(text.text).text})[0]")

    def _variable(self, variable: Variable) -> Code:
        if variable.certain:
            return Code(f"env.{variable.name}")
        if variable.strict:
            return Code(f"value({self.literal(variable.name)})")
        return Code(f'env.{variable.name} ?? ""', CHOICE)

    def maybe(self, text: Text) -> Code:
        """A text for a place where undefined is as good as an empty one."""
        if isinstance(text, Variable) and not text.certain and not text.strict:
            return Code(f"env.{text.name}")
        if isinstance(text, Argument) and not text.strict:
            return Code(f"args[{text.number - 1}]")
        return self.text(text)

    def _joined(self, parts: tuple[Text, ...]) -> Code:
        if any(isinstance(part, Literal) and "\n" in part.text[:-1] for part in parts):
            return self._lines(parts)
        if len(parts) > 2 and any(isinstance(part, Literal) for part in parts):
            return Code(self._template(parts))
        return Code(" + ".join(self.text(part).at(PRODUCT) for part in parts), SUM)

    def _lines(self, parts: tuple[Text, ...]) -> Code:
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
            codes.append(self.literal(only.text) if isinstance(only, Literal) else self._template(tuple(line)))
        return Code(f"({f' +{BREAK}'.join(codes)})")

    def _template(self, parts: tuple[Text, ...]) -> str:
        code = ""
        for part in parts:
            if isinstance(part, Literal):
                code += (
                    json.dumps(part.text, ensure_ascii=False)[1:-1]
                    .replace('\\"', '"')
                    .replace("`", "\\`")
                    .replace("${", "\\${")
                )
            elif isinstance(part, Numeral):
                code += "${" + self.number(part.number).text + "}"
            else:
                code += "${" + ("status" if isinstance(part, LastStatus) else self.text(part).text) + "}"
        return f"`{code}`"

    def _chosen(self, text: Fallback | Instead) -> Code:
        other = self.text(text.text)
        if isinstance(text, Instead):
            asked = self.condition(Filled(text.value) if text.empty else IsSet(text.value))
            return Code(f"{asked.at(OR)} ? {other.at(OR)} : {self.literal('')}", CHOICE)
        if text.empty:
            return Code(f"{self.maybe(text.value).at(AND)} || {other.at(AND)}", OR)
        if isinstance(text.value, AllArguments):
            return Code(f"args.length ? {self.text(text.value).text} : {other.at(OR)}", CHOICE)
        return Code(f"{self.maybe(text.value).at(COMPARISON)} ?? {other.at(COMPARISON)}", CHOICE)

    def _trimmed(self, text: Trimmed) -> Code:
        value = self.text(text.text)
        parts = text.pattern.parts
        fixed = plain_text(text.pattern)
        if fixed is not None:
            name = "withoutSuffix" if text.end else "withoutPrefix"
            return Code(f"{name}({value.text}, {self.text(joined(list(fixed))).text})")
        edge, rest = (parts[-1], parts[:-1]) if text.end else (parts[0], parts[1:])
        mark = plain_text(Pattern(rest))
        if isinstance(edge, AnyText) and mark:
            last = ", true" if text.end != text.longest else ""
            return Code(
                f"{'before' if text.end else 'after'}({value.text}, {self.text(joined(list(mark))).text}{last})"
            )
        if text.end:
            keep = "(.*?)" if text.longest else "(.*)"
            return Code(f"trim({self.regex(text.pattern, before=keep)}, {value.text})")
        return Code(f"trim({self.regex(text.pattern, after='(.*)', lazy=not text.longest)}, {value.text})")

    def regex(self, pattern: Pattern, *, before: str = "", after: str = "", lazy: bool = False) -> str:
        pieces = [before, *expression(pattern, lambda text: f"escaped({self.text(text).text})", lazy=lazy), after]
        code: list[str] = []
        literal = ""
        for piece in [*pieces, "\0"]:
            if not piece.startswith("\0"):
                literal += piece
                continue
            if literal:
                code.append(self.literal(literal))
            literal = ""
            code += [piece[1:]] if piece[1:] else []
        return " + ".join(code) or self.literal("")

    def _replaced(self, text: Replaced) -> Code:
        value, by = self.text(text.text).at(ATOM), self.text(text.by).text
        fixed = plain_text(text.pattern)
        if fixed is not None and text.everywhere:
            return Code(f"{value}.split({self.text(joined(list(fixed))).text}).join({by})")
        if fixed is not None:
            return Code(f"{value}.replace({self.text(joined(list(fixed))).text}, () => {by})")
        return Code(
            f"{value}.replace(RegExp({self.regex(text.pattern)}, {self.literal('gsu' if text.everywhere else 'su')}), () => {by})"
        )

    def _cased(self, text: Cased) -> Code:
        value = self.text(text.text)
        change = "toUpperCase" if text.upper else "toLowerCase"
        if text.first:
            return Code(f"{value.at(ATOM)}.replace(/^./su, (first) => first.{change}())")
        return Code(f"{value.at(ATOM)}.{change}()")

    # Numbers

    def number(self, number: Number) -> Code:
        match number:
            case Integer():
                return Code(str(number.value), ATOM if number.value >= 0 else UNARY)
            case NumberOf():
                return self._number_of(number)
            case Length():
                return Code(f"[...{self.text(number.text).at(UNARY)}].length")
            case ArgumentCount():
                return Code("args.length")
            case Negative():
                return Code(f"-{self.number(number.number).at(ATOM)}", UNARY)
            case OneOrZero():
                return Code(f"Number({self.condition(number.condition).text})")
            case Calculation():
                left, right = self.number(number.left), self.number(number.right)
                if number.operator == "/":
                    return Code(f"Math.trunc({left.at(PRODUCT)} / {right.at(UNARY)})")
                tight = SUM if number.operator in "+-" else PRODUCT
                return Code(f"{left.at(tight)} {number.operator} {right.at(tight + 1)}", tight)

    def _number_of(self, number: NumberOf) -> Code:
        if isinstance(number.text, LastStatus):
            return Code("status")
        code = self.text(number.text).text
        if code.startswith("String("):
            return Code(code.removeprefix("String(").removesuffix(")"))
        return Code(f"{'Number' if number.certain else 'number'}({code})")

    # Fields

    def fields(self, fields: Fields) -> list[str]:
        """Fields as the items of a list."""
        return [self._field(field) for field in fields]

    def _field(self, field: Field) -> str:
        match field:
            case One():
                return self.text(field.text).text
            case Split():
                return f"...{'split' if field.patterns else 'words'}({self.text(field.text).text})"
            case Files():
                return f"...files({self.literal(field.pattern)})"
            case EachArgument():
                return "...args" if field.start == 1 else f"...args.slice({field.start - 1})"
            case EachSplit():
                return f"...split(args.join({self.literal(' ')}))"

    def listed(self, fields: Fields) -> str:
        """Fields as a list."""
        if len(fields) == 1 and not isinstance(fields[0], One):
            return self._field(fields[0])[3:]
        return f"[{', '.join(self.fields(fields))}]"

    # Conditions


def identifier(name: str, taken: set[str]) -> str:
    """A function's name in JavaScript: `wait-for` is `waitFor`.

    >>> identifier("wait-for", set())
    'waitFor'
    """
    found = re.sub(r"[\W_]+(\w)", lambda match: match[1].upper(), name.strip("_-.:"), flags=re.ASCII)
    found = re.sub(r"\W", "", found, flags=re.ASCII) or "step"
    found = "_" + found if found[0].isdecimal() else found
    while found in taken:
        found += "_"
    return found
