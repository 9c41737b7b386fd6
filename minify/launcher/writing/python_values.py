"""Conditions as Python expressions."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.values import (
    AllArguments,
    Answers,
    AnyCharacter,
    AnyText,
    Argument,
    ArgumentCount,
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
    Integer,
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
from minify.launcher.writing.patterns import around, plain_text
from minify.launcher.writing.python_texts import AND, ATOM, COMPARISON, NOT, OR, SUM, PythonTexts

_FILES: Final = {
    "exists": "os.path.exists({})",
    "file": "os.path.isfile({})",
    "directory": "os.path.isdir({})",
    "link": "os.path.islink({})",
    "readable": "os.access({}, os.R_OK)",
    "writable": "os.access({}, os.W_OK)",
    "executable": "os.access({}, os.X_OK)",
    "filled": "has_content({})",
    "socket": "is_socket({})",
    "pipe": "is_pipe({})",
}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class PythonValues(PythonTexts):
    """Writes values and conditions down."""

    def condition(self, condition: Condition) -> Code:
        match condition:
            case Truth():
                return Code(str(condition.value))
            case Filled():
                return self.maybe(condition.text)
            case IsSet():
                return self._is_set(condition)
            case IsOpen():
                return Code(condition.name)
            case Equal():
                return self._equal(condition, "==")
            case FieldCount():
                return self._field_count(condition)
            case OnlyField():
                fields, right = f"split({self.text(condition.text).text})", self.text(condition.right).text
                if condition.negated:
                    return Code(f"len({fields}) == 1 and {fields} != [{right}]", AND)
                return Code(f"{fields} == [{right}]", COMPARISON)
            case Matches():
                return self._matches(condition)
            case MatchesExpression():
                return Code(
                    f"re.search({self.raw_literal(_ending(condition.expression))}, {self.text(condition.text).text})"
                )
            case Compared():
                return self._compared(condition, condition.operator)
            case ComparedTexts():
                sides = (self.text(condition.left).text, self.text(condition.right).text)
                return Code(f"compare({sides[0]}, {self.literal(condition.operator)}, {sides[1]})")
            case FileIs():
                return Code(_FILES[condition.test].format(self.text(condition.path).text))
            case Terminal():
                return Code(f"os.isatty({condition.descriptor})")
            case Available():
                return Code(f"shutil.which({self.text(condition.program).text})")
            case Listening():
                seconds = [] if condition.seconds is None else [f"seconds={condition.seconds:g}"]
                return Code(f"listening({', '.join([*self.fields(condition.address), *seconds])})")
            case Answers():
                return self._answers(condition)
            case Succeeds():
                return Code(f"{self.call_action(condition.action).at(SUM)} == 0", COMPARISON)
            case LastSucceeded():
                return Code("status == 0", COMPARISON)
            case Not():
                return self._not(condition.condition)
            case Both():
                return Code(" and ".join(self.condition(one).at(NOT) for one in condition.conditions), AND)
            case Either():
                return Code(" or ".join(self.condition(one).at(AND) for one in condition.conditions), OR)

    def _is_set(self, condition: IsSet) -> Code:
        if isinstance(condition.value, Variable):
            return Code(f"{self.literal(condition.value.name)} in {self.env}", COMPARISON)
        if isinstance(condition.value, AllArguments) or condition.value.number == 1:
            return Code(self.args)
        return Code(f"len({self.args}) >= {condition.value.number}", COMPARISON)

    def _equal(self, condition: Equal, sign: str) -> Code:
        left, right = condition.left, condition.right
        if isinstance(right, Literal) and right.text:
            if isinstance(left, Argument) and not left.strict and left.number == 1:
                # The first argument, or none
                return Code(f"{self.args}[:1] {sign} [{self.literal(right.text)}]", COMPARISON)
            return Code(f"{self.maybe(left).at(SUM)} {sign} {self.text(right).at(SUM)}", COMPARISON)
        return Code(f"{self.text(left).at(SUM)} {sign} {self.text(right).at(SUM)}", COMPARISON)

    def _field_count(self, condition: FieldCount) -> Code:
        fields = f"split({self.text(condition.text).text})"
        bounds = (condition.least, condition.most)
        if bounds == (0, 0):
            return Code(f"not {fields}", NOT)
        if bounds == (1, None):
            return Code(fields)
        return Code(f"len({fields}) {'== 1' if bounds == (1, 1) else '< 2'}", COMPARISON)

    def _matches(self, condition: Matches) -> Code:
        value = self.text(condition.text)
        fixed = plain_text(condition.pattern)
        if fixed is not None:
            return Code(f"{value.at(SUM)} == {self.text(joined(list(fixed))).at(SUM)}", COMPARISON)
        found = around(condition.pattern)
        if found is not None:
            before, texts, after = found
            sign = self.text(joined(list(texts)))
            if before and after:
                return Code(f"{sign.at(SUM)} in {value.at(SUM)}", COMPARISON)
            return Code(f"{value.at(ATOM)}.{'endswith' if before else 'startswith'}({sign.text})")
        if all(isinstance(part, AnyCharacter) for part in condition.pattern.parts):
            return Code(f"len({value.text}) == {len(condition.pattern.parts)}", COMPARISON)
        if len(condition.pattern.parts) == 2 and condition.pattern.parts in (
            (AnyCharacter(), AnyText()), (AnyText(), AnyCharacter()),
        ):  # fmt: skip
            return self.maybe(condition.text)
        return Code(f"re.fullmatch({self.regex(condition.pattern)}, {value.text}, re.S)")

    def _compared(self, condition: Compared, sign: str) -> Code:
        left, right = self.number(condition.left), self.number(condition.right)
        if isinstance(condition.left, ArgumentCount) and condition.right == Integer(0):
            if sign in (">", "!="):
                return Code(self.args)
            if sign in ("==", "<="):
                return Code(f"not {self.args}", NOT)
        if (condition.left, sign, condition.right) == (ArgumentCount(), ">=", Integer(1)):
            return Code(self.args)
        return Code(f"{left.at(SUM)} {sign} {right.at(SUM)}", COMPARISON)

    def _answers(self, condition: Answers) -> Code:
        options = [f"{name}=True" for name in ("follows", "head", "shows") if getattr(condition, name)]
        options += [] if condition.fails else ["fails=False"]
        options += [] if condition.holds is None else [f"holds={self.literal(condition.holds)}"]
        options += [] if condition.seconds is None else [f"seconds={condition.seconds:g}"]
        return Code(f"answers({', '.join([*self.fields(condition.url), *options])})")

    def _not(self, inner: Condition) -> Code:
        if isinstance(inner, Equal):
            return self._equal(inner, "!=")
        if isinstance(inner, Compared):
            return self._compared(inner, _OPPOSITE[inner.operator])
        if isinstance(inner, Succeeds):
            return Code(f"{self.call_action(inner.action).at(SUM)} != 0", COMPARISON)
        if isinstance(inner, LastSucceeded):
            return Code("status != 0", COMPARISON)
        if isinstance(inner, IsSet) and isinstance(inner.value, Variable):
            return Code(f"{self.literal(inner.value.name)} not in {self.env}", COMPARISON)
        found = around(inner.pattern) if isinstance(inner, Matches) else None
        if isinstance(inner, Matches) and found and found[0] and found[2]:
            sign = self.text(joined(list(found[1])))
            return Code(f"{sign.at(SUM)} not in {self.text(inner.text).at(SUM)}", COMPARISON)
        return Code(f"not {self.condition(inner).at(COMPARISON)}", NOT)


def _ending(expression: str) -> str:
    r"""`$` of a shell's expression is the very end: `\Z` in Python."""
    return re.sub(r"(\\.|\[[^]]*\])|\$", lambda match: match[1] or r"\Z", expression)
