"""A launcher in JavaScript that goes on as the application: node finds everything as if it had been started itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from minify.launcher import Dialect, Program, node_source, read
from tests.launcher.harness import NODE

pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not here")

SEEN = """\
const seen = {
  argv: process.argv, execArgv: process.execArgv, main: require.main === module, file: __filename,
  mainPath: process.mainModule.filename, cwd: process.cwd(), home: process.env.KEPT, own: process.env.OWN ?? null,
};
console.log(JSON.stringify(seen));
process.exit(Number(process.argv.at(-1)) || 0);
"""
MODULE = """\
import { fileURLToPath } from "node:url";
import { label } from "./label.mjs";
console.log(JSON.stringify({ argv: process.argv, file: fileURLToPath(import.meta.url), label, cwd: process.cwd() }));
if (process.argv.at(-1) === "throw") throw new Error("wrong");
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "seen.js").write_text(SEEN)
    (folder / "src" / "index.js").write_text("require('../seen.js')\n")
    (folder / "main.mjs").write_text(MODULE)
    (folder / "label.mjs").write_text("export const label = 'x';\n")
    (folder / "typed").mkdir()
    (folder / "typed" / "package.json").write_text('{"type": "module"}')
    (folder / "typed" / "main.js").write_text(MODULE.replace("./label", "../label"))
    return folder


def run(argv: list[str], app: Path) -> tuple[int, str, bool]:
    """The status, what was written, and whether there was a complaint."""
    env = {"PATH": f"{Path(str(NODE)).parent}:/usr/bin:/bin", "KEPT": "k", "PORT": "80 90"}
    done = subprocess.run(argv, cwd=app, env=env, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, bool(done.stderr)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("exec node seen.js --port=$PORT 3", []),
        ("node ./seen.js", []),
        ("node src/index", []),
        ("exec node src", []),
        ("exec node main.mjs a", []),
        ("exec node main.mjs throw", []),
        ("exec node typed/main.js", []),
        ("exec node missing.js", []),
        ("OWN=1; exec node seen.js", []),
        ("export OWN=1; exec node seen.js", []),
        ("OWN=2 exec node seen.js 5", []),
        ("mkdir -p made; cd src; exec node ../seen.js", []),
        ('exec "$@"', ["node", "seen.js", "7"]),
        ('exec "$@"', ["node", "--no-warnings", "seen.js"]),
        ('exec "$@"', ["sh", "-c", "exit 9"]),
        ('exec "$@"', ["missing"]),
        ('set -e; OWN=1; exec "$@"', ["node", "main.mjs", "throw"]),
    ],
)
def test_the_application_sees_no_difference(text: str, arguments: list[str], app: Path, tmp_path: Path) -> None:
    program = read(text, Dialect.DASH, script="/start.sh")
    assert isinstance(program, Program), program
    (tmp_path / "start.sh").write_text(text)
    (tmp_path / "start.cjs").write_text(node_source(program))
    before = run(["sh", str(tmp_path / "start.sh"), *arguments], app)
    after = run([str(NODE), str(tmp_path / "start.cjs"), *arguments], app)
    assert after == before
    if before[1]:
        assert json.loads(before[1])["cwd"].startswith(str(app))
