"""Lua: which interpreter it is, what its sources start, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

HEAD = (
    "FROM debian:12-slim\nRUN apt-get update && apt-get install -y lua5.4 lua-socket luarocks\nWORKDIR /app\nCOPY . .\n"
)
FILES = {"app.lua": "print(1)\n"}

# The start, the source, the reason
STOPPED = [
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n', "x()\nos.execute('ls')", "app.lua:2 starts a program by a shell", id="os.execute"
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n',
        "local run = io.popen\n",
        "app.lua:1 starts a program by a shell",
        id="by another name",
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n', 'os["execute"]("ls")', "app.lua:1 starts a program by a shell", id="by a text"
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n', 'local ffi = require "ffi"', "app.lua: ffi loads libraries by name", id="FFI"
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n', "package.loadlib('x', 'y')", "app.lua:1 loads a library by name", id="loadlib"
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n',
        "local unistd = require('posix.unistd')",
        "app.lua: posix.unistd starts programs that only its caller knows",
        id="a module",
    ),
    *(
        pytest.param(
            'CMD ["lua5.4", "app.lua"]\n', source, f"app.lua:{line} starts a program by a shell", id=source[:40]
        )
        for source, line in (
            ("local i = io\nlocal p = i.popen('ls')", 2),
            ('require("os").execute("ls")', 1),
            ("local o = _G.os\nreturn o.execute('ls')", 2),
            ("local sh, os = os, nil\nsh.execute('ls')", 2),
            ("run(os)\nfunction run(o) o['execute']('ls') end", 2),
            ("for k, f in pairs(_G) do\n  if k == 'os' then f['execute']('ls') end end", 2),
            ("(os).execute('ls')", 1),
            ("load('os.execute(\\'ls\\')')()", 1),
            ("return package.loaded['io']\n.popen('ls')", 2),
        )
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n',
        "require 'pl'\n",
        "app.lua: pl may start programs by a shell",
        id="all of Penlight",
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n',
        "local ok, file = pcall(require, 'pl.file')\n",
        "app.lua: pl.file may start programs by a shell",
        id="Penlight's files",
    ),
    pytest.param(
        'CMD ["lua5.4", "app.lua"]\n',
        "\x1bLuaT",
        "app.lua is compiled: what it starts is not known",
        id="what is compiled",
    ),
    pytest.param(
        'CMD ["lua5.4", "-lposix", "app.lua"]\n',
        "",
        "posix starts programs that only its caller knows",
        id="a module in the command",
    ),
    pytest.param(
        'ENV LUA_INIT="os.execute()"\nCMD ["lua5.4", "app.lua"]\n',
        "",
        "code in LUA_INIT may start programs",
        id="code in a variable",
    ),
    pytest.param('CMD ["lua5.4", "-e", "x()"]\n', "", "code in the command may start programs", id="code"),
    pytest.param(
        'CMD ["/opt/lua5.4", "app.lua"]\n', "", "where /opt/lua5.4 comes from is not known", id="another interpreter"
    ),
]

NOTHING = """-- os.execute("ls")
--[[ io.popen("ls")
]]
--[==[ os.execute ]] ]==]
local a = "os.execute('ls')" .. 'io.popen' .. [[os.execute]]
local cos = { execute = 1 }
print(cos.execute, pos.execute, os.time(), io.open("x"), { os = 1, io = 2 })
local t = require("socket.http")
-- require("posix")
local os, io = os, io
local environment = setmetatable({}, { __index = _G })
database.execute("select 1"); connection:execute("select 2"); local windows = jit.os == "Windows"
local List, stringx = require "pl.List", require("pl.stringx")
"""

# A file of the context, its text
READ = [
    ("lua_modules/share/lua/5.4/x.lua", "os.execute('ls')"),
    ("bin/run", "#!/usr/bin/env lua\nos.execute('ls')"),
    ("routes.conf", "os.execute('ls')"),
    ("views/a.etlua", "<p>it's</p><% os.execute('ls') %>"),
    ("a.moon", "os.execute 'ls'"),
]


@pytest.mark.parametrize(("start", "source", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, start: str, source: str, reason: str) -> None:
    outcome = fix(tmp_path, HEAD + start, {"app.lua": source})
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


def test_what_only_looks_like_it(tmp_path: Path) -> None:
    outcome = fix(tmp_path, HEAD + 'CMD ["lua5.4", "app.lua"]\n', {"app.lua": NOTHING})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    after = outcome.patch.after.text
    assert after.endswith('CMD ["lua5.4", "app.lua"]\n')
    assert "--recurse lua5.4 lua-socket >" in after
    assert "for path in /usr/local/share/lua /usr/local/lib/lua; do" in after


@pytest.mark.parametrize(("path", "text"), READ)
def test_whatever_is_copied_is_read(tmp_path: Path, path: str, text: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    files = {path: text, "app.lua": "dofile('routes.conf')\n"}
    outcome = fix(tmp_path, HEAD + 'CMD ["lua5.4", "app.lua"]\n', files)
    line = text.count("\n") + 1
    assert [r.reason for r in outcome.plan.refusals if r.rung is Rung.DISTROLESS] == [
        f"{path}:{line} starts a program by a shell"
    ]


def test_an_alias_in_one_file_and_its_use_in_another(tmp_path: Path) -> None:
    files = {"b.lua": "return { system = os }\n", "app.lua": "require('b').system.execute('ls')\n"}
    outcome = fix(tmp_path, HEAD + 'CMD ["lua5.4", "app.lua"]\n', files)
    assert [r.reason for r in outcome.plan.refusals if r.rung is Rung.DISTROLESS] == [
        "app.lua:1 starts a program by a shell"
    ]


def test_options_of_the_script_are_its_own(tmp_path: Path) -> None:
    outcome = fix(tmp_path, HEAD + 'CMD ["lua5.4", "-lsocket", "app.lua", "-e", "prod"]\n', {})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_files_of_the_system_that_modules_look_up(tmp_path: Path) -> None:
    text = HEAD + 'CMD ["lua5.4", "app.lua"]\n'
    after = fix(tmp_path, text, {"app.lua": "local sql = require 'luasql.mysql'\n"}).patch.after.text
    assert "/ossl-modules /usr/lib/*-linux-gnu*/libmariadb3 /usr/lib/mariadb/plugin; do" in after


def test_a_script_that_asks_env(tmp_path: Path) -> None:
    files = {"run": "#!/usr/bin/env lua\nprint(1)\n"}
    outcome = fix(tmp_path, HEAD + 'ENTRYPOINT ["./run"]\nCMD ["x"]\n', files)
    assert outcome.patch.after.text.endswith('ENTRYPOINT ["/usr/bin/lua", "./run"]\nCMD ["x"]\n')


def test_lua_that_no_package_brings_is_not_known(tmp_path: Path) -> None:
    outcome = fix(tmp_path, 'FROM debian:12-slim\nCOPY . .\nCMD ["lua5.4", "app.lua"]\n', {})
    assert outcome.plan.detection is None
    assert outcome.plan.rung < Rung.DISTROLESS


def test_sources_that_are_mounted(tmp_path: Path) -> None:
    text = HEAD.replace("COPY . .", "COPY data .") + 'CMD ["lua5.4", "/srv/app.lua"]\n'
    outcome = fix(tmp_path, text, {"data": "x"})
    assert "none of the application's Lua files is in the build context" in outcome.plan.refusals[0].reason


def test_twice_is_once(tmp_path: Path) -> None:
    once = fix(tmp_path, HEAD + 'CMD ["lua5.4", "app.lua"]\n', {}).patch.after.text
    assert fix(tmp_path, once, {}).patch.after.text == once


def fix(tmp_path: Path, text: str, files: dict[str, str]) -> api.Outcome:
    for name, content in {**FILES, **files}.items():
        (tmp_path / name).write_text(content)
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    return api.fix(path)
