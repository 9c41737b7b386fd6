"""Programs that the application starts: what only the original's system has stops a final image without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.image.catalog import lookup
from minify.image.programs import programs
from minify.plan import Rung

PYTHON = 'FROM python:3.12{variant}\n{install}WORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'
NODE = 'FROM node:20{variant}\n{install}WORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["node", "app.js"]\n'
GIT = "RUN apt-get update && apt-get install -y git\n"


def reasons(
    tmp_path: Path,
    text: str,
    *,
    variant: str = "-slim",
    install: str = "",
    requirements: str = "",
    dockerfile: str | None = None,
) -> list[str]:
    """What stops distroless; nothing when it is taken."""
    python = "subprocess" in text or "shutil" in text
    dockerfile = dockerfile or (PYTHON if python else NODE)
    (tmp_path / "Dockerfile").write_text(dockerfile.format(variant=variant, install=install))
    (tmp_path / ("app.py" if python else "app.js")).write_text(text)
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "tool").write_text("#!/usr/bin/env python3\n")
    (tmp_path / "reader").write_text("#!/usr/local/bin/python3\n")
    (tmp_path / "requirements.txt").write_text(requirements)
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    outcome = api.fix(tmp_path / "Dockerfile")
    found = [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is Rung.DISTROLESS]
    assert bool(found) == (outcome.plan.rung < Rung.DISTROLESS)
    return found


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('["bash", "-c", x]', "app.py:2 starts bash"),
        ('["/bin/sh", "run.sh"]', "app.py:2 starts /bin/sh"),
        ('["Rscript", "x.R"]', "app.py:2 starts Rscript: a shell reads R's start script"),
        ('["ls", "-l"]', "app.py:2 starts ls, which comes with the base image"),
        ('["/usr/bin/env", "x"]', "app.py:2 starts /usr/bin/env, which comes with the base image"),
        ('["./run.sh"]', "app.py:2 starts ./run.sh, which /bin/sh reads"),
        ('["/app/run.sh"]', "app.py:2 starts /app/run.sh, which /bin/sh reads"),
        ('["./tool"]', "app.py:2 starts ./tool, which /usr/bin/env reads"),
        ('["node_modules/.bin/x"]', "app.py:2 starts node_modules/.bin/x, a script that env finds node for"),
        ("[x]", "app.py:2 starts a program whose name is not known"),
        ('"/tmp/script"', "app.py:2 starts /tmp/script, which is made at run time"),
        ('["pip", "install", x]', "app.py:2 starts pip, which is left out"),
        ('"true", shell=True', "app.py:2 starts a shell"),
    ],
)  # fmt: skip
def test_what_stops_python(tmp_path: Path, call: str, reason: str) -> None:
    assert reasons(tmp_path, f"import subprocess\ndef f(x): subprocess.run({call})\n") == [reason]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("import subprocess, sys; subprocess.run([sys.executable, 'x.py'])", id="the interpreter itself"),
        pytest.param("import subprocess; subprocess.run(['./reader'])", id="a script of the interpreter's"),
        pytest.param("import subprocess; subprocess.run(['gunicorn', 'x:y'])", id="a package's program"),
        pytest.param(
            "import subprocess; subprocess.run(['git', 'describe'])", id="one that the original lacks as well"
        ),
        pytest.param("import shutil\ndef f(x): shutil.which(x)", id="looked for, not started"),
    ],
)
def test_what_does_not_stop_python(tmp_path: Path, line: str) -> None:
    assert reasons(tmp_path, f"{line}\n", requirements="gunicorn\n") == []


def test_what_a_larger_base_brings(tmp_path: Path) -> None:
    text = "import subprocess\nsubprocess.run(['git', 'describe'])\n"
    assert reasons(tmp_path, text, variant="") == ["app.py:2 starts git, which comes with the base image"]


@pytest.mark.parametrize("variant", ["", "-slim"])
def test_what_is_installed_comes_along(tmp_path: Path, variant: str) -> None:
    text = "import subprocess\nsubprocess.run(['git', 'describe'])\n"
    assert reasons(tmp_path, text, variant=variant, install=GIT) == []


@pytest.mark.parametrize(
    ("package", "call", "reason"),
    [
        ("postgresql-client", "pg_dump", "pg_dump of postgresql-client is a script, and perl is left out"),
        ("chromium", "ls", "chromium of chromium is a script, and sh is left out"),
        ("xvfb", "xvfb-run", "xvfb-run of xvfb is a script, and sh is left out"),
        ("xvfb", "Xvfb", None),
        ("gzip", "zgrep", "zgrep of gzip is a script, and sh is left out"),
        ("p7zip-full", "7z", "7z of p7zip-full is a script, and sh is left out"),
        ("wait-for-it", "wait-for-it", "wait-for-it of wait-for-it is a script, and sh is left out"),
        ("poppler-utils", "pdftotext", None),
    ],
)
def test_a_script_needs_what_reads_it(tmp_path: Path, package: str, call: str, reason: str | None) -> None:
    text = "import subprocess\n" + (f"subprocess.run([{call!r}])\n" if call != "ls" else "")
    found = reasons(tmp_path, text, install=f"RUN apt-get update && apt-get install -y {package}\n")
    assert found == ([reason] if reason else [])


def test_what_a_package_starts(tmp_path: Path) -> None:
    text = "import subprocess\nimport git\n"
    found = reasons(tmp_path, text, variant="", requirements="gitpython\n")
    assert found == ["requirements.txt:1 gitpython starts git, which comes with the base image"]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('spawn("bash", ["-c", x])', "app.js:2 starts bash"),
        ("spawn(x)", "app.js:2 starts a program whose name is not known"),
        ('execFile("./run.sh")', "app.js:2 starts ./run.sh, which /bin/sh reads"),
        ('spawn("ls")', "app.js:2 starts ls, which comes with the base image"),
        ('exec("ls")', "app.js:2 starts a shell"),
        ('spawn(process.execPath, ["x.js"])', None),
        ('fork("x.js")', None),
    ],
)  # fmt: skip
def test_what_stops_node(tmp_path: Path, call: str, reason: str | None) -> None:
    text = f'const cp = require("child_process");\nfunction f(x) {{ cp.{call} }}\n'
    assert reasons(tmp_path, text) == ([reason] if reason else [])


SYSTEM_NODE = (
    "FROM debian:12\nRUN apt-get update && apt-get install -y nodejs npm python3\n{install}"
    'WORKDIR /app\nCOPY . .\nCMD ["node", "app.js"]\n'
)
PIP = "RUN apt-get update && apt-get install -y python3 python3-pip && pip install yt-dlp\n"
NPM = "RUN npm install -g mjml\n"
VENV = (
    "RUN apt-get update && apt-get install -y python3-venv && python3 -m venv /opt/v && /opt/v/bin/pip install yt-dlp\n"
)
CURL = "RUN curl -fsSL -o /usr/local/bin/yt-dlp https://example.org/yt-dlp && chmod +x /usr/local/bin/yt-dlp\n"
PIP_BROUGHT = "which pip may have brought: that is left out"
PIP_READS = "and what pip installed for python is left out"


@pytest.mark.parametrize(
    ("install", "call", "reason"),
    [
        (PIP, 'spawn("yt-dlp")', f"starts yt-dlp, {PIP_BROUGHT}"),
        (PIP, 'spawn("python3", ["-m", "yt_dlp"])', f"starts python3, {PIP_READS}"),
        (PIP, 'spawn("/app/reader")', "starts /app/reader, which /usr/local/bin/python3 reads"),
        ("", 'spawn("/app/reader")', "starts /app/reader, which /usr/local/bin/python3 reads"),
        (PIP, 'spawn("node")', None),
        (VENV, 'spawn("/opt/v/bin/yt-dlp")', f"starts /opt/v/bin/yt-dlp, {PIP_BROUGHT}"),
        (NPM, 'spawn("mjml")', "starts mjml, which npm may have brought: that is left out"),
        ("RUN npm install -g npm@10 pnpm\n", 'spawn("mjml")', None),
        (CURL, 'spawn("yt-dlp")', "starts yt-dlp, which is fetched: it may be a script, and what reads it is left out"),
        ("COPY run.sh /usr/local/bin/run\n", 'spawn("run")', "starts run, which /bin/sh reads"),
        ("COPY app.js /usr/local/bin/run\n", 'spawn("run")', None),
    ],
)  # fmt: skip
def test_what_packages_of_another_language_bring(tmp_path: Path, install: str, call: str, reason: str | None) -> None:
    text = f'const cp = require("child_process");\nfunction f(x) {{ cp.{call} }}\n'
    found = reasons(tmp_path, text, install=install, dockerfile=SYSTEM_NODE)
    assert found == ([f"app.js:2 {reason}"] if reason else [])


@pytest.mark.parametrize(
    ("install", "program", "stops"),
    [
        ("", "/app/reader", False),
        ("RUN python -m venv /v\nENV PATH=/v/bin:$PATH\n", "/app/reader", False),
        (GIT, "/app/system", True),
    ],
)
def test_scripts_of_another_python(tmp_path: Path, install: str, program: str, stops: bool) -> None:
    (tmp_path / "system").write_text("#!/usr/bin/python3\n")
    found = reasons(tmp_path, f"import subprocess\nsubprocess.run([{program!r}])\n", install=install)
    assert found == ([f"app.py:2 starts {program}, which /usr/bin/python3 reads"] if stops else [])


def test_a_health_check_by_another_language(tmp_path: Path) -> None:
    text = "exports.x = 1\n"
    check = 'HEALTHCHECK CMD ["python3", "check.py"]\n'
    found = reasons(tmp_path, text, install=f"{PIP}{check}", dockerfile=SYSTEM_NODE)
    assert found == [f"HEALTHCHECK starts python3, {PIP_READS}"]


def test_packages_of_another_language_that_a_stage_brings(tmp_path: Path) -> None:
    stages = "FROM python:3.12 AS tools\nRUN python -m venv /opt/v && /opt/v/bin/pip install yt-dlp\n"
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    (tmp_path / "app.js").write_text('require("child_process").spawn("/opt/v/bin/yt-dlp")\n')
    (tmp_path / "Dockerfile").write_text(stages + NODE.format(variant="", install="COPY --from=tools /opt/v /opt/v\n"))
    found = [refusal.reason for refusal in api.fix(tmp_path / "Dockerfile").plan.refusals]
    assert f"app.js:1 starts /opt/v/bin/yt-dlp, {PIP_BROUGHT}" in found


@pytest.mark.parametrize("program", ["mjml", "/usr/local/bin/mjml"])
def test_what_node_brings_to_python(tmp_path: Path, program: str) -> None:
    install = f"RUN apt-get update && apt-get install -y nodejs npm\n{NPM}"
    found = reasons(tmp_path, f"import subprocess\nsubprocess.run([{program!r}])\n", install=install)
    assert found == [f"app.py:2 starts {program}, which npm may have brought: that is left out"]


@pytest.mark.parametrize(
    ("image", "there", "absent"),
    [
        ("python:3.12-slim", ["ls", "bash", "perl", "getent", "useradd"], ["git", "curl", "ps"]),
        ("python:3.12", ["ls", "git", "curl", "ps", "gcc", "convert"], ["ffmpeg"]),
        ("alpine:3.20", ["ls", "wget", "nc", "adduser"], ["bash", "git", "curl"]),
        ("almalinux:9", ["ls", "bash"], ["git"]),
    ],
)
def test_programs_of_a_base(image: str, there: list[str], absent: list[str]) -> None:
    found = programs(lookup(image))
    assert found.issuperset(there)
    assert found.isdisjoint(absent)


def test_nothing_known_is_everything() -> None:
    assert programs(None).issuperset(["ls", "nc"])


GITPYTHON = "gitpython\n"


@pytest.mark.parametrize(
    ("text", "requirements", "install", "reason"),
    [
        pytest.param("subprocess.run(['git', 'submodule', 'update'])", "", "", "app.py:2 starts git submodule, which sh reads", id="a command that is a script"),
        pytest.param("subprocess.run(['git', '-C', x, 'submodule'])", "", "", "app.py:2 starts git submodule, which sh reads", id="behind an option"),
        pytest.param("subprocess.run('git submodule update'.split())", "", "", "app.py:2 starts git submodule, which sh reads", id="words of a text"),
        pytest.param("def git(*a): subprocess.run(['git', *a])\ngit('submodule', 'update')", "", "", "app.py:2 starts git, and app.py:3 names submodule, for which it starts sh", id="a command that is named elsewhere"),
        pytest.param("import git\ngit.Repo('.').git.submodule('update')", GITPYTHON, "", "requirements.txt:1 gitpython starts git, and app.py:3 names submodule, for which it starts sh", id="of a library"),
        pytest.param("subprocess.run(['git', 'pull'], env={'GIT_SSH_COMMAND': 'ssh -i key'})", "", "", "app.py:2 starts git, and app.py:2 names GIT_SSH_COMMAND, for which it starts a shell", id="a variable"),
        pytest.param("subprocess.run(['git', 'pull'])", "", "ENV GIT_SSH_COMMAND='ssh -i /key'\n", "app.py:2 starts git, which starts a shell for what ENV GIT_SSH_COMMAND says", id="a variable of the image"),
        pytest.param("subprocess.run(['git', 'pull'])", "", "RUN git config --global credential.helper store\n", "app.py:2 starts git, which starts a shell for what line 3 sets (credential.helper)", id="a setting"),
        pytest.param("subprocess.run(['make', 'all'])", "", "RUN apt-get update && apt-get install -y make\n", "app.py:2 starts make: a build tool that runs commands in a shell", id="what runs commands"),
        pytest.param("subprocess.run(['tar', 'xzf', x])", "", "RUN apt-get update && apt-get install -y tar\n", "app.py:2 starts tar, which starts the programs that compress in a shell", id="what starts others"),
    ],
)  # fmt: skip
def test_what_a_program_that_is_installed_does_by_a_shell(
    tmp_path: Path, text: str, requirements: str, install: str, reason: str
) -> None:
    assert reason in reasons(tmp_path, f"import subprocess\n{text}\n", requirements=requirements, install=GIT + install)


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        pytest.param("subprocess.run(['git', 'log', x])", "", id="another command"),
        pytest.param("subprocess.run(['git', *x])\n# git submodule\nfrom . import submodules", "", id="a comment and a word"),
        pytest.param("import git\ngit.Repo.clone_from('https://example.org/x', 'x')", GITPYTHON, id="of a library"),
    ],
)  # fmt: skip
def test_what_it_may_do_by_a_shell_is_to_be_tried(tmp_path: Path, text: str, requirements: str) -> None:
    from minify.plan import Outcome

    assert reasons(tmp_path, f"import subprocess\n{text}\n", requirements=requirements, install=GIT) == []
    decisions = api.fix(tmp_path / "Dockerfile").plan.decisions
    said = [d.reason for d in decisions if (d.subject, d.outcome) == ("git", Outcome.CHECK)]
    assert len(said) == 1 and said[0].startswith("starts a shell for clones of a local path, hooks, ")


def test_what_no_source_starts_is_not_to_be_tried(tmp_path: Path) -> None:
    from minify.plan import Outcome

    assert reasons(tmp_path, "import subprocess\n", install=GIT) == []
    assert not [d for d in api.fix(tmp_path / "Dockerfile").plan.decisions if d.outcome is Outcome.CHECK]


def test_it_is_to_be_tried_where_the_shell_of_a_pruned_image_goes(tmp_path: Path) -> None:
    from minify.plan import Outcome
    from minify.planner import Wish

    reasons(tmp_path, "import subprocess\nsubprocess.run(['git', 'log'])\n", install=GIT)
    plan = api.fix(tmp_path / "Dockerfile", wish=Wish(to=Rung.PRUNED)).plan
    assert plan.rung is Rung.PRUNED
    assert [d.subject for d in plan.decisions if d.outcome is Outcome.CHECK] == ["git"]
    reasons(tmp_path, "import subprocess\nsubprocess.run(['git', 'submodule'])\n", install=GIT)
    plan = api.fix(tmp_path / "Dockerfile", wish=Wish(to=Rung.PRUNED)).plan
    shell = next(d for d in plan.decisions if d.subject == "the shell")
    assert shell.outcome is Outcome.KEPT and "starts git submodule, which sh reads" in shell.reason
