"""The package's own tables and templates in the form that loads fastest: Python code, made when the package is built.

Code is found by the checksum of the text that it was made of, so none is ever out of date: a text that changed since,
or one of a checkout that was never installed, is read itself. That takes longer and says the same.
"""

from __future__ import annotations

import zlib
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any


def table(path: Path) -> Any:
    """What a YAML file of the package says, every scalar as text; OSError or ValueError when it cannot be read."""
    text = path.read_text(encoding="utf-8")
    code = find(path.name, text)
    if code is None:
        return _parsed(text)
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return namespace["TABLE"]


def source_of_table(text: str) -> str:
    """The code that `table` runs for a YAML text.

    >>> source_of_table("python: 3.10")
    "TABLE = {'python': '3.10'}\\n"
    """
    return f"TABLE = {_parsed(text)!r}\n"


def find(name: str, text: str) -> CodeType | None:
    """The code that was made of a text; None when there is none."""
    path = _directory() / file_name(name, text)
    return SourceFileLoader(path.stem, str(path)).get_code(path.stem) if path.is_file() else None


def file_name(name: str, text: str) -> str:
    """The file that holds what was made of a text.

    >>> file_name("python.yaml", "kind: language")
    'python.yaml-f68f7997.py'
    """
    return f"{name}-{zlib.crc32(text.encode()):08x}.py"


@cache
def _directory() -> Path:
    """Where the code is: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    shipped = package / "compiled"
    return shipped if shipped.is_dir() else package.parent / "compiled"


def _parsed(text: str) -> Any:
    import yaml

    try:
        # YAML's base schema, so that 3.10 stays 3.10
        return yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
