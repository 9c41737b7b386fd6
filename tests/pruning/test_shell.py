"""The shell of a pruned image: it goes where nothing that runs needs it, and what keeps it is named with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from minify.api import Outcome, fix_source
from minify.edit import Safety
from minify.plan import SHELL, Options, Rung
from minify.plan import Outcome as Became
from minify.planner import Wish
from minify.syntax import Source
from tests.context.folder import context

PYTHON = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
NODE = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n'


def pruned(root: Path, text: str, files: Mapping[str, str | bytes], keep: tuple[str, ...] = ()) -> Outcome:
    wish = Wish(to=Rung.PRUNED, options=Options(keep=keep))
    outcome = fix_source(Source(text), context(root, files), wish, Safety.INFERRED)
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    return outcome


def shell(outcome: Outcome) -> tuple[Became, str, int | None]:
    return next((d.outcome, d.reason, d.line) for d in outcome.plan.decisions if d.subject == SHELL)


def final(outcome: Outcome) -> str:
    return outcome.patch.after.text.partition("FROM scratch\n")[2]


# The Dockerfile and its context; what ENTRYPOINT, CMD and HEALTHCHECK are then
GOES = [
    pytest.param(PYTHON, {"app.py": "print(1)\n"}, 'CMD ["/usr/local/bin/python", "app.py"]\n', id="an exec form"),
    pytest.param(PYTHON.replace('["python", "app.py"]', "python app.py"), {"app.py": "print(1)\n"}, 'CMD ["/usr/local/bin/python", "app.py"]\n', id="a shell form of one plain command"),
    pytest.param(NODE, {"server.js": "require('http')\n"}, 'CMD ["/usr/local/bin/node", "server.js"]\n', id="the start script of the base, which only finds node"),
    pytest.param(NODE.replace('CMD ["node", "server.js"]', "RUN npm install\nCMD npm start"), {"server.js": "1\n", "package.json": '{"scripts": {"start": "node server.js", "check": "sh check.sh"}}'}, 'CMD ["/usr/local/bin/node", "server.js"]\n', id="npm, which would start one"),
    pytest.param(NODE.replace("COPY", "RUN npm install -g nodemon\nCOPY"), {"server.js": "1\n"}, 'CMD ["/usr/local/bin/node", "server.js"]\n', id="a tool for developers, which would start one"),
    pytest.param(NODE + "HEALTHCHECK CMD curl -f http://localhost:3000/\n", {"server.js": "1\n"}, 'HEALTHCHECK CMD ["/usr/local/bin/node", ', id="a health check that node asks"),
    pytest.param('FROM python:3.12-alpine\nRUN apk add gdal-driver-pg\nCOPY app.py /\nCMD ["python", "/app.py"]\n', {"app.py": "print(1)\n"}, 'CMD ["/usr/local/bin/python", "/app.py"]\n', id="packages of Alpine that may be loaded"),
    pytest.param('FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gosu\nCOPY app.py /\nENTRYPOINT ["gosu", "nobody", "python", "/app.py"]\n', {"app.py": "1\n"}, 'USER nobody\nENTRYPOINT ["/usr/local/bin/python", "/app.py"]\n', id="a program that changes users, which USER does"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "files", "start"), GOES)
def test_it_goes(tmp_path: Path, text: str, files: Mapping[str, str], start: str) -> None:
    outcome = pruned(tmp_path, text, files)
    reason = "nothing that runs is a shell script, starts a shell, or starts a program that may"
    assert shell(outcome) == (Became.DROPPED, reason, None)
    assert start in final(outcome)
    assert "docker-entrypoint.sh" not in final(outcome)
    assert "the shell" in outcome.patch.after.text


def test_its_programs_go_with_the_others(tmp_path: Path) -> None:
    text = pruned(tmp_path, PYTHON, {"app.py": "print(1)\n"}).patch.after.text
    assert (
        " gpgv sqv bash dash rbash sh chage chfn chsh expiry gpasswd login mount newgrp sg passwd su umount; do rm -f /bin/$program "
        in " ".join(text.replace("\\\n", "").split())
    )


def test_of_busybox_every_name_goes_at_once_and_last(tmp_path: Path) -> None:
    files = {"main.go": "package main\n\nfunc main() {}\n", "go.mod": "module a\n\ngo 1.24\n"}
    text = (
        "FROM golang:1.24-alpine AS make\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /server .\n"
        'FROM alpine:3.22\nCOPY --from=make /server /server\nENTRYPOINT ["/server"]\n'
    )
    outcome = pruned(tmp_path, text, files)
    assert shell(outcome)[0] is Became.DROPPED
    step = outcome.patch.after.text.partition("FROM scratch")[0].rstrip().splitlines()
    last = "find /bin /sbin /usr/bin /usr/sbin -exec test {} -ef /bin/busybox \\; -exec busybox rm -f {} +"
    assert step[-1].strip() == last
    assert "rm -f /bin/apk /sbin/apk" in outcome.patch.after.text, "no link of it is named by itself"


# The Dockerfile and its context; what keeps the shell, and the line that is named
STAYS = [
    pytest.param(PYTHON, {"app.py": "import os\nos.system('date')\n"}, "something may start one: app.py:2 starts a shell", None, id="a source that starts one"),
    pytest.param(PYTHON, {"app.py": "import subprocess\nsubprocess.run(['tar', 'c'])\n"}, "something may start one: app.py:2 starts tar, which comes with the base image", None, id="a source that starts a program of the base"),
    pytest.param(PYTHON, {"app.py": "import subprocess, sys\nsubprocess.run(sys.argv)\n"}, "something may start one: app.py:2 starts a program whose name is not known", None, id="a source that does not say what it starts"),
    pytest.param(PYTHON, {"app.py": "S = ['/bin/bash']\n"}, "app.py:1 names bash", None, id="a source that names one"),
    pytest.param(PYTHON, {"app.py": "1\n", "requirements.txt": "invoke\n"}, "something may start one: requirements.txt:1 invoke starts programs that are not known here (runs command lines through bash)", None, id="a library that may start one"),
    pytest.param(NODE, {"server.js": "1\n", "package.json": '{"dependencies": {"zx": "^8"}}'}, "something may start one: package.json zx starts programs that are not known here (runs bash)", None, id="a package that starts one"),
    pytest.param(NODE, {"server.js": "const a = require('child_process')\na.exec('ls')\n"}, "something may start one: server.js:2 starts a shell", None, id="a source in JavaScript"),
    pytest.param(PYTHON + "HEALTHCHECK CMD pgrep python | wc -l\n", {"app.py": "1\n"}, "HEALTHCHECK is in the shell form", 5, id="a health check"),
    pytest.param(PYTHON + 'HEALTHCHECK CMD ["/app/check.sh"]\n', {"app.py": "1\n", "check.sh": "#!/bin/sh\n"}, "check.sh is a shell script", None, id="a script that asks for the health"),
    pytest.param(PYTHON.replace('["python", "app.py"]', "python app.py; true"), {"app.py": "1\n"}, "CMD: nothing that it starts is its last step", 4, id="a shell form that is more than a command"),
    pytest.param(PYTHON.replace("CMD", 'ENTRYPOINT ["/app/run.sh"]\nCMD'), {"app.py": "1\n", "run.sh": "#!/bin/bash\nexec python app.py &\nwait\n"}, "run.sh", 4, id="a script that starts"),
    pytest.param(PYTHON + "RUN unheard-of-tool\n", {"app.py": "1\n"}, "something may start one: what unheard-of-tool writes is not known", 5, id="a command that is not known"),
    pytest.param(PYTHON + "ADD https://example.org/tool /usr/bin/\n", {"app.py": "1\n"}, "something may start one: https://example.org/tool is fetched when the image is built", 5, id="a download"),
    pytest.param('FROM debian:12\nRUN apt-get update && apt-get install -y tcl\nCOPY x.tcl /\nCMD ["tclsh", "/x.tcl"]\n', {"x.tcl": "puts 1\n"}, "whether tclsh starts one is not known", 4, id="a language that is not read"),
    pytest.param('FROM ubuntu:24.04\nRUN apt-get update && apt-get install -y python3\nCOPY app.py /\nCMD ["python3", "/app.py"]\n', {"app.py": "from ctypes.util import find_library\nprint(find_library('z'))\n"}, "ldconfig, which finds libraries by their names, is a shell script in ubuntu:24.04", None, id="Ubuntu's ldconfig"),
    pytest.param('FROM debian:12\nRUN apt-get update && apt-get install -y cron\nCMD ["cron", "-f"]\n', {}, "cron is a scheduler that runs commands in a shell", 3, id="a scheduler"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "files", "reason", "line"), STAYS)
def test_what_keeps_it(tmp_path: Path, text: str, files: Mapping[str, str], reason: str, line: int | None) -> None:
    became, said, where = shell(pruned(tmp_path, text, files))
    assert reason and became is Became.KEPT and said.startswith("stays: ") and reason in said
    assert where == line


def test_without_a_context_it_stays() -> None:
    from minify.api import fix_text

    outcome = fix_text(PYTHON.encode(), wish=Wish(to=Rung.PRUNED))
    assert shell(outcome) == (Became.KEPT, "stays: something may start one: the build context is not known", 3)


@pytest.mark.parametrize("path", ["sh", "/bin/sh", "/usr/bin/bash"])
def test_the_settings_keep_it(tmp_path: Path, path: str) -> None:
    outcome = pruned(tmp_path, PYTHON, {"app.py": "print(1)\n"}, keep=(path,))
    assert shell(outcome) == (Became.KEPT, f"stays: {path} is asked for", None)
    assert "rbash" not in outcome.patch.after.text


def test_who_gosu_starts_it_as_is_not_who_the_container_starts_as(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gosu\nCOPY app.py /\n"
        'ENTRYPOINT ["gosu", "nobody", "python", "/app.py"]\n'
    )
    outcome = pruned(tmp_path, text, {"app.py": "import os\nos.system('date')\n"})
    assert shell(outcome)[0] is Became.KEPT
    assert "USER" not in final(outcome), "only root may change users"


def test_what_is_for_whoever_has_a_shell_goes_with_it(tmp_path: Path) -> None:
    def step(outcome: Outcome) -> str:
        return " ".join(outcome.patch.after.text.replace("\\\n", "").split())

    assert " sh chage chfn chsh " in step(pruned(tmp_path / "without", PYTHON, {"app.py": "print(1)\n"}))
    named = step(pruned(tmp_path / "named", PYTHON, {"app.py": "print('mount it first')\n"}))
    assert " chsh " in named and " mount " not in named.partition("for program in")[2].partition("; do")[0]
    link = step(pruned(tmp_path / "link", PYTHON, {"app.py": "sg = 1\n"}))
    assert " newgrp " not in link and " sg " not in link, "one is a link to the other"
    kept = step(pruned(tmp_path / "kept", PYTHON, {"app.py": "import os\nos.system('date')\n"}))
    assert " chsh " not in kept
