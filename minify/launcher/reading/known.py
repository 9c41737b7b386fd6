"""What the runtime knows by itself: `pwd`, `id -u`, `date +%s`, `dirname`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from minify.launcher.reading.options import OptionReader
from minify.launcher.reading.scope import Way
from minify.launcher.reading.statuses import Result
from minify.launcher.text import tree
from minify.launcher.values import (
    Content,
    Known,
    Moment,
    Named,
    One,
    Text,
    Where,
)

# What strftime(3) gives in every locale alike
_MOMENT: Final = re.compile(r"\+(?:[^%]|%[YmdHMSFTszjyRu%])*")


class Facts(OptionReader):
    """Reads calls of programs that only say something."""

    def known_output(self, command: tree.Simple) -> Text | None:
        if not command.words or command.assignments:
            return None
        if command.redirects and not all(
            one.descriptor == 2 and one.target.static == "/dev/null" for one in command.redirects
        ):
            return None
        name = command.words[0].static
        words = command.words[1:]
        if name in self.definitions:
            return None
        written = " ".join(word.static or "?" for word in words)
        match (name, written):
            case ("pwd", ""):
                return Known("directory")
            case ("hostname", ""):
                return Known("hostname")
            case ("nproc", ""):
                self.only_python("nproc", command.place, command.raw)
                return Known("processors")
            case ("whoami", "") | ("id", "-un" | "-u -n"):
                return Known("user")
            case ("id", "-u"):
                return Known("uid")
            case ("id", "-g"):
                return Known("gid")
            case _:
                pass
        if name == "date":
            return self._moment([word.static for word in words], command)
        if (name == "command" and len(words) == 2 and words[0].static == "-v") or (name == "which" and len(words) == 1):
            fields = self.fields(words[-1:])
            if len(fields) == 1 and isinstance(fields[0], One):
                self.starts(words[-1].static, command.place, command.raw, asked=True)
                return Where(fields[0].text)
        return self._of_path(name, words)

    def _of_path(self, name: str | None, words: tuple[tree.Word, ...]) -> Text | None:
        if name not in ("cat", "dirname", "basename") or any((word.static or "").startswith("-") for word in words):
            return None
        fields = self.fields(words)
        texts = [field.text for field in fields if isinstance(field, One)]
        if len(texts) != len(fields):
            return None
        if name == "cat":
            return Content(texts[0]) if len(texts) == 1 else None
        if name == "dirname":
            return Named(texts[0], directory=True) if len(texts) == 1 else None
        if len(texts) not in (1, 2):
            return None
        return Named(texts[0], directory=False, suffix=texts[1] if len(texts) == 2 else None)

    def _moment(self, words: list[str | None], command: tree.Simple) -> Text | None:
        utc = words[:1] in (["-u"], ["--utc"])
        words = words[1:] if utc else words
        if len(words) != 1 or words[0] is None or not _MOMENT.fullmatch(words[0]):
            return None
        if words[0] == "+%s":
            return Known("seconds")
        if re.search(r"%[jyRuzs]", words[0]):
            self.only_python("a date of that form", command.place, command.raw)
        return Moment(words[0][1:], utc)

    def do_pwd(self, command: tree.Simple, way: Way) -> Result:
        text = self.known_output(replace(command, redirects=()))
        if text is None:
            return self.program(command, way)
        return self.printed(command, text, way, newline=True)
