"""What the gathering step carries, run by a real shell on a folder."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from minify.rewrite.render import environment


@pytest.mark.parametrize("others", [[], ["/not/there"]])
def test_what_a_link_points_at_comes_along(tmp_path: Path, others: list[str]) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "usr").mkdir()
    (tmp_path / "runtime").mkdir()
    (tmp_path / "usr" / "mime.types").write_text("text/plain txt")
    (tmp_path / "etc" / "mime.types").symlink_to(tmp_path / "usr" / "mime.types")
    paths = [str(tmp_path / "etc" / "mime.types"), *others]
    macros = environment().get_template("_macros.j2").make_module({"loader": SimpleNamespace(each="+")})
    script = str(macros.carry(paths, paths)).replace("/runtime", str(tmp_path / "runtime"))  # type: ignore[attr-defined]
    # The step stands at the root: cp --parents keeps modes there alone
    subprocess.run(["sh", "-eu"], input=script, text=True, check=True, cwd="/")
    carried = tmp_path / "runtime" / str(tmp_path).lstrip("/")
    assert (carried / "etc" / "mime.types").is_symlink()
    assert (carried / "usr" / "mime.types").read_text() == "text/plain txt"


@pytest.mark.parametrize("versions", [[], ["3.12"], ["3.12", "3.13"]])
def test_a_pattern_may_stand_for_several(tmp_path: Path, versions: list[str]) -> None:
    (tmp_path / "runtime").mkdir()
    for version in versions:
        (tmp_path / f"python{version}" / "site-packages").mkdir(parents=True)
    macros = environment().get_template("_macros.j2").make_module({"loader": SimpleNamespace(each="+")})
    script = str(macros.carry([f"{tmp_path}/python3.*/site-packages"])).replace("/runtime", str(tmp_path / "runtime"))  # type: ignore[attr-defined]
    subprocess.run(["sh", "-eu"], input=script, text=True, check=True, cwd="/")
    carried = tmp_path / "runtime" / str(tmp_path).lstrip("/")
    found = sorted(path.parent.name for path in carried.glob("*/site-packages"))
    assert found == [f"python{version}" for version in versions]
