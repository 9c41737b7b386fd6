"""Commands and scripts that need a shell: what the final stage starts instead, and what keeps the shell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

APP = {"app.py": "print('hello')\n", "requirements.txt": "flask\ngunicorn\nalembic\ncelery\n"}
NODE = {"server.js": "require('./lib')\n", "lib.js": "", "migrate.js": "console.log(1)\n"}
PYTHON_BODY = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
NODE_BODY = "FROM node:22\nWORKDIR /app\nCOPY . .\n"
FILE = '["/usr/local/bin/python", "-I", "/usr/local/bin/{}.py"]'
ARGV = "['gunicorn', '-b', '0.0.0.0:' + os.environ.get('PORT', ''), 'app:app']"
NODE_FILE = '["/nodejs/bin/node", "/usr/local/bin/{}.cjs"]'


def fix(root: Path, dockerfile: str, files: Mapping[str, str]) -> api.Outcome:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, newline="")
    (root / "Dockerfile").write_text(dockerfile, newline="")
    return api.fix(root / "Dockerfile")


def manifest(**scripts: str) -> dict[str, str]:
    return {"package.json": json.dumps({"name": "x", "version": "1.0.0", "scripts": scripts})}


def started(outcome: api.Outcome) -> list[str]:
    """What the final stage starts, and as whom."""
    final = outcome.patch.after.text.rpartition("\nFROM ")[2]
    return [line for line in final.splitlines() if line.startswith(("ENTRYPOINT", "CMD", "USER"))]


def launcher(outcome: api.Outcome, name: str) -> list[str]:
    """The lines of a launcher, as printf is given them."""
    text = outcome.patch.after.text
    before, _, _ = text.partition(f"    > /usr/local/bin/{name}\n")
    lines = before.rpartition("RUN printf '%s\\n' \\\n")[2].splitlines()
    return [line.removeprefix("    '").removesuffix("' \\").replace("'\\''", "'") for line in lines]


HANDS_ON = '#!/bin/sh\nset -e\n# nothing is left to do here\nexec "$@"\n'
WAITS = '#!/bin/bash\nset -euo pipefail\nuntil nc -z "$DB" 5432; do sleep 1; done\nalembic upgrade head\nexec "$@"\n'

PYTHON = [
    pytest.param(
        'CMD exec gunicorn -b "0.0.0.0:$PORT" app:app\n',
        {},
        [
            f"""CMD {FILE.partition('/usr/local/bin/{')[0][:-1]}"-c", "import os; os.execvp('gunicorn', {ARGV})"]"""
        ],
        "",
        [],
        id="quoted variables are one statement",
    ),
    pytest.param(
        "CMD gunicorn -b :$PORT app:app\n",
        {},
        [f"CMD {FILE.format('start')}"],
        "start.py",
        ['os.execvp("gunicorn", ["gunicorn", "-b", *split(":" + os.environ.get("PORT", "")), "app:app"])'],
        id="without quotes they are split and looked up as patterns",
    ),
    pytest.param(
        'CMD ["sh", "-c", "alembic upgrade head && gunicorn app:app"]\n',
        {},
        [f"CMD {FILE.format('start')}"],
        "start.py",
        ['check(run("alembic", "upgrade", "head"))', 'os.execvp("gunicorn", ["gunicorn", "app:app"])'],
        id="a migration before the server",
    ),
    pytest.param(
        'CMD ["sh", "-ec", "alembic upgrade head; exec gunicorn app:app"]\n',
        {},
        [f"CMD {FILE.format('start')}"],
        "start.py",
        ['check(run("alembic", "upgrade", "head"))'],
        id="options of the shell in front of -c",
    ),
    pytest.param(
        'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nENTRYPOINT exec gunicorn -w $((${WORKERS:-1} + 1)) app:app\n',
        {},
        [f"ENTRYPOINT {FILE.format('entrypoint')}"],
        "entrypoint.py",
        [],
        id="a shell form of ENTRYPOINT, in bash",
    ),
    pytest.param(
        'COPY run.sh /\nENTRYPOINT ["/run.sh"]\nCMD ["gunicorn", "app:app"]\n',
        {"run.sh": HANDS_ON},
        ['CMD ["/usr/local/bin/gunicorn", "app:app"]'],
        "",
        [],
        id="a script that only hands on is gone",
    ),
    pytest.param(
        'COPY run.sh /\nENTRYPOINT ["/run.sh"]\nCMD gunicorn -b :$PORT app:app\n',
        {"run.sh": HANDS_ON},
        [f"CMD {FILE.format('start')}"],
        "start.py",
        [],
        id="and the shell form of CMD behind it is a launcher",
    ),
    pytest.param(
        'ENTRYPOINT ["./docker/run.sh"]\nCMD ["gunicorn", "app:app"]\n',
        {"docker/run.sh": WAITS},
        [f"ENTRYPOINT {FILE.format('run')}", 'CMD ["gunicorn", "app:app"]'],
        "run.py",
        ['check(run("alembic", "upgrade", "head"))', '    execute(*args)'],
        id="a script that waits, migrates and hands on",
    ),
    pytest.param(
        "RUN sed -i 's/\\r$//' run.sh && chmod +x run.sh\nENTRYPOINT [\"./run.sh\"]\nCMD [\"gunicorn\", \"app:app\"]\n",
        {"run.sh": WAITS.replace("\n", "\r\n")},
        [f"ENTRYPOINT {FILE.format('run')}", 'CMD ["gunicorn", "app:app"]'],
        "run.py",
        [],
        id="line ends of Windows that a RUN takes away",
    ),
    pytest.param(
        'ENTRYPOINT ["bash", "run.sh", "--quick"]\nCMD ["app:app"]\n',
        {"run.sh": '. ./env.sh\nexec gunicorn "$@"\n', "env.sh": "export MODE=fast\n"},
        [f"ENTRYPOINT {FILE.format('run')[:-1]}, \"--quick\"]", 'CMD ["app:app"]'],
        "run.py",
        ['env["MODE"] = "fast"'],
        id="a shell with a script and its words; a file that is sourced",
    ),
    pytest.param(
        'COPY run.sh /usr/bin/run\nRUN ln -s /usr/bin/run /start\nCMD ["/start"]\n',
        {"run.sh": "#!/bin/sh\n./manage.py migrate\nexec gunicorn app:app\n", "manage.py": "#!/usr/bin/env python3 -u\n"},
        [f"CMD {FILE.format('run')}"],
        "run.py",
        ['run("/usr/local/bin/python", "-u", "./manage.py", "migrate")'],
        id="a link to a script; a script whose first line asks for env",
    ),
    pytest.param(
        'RUN useradd -m app\nENTRYPOINT ["./run.sh"]\nCMD ["gunicorn", "app:app"]\n',
        {"run.sh": "#!/bin/sh\nset -e\nexec gosu app \"$@\"\n"},
        ["USER app", 'CMD ["/usr/local/bin/gunicorn", "app:app"]'],
        "",
        [],
        id="gosu and nothing else is USER",
    ),
    pytest.param(
        'RUN useradd -m app\nENTRYPOINT ["gosu", "app:app"]\nCMD ["gunicorn", "app:app"]\n',
        {},
        ["USER app:app", 'CMD ["/usr/local/bin/gunicorn", "app:app"]'],
        "",
        [],
        id="gosu in front of CMD",
    ),
    pytest.param(
        "RUN useradd -m app\nENTRYPOINT exec su-exec app gunicorn -b :$PORT app:app\n",
        {},
        ["USER app", f"ENTRYPOINT {FILE.format('entrypoint')}"],
        "entrypoint.py",
        ['os.execvp("gunicorn", ["gunicorn", "-b", *split(":" + os.environ.get("PORT", "")), "app:app"])'],
        id="su-exec in a shell form",
    ),
    pytest.param(
        'RUN apt-get update && apt-get install -y redis-tools\nCMD redis-cli ping && gunicorn app:app\n',
        {},
        [f"CMD {FILE.format('start')}"],
        "start.py",
        ['check(run("redis-cli", "ping"))'],
        id="a program of a package that is taken along",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "files", "starts", "name", "lines"), PYTHON)
def test_python(
    tmp_path: Path, command: str, files: Mapping[str, str], starts: list[str], name: str, lines: list[str]
) -> None:
    outcome = fix(tmp_path, PYTHON_BODY + command, {**APP, **files})
    assert outcome.plan.rung is Rung.DISTROLESS, [refusal.reason for refusal in outcome.plan.refusals]
    assert started(outcome) == starts
    written = launcher(outcome, name) if name else []
    assert [line for line in lines if line not in written] == []
    compile("\n".join(written), name, "exec")
    # Again changes nothing
    after = outcome.patch.after.text
    assert fix(tmp_path, after, {}).patch.empty
    assert [d.reason for d in outcome.plan.decisions if d.subject.startswith(("ENTRYPOINT", "CMD"))]


def test_what_is_taken_along(tmp_path: Path) -> None:
    files = {**APP, "run.sh": 'command -v redis-cli > /dev/null || exit 1\nredis-cli ping\nexec "$@"\n'}
    body = PYTHON_BODY + "RUN apt-get update && apt-get install -y redis-tools curl\nCOPY run.sh /run.sh\n"
    outcome = fix(tmp_path, body + 'ENTRYPOINT ["sh", "/run.sh"]\nCMD ["gunicorn", "app:app"]\n', files)
    said = {d.subject: d.outcome for d in outcome.plan.decisions}
    assert (said["redis-tools"], said["curl"]) == (Outcome.KEPT, Outcome.DROPPED)
    assert said["/run.sh"] is Outcome.REPLACED
    assert "/run.sh /run.sh" not in outcome.patch.after.text


def test_a_here_document_where_the_file_has_others(tmp_path: Path) -> None:
    body = PYTHON_BODY + "COPY <<EOF /app/x.cfg\nx\nEOF\nCMD gunicorn -b :$PORT app:app\n"
    text = fix(tmp_path, body, APP).patch.after.text
    assert "COPY <<'EOF' /usr/local/bin/start.py\nimport glob, os, re\n" in text
    assert "RUN printf" not in text


JAVASCRIPT = [
    pytest.param(
        "CMD node migrate.js && exec node server.js --port=$PORT\n",
        {},
        ["ENTRYPOINT []", f"CMD {NODE_FILE.format('start')}"],
        "start.cjs",
        ['check(run(["node", "migrate.js"]));', 'return require("module").runMain();'],
        id="the launcher goes on as the server",
    ),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD ["node", "server.js"]\n',
        {"run.sh": '#!/bin/sh\nset -e\nnpm run migrate -- --all\nexec "$@"\n', **manifest(migrate="LEVEL=2 node migrate.js")},
        [f"ENTRYPOINT {NODE_FILE.format('run')}", 'CMD ["node", "server.js"]'],
        "run.cjs",
        ['check(run(["node", "migrate.js", "--all"], { env: { ...process.env, LEVEL: "2" } }));', "  return start(args);"],
        id="npm run is what package.json says",
    ),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD ["npm", "start"]\n',
        {"run.sh": '#!/bin/sh\nmkdir -p /tmp/x\nexec "$@"\n', **manifest(start="node server.js")},
        [f"ENTRYPOINT {NODE_FILE.format('run')}", 'CMD ["/nodejs/bin/node", "server.js"]'],
        "run.cjs",
        [],
        id="npm start is what the script is given",
    ),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD ["node", "server.js"]\n',
        {"run.sh": HANDS_ON},
        ["ENTRYPOINT []", 'CMD ["/nodejs/bin/node", "server.js"]'],
        "",
        [],
        id="a script that only hands on is gone",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "files", "starts", "name", "lines"), JAVASCRIPT)
def test_node(
    tmp_path: Path, command: str, files: Mapping[str, str], starts: list[str], name: str, lines: list[str]
) -> None:
    outcome = fix(tmp_path, NODE_BODY + command, {**NODE, **files})
    assert outcome.plan.rung is Rung.DISTROLESS, [refusal.reason for refusal in outcome.plan.refusals]
    assert started(outcome) == starts
    written = launcher(outcome, name) if name else []
    assert [line for line in lines if line not in written] == []
    assert fix(tmp_path, outcome.patch.after.text, {}).patch.empty


STOPPED = [
    pytest.param("CMD eval $RUN\n", {}, "CMD needs a shell: eval: eval $RUN", id="what only a shell reads"),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD ["gunicorn"]\n',
        {"run.sh": "#!/bin/sh\nset -e\neval $A\ntrap x TERM\nexec \"$@\"\n"},
        "run.sh:3 needs a shell: eval: eval $A",
        id="a script, with its line",
    ),
    pytest.param(
        "CMD sed -i s/a/b/ app.py && gunicorn app:app\n", {}, "where sed comes from is not known", id="a program of the base"
    ),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD ["gunicorn"]\n',
        {"run.sh": "#!/bin/sh\npsql -c x\nexec \"$@\"\n"},
        "run.sh:2: where psql comes from is not known",
        id="a program that nothing installs, with its line",
    ),
    pytest.param(
        "RUN useradd app\nCMD chown app /data && exec gosu app gunicorn app:app\n",
        {},
        "it works on files as root before it starts the application as app",
        id="gosu after work that needs root",
    ),
    pytest.param(
        "RUN useradd app\nCMD alembic upgrade head && exec gosu app gunicorn app:app\n",
        {},
        "it starts alembic upgrade head as root, and the application as app",
        id="gosu after a program that runs as root",
    ),
    pytest.param(
        "RUN useradd app\nUSER app\nCMD exec gosu app gunicorn -b :$PORT app:app\n",
        {},
        "app is not root",
        id="gosu by a user that may not change",
    ),
    pytest.param(
        "CMD gunicorn app:app || sleep infinity\n", {}, "sleep infinity only keeps the container running", id="the last program"
    ),
    pytest.param("CMD exec $SERVER app:app\n", {}, "only running it tells which program starts", id="a program by variable"),
    pytest.param(
        'ENTRYPOINT ["./run.sh"]\nCMD gunicorn app:app\n',
        {"run.sh": "#!/bin/sh\n[ \"$1\" = x ] && echo x\nexec \"$@\"\n"},
        "it is given /bin/sh, -c and the text of CMD",
        id="a script that looks at what a shell form gives it",
    ),
    pytest.param(
        "ENTRYPOINT exec gunicorn \"$@\"\nCMD [\"app:app\"]\n", {}, "less the first", id="sh -c takes a word for its name"
    ),
    pytest.param(
        "RUN sed -i s/x/y/ run.sh\nCMD [\"./run.sh\"]\n",
        {"run.sh": "#!/bin/sh\nexec gunicorn app:app\n"},
        "./run.sh is a shell script",
        id="a script that a RUN changes",
    ),
    pytest.param(
        "CMD [\"./run.sh\"]\n",
        {"run.sh": "#!/bin/sh\ncd sub\n. ./env.sh\nexec gunicorn app:app\n", "env.sh": "A=1\n"},
        "run.sh:3 needs a shell: a file is read whose text is not known",
        id="a relative path after cd is another file",
    ),
    pytest.param(
        "CMD [\"./run.sh\"]\n",
        {"run.sh": "#!/bin/sh\n./other.sh\nexec gunicorn app:app\n"},
        "what ./other.sh is is not known",
        id="a script that is not there",
    ),
    pytest.param(
        'CMD ["bash", "-lc", "gunicorn -b :$PORT app:app"]\n', {}, "expands :$PORT", id="a login shell reads files of its own"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("command", "files", "reason"), STOPPED)
def test_stopped(tmp_path: Path, command: str, files: Mapping[str, str], reason: str) -> None:
    outcome = fix(tmp_path, PYTHON_BODY + command, {**APP, **files})
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [r.reason for r in outcome.plan.refusals if reason in r.reason], outcome.plan.refusals
    assert "CMD" in outcome.patch.after.text.splitlines()[-1]


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("python:3.8-slim", "a launcher needs Python 3.9"),
        ("ruby:3.3-slim", "CMD needs a shell: gunicorn -b :$PORT app:app"),
    ],
)
def test_no_runtime_for_a_launcher(tmp_path: Path, base: str, reason: str) -> None:
    body = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD gunicorn -b :$PORT app:app\n"
    outcome = fix(tmp_path, body, APP)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [r.reason for r in outcome.plan.refusals if reason in r.reason], outcome.plan.refusals


def test_a_script_that_looks_at_the_words_of_cmd(tmp_path: Path) -> None:
    files = {**NODE, "run.sh": '#!/bin/sh\n[ "$1" = npm ] && echo npm\nexec "$@"\n', **manifest(start="node server.js")}
    outcome = fix(tmp_path, NODE_BODY + 'ENTRYPOINT ["./run.sh"]\nCMD ["npm", "start"]\n', files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert outcome.plan.refusals[0].reason == "run.sh reads CMD, and npm is started as /nodejs/bin/node server.js"


@pytest.mark.parametrize(
    ("start", "last"),
    [
        pytest.param("CMD celery worker & exec gunicorn app:app\n", 'os.execvp("gunicorn", ', id="the second takes the shell's place"),
        # No child of gunicorn, so the launcher stays in front of both as the shell did
        pytest.param("CMD celery worker & gunicorn app:app\n", 'sys.exit(run("gunicorn", "app:app"))', id="both are the shell's"),
        pytest.param(
            'SHELL ["/bin/bash", "-c"]\nCMD celery worker & gunicorn app:app & wait -n; exit $?\n', "sys.exit(status)", id="whichever ends first"
        ),
    ],
)  # fmt: skip
def test_two_services_are_started_and_found(tmp_path: Path, start: str, last: str) -> None:
    outcome = fix(tmp_path, PYTHON_BODY + start, APP)
    text = outcome.patch.after.text
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert 'background("celery", "worker")' in text
    assert last in text
    # Both are known to be there
    assert "refused" not in text
    found = [d for d in outcome.plan.decisions if "several programs run side by side (celery worker" in d.reason]
    assert [d.outcome for d in found] == [Outcome.CHECK]


@pytest.mark.parametrize(
    ("syntax", "written"),
    [
        pytest.param("docker/dockerfile:1", "COPY <<'EOF' /usr/local/bin/start.py", id="the newest of 1"),
        pytest.param("docker/dockerfile:1.7-labs", "COPY <<'EOF' /usr/local/bin/start.py", id="a later one"),
        pytest.param("docker/dockerfile:1.2", "RUN printf '%s\\n' \\", id="one that has none"),
        pytest.param("", "RUN printf '%s\\n' \\", id="the builder's own"),
        pytest.param("example.org/mine", "RUN printf '%s\\n' \\", id="one that is not known"),
    ],
)
def test_a_here_document_where_the_frontend_reads_it(tmp_path: Path, syntax: str, written: str) -> None:
    body = PYTHON_BODY.replace("RUN ", "RUN --mount=type=cache,target=/root/.cache/pip ")
    outcome = fix(tmp_path, f"# syntax={syntax}\n{body}CMD gunicorn -b 0.0.0.0:$PORT app:app\n", APP)
    lines = outcome.patch.after.text.splitlines()
    assert lines[lines.index("# What the shell did for CMD") + 1] == written


def test_a_file_that_any_builder_builds_has_no_here_document(tmp_path: Path) -> None:
    text = f"# syntax=docker/dockerfile:1\n{PYTHON_BODY}CMD gunicorn -b 0.0.0.0:$PORT app:app\n"
    assert "EOF" not in fix(tmp_path, text, APP).patch.after.text


GOSU = (
    "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gosu && useradd app\nWORKDIR /app\nCOPY . .\n"
    'RUN pip install -r requirements.txt\nCOPY e.sh /e.sh\nENTRYPOINT ["/e.sh"]\nCMD ["gunicorn", "app:app"]\n'
)
GUNICORN = 'CMD ["/usr/local/bin/gunicorn", "app:app"]'


@pytest.mark.parametrize(
    ("package", "line", "reason"),
    [
        ("sudo", "sudo chown app /data", "starts sudo, a program that changes users"),
        ("git", "git submodule update", "starts git submodule, which sh reads"),
    ],
)
def test_a_program_that_comes_along_may_start_what_does_not(
    tmp_path: Path, package: str, line: str, reason: str
) -> None:
    script = f'#!/bin/sh\nset -e\n{line}\n{line}\nexec "$@"\n'
    outcome = fix(tmp_path, GOSU.replace("gosu", package), {**APP, "e.sh": script})
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [r.reason for r in outcome.plan.refusals if reason in r.reason] == [f"e.sh:3: {reason}"]


@pytest.mark.parametrize(
    ("script", "starts"),
    [
        pytest.param('if [ "$(id -u)" = 0 ]; then\n  exec gosu app "$@"\nfi\nexec "$@"\n', GUNICORN, id="the same for others"),
        pytest.param('if [ "$(whoami)" = root ]; then exec gosu app "$@"; else exec "$@"; fi\n', GUNICORN, id="in the other branch"),
        pytest.param(
            'if [ $(id -u) -eq 0 ]; then exec gosu app "$0" "$@"; fi\n: "${X:=1}"\nexport X\nmkdir -p /tmp/x\nexec "$@"\n',
            'ENTRYPOINT ["/usr/local/bin/python", "-I", "/usr/local/bin/e.py"]',
            id="the script again, which does all of it as the other",
        ),
    ],
)  # fmt: skip
def test_a_branch_for_root_becomes_user(tmp_path: Path, script: str, starts: str) -> None:
    outcome = fix(tmp_path, GOSU, {**APP, "e.sh": f"#!/bin/sh\nset -e\n{script}"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert "USER app" in started(outcome)
    assert starts in started(outcome)
    assert "gosu" not in outcome.patch.after.text.rpartition("\nFROM ")[2]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param(
            'if [ "$(id -u)" = 0 ]; then\n  chown -R app /data\n  exec gosu app "$0" "$@"\nfi\nexec "$@"\n',
            "as root it does more than start the application as app",
            id="it changes files first",
        ),
        pytest.param(
            'python prepare.py\nif [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nexec "$@"\n',
            "it does something as root before it starts the application as app",
            id="it starts something first",
        ),
        pytest.param(
            'mkdir -p /data\nif [ "$(id -u)" = 0 ]; then exec gosu app "$0" "$@"; fi\nexec "$@"\n',
            "it starts what it is given as root",
            id="what is done twice, by two users",
        ),
        pytest.param(
            'if [ "$(id -u)" = 0 ]; then exec gosu app "$@"; fi\nexec python other.py\n',
            "it starts python other.py as root",
            id="others start something else",
        ),
    ],
)
def test_a_branch_for_root_that_does_more(tmp_path: Path, script: str, reason: str) -> None:
    outcome = fix(tmp_path, GOSU, {**APP, "e.sh": f"#!/bin/sh\nset -e\n{script}"})
    assert outcome.plan.rung is Rung.PRUNED
    assert any(reason in r.reason and r.line for r in outcome.plan.refusals), outcome.plan.refusals


HANDED = [
    pytest.param("FROM nginx:1.26\n", '["nginx", "-g", "daemon off;"]', id="nginx"),
    pytest.param("FROM httpd:2.4\n", '["httpd", "-DFOREGROUND"]', id="httpd"),
    pytest.param("FROM ruby:3.3\n", '["ruby", "/app/main.rb"]', id="ruby"),
    pytest.param("FROM php:8.2-cli\n", '["php", "/app/main.php"]', id="php"),
    pytest.param("FROM perl:5.40\n", '["perl", "/app/main.pl"]', id="perl"),
    pytest.param("FROM oven/bun:1\n", '["bun", "/app/main.ts"]', id="bun"),
    pytest.param("FROM r-base:4.5.0\n", '["Rscript", "/app/main.R"]', id="R"),
    pytest.param("FROM gcc:14\nRUN gcc -o /usr/bin/thing /app/main.c\n", '["/usr/bin/thing"]', id="C"),
    pytest.param("FROM python:3.12\n", '["/usr/local/bin/python", "/app/main.py"]', id="python"),
]


@pytest.mark.parametrize("init", [(), ("tini", "--")], ids=["alone", "tini"])
@pytest.mark.parametrize(("base", "command"), HANDED)
def test_no_script_that_only_hands_on_is_left_where_no_shell_is(
    tmp_path: Path, base: str, command: str, init: tuple[str, ...]
) -> None:
    files = {"run.sh": HANDS_ON} | {f"main.{end}": "" for end in ("rb", "php", "pl", "ts", "R", "c", "py")}
    first, _, rest = base.partition("\n")
    tini = "RUN apt-get update && apt-get install -y tini\n" if init else ""
    entrypoint = json.dumps([*init, "/app/run.sh"])
    found = fix(tmp_path, f"{first}\n{tini}COPY . /app\n{rest}ENTRYPOINT {entrypoint}\nCMD {command}\n", files)
    assert found.plan.rung is Rung.DISTROLESS, found.plan.refusals
    assert started(found) == [*(['ENTRYPOINT ["tini", "--"]'] if init else []), f"CMD {command}"]
