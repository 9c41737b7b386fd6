"""Conditions as JavaScript expressions."""

from __future__ import annotations

from typing import Final

from minify.launcher.values import (
    AllArguments,
    Answers,
    AnyCharacter,
    AnyText,
    Available,
    Both,
    Compared,
    ComparedTexts,
    Condition,
    Either,
    Equal,
    FieldCount,
    FileIs,
    Filled,
    IsOpen,
    IsSet,
    LastSucceeded,
    Listening,
    Literal,
    Matches,
    MatchesExpression,
    Not,
    OnlyField,
    Succeeds,
    Terminal,
    Truth,
    Variable,
    joined,
)
from minify.launcher.writing.code import Code
from minify.launcher.writing.node_texts import AND, ATOM, COMPARISON, OR, SUM, UNARY, NodeTexts
from minify.launcher.writing.patterns import around, plain_text

_FILES: Final = {
    "exists": "fs.existsSync({})",
    "file": "look({})?.isFile()",
    "directory": "look({})?.isDirectory()",
    "link": "look({}, false)?.isSymbolicLink()",
    "readable": "allowed({}, fs.constants.R_OK)",
    "writable": "allowed({}, fs.constants.W_OK)",
    "executable": "allowed({}, fs.constants.X_OK)",
    "filled": "hasContent({})",
    "socket": "look({})?.isSocket()",
    "pipe": "look({})?.isFIFO()",
}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class NodeValues(NodeTexts):
    """Writes values and conditions down."""

    def condition(self, condition: Condition) -> Code:
        match condition:
            case Truth():
                return Code("true" if condition.value else "false")
            case Filled():
                return self.maybe(condition.text)
            case IsSet():
                return self._is_set(condition)
            case IsOpen():
                return Code(condition.name)
            case Equal():
                return self._equal(condition, "===")
            case FieldCount():
                return self._field_count(condition)
            case OnlyField():
                name = "isOther" if condition.negated else "isOnly"
                return Code(f"{name}(split({self.text(condition.text).text}), {self.text(condition.right).text})")
            case Matches():
                return self._matches(condition)
            case MatchesExpression():
                return Code(f"RegExp({self.literal(condition.expression)}).test({self.text(condition.text).text})")
            case Compared():
                return self._compared(condition, condition.operator)
            case ComparedTexts():
                sides = (self.text(condition.left).text, self.text(condition.right).text)
                return Code(f"compare({sides[0]}, {self.literal(condition.operator)}, {sides[1]})")
            case FileIs():
                return Code(_FILES[condition.test].format(self.text(condition.path).text))
            case Terminal():
                return Code(f"tty.isatty({condition.descriptor})")
            case Available():
                return Code(f"which({self.text(condition.program).text})")
            case Listening():
                seconds = "" if condition.seconds is None else f", {condition.seconds:g}"
                return Code(f"await listening({self.listed(condition.address)}{seconds})", UNARY)
            case Answers():
                return self._answers(condition)
            case Succeeds():
                return Code(f"{self.call_action(condition.action).at(SUM)} === 0", COMPARISON)
            case LastSucceeded():
                return Code("status === 0", COMPARISON)
            case Not():
                return self._not(condition.condition)
            case Both():
                return Code(" && ".join(self.condition(one).at(AND) for one in condition.conditions), AND)
            case Either():
                return Code(" || ".join(self.condition(one).at(OR) for one in condition.conditions), OR)

    def _is_set(self, condition: IsSet) -> Code:
        if isinstance(condition.value, Variable):
            return Code(f"{self.literal(condition.value.name)} in env", COMPARISON)
        if isinstance(condition.value, AllArguments):
            return Code("args.length > 0", COMPARISON)
        return Code(f"args.length >= {condition.value.number}", COMPARISON)

    def _equal(self, condition: Equal, sign: str) -> Code:
        left, right = condition.left, condition.right
        if isinstance(right, Literal) and right.text:
            return Code(f"{self.maybe(left).at(SUM)} {sign} {self.text(right).at(SUM)}", COMPARISON)
        return Code(f"{self.text(left).at(SUM)} {sign} {self.text(right).at(SUM)}", COMPARISON)

    def _field_count(self, condition: FieldCount) -> Code:
        fields = f"split({self.text(condition.text).text}).length"
        comparison = {(0, 0): "=== 0", (1, 1): "=== 1", (0, 1): "< 2", (1, None): "> 0"}
        return Code(f"{fields} {comparison[condition.least, condition.most]}", COMPARISON)

    def _matches(self, condition: Matches) -> Code:
        value = self.text(condition.text)
        fixed = plain_text(condition.pattern)
        if fixed is not None:
            return Code(f"{value.at(SUM)} === {self.text(joined(list(fixed))).at(SUM)}", COMPARISON)
        found = around(condition.pattern)
        if found is not None:
            before, texts, after = found
            name = "includes" if before and after else "endsWith" if before else "startsWith"
            return Code(f"{value.at(ATOM)}.{name}({self.text(joined(list(texts))).text})")
        if condition.pattern.parts in ((AnyCharacter(), AnyText()), (AnyText(), AnyCharacter())):
            return self.maybe(condition.text)
        whole = self.regex(condition.pattern, before="^(?:", after=")$")
        return Code(f"RegExp({whole}, {self.literal('su')}).test({value.text})")

    def _compared(self, condition: Compared, sign: str) -> Code:
        sign = {"==": "===", "!=": "!=="}.get(sign, sign)
        return Code(f"{self.number(condition.left).at(SUM)} {sign} {self.number(condition.right).at(SUM)}", COMPARISON)

    def _answers(self, condition: Answers) -> Code:
        options = [f"{name}: true" for name in ("fails", "follows", "head", "shows") if getattr(condition, name)]
        options += [] if condition.holds is None else [f"holds: {self.literal(condition.holds)}"]
        options += [] if condition.seconds is None else [f"seconds: {condition.seconds:g}"]
        return Code(f"await answers({self.listed(condition.url)}, {{ {', '.join(options)} }})", UNARY)

    def _not(self, inner: Condition) -> Code:
        if isinstance(inner, Equal):
            return self._equal(inner, "!==")
        if isinstance(inner, Compared):
            return self._compared(inner, _OPPOSITE[inner.operator])
        if isinstance(inner, Succeeds):
            return Code(f"{self.call_action(inner.action).at(SUM)} !== 0", COMPARISON)
        if isinstance(inner, LastSucceeded):
            return Code("status !== 0", COMPARISON)
        return Code(f"!{self.condition(inner).at(ATOM)}", UNARY)
