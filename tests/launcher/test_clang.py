"""Commands with variables as a C program, against the shell: the same words, and the same ends."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from minify import api
from minify.launcher.writing.clang import c

COMMANDS = (
    "./show --port $PORT",
    "./show --port=$PORT --host ${HOST}",
    'exec ./show "$PORT" "${HOST:-0.0.0.0}:${PORT:-8080}"',
    "./show ${OPTS} --last",
    "./show ${OPTS-a b} ${OPTS:-c  d} e",
    "./show $HOST$PORT $NONE",
    './show "a $OPTS b" "$NONE" \'$PORT\' $OPTS$PORT',
    "./show pre${PORT:-x}post ${HOST-h}",
)
VALUES: tuple[dict[str, str], ...] = (
    {},
    {"PORT": "80", "HOST": "::1", "OPTS": "-a -b"},
    {"PORT": "", "HOST": "", "OPTS": ""},
    {"PORT": " 8 ", "HOST": "\ta\nb", "OPTS": "  x  y  "},
    {"PORT": "*", "HOST": "?.txt", "OPTS": "*.txt no*such .h* [ab].txt"},
    {"PORT": "a*b", "HOST": "[", "OPTS": "sub/* *"},
    {"PORT": "$(id)", "HOST": "`id`", "OPTS": "\"a b\" 'c' ;& | > # ~ {a,b}"},
    {"PORT": "é ü", "HOST": "%s%n", "OPTS": "-"},
    {"PORT": "a\\b", "HOST": "c\\", "OPTS": "x\\\\y [c].txt ~ ~root $HOME"},
    {"PORT": "a:b", "HOST": "[[:alpha:]].txt", "OPTS": "[!a].txt 'x y'", "IFS": ":"},
    {"PORT": "sub//one", "HOST": "sub/", "OPTS": ".//a.txt sub//* sub/../a.txt"},
)
SHOW = '#include <stdio.h>\nint main(int c, char **v) { for (int i = 0; i < c; i++) printf("<%s>", v[i]); return c; }\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("gcc", "dash"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("place")
    (folder / "show.c").write_text(SHOW)
    subprocess.run(("gcc", "-o", folder / "show", folder / "show.c"), check=True)
    for name in ("a.txt", "b.txt", ".hidden", "sub/one", "sub/two"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    return folder


def source_of(command: str, folder: Path) -> str | None:
    dockerfile = folder / "Dockerfile"
    dockerfile.write_text(f"FROM debian:13\nCMD {command}\n")
    shelled = api.fix(dockerfile).facts.launch.shelled
    return c(shelled[0].program, command) if shelled else None


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_words(command: str, place: Path, tmp_path: Path) -> None:
    source = source_of(command, tmp_path)
    assert source is not None
    (tmp_path / "launch.c").write_text(source)
    built = tmp_path / "launch"
    flags = ("-O2", "-static", "-Wall", "-Wextra", "-Werror")
    made = subprocess.run(
        ("gcc", *flags, "-o", built, tmp_path / "launch.c"), capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    for values in VALUES:
        environment = {"PATH": os.environ["PATH"], **values}
        ends = [
            subprocess.run(argv, cwd=place, env=environment, capture_output=True, check=False)
            for argv in (("dash", "-c", command), (str(built),))
        ]
        assert (ends[1].returncode, ends[1].stdout) == (ends[0].returncode, ends[0].stdout), values


def test_what_cannot_start(place: Path, tmp_path: Path) -> None:
    for program, status in (("./none", 127), ("./a.txt", 126), ("nosuchprogram", 127)):
        source = source_of(f"{program} $PORT", tmp_path)
        assert source is not None
        (tmp_path / "launch.c").write_text(source)
        subprocess.run(("gcc", "-static", "-o", tmp_path / "launch", tmp_path / "launch.c"), check=True)
        assert subprocess.run((tmp_path / "launch",), cwd=place, capture_output=True, check=False).returncode == status


MORE = (
    './show "$NONE" ""$NONE \'$PORT\' \\$PORT',
    './show "$OPTS"$OPTS"*" "[a]"$PORT',
    "cd /srv && ./show $PORT",
    "./show $PORT > /log",
    "PORT=1 ./show $PORT",
    "./show $PORT | cat",
    "./show $PWD",
    "set -u; ./show $PORT",
    "$PROGRAM $PORT",
    "./show ${PORT:?is not set}",
    "./show ${PORT%x}",
    "./show $(id)",
    "./show *.txt $PORT",
)


@pytest.mark.parametrize("command", MORE)
def test_what_does_more(command: str, tmp_path: Path) -> None:
    assert source_of(command, tmp_path) is None
