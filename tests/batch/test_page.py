"""`batch --page`: one page of every change; without it nothing is kept for one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.batch.conftest import SLIM, Batch
from tests.batch.generate import repository


def test_every_change_of_every_repository(batch: Batch, tmp_path: Path) -> None:
    repository(tmp_path / "repos" / "one", {"Dockerfile": SLIM, "sub/Dockerfile": SLIM})
    repository(tmp_path / "repos" / "two", {"Dockerfile": SLIM, "bad.Dockerfile": b"FROM a\nFORM b\n"})
    repository(tmp_path / "repos" / "none", {"Dockerfile": b'FROM scratch\nCMD ["/a"]\n'})
    assert batch("repos", "-o", "out").code == 0
    assert not (tmp_path / "out" / "changes.html").exists()
    answer = batch("repos", "-o", "out", "--page")
    assert answer.code == 0, answer.err
    assert "changes.html" in answer.out
    text = (tmp_path / "out" / "changes.html").read_text("utf-8")
    files = [json.loads(body) for body in re.findall(r'class="file">(.*?)</script>', text)]
    said = {file["path"]: file for file in files}
    assert sorted(said) == [
        "repos/one/Dockerfile",
        "repos/one/sub/Dockerfile",
        "repos/two/Dockerfile",
        "repos/two/bad.Dockerfile",
    ]
    assert said["repos/one/sub/Dockerfile"]["name"] == "sub/Dockerfile"
    assert said["repos/one/sub/Dockerfile"]["root"] == "repos/one"
    assert [change["code"] for change in said["repos/two/Dockerfile"]["changes"] if change["suggested"]] == [
        "pip-no-cache"
    ]
    assert "unknown instruction" in said["repos/two/bad.Dockerfile"]["error"]
    # A run that goes on writes the same again, though nothing is done twice
    batch("repos", "-o", "out", "--page")
    assert (tmp_path / "out" / "changes.html").read_text("utf-8") == text
