"""The HTML page: one file without anything from a network, for one Dockerfile or thousands."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from minify.report.page_data import summary
from minify.rewrite.render import pieces

_ASSETS: Final = Path(__file__).parent / "page"
_SCRIPTS: Final = ("edits.js", "difference.js", "colours.js", "diff_view.js", "picture.js", "page.js")


def page(files: Iterable[dict[str, Any]], title: str = "dockminify", templates: Path | None = None) -> str:
    """The whole page for what `page_data.data` and `page_data.refused` say of each file."""
    return "".join(stream(files, title, templates))


def stream(files: Iterable[dict[str, Any]], title: str = "dockminify", templates: Path | None = None) -> Iterator[str]:
    """The same in pieces: of the files only what the list shows is held, so that there may be thousands."""
    script = '"use strict";\n(() => {\n' + "\n".join(_asset(name) for name in _SCRIPTS) + "})();\n"
    style = _asset("page.css")
    summaries: list[dict[str, Any]] = []
    digest = sha256()

    def bodies() -> Iterator[str]:
        for file in files:
            summaries.append(summary(file))
            body = _json(file)
            digest.update(body.encode())
            yield body

    def index() -> str:
        # Decisions that a browser keeps belong to these files as they are
        return _json({"title": title, "id": digest.hexdigest()[:16], "files": summaries})

    values = {
        "title": title,
        "style": style,
        "style_digest": _digest(style),
        "script": script,
        "script_digest": _digest(script),
        "index": index,
        "files": bodies(),
    }
    return pieces("page.html.j2", values, templates)


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text("utf-8")


def _json(value: Any) -> str:
    """JSON that no text in it can end: a `<` of a Dockerfile is written as an escape. Lone surrogates are escapes too."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _digest(text: str) -> str:
    """What the content security policy lets run: this text and no other."""
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
