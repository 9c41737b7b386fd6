"""Words to fields and patterns: what splitting, file names and braces make of what is not quoted."""

from __future__ import annotations

import re
from typing import Final

from minify.launcher.program import Dialect
from minify.launcher.reading.expand import BLANK, GLOB, Expander
from minify.launcher.text import tree
from minify.launcher.values import (
    EMPTY,
    AllArguments,
    AnyCharacter,
    AnyOf,
    AnyText,
    EachArgument,
    EachSplit,
    Field,
    Fields,
    Files,
    Literal,
    One,
    Pattern,
    Split,
    Text,
    joined,
)

_BRACES: Final = re.compile(r"\{(?:(-?\d+)\.\.(-?\d+)|([^{}\s]*,[^{}\s]*))\}")


class Fielder(Expander):
    """Reads fields and patterns."""

    def fields(self, words: tuple[tree.Word, ...]) -> Fields:
        """The fields that words become."""
        return tuple(field for word in words for each in self.braces(word) for field in self.fields_of(each))

    def fields_of(self, word: tree.Word) -> tuple[Field, ...]:
        parts = word.parts
        if len(parts) == 1 and isinstance(only := parts[0], tree.Parameter):
            if only.name in ("@", "*") and not only.operator:
                if only.quoted:
                    return (EachArgument(),) if only.name == "@" else (One(AllArguments()),)
                return (EachSplit(),)
            if (only.name, only.operator, only.word and only.word.raw) == ("1", "+", '"$@"'):
                return (EachArgument(),)
            if (
                only.name == "@"
                and only.operator == ":"
                and only.quoted
                and only.word
                and only.word.raw.strip().isdecimal()
            ):
                start = int(only.word.raw)
                if start > 0:
                    return (EachArgument(start),)
        if any(isinstance(part, tree.Parameter) and part.name == "@" and part.quoted for part in parts):
            self.obstacle('"$@" with other text around it', word.place, word.raw)
            return ()
        return (self._field(word),)

    def _field(self, word: tree.Word) -> Field:
        if any(isinstance(part, tree.Parameter) and self._keeps_whole(part) for part in word.parts):
            self.obstacle("quotes inside an unquoted ${…}", word.place, word.raw)
        pieces = [(self.part(part), self._splits(part), getattr(part, "quoted", True)) for part in word.parts]
        text = joined([piece for piece, _, _ in pieces])
        bare = [piece.text for piece, _, quoted in pieces if isinstance(piece, Literal) and not quoted]
        has_pattern = not self.options.noglob and any(GLOB.search(one) for one in bare)
        splits = any(
            splitting and not self.is_plain(piece) for piece, splitting, _ in pieces if not isinstance(piece, Literal)
        ) or any(splitting and isinstance(piece, Literal) for piece, splitting, _ in pieces)
        if not splits and not has_pattern:
            return One(text)
        fixed = [piece for piece, splitting, quoted in pieces if quoted and not splitting]
        if any(not isinstance(piece, Literal) and not self.is_plain(piece) for piece in fixed) or any(
            isinstance(piece, Literal)
            and (piece.text == "" or GLOB.search(piece.text) or BLANK.search(piece.text) or "\\" in piece.text)
            for piece in fixed
        ):
            self.obstacle("quoted and unquoted expansions in one word", word.place, word.raw)
            return One(text)
        if not splits and isinstance(text, Literal):
            return self._files(text.text, word)
        if not splits:
            self.obstacle("a pattern with something expanded in it", word.place, word.raw)
            return One(text)
        return Split(text, patterns=not self.options.noglob)

    def _keeps_whole(self, part: tree.Parameter) -> bool:
        """`${x:-"a b"}`: some of what it gives is split, and some is not."""
        if part.quoted or part.word is None or part.operator.lstrip(":") not in ("-", "+", "="):
            return False
        quoted = [one for one in part.word.parts if getattr(one, "quoted", False)]
        return any(not isinstance(one, tree.Plain) or not self.is_plain(Literal(one.text)) for one in quoted)

    def _files(self, pattern: str, word: tree.Word) -> Field:
        if re.search(r"(^|/)(\.|\[)|\[[!^]?[^]]*[/\[\\]|\\", pattern) and not re.fullmatch(
            r"(\.{1,2}/)*[^.\[\\][^\[\\]*", pattern
        ):
            self.obstacle("a pattern of files that is not a plain one", word.place, word.raw)
        return Files(pattern)

    def _splits(self, part: tree.Part) -> bool:
        """Whether what a part gives is split: it is unquoted and expanded."""
        return isinstance(part, tree.Parameter | tree.Substitution | tree.Arithmetic) and not part.quoted

    def braces(self, word: tree.Word) -> tuple[tree.Word, ...]:
        """`a{b,c}` is `ab ac` to bash; `{1..3}` is `1 2 3`."""
        if self.dialect is not Dialect.BASH:
            return (word,)
        for index, part in enumerate(word.parts):
            if not isinstance(part, tree.Plain) or part.quoted or "{" not in part.text:
                continue
            match = _BRACES.search(part.text)
            if match is None:
                continue
            first, last, choices = match.groups()
            if choices is not None:
                texts = choices.split(",")
            elif re.match(r"-?0\d", first) or re.match(r"-?0\d", last) or abs(int(last) - int(first)) > 1000:
                self.obstacle("a long or padded {…..…}", word.place, word.raw)
                return ()
            else:
                step = 1 if int(last) >= int(first) else -1
                texts = [str(number) for number in range(int(first), int(last) + step, step)]
            around = (part.text[: match.start()], part.text[match.end() :])
            return tuple(
                found
                for text in texts
                for found in self.braces(
                    tree.Word(
                        (*word.parts[:index], tree.Plain(around[0] + text + around[1]), *word.parts[index + 1 :]),
                        word.place,
                        word.raw,
                    )
                )
            )
        if len(word.parts) > 1 and re.search(
            r"\{[^{}]*,|,[^{}]*\}",
            "".join(p.text if isinstance(p, tree.Plain) and not p.quoted else "" for p in word.parts),
        ):
            self.obstacle("{…,…} with something expanded in it", word.place, word.raw)
        return (word,)

    def pattern(self, word: tree.Word) -> Pattern:
        """The pattern that a word is after `case`, `#`, `%` or `[[ x ==`: what is quoted stands for itself."""
        parts: list[Text | AnyText | AnyCharacter | AnyOf] = []
        for part in word.parts:
            if isinstance(part, tree.Plain) and not part.quoted:
                parts += self._pattern_of(part.text, word)
            elif isinstance(part, tree.Plain):
                parts.append(Literal(part.text))
            else:
                text = self.part(part)
                if not getattr(part, "quoted", False) and not isinstance(part, tree.Home) and not self.is_plain(text):
                    self.obstacle("a pattern that only running tells", word.place, word.raw)
                parts.append(text)
        merged: list[Text | AnyText | AnyCharacter | AnyOf] = []
        for one in parts:
            if isinstance(one, Literal) and merged and isinstance(last := merged[-1], Literal):
                merged[-1] = Literal(last.text + one.text)
            elif one != EMPTY and not (isinstance(one, AnyText) and merged and isinstance(merged[-1], AnyText)):
                merged.append(one)
        return Pattern(tuple(merged))

    def _pattern_of(self, text: str, word: tree.Word) -> list[Text | AnyText | AnyCharacter | AnyOf]:
        parts: list[Text | AnyText | AnyCharacter | AnyOf] = []
        at = 0
        while at < len(text):
            character = text[at]
            at += 1
            if character == "*":
                parts.append(AnyText())
            elif character == "?":
                parts.append(AnyCharacter())
            elif character == "[" and (found := re.compile(r"([!^]?)(\]?[^\]]*)\]").match(text, at)):
                ranges = _ranges(found[2])
                if ranges is None or found[1] == "^":
                    self.obstacle("a pattern with a class in […]", word.place, word.raw)
                parts.append(AnyOf(ranges or (), negated=bool(found[1])))
                at = found.end()
            elif character == "[" and len(word.parts) > 1:
                self.obstacle("a pattern with […] that is partly quoted", word.place, word.raw)
            else:
                parts.append(Literal(character))
        return parts


def _ranges(text: str) -> tuple[tuple[str, str], ...] | None:
    """The pairs of `a-z_`; None for `[:alpha:]` and its like.

    >>> _ranges("a-z_")
    (('a', 'z'), ('_', '_'))
    """
    if "[" in text or "\\" in text or not text:
        return None
    found = re.findall(r"(.)-(.)|(.)", text, re.DOTALL)
    return tuple((first, last) if first else (single, single) for first, last, single in found)
