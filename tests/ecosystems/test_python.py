"""Python: what stops the distroless rung, and how installation, environment, command and packages are decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

APP = "print('hello')\n"
FLASK = {"app.py": APP, "requirements.txt": "flask\n"}


def fix(tmp_path: Path, dockerfile: str, files: Mapping[str, str]) -> api.Outcome:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "Dockerfile").write_text(dockerfile)
    return api.fix(tmp_path / "Dockerfile")


AZURE = "mcr.microsoft.com/azurelinux/base/core:3.0"
SYSTEM = {
    "alpine:3.22": "apk add --no-cache python3 py3-pip",
    "archlinux": "pacman -Sy --noconfirm python python-pip",
    AZURE: "tdnf install -y python3 python3-pip",
    "debian:12": "apt-get update && apt-get install -y python3 python3-pip",
    "amazonlinux:2023": "dnf install -y python3 python3-pip",
}


@pytest.mark.parametrize("image", SYSTEM)
@pytest.mark.parametrize(
    ("end", "source", "programs"),
    [
        ('CMD ["python3", "app.py"]\n', "import subprocess\nsubprocess.run(['alembic', 'upgrade'])\n", ["alembic"]),
        ('CMD ["python3", "app.py"]\n', "import subprocess\nsubprocess.run(['/usr/bin/alembic'])\n", ["alembic"]),
        ('HEALTHCHECK CMD alembic current\nCMD ["python3", "app.py"]\n', APP, ["alembic"]),
        ('CMD ["ddtrace-run", "gunicorn", "app:app"]\n', APP, ["ddtrace-run", "gunicorn"]),
        ('CMD ["python3", "-m", "gunicorn", "app:app"]\n', APP, []),
        ('COPY start.sh /\nENTRYPOINT ["/start.sh"]\nCMD ["gunicorn", "app:app"]\n', APP, ["gunicorn", "alembic"]),
    ],
)
def test_programs_of_pip_beside_the_system_s(
    tmp_path: Path, image: str, end: str, source: str, programs: list[str]
) -> None:
    text = f"FROM {image}\nRUN {SYSTEM[image]}\nWORKDIR /app\nRUN pip3 install gunicorn alembic ddtrace\nCOPY app.py .\n{end}"
    shell = "sh" if image in ("alpine:3.22", "debian:12") else "bash"
    files = {"app.py": source, "start.sh": f'#!/bin/{shell}\nset -e\nalembic upgrade head\nexec "$@"\n'}
    outcome = fix(tmp_path, text, files)
    assert outcome.plan.rung is Rung.DISTROLESS, [refusal.reason for refusal in outcome.plan.refusals]
    there = [name for name in ("gunicorn", "alembic", "ddtrace-run") if f" /usr/bin/{name}" in new_text(outcome)]
    site = re.search(r"(path in|-e) /usr/lib/python3\.\*/site-packages[ ;]", new_text(outcome)) is not None
    if image in ("debian:12", "amazonlinux:2023"):
        assert not there
        assert not site
        assert "COPY --from=build /usr/local /usr/local\n" in new_text(outcome)
    else:
        assert sorted(there) == sorted(programs)
        assert site


@pytest.mark.parametrize(
    ("base", "install", "source", "there"),
    [
        pytest.param("debian:11", "pip3 install gunicorn==20.1", APP, True, id="what pip installs may load it"),
        pytest.param("almalinux:8", "pip3 install gunicorn==20.1", APP, True, id="on Red Hat"),
        pytest.param("debian:11", "true", "from distutils.util import strtobool\n", True, id="the sources load it"),
        pytest.param("debian:11", "true", APP, False, id="nothing does"),
        pytest.param("debian:12", "python3 -m venv /v && /v/bin/pip install flask", APP, False, id="pip of its own"),
        pytest.param("python:3.11", "pip3 install gunicorn==20.1", APP, False, id="an image's Python has its own"),
    ],
)
def test_setuptools_of_the_distribution(tmp_path: Path, base: str, install: str, source: str, there: bool) -> None:
    manager = "dnf" if base.startswith("alma") else "apt-get"
    packages = f"{manager} install -y python3 python3-pip python3-setuptools"
    path = "ENV PATH=/v/bin:$PATH\n" if "/v/" in install else ""
    text = f'FROM {base}\nRUN {packages}\n{path}RUN {install}\nCOPY app.py /srv/\nCMD ["python3", "/srv/app.py"]\n'
    outcome = fix(tmp_path, text, {"app.py": source})
    assert outcome.plan.rung is Rung.DISTROLESS, [refusal.reason for refusal in outcome.plan.refusals]
    root = r"/usr/lib/(python3/dist|python3\.\*/site)-packages"
    assert (re.search(rf"for path in .*{root}/setuptools\*", new_text(outcome)) is not None) is there


def new_text(outcome: api.Outcome) -> str:
    return outcome.patch.after.text


REFUSED = [
    pytest.param(
        'FROM python:3.12-slim\nCOPY . /\nRUN pip install flask\nCMD ["nproc", "--all"]\n',
        {"app.py": APP},
        "what nproc needs at run time is not known",
        id="a program of the base image, which no package of Python brings",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y socat && pip install flask\nCOPY app.py /\n"
        "CMD socat TCP-LISTEN:1337,fork EXEC:'stdbuf -o0 python3 /app.py'\n",
        {"app.py": APP},
        "socat of socat starts programs that its addresses name",
        id="a system program that starts others, beside packages of Python",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN pip install flask\nCOPY app.py /\n"
        "RUN printf '#!/bin/sh\\nexec python /app.py\\n' > /usr/bin/start && chmod +x /usr/bin/start\nCMD [\"start\"]\n",
        {"app.py": APP},
        "what start needs at run time is not known",
        id="a program that a RUN writes is none of a package's",
    ),
    pytest.param(
        "FROM python:3.12-slim\nCOPY --from=example.com/worker:1 /opt/worker /opt/worker\nRUN pip install flask\n"
        'COPY app.py /\nENTRYPOINT ["/opt/worker/boot"]\n',
        {"app.py": APP},
        "what /opt/worker/boot needs at run time is not known",
        id="a program below a directory of another image is none of a package's",
    ),
    pytest.param(
        "FROM python:3.12-slim\nCOPY --from=example.com/worker:1 /boot /usr/local/bin/\nRUN pip install flask\n"
        'COPY app.py /\nENTRYPOINT ["boot", "serve"]\n',
        {"app.py": APP},
        "what boot calls is not known: it comes from the image example.com/worker:1",
        id="a program of another image by its name is none of a package's",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN pip install flask honcho\nCOPY app.py /\nCMD ["honcho", "start"]\n',
        {"app.py": APP},
        "honcho starts programs through a shell",
        id="honcho starts what it is told to, when it is what starts",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN pip install flask watchdog\nCOPY app.py /\n"
        'CMD ["watchmedo", "auto-restart", "--", "python", "app.py"]\n',
        {"app.py": APP},
        "watchdog starts programs that are not known here",
        id="watchdog starts what it is told to, when it is what starts",
    ),
    pytest.param(
        'FROM python:3.12\nCOPY app.py /\nCMD ["/usr/bin/python3", "/app.py"]\n',
        {"app.py": APP},
        "/usr/bin/python3 is the distribution's own Python, not the one of python:3.12",
        id="the other interpreter of the full image",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN pip install jupyterlab\nCOPY app.py /\nCMD ["jupyter", "lab"]\n',
        {"app.py": APP},
        "jupyter is a place to work in: its user may call any tool",
        id="a notebook, whose users have terminals",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN pip install pip-tools\nCOPY app.py /\nCMD ["pip-compile"]\n',
        {"app.py": APP},
        "pip-compile starts the application: a package manager is needed at run time",
        id="an installer is what starts",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y wkhtmltopdf && pip install pdfkit\nCOPY app.py /\n"
        'CMD ["python", "/app.py"]\n',
        {"app.py": "import pdfkit\n"},
        "pdfkit starts which, which comes with the base image",
        id="a package that asks which",
    ),
    pytest.param(
        "FROM python:3.12-slim\nCOPY app.py /\nCMD python /app.py && echo done\n",
        {"app.py": APP},
        "nothing that it starts is its last step",
        id="two commands",
    ),
    pytest.param(
        'FROM python:3.12-slim\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": "import os\nos.system('ls')\n"},
        "app.py:2 starts a shell",
        id="the application asks for a shell",
    ),
    pytest.param(
        'FROM python:3.12-slim\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": "import subprocess\nsubprocess.run('ls | wc', shell=True)\n"},
        "app.py:2 starts a shell",
        id="subprocess with shell=True",
    ),
    pytest.param(
        'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install poetry && poetry install\nCMD ["poetry", "run", "app"]\n',
        {"app.py": APP, "pyproject.toml": '[tool.poetry]\nname = "x"\n'},
        "is not known",
        id="poetry's environment has a name of its own making",
    ),
    pytest.param(
        'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install uv && uv sync\nCMD ["uv", "run", "--with", "rich", "app.py"]\n',
        {"app.py": APP, "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'},
        "installs packages when the container starts",
        id="uv run that installs more",
    ),
    pytest.param(
        'FROM python:3.12-slim\nCOPY app.py /\nRUN pip install tox\nCMD ["tox", "-e", "serve"]\n',
        {"app.py": APP},
        "tox runs tests, which may call any program",
        id="a tool that makes its environment when it starts",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN pip install flask\nCOPY serve /usr/local/bin/\nCMD ["serve"]\n',
        {"serve": "#!/bin/sh\neval flask run\n"},
        "serve:2 needs a shell: eval",
        id="a shell script without an ending, found on PATH",
    ),
    pytest.param(
        'FROM pypy:3.11-bookworm\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": APP},
        "the layout of pypy:3.11-bookworm's Python is not known",
        id="not CPython's image",
    ),
    pytest.param(
        "FROM centos:6\nRUN yum install -y python3 python3-pip\nCOPY . /app\nRUN pip3 install flask\n"
        'CMD ["python3", "/app/app.py"]\n',
        {"app.py": APP},
        "where pip of centos6's own Python installs to is not known",
        id="a distribution whose pip is not known",
    ),
    pytest.param(
        "FROM python:3.12\nRUN useradd app && sed -i s/x/y/ /etc/passwd\nUSER app\nRUN pip install flask\nCOPY app.py /srv/\n"
        'CMD ["python", "/srv/app.py"]\n',
        {"app.py": APP},
        "where the home of app is is not known, and pip may have written there",
        id="a user whose home is not known",
    ),
    pytest.param(
        'FROM python:3.12\nCOPY app.py /\nRUN chmod +x /app.py\nCMD ["/app.py"]\n',
        {"app.py": "#!/usr/bin/python3\n" + APP},
        "/usr/bin/python3 is the distribution's own Python, not the one of python:3.12",
        id="a script whose first line names the other interpreter",
    ),
    pytest.param(
        'FROM debian:13-slim\nCOPY app.py /\nCMD ["python3", "/app.py"]\n',
        {"app.py": APP},
        "has no Python and the file installs none",
        id="nothing brings an interpreter",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y git\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": "import subprocess, sys\nsubprocess.run([sys.argv[1]])\n"},
        "git may be one of the programs started at app.py:2",
        id="a program whose name is not known, and one that is installed",
    ),
]


@pytest.mark.parametrize(("dockerfile", "files", "reason"), REFUSED)
def test_refused(tmp_path: Path, dockerfile: str, files: Mapping[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    reasons = [refusal.reason for refusal in outcome.plan.refusals]
    assert any(reason in text for text in reasons), reasons


CONVERTED = [
    pytest.param(
        'FROM python:3.12-slim\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": APP},
        ["COPY --from=build /usr/local /usr/local\n", 'CMD ["/usr/local/bin/python", "/app.py"]\n'],
        ["setuptools", "/etc/passwd"],
        id="3.12 brings no setuptools, and root needs no users",
    ),
    pytest.param(
        "FROM python:3.11\nCOPY . /app\nWORKDIR /app\nRUN pip install -r requirements.txt\nCMD flask run\n",
        FLASK,
        [
            "site=/usr/local/lib/python3.11/site-packages;",
            "$site/setuptools-*",
            'CMD ["/usr/local/bin/flask", "run"]\n',
            "WORKDIR /\nRUN set -eu",
        ],
        [],
        id="a shell form without a need for one; 3.11 brings setuptools",
    ),
    pytest.param(
        'FROM python:3.11\nCOPY . /src\nRUN pip install /src\nCMD ["python", "-m", "app"]\n',
        {"app.py": APP, "setup.py": "from setuptools import setup\nsetup(name='app', py_modules=['app'])\n"},
        ["site=/usr/local/lib/python3.11/site-packages;", "$site/setuptools-*"],
        [],
        id="only pip runs setup.py: what it imports is not needed for that",
    ),
    pytest.param(
        'FROM python:3.11\nCOPY . /app\nCMD ["python", "/app/app.py"]\n',
        {"app.py": "import pkg_resources, pip, tkinter, test.support\n"},
        ["/usr/local /app"],
        ["/pip", "setuptools", "tkinter", "-name test"],
        id="what the sources import stays",
    ),
    pytest.param(
        'FROM python:3\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": APP},
        ["/usr/local/lib/python3.*"],
        ["python3.1"],
        id="a tag without a minor version names none in the output",
    ),
    pytest.param(
        "FROM python:3.12-slim AS build\nRUN python -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip install flask\n"
        'FROM python:3.12-slim\nCOPY --from=build /opt/venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nCOPY app.py /\nCMD ["flask", "run"]\n',
        {"app.py": APP},
        ["COPY --from=builder /opt/venv /opt/venv\n", 'CMD ["/opt/venv/bin/flask", "run"]\n', "/opt/venv/bin/pip3*"],
        [],
        id="a virtual environment from another stage",
    ),
    pytest.param(
        'FROM python:3.11\nCOPY . .\nRUN pip install -e .\nENTRYPOINT ["tool"]\n',
        {"app.py": APP, "setup.py": "from setuptools import setup\nsetup(name='tool', py_modules=['app'])\n"},
        ["for path in /*.egg-info /*.so; do", " /*.so -type f"],
        ["/*.egg-info -type f", "/*.egg-info /*.so -type f"],
        id="the metadata of an editable package lie beside its sources, which are taken by name",
    ),
    pytest.param(
        'FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install --editable ".[web]"\nENTRYPOINT ["tool"]\n',
        {"app.py": APP, "setup.py": "from setuptools import setup\nsetup(name='tool', py_modules=['app'])\n"},
        ["COPY --from=build /app /app\n"],
        ["egg-info"],
        id="an editable package whose directory is taken as a whole",
    ),
    pytest.param(
        "FROM python:3.11\nCOPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt\n"
        'WORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n',
        {"app.py": APP, "requirements.txt": "-e git+https://example.org/tool.git#egg=tool\n"},
        ["if [ -e /src ]; then cp -a --parents /src /runtime; fi"],
        [],
        id="pip fetches editable packages into src of the directory that it runs in",
    ),
    pytest.param(
        "FROM python:3.11\nCOPY requirements.txt /tmp/\nRUN pip install --src /opt/sources -r /tmp/requirements.txt\n"
        'WORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n',
        {"app.py": APP, "requirements.txt": "-e git+https://example.org/tool.git#egg=tool\n"},
        ["/opt/sources"],
        [],
        id="or where it is told to",
    ),
    pytest.param(
        'FROM python:3.7\nWORKDIR /app\nCOPY . .\nRUN pip install -e .\nENTRYPOINT ["tool"]\n',
        {"app.py": APP, "setup.py": "from setuptools import setup\nsetup(name='tool', py_modules=['app'])\n"},
        [],
        ["setuptools"],
        id="programs of editable packages ask pkg_resources before 3.8",
    ),
    pytest.param(
        'FROM python:3.12\nCOPY app.py app\nRUN chmod +x app\nENTRYPOINT ["./app"]\nCMD ["--help"]\n',
        {"app.py": "#!/usr/bin/env python3\n" + APP},
        ['ENTRYPOINT ["/usr/local/bin/python", "./app"]\n', "COPY --from=build /app /app\n"],
        [],
        id="a script without an ending, whose first line names Python",
    ),
    pytest.param(
        'FROM python:3.12\nCOPY tool.py /usr/local/bin/tool\nENTRYPOINT ["tool"]\n',
        {"tool.py": "#!/usr/bin/env -S python3 -u\n" + APP},
        ['ENTRYPOINT ["/usr/local/bin/python", "-u", "/usr/local/bin/tool"]\n'],
        [],
        id="such a script on PATH",
    ),
    pytest.param(
        'FROM python:3.12\nWORKDIR /app\nCOPY app.py .\nRUN mkdir -p ~/.config && touch ~/.config/tool.ini\nCMD ["python", "app.py"]\n',
        {"app.py": APP},
        ["/root/.config"],
        [],
        id="root's home",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\n"
        'RUN pip install -r requirements.txt\nCMD ["python", "app.py"]\n',
        {"app.py": APP, "requirements.txt": "cryptography==42.0\ncffi==1.16.0\n"},
        [],
        ["--recurse gcc"],
        id="cffi compiles for who calls it: as a dependency of others it needs no compiler",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc\nWORKDIR /app\nCOPY . .\n"
        'RUN pip install -r requirements.txt\nCMD ["python", "app.py"]\n',
        {"app.py": "import cffi\ncffi.FFI().verify('')\n", "requirements.txt": "cffi==1.16.0\n"},
        ["--recurse gcc"],
        [],
        id="the sources may ask it to compile",
    ),
    pytest.param(
        "FROM python:3.12 AS wheels\nRUN pip install --user flask\n"
        'FROM python:3.12-slim\nCOPY --from=wheels /root/.local /root/.local\nENV PATH=/root/.local/bin:$PATH\nCOPY app.py /\nCMD ["flask", "run"]\n',
        {"app.py": APP},
        ["COPY --from=build /root/.local /root/.local\n", 'CMD ["flask", "run"]\n'],
        [],
        id="packages of a user: the program is looked up on PATH",
    ),
    pytest.param(
        "FROM python:3.12 AS wheels\nCOPY requirements.txt .\nRUN pip wheel -w /wheels -r requirements.txt\n"
        'FROM python:3.12-slim\nCOPY --from=wheels /wheels /wheels\nRUN pip install /wheels/*\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        FLASK,
        ["COPY --from=build /app.py /app.py\n"],
        ["COPY --from=build /wheels /wheels"],
        id="wheels that were installed",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN pip install uv\nWORKDIR /app\nCOPY pyproject.toml uv.lock* ./\nRUN uv sync --no-dev\nCOPY . .\n"
        'CMD ["uv", "run", "--no-sync", "app.py", "-v"]\n',
        {"app.py": APP, "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n'},
        ['CMD ["/app/.venv/bin/python", "app.py", "-v"]\n', "pip uninstall --yes uv", "COPY --from=build /app /app\n"],
        ["COPY --from=build /app/.venv"],
        id="uv run of a script; the environment lies in the application's directory, which is copied once",
    ),
    pytest.param(
        "FROM python:3.12\nRUN pip install poetry && poetry config virtualenvs.create false\nWORKDIR /app\nCOPY . .\n"
        'RUN poetry install --only main\nCMD ["poetry", "run", "gunicorn", "app:app"]\n',
        {"app.py": APP, "pyproject.toml": '[tool.poetry]\nname = "x"\n'},
        ['CMD ["/usr/local/bin/gunicorn", "app:app"]\n', "pip uninstall --yes poetry;"],
        [],
        id="poetry without an environment of its own",
    ),
    pytest.param(
        "FROM debian:12-slim\nRUN apt-get update && apt-get install -y python3 python3-pip python3-yaml git\nWORKDIR /app\nCOPY . .\n"
        'CMD ["./app.py"]\n',
        {"app.py": "#!/usr/bin/env python3\n" + APP},
        ['CMD ["/usr/bin/python3", "./app.py"]\n', "python3 python3-yaml >"],
        ["python3-pip >", "git >", "bin/pip"],
        id="the distribution's own interpreter; env has no place",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y git curl gcc\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
        {"app.py": "import subprocess\nsubprocess.run(['git', 'log'])\n"},
        ["--recurse git >"],
        ["curl >", "gcc >"],
        id="only the program that is called",
    ),
    pytest.param(
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt app.py /app/\nRUN pip install -r /app/requirements.txt\n"
        'RUN python /app/app.py --prepare\nCMD ["python", "/app/app.py"]\n',
        FLASK,
        ["if [ -e /root ]; then cp -a --parents /root /runtime; fi", "rm -rf /root/.cache/pip"],
        [],
        id="what the application put into its home, without the download cache",
    ),
    pytest.param(
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py /app/\nRUN python /app/app.py --prepare && useradd -m clerk\nUSER clerk\n"
        'CMD ["python", "/app/app.py"]\n',
        {"app.py": APP},
        ["USER clerk\n", "/etc/passwd /etc/group"],
        ["/root"],
        id="root's home, which another user cannot look into",
    ),
    pytest.param(
        'FROM python:3.12-slim\nRUN pip install flask\nWORKDIR /app\nCOPY . .\nCMD ["bin/serve", "-v"]\n',
        {"bin/serve": "#!/usr/bin/env -S python3 -u\n" + APP},
        ['CMD ["/usr/local/bin/python", "-u", "bin/serve", "-v"]\n'],
        [],
        id="a Python script without an ending",
    ),
    pytest.param(
        'FROM debian:12-slim\nRUN apt-get update && apt-get install -y python3-flask gunicorn\nCOPY app.py /srv/app/\nWORKDIR /srv/app\nCMD ["gunicorn", "app:app"]\n',
        {"app.py": APP},
        ['CMD ["gunicorn", "app:app"]\n', "--recurse python3 python3-flask gunicorn >"],
        [],
        id="a server that the distribution packages",
    ),
    pytest.param(
        'FROM debian:12-slim\nRUN apt-get update && apt-get install -y python3.11\nCOPY app.py /\nCMD ["python3.11", "/app.py"]\n',
        {"app.py": APP},
        ['CMD ["/usr/bin/python3.11", "/app.py"]\n', "--recurse python3.11 >"],
        [],
        id="an interpreter that is asked for by its version",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y libgdal-dev libproj-dev\nCOPY . .\n"
        'RUN pip install django\nCMD ["python", "app.py"]\n',
        {"app.py": APP, "settings.py": 'INSTALLED_APPS = [\n    "django.contrib.gis",\n]\n'},
        ["--recurse libgdal36 >", "/usr/share/gdal /usr/share/proj"],
        [],
        id="a part of a package that loads libraries by name: of their headers' packages too",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y default-libmysqlclient-dev\nCOPY . .\n"
        'RUN pip install mysqlclient\nCMD ["python", "app.py"]\n',
        {"app.py": APP},
        ["/usr/lib/*-linux-gnu*/libmariadb3"],
        ["apt-cache"],
        id="a client that loads its plugins by name",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN useradd --create-home app\nENV PATH=/home/app/.local/bin:$PATH\nUSER app\nWORKDIR /srv\n"
        'RUN pip install flask gunicorn\nCOPY app.py .\nCMD ["gunicorn", "app:app"]\n',
        {"app.py": APP},
        ['CMD ["gunicorn", "app:app"]\n', "find /usr/local /home/app -type f", "cp -a --parents /home/app /runtime"],
        ["/usr/local/bin/gunicorn"],
        id="pip of a user who may not write to the interpreter's own directories",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN useradd --create-home --home-dir /srv/web web\nUSER web\nWORKDIR /srv/code\n"
        'RUN pip install flask\nCOPY app.py .\nCMD ["python", "app.py"]\n',
        {"app.py": APP},
        ["/srv/web"],
        ["/home/web"],
        id="pip of a user whose home is elsewhere",
    ),
    pytest.param(
        "FROM python:3.12-slim\nWORKDIR /srv\nCOPY app.py .\nRUN pip install flask\nUSER 1001\nRUN python app.py collectstatic\n"
        'CMD ["python", "app.py"]\n',
        {"app.py": APP},
        ["USER 1001\n"],
        ["/home"],
        id="a number that has no home",
    ),
    pytest.param(
        "FROM amazonlinux:2023\nRUN dnf install -y python3.11 python3.11-pip\nRUN pip3.11 install flask\nCOPY app.py /srv/\n"
        'CMD ["python3.11", "/srv/app.py"]\n',
        {"app.py": APP},
        ['CMD ["/usr/bin/python3.11", "/srv/app.py"]\n', "python3.11 > /tmp/found"],
        ["python3.11-pip"],
        id="pip of one version of the interpreter",
    ),
    pytest.param(
        "FROM python:3.12-slim\nRUN pip install pipx && pipx install httpie\nENV PATH=/root/.local/bin:$PATH\nCOPY app.py /srv/\n"
        'ENTRYPOINT ["http"]\n',
        {"app.py": APP},
        ['ENTRYPOINT ["http"]\n', "find /usr/local /root/.local -type f"],
        ["/usr/local/bin/http"],
        id="a program that a directory before the interpreter's may have",
    ),
]


@pytest.mark.parametrize(("dockerfile", "files", "there", "gone"), CONVERTED)
def test_converted(
    tmp_path: Path, dockerfile: str, files: Mapping[str, str], there: list[str], gone: list[str]
) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, [refusal.reason for refusal in outcome.plan.refusals]
    added = new_text(outcome)
    end = added.partition("\n# Leave out")[2]
    for text in there:
        assert text in end, text
    for text in gone:
        assert text not in end, text


FETCHED = [
    pytest.param("RUN git clone https://example.org/y.git y\n", '["python", "y/main.py"]', True, id="the file itself"),
    pytest.param("RUN git clone https://example.org/y.git .\n", '["flask", "run"]', True, id="into the working directory"),
    pytest.param("RUN git clone https://example.org/y.git /opt/y\n", '["python", "/opt/y/main.py"]', True, id="elsewhere"),
    pytest.param("RUN git clone https://example.org/y.git y\n", '["python", "app.py"]', False, id="beside the file"),
    pytest.param("RUN git clone https://example.org/y.git y\n", '["gunicorn", "app:app"]', False, id="beside the module"),
    pytest.param("RUN git clone https://example.org/y.git /opt/y\n", '["flask", "run"]', False, id="far from it"),
]  # fmt: skip


@pytest.mark.parametrize(("fetches", "command", "stops"), FETCHED)
def test_what_is_fetched_is_not_known(tmp_path: Path, fetches: str, command: str, stops: bool) -> None:
    (tmp_path / "app.py").write_text("import flask\napp = flask.Flask(__name__)\n")
    (tmp_path / "Dockerfile").write_text(
        f"FROM python:3.12\nWORKDIR /app\nRUN pip install flask gunicorn\nCOPY app.py .\n{fetches}CMD {command}\n"
    )
    outcome = api.fix(tmp_path / "Dockerfile")
    assert any("sources are fetched here" in r.reason for r in outcome.plan.refusals) is stops
