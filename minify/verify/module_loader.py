"""Loading modules inside an image: one container tries them all, and goes on behind one that takes it down."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from minify.verify.endings import ending
from minify.verify.engine import Ended
from minify.verify.imports import Wanted

MAX_CRASHES: Final = 8

# For Python 2.7 as well. What modules print goes nowhere, and their exit ends nothing.
_PYTHON: Final = """
import importlib, json, os, sys
token, folder, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
del sys.argv[1:]
if sys.path[:1] == [""]:
    sys.path[0] = folder
out = os.fdopen(os.dup(1), "w")
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
def say(*what):
    out.write("\\n" + token + json.dumps(what) + "\\n")
    out.flush()
for name, members in wanted:
    say("begin", name)
    origin = error = ""
    try:
        module = importlib.import_module(name)
        origin = getattr(module, "__file__", None) or ""
        for member in members:
            if not hasattr(module, member):
                importlib.import_module(name + "." + member)
    except BaseException as problem:
        error = type(problem).__name__ + ": " + str(problem)
    say("end", name, origin, error)
os._exit(0)
"""

_NODE: Final = """
const [token, folder, list] = process.argv.slice(1);
process.argv.splice(1);
const fs = require("fs"), path = require("path"), url = require("url");
const leave = process.reallyExit.bind(process);
process.exit = () => { throw new Error("it ends the process"); };
process.stdout.write = process.stderr.write = () => true;
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
const say = (...what) => fs.writeSync(1, "\\n" + token + JSON.stringify(what) + "\\n");
const near = require("module").createRequire(path.join(folder, "[modules]"));
const NOT_CALLED = ["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"];
async function load(name) {
  let origin = "";
  try {
    origin = near.resolve(name);
  } catch (problem) {
    if (problem.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw problem;
    await import(name);
    return origin;
  }
  try {
    near(name);
  } catch (problem) {
    if (!NOT_CALLED.includes(problem.code)) throw problem;
    await import(url.pathToFileURL(origin).href);
  }
  return origin;
}
(async () => {
  for (const [name] of JSON.parse(list)) {
    say("begin", name);
    let origin = "", error = "";
    try {
      origin = await load(name);
    } catch (problem) {
      error = String((problem && problem.name) || "Error") + ": " + String((problem && problem.message) || problem);
    }
    say("end", name, origin, error);
  }
  leave(0);
})();
"""

_SCRIPTS: Final = {"python": ("-c", _PYTHON), "node": ("-e", _NODE)}


@dataclass(frozen=True, slots=True)
class Loaded:
    """How loading a module went: the file it came from, or what went wrong."""

    origin: str = ""
    error: str = ""


Run = Callable[[tuple[str, ...]], Ended]
"""Runs the interpreter with arguments, to its end."""


def load(language: str, folder: str, wanted: Sequence[Wanted], run: Run) -> dict[str, Loaded]:
    """Load modules one after another, as from a script in `folder`; those that were not reached are left out.

    load("python", "/app", modules.wanted["python"], lambda argv: engine.run(image.id, Start(entrypoint=…, command=argv)))
    """
    option, script = _SCRIPTS[language]
    found: dict[str, Loaded] = {}
    waiting = [(one.name, one.members) for one in wanted]
    for _ in range(MAX_CRASHES):
        if not waiting:
            break
        token = f"{secrets.token_hex(12)}:"
        ended = run((option, script, token, folder, json.dumps(waiting)))
        begun = _read(ended.stdout, token, found)
        if begun is not None:
            # It took the interpreter with it
            found[begun] = Loaded(error=f"the interpreter ended: {ending(ended)}")
        elif not any(name in found for name, _ in waiting):
            # Not one was begun: the interpreter itself does not start
            said = (ended.stderr or ended.stdout).strip().split("\n")[-1]
            return found | {name: Loaded(error=f"the interpreter does not start: {said}") for name, _ in waiting}
        waiting = [one for one in waiting if one[0] not in found]
    return found


def _read(output: str, token: str, found: dict[str, Loaded]) -> str | None:
    """Note what was loaded; the module that was begun and not ended."""
    begun: str | None = None
    for line in output.split("\n"):
        if not line.startswith(token):
            continue
        try:
            what, name, *rest = json.loads(line.removeprefix(token))
        except ValueError:
            # Cut off in the middle
            continue
        begun = name if what == "begin" else None
        if what == "end":
            found[name] = Loaded(origin=str(rest[0]), error=str(rest[1]))
    return begun
