"""What distributions beside Debian install: which packages come along, and how their own database is asked for their files."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from minify import api
from minify.image.packages import essential
from minify.plan import Outcome, Rung
from minify.shell.run import read_command_line

SOURCE = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
PYTHON = "print('hello')\n"


def fix(folder: Path, dockerfile: str, files: Mapping[str, str]) -> api.Outcome:
    for name, text in files.items():
        (folder / name).write_text(text)
    path = folder / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


class Case(NamedTuple):
    """A final stage, and the line of the gathering step that asks for the packages of the application."""

    base: str
    install: str
    asks: str


CASES = {
    "apk": Case("alpine:3.22", "apk add --no-cache gcc musl-dev sox", "apk info -e sox > /tmp/found"),
    "apk, added for the build and taken out": Case(
        "alpine:3.22", "apk add --no-cache -t .b gcc flac-dev flac && apk add sox && apk del .b", "apk info -e sox >"
    ),
    "dnf": Case("fedora:42", "dnf install -y gcc sox && dnf clean all", "'%{NAME}\\n' sox > /tmp/found"),
    "microdnf": Case(
        "registry.access.redhat.com/ubi9-minimal", "microdnf install -y gcc sox", "'%{NAME}\\n' sox > /tmp/found"
    ),
    "yum": Case("amazonlinux:2", "yum install -y gcc sox", "'%{NAME}\\n' sox > /tmp/found"),
    "zypper": Case("opensuse/leap:15.6", "zypper -n install gcc sox", "'%{NAME}\\n' sox > /tmp/found"),
    "pacman": Case("archlinux:latest", "pacman -Syu --noconfirm gcc sox", "pacman --query --quiet sox > /tmp/packages"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_packages_own_database_is_asked(tmp_path: Path, case: Case) -> None:
    text = f'FROM {case.base}\nRUN {case.install}\nCOPY main.c /src/\nRUN gcc -o /app /src/main.c\nCMD ["/app"]\n'
    outcome = fix(tmp_path, text, {"main.c": SOURCE})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.packages == ("sox",)
    (step,) = [line for line in outcome.patch.after.text.split("\nRUN ") if "/tmp/packages" in line]
    assert case.asks in step
    kept = {d.subject: d.outcome for d in outcome.plan.decisions}
    assert kept["sox"] is Outcome.KEPT
    assert kept["gcc"] is Outcome.DROPPED if "gcc" in kept else "-t .b" in case.install
    script = step.partition("\n\n")[0].replace("\\\n", "\n")
    assert subprocess.run(["sh", "-n", "-c", script.replace("\n", " ")], check=False).returncode == 0


@pytest.mark.parametrize(
    ("base", "install", "line"),
    [
        ("registry.access.redhat.com/ubi9-minimal", "microdnf install -y gcc", "microdnf install -y findutils"),
        ("opensuse/leap:15.6", "zypper -n install gcc", "zypper --non-interactive install findutils"),
        ("mcr.microsoft.com/azurelinux/base/core:3.0", "tdnf install -y gcc", "tdnf install -y findutils"),
    ],
)
def test_an_image_without_find_gets_it(tmp_path: Path, base: str, install: str, line: str) -> None:
    outcome = fix(
        tmp_path,
        f'FROM {base}\nRUN {install}\nCOPY main.c /\nRUN gcc -o /app /main.c\nCMD ["/app"]\n',
        {"main.c": SOURCE},
    )
    assert f"command -v find > /dev/null || {{ {line} && " in outcome.patch.after.text


REFUSED = {
    "a package of a file": ("dnf install -y /tmp/x.rpm", "fedora:42", "what /tmp/x.rpm installs is not known"),
    "a group": ("dnf install -y @development-tools", "fedora:42", "what @development-tools installs is not known"),
    "an address": ("dnf install -y https://x.org/x.rpm", "fedora:42", "what https://x.org/x.rpm installs is not known"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_no_package_of_the_database(tmp_path: Path, case: tuple[str, str, str]) -> None:
    install, base, reason = case
    text = f'FROM {base}\nRUN {install}\nCOPY main.c /\nRUN gcc -o /app /main.c\nCMD ["/app"]\n'
    outcome = fix(tmp_path, text, {"main.c": SOURCE})
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_what_programs_of_glibc_load_on_musl_is_taken_whole(tmp_path: Path) -> None:
    text = 'FROM alpine:3.22\nRUN apk add gcompat gcc\nCOPY main.c /\nRUN gcc -o /app /main.c\nCMD ["/app"]\n'
    outcome = fix(tmp_path, text, {"main.c": SOURCE})
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.packages == ("gcompat",)


PYTHONS = {
    "Alpine": ("alpine:3.22", "apk add --no-cache python3 py3-pip", "python3", "/usr/bin/python3"),
    "Fedora": ("fedora:42", "dnf install -y python3-pip", "python3", "/usr/bin/python3"),
    "a version": ("rockylinux:9", "dnf install -y python3.12", "python3.12", "/usr/bin/python3.12"),
    "Arch": ("archlinux", "pacman -Sy --noconfirm python-pip", "python", "/usr/bin/python"),
}


@pytest.mark.parametrize("case", PYTHONS.values(), ids=PYTHONS)
def test_the_distributions_own_python(tmp_path: Path, case: tuple[str, str, str, str]) -> None:
    base, install, program, path = case
    outcome = fix(
        tmp_path, f'FROM {base}\nRUN {install}\nCOPY app.py /\nCMD ["{program}", "/app.py"]\n', {"app.py": PYTHON}
    )
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.packages == (path.rsplit("/", 1)[-1],)
    assert outcome.patch.after.text.endswith(f'CMD ["{path}", "/app.py"]\n')


def test_pip_installs_beside_the_distributions_packages(tmp_path: Path) -> None:
    text = (
        "FROM alpine:3.22\nRUN apk add --no-cache python3 py3-pip && pip install --break-system-packages gunicorn\n"
        'COPY app.py /\nCMD ["gunicorn", "app:app"]\n'
    )
    outcome = fix(tmp_path, text, {"app.py": PYTHON})
    after = outcome.patch.after.text
    assert "rm -rf $site/pip $site/pip-* /usr/bin/pip" in after
    assert "/usr/lib/python3.*/site-packages" in after
    assert "/usr/bin/gunicorn" in after


NODES = {
    "Alpine": ("alpine:3.22", "apk add --no-cache nodejs npm", "nodejs"),
    "a stream": ("rockylinux:9", "dnf module install -y nodejs:20/minimal", "nodejs"),
    "Amazon's": ("amazonlinux:2023", "dnf install -y nodejs20", "nodejs20"),
    "Arch": ("archlinux", "pacman -Sy --noconfirm nodejs-lts-jod npm", "nodejs-lts-jod"),
    "Debian": ("debian:13-slim", "apt-get update && apt-get install -y nodejs", "nodejs"),
}


@pytest.mark.parametrize("case", NODES.values(), ids=NODES)
def test_the_distributions_own_node(tmp_path: Path, case: tuple[str, str, str]) -> None:
    base, install, package = case
    text = f'FROM {base}\nRUN {install}\nWORKDIR /app\nCOPY app.js package.json ./\nCMD ["node", "app.js"]\n'
    outcome = fix(tmp_path, text, {"app.js": "console.log(1)\n", "package.json": '{"name": "a", "version": "1.0.0"}\n'})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.packages == (package,)
    assert outcome.patch.after.text.endswith('CMD ["/usr/bin/node", "app.js"]\n')


@pytest.mark.parametrize("database", ["apk", "rpm", "pacman"])
def test_what_stays_behind_is_said_in_patterns_of_grep(database: str) -> None:
    patterns = essential(database)
    assert len(set(patterns)) == len(patterns)
    done = subprocess.run(
        ["grep", "-xEf", "/dev/stdin", "/dev/null"],
        input="\n".join(patterns),
        text=True,
        check=False,
        capture_output=True,
    )
    assert done.stderr == ""
    assert read_command_line(f"printf '%s\\n' {' '.join(repr(p) for p in patterns)}").commands


def test_find_is_there_before_it_is_called(tmp_path: Path) -> None:
    text = 'FROM registry.access.redhat.com/ubi9-minimal\nRUN microdnf install -y python3\nCOPY app.py /\nCMD ["python3", "/app.py"]\n'
    after = fix(tmp_path, text, {"app.py": PYTHON}).patch.after.text
    assert after.count("microdnf install -y findutils") == 1
    assert after.index("microdnf install -y findutils") < after.index("find /")


def test_busyboxs_cp_is_given_a_file_once(tmp_path: Path) -> None:
    source = SOURCE.replace("puts", 'fopen("/usr/share/misc/magic", "r"); puts')
    stage = 'RUN apk add gcc file\nCOPY main.c /\nRUN gcc -o /app /main.c\nCMD ["/app"]\n'
    after = fix(tmp_path, f"FROM alpine:3.22\n{stage}", {"main.c": source}).patch.after.text
    assert after.count("cp -a --parents /usr/share/misc/magic /runtime") == 1
    assert after.count('cp -a --parents "$(readlink -f /usr/share/misc/magic)" /runtime') == 1
