"""What is built with the package: its tables and templates as Python code, which `minify/precompiled.py` loads.

An editable install has it in `compiled/` beside the package; `python hatch_build.py` makes that anew.
"""

from __future__ import annotations

import compileall
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


class CompileHook(BuildHookInterface[Any]):
    """Puts the code into the wheel, or beside the package that is installed editable."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the code before the files of the wheel are gathered."""
        if version == "editable":
            compile_into(ROOT / "compiled")
        else:
            self.folder = Path(tempfile.mkdtemp())
            compile_into(self.folder)
            build_data["force_include"][str(self.folder)] = "minify/compiled"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel has it now."""
        if version != "editable":
            shutil.rmtree(self.folder)


def compile_into(folder: Path) -> None:
    """Fill a folder with the code of every table and template, and take out what is of older ones."""
    sys.path.insert(0, str(ROOT))
    from minify import precompiled
    from minify.files import write_atomically
    from minify.rewrite.compiled_templates import CompiledTemplates
    from minify.rewrite.render import environment

    templates = environment()
    assert isinstance(templates.bytecode_cache, CompiledTemplates)
    files = dict(templates.bytecode_cache.source(templates, name) for name in templates.list_templates())
    for path in ROOT.glob("minify/**/*.yaml"):
        text = path.read_text("utf-8")
        files[precompiled.file_name(path.name, text)] = precompiled.source_of_table(text)
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.py"):
        if path.name not in files:
            path.unlink()
    for name, code in files.items():
        # In one step: a checkout may be in use meanwhile
        write_atomically(folder / name, code.encode())


if __name__ == "__main__":
    compile_into(ROOT / "compiled")
    compileall.compile_dir(ROOT / "compiled", quiet=1)
