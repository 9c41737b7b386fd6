"""The pruned rung: what goes, what stays and who is named for it, and what keeps its shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from minify.api import Outcome, fix_source, fix_text
from minify.edit import Safety
from minify.plan import Options, Rung
from minify.plan import Outcome as Became
from minify.planner import Wish
from minify.syntax import Source
from tests.context.folder import context

RUN = "#!/bin/sh\nwhile read -r row; do mawk '{ print $1 }' \"$row\"; done < /data/rows &\nwait\n"
"""A script that nothing but a shell runs: something goes on beside it."""


def fixed(root: Path, text: str, files: Mapping[str, str | bytes], wish: Wish | None = None) -> Outcome:
    return fix_source(Source(text), context(root, files), wish or Wish(), Safety.INFERRED)


def decided(outcome: Outcome) -> dict[str, tuple[Became, str]]:
    return {decision.subject: (decision.outcome, decision.reason) for decision in outcome.plan.decisions}


def step(outcome: Outcome) -> str:
    """The step that takes out, on one line."""
    after = outcome.patch.after.text.replace(" \\\n", " ")
    line = next(one for one in after.splitlines() if one.startswith("RUN set -eu;"))
    return " ".join(line.split())


DEBIAN = "FROM debian:12\nRUN apt-get update && apt-get install -y {packages}\nCOPY . /app\nENTRYPOINT {entrypoint}\n"


def test_a_script_keeps_its_shell_and_loses_the_package_manager(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl mawk", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    assert outcome.plan.rung is Rung.PRUNED
    final = outcome.patch.after.text.partition("FROM scratch\n")[2]
    assert final == (
        "# hadolint ignore=DL3067\nCOPY --from=build / /\n"
        "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        'ENTRYPOINT ["/app/run.sh"]\n'
    )
    assert "dpkg --purge curl || true;" in step(outcome)
    assert "rm -rf /etc/apt /etc/dpkg " in step(outcome) and "/var/lib/dpkg" in step(outcome)
    assert "/usr/share/locale" in step(outcome), "there is no locale but C"
    said = decided(outcome)
    assert said["curl"] == (Became.DROPPED, "network tool: nothing that runs names it")
    assert said["the shell"][0] is Became.KEPT


# The file that names a tool, and the place that the report names
CALLERS = [
    pytest.param({"run.sh": RUN + "curl -f $URL\n"}, "run.sh:4", id="the script that starts"),
    pytest.param({"run.sh": RUN + "/app/notify.sh\n", "notify.sh": "#!/bin/sh\ncurl x\n"}, "notify.sh:2", id="a script that it starts"),
    pytest.param({"run.sh": RUN, "app.rb": 'x = 1\nsystem("curl", url)\n'}, "app.rb:2", id="a source"),
    pytest.param({"run.sh": RUN, "conf/jobs.ini": "command = /usr/bin/curl -s x\n"}, "conf/jobs.ini:1", id="settings"),
    pytest.param({"run.sh": RUN, "compose.yaml": "healthcheck:\n  test: curl -f x\n"}, "compose.yaml:2", id="a compose file"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "place"), CALLERS)
def test_what_a_text_names_stays(tmp_path: Path, files: Mapping[str, str], place: str) -> None:
    text = DEBIAN.format(packages="curl wget", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, files)
    assert outcome.plan.rung is Rung.PRUNED
    assert decided(outcome)["curl"] == (Became.KEPT, f"stays: {place} names it")
    assert "dpkg --purge wget || true;" in step(outcome)


# A name that is a word of English too, where a command begins
COMMANDS = [
    "while ! nc -z $DB 5432; do sleep 1; done",
    "until nc -z $DB 5432; do sleep 1; done",
    "if ! timeout 5 nc -z $DB 5432; then exit 1; fi",
    "ready() { nc -z $DB 5432; }",
    "LANG=C nc -z $DB 5432 || exit 1",
    'test -n "$(nohup nc -z $DB 5432)"',
    "gosu app nc -z $DB 5432",
]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_word_is_a_program_where_a_command_begins(tmp_path: Path, line: str) -> None:
    text = DEBIAN.format(packages="netcat-openbsd", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + line + "\n"})
    assert decided(outcome)["netcat-openbsd"] == (Became.KEPT, "stays: run.sh:4 names nc")


@pytest.mark.parametrize("line", ["echo the nc format", "x=$nc"])
def test_a_word_is_none_elsewhere(tmp_path: Path, line: str) -> None:
    text = DEBIAN.format(packages="netcat-openbsd", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + line + "\n"})
    assert decided(outcome)["netcat-openbsd"][0] is Became.DROPPED


@pytest.mark.parametrize("line", ["log(ex)", "ex = failed()", "ex += 1", "errors[ex]"])
def test_a_variable_of_a_language_is_no_program(tmp_path: Path, line: str) -> None:
    text = DEBIAN.format(packages="vim", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN, "app.py": f"{line}\n"})
    assert decided(outcome)["vim"][0] is Became.DROPPED


@pytest.mark.parametrize("line", ["os.system('ex -s x')", "(ex -s x)", "x=$(ex -s x)"])
def test_a_program_in_parentheses_or_quotes_is_one(tmp_path: Path, line: str) -> None:
    text = DEBIAN.format(packages="vim", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN, "app.py": f"{line}\n"})
    assert decided(outcome)["vim"] == (Became.KEPT, "stays: app.py:1 names ex")


# Texts that name a tool, and do not run it
BYSTANDERS = [
    pytest.param({"setup-dev.sh": "#!/bin/sh\ncurl x | sh\n"}, id="a script that nothing starts"),
    pytest.param({"README.md": "Get it with curl.\n"}, id="documentation"),
    pytest.param({"app.py": "# as curl does\nprint(1)\n"}, id="a comment"),
    pytest.param({"tests/test_app.py": 'run(["curl", "x"])\n'}, id="a test"),
    pytest.param({"web/fetch_test.go": 'exec.Command("curl")\n'}, id="a test beside what it tests"),
    pytest.param({".github/workflows/ci.yml": "run: curl x\n"}, id="continuous integration"),
    pytest.param({"Vagrantfile": 'config.vm.provision "shell", inline: "curl x"\n'}, id="a machine to develop in"),
    pytest.param({"app.Dockerfile.min": "RUN apt-get install curl\n"}, id="another Dockerfile"),
]


@pytest.mark.parametrize("files", BYSTANDERS)
def test_what_does_not_run_keeps_nothing(tmp_path: Path, files: Mapping[str, str]) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN, **files})
    assert decided(outcome)["curl"][0] is Became.DROPPED


@pytest.mark.parametrize(
    ("base", "install", "package", "command"),
    [
        ("alpine:3.22", "apk add", "iputils-ping", "ping -c 1 db"),
        ("alpine:3.22", "apk add", "binutils", "strip /tmp/x"),
        ("alpine:3.22", "apk add", "musl-utils", "getent hosts db"),
        ("fedora:42", "dnf install -y", "net-tools", "ifconfig eth0"),
        ("fedora:42", "dnf install -y", "git-core", "git pull"),
        ("archlinux", "pacman -S --noconfirm", "inetutils", "hostname"),
        ("debian:12", "apt-get install -y", "binutils", "strings /tmp/x"),
        ("debian:12", "apt-get install -y", "traceroute", "traceroute db"),
    ],
)
def test_a_package_stays_for_any_of_its_programs(
    tmp_path: Path, base: str, install: str, package: str, command: str
) -> None:
    text = f'FROM {base}\nRUN {install} {package}\nCOPY . /app\nENTRYPOINT ["/app/run.sh"]\n'
    outcome = fixed(tmp_path, text, {"run.sh": f"{RUN}{command}\n"})
    assert outcome.plan.rung is Rung.PRUNED
    became, reason = decided(outcome)[package]
    assert became is Became.KEPT
    assert reason.startswith("stays: run.sh:4 names ")


def test_a_health_check_keeps_its_curl(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]') + "HEALTHCHECK CMD curl -f http://localhost\n"
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    assert decided(outcome)["curl"] == (Became.KEPT, "stays: line 5 names it")
    assert outcome.patch.after.text.count("HEALTHCHECK CMD curl -f http://localhost\n") == 1


def test_a_library_that_starts_a_program_keeps_it(tmp_path: Path) -> None:
    files = {"run.sh": RUN, "requirements.txt": "flask\nGitPython>=3\n"}
    text = DEBIAN.format(packages="git openssh-client", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, files)
    assert decided(outcome)["git"] == (Became.KEPT, "stays: requirements.txt:2 names it")
    assert decided(outcome)["openssh-client"] == (Became.KEPT, "stays: git stays, and calls it")


@pytest.mark.parametrize("installs", ["npm install -g simple-git", "bun add -g simple-git", "pip install gitpython"])
def test_a_library_that_a_step_installs_keeps_it_too(tmp_path: Path, installs: str) -> None:
    """Whose table is asked says the program that installs."""
    text = DEBIAN.format(packages="git", entrypoint='["/app/run.sh"]').replace("COPY", f"RUN {installs}\nCOPY")
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    assert decided(outcome)["git"] == (Became.KEPT, "stays: line 3 names it")


MANIFESTS = [
    pytest.param("ruby:3.3", "Gemfile", 'gem "git", "~> 1"\n', 'CMD ["/run.sh"]', True, id="a gem"),
    pytest.param("ruby:3.3", "Gemfile", 'gem "puma", github: "puma/puma"\n', 'CMD ["/run.sh"]', True, id="a gem of a repository"),
    pytest.param("ruby:3.3", "Gemfile.lock", "GIT\n  remote: x\n", 'CMD ["/run.sh"]', True, id="one that is locked"),
    pytest.param("ruby:3.3", "Gemfile", 'gem "puma"\n', 'CMD ["/run.sh"]', False, id="a gem that starts none"),
    pytest.param("ruby:3.3", "x.txt", "", 'RUN gem install git:1.2\nCMD ["/run.sh"]', True, id="a gem by its name"),
    pytest.param("debian:12", "composer.json", '{"require": {"czproject/git-php": "^4"}}', 'CMD ["/run.sh"]', True, id="Composer's"),
    pytest.param("debian:12", "cpanfile", "requires 'Git::Wrapper', '1';\n", 'CMD ["/run.sh"]', True, id="a module of Perl"),
    pytest.param("debian:12", "go.mod", "require github.com/hashicorp/go-getter v1.7.0\n", 'CMD ["/run.sh"]', True, id="a module of Go"),
]  # fmt: skip


@pytest.mark.parametrize(("image", "name", "manifest", "rest", "stays"), MANIFESTS)
def test_a_manifest_of_any_language_keeps_what_its_libraries_start(
    tmp_path: Path, image: str, name: str, manifest: str, rest: str, stays: bool
) -> None:
    text = f"FROM {image}\nRUN apt-get update && apt-get install -y git\nCOPY . /\n{rest}\n"
    outcome = fixed(tmp_path, text, {"run.sh": RUN, name: manifest}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    assert (decided(outcome)["git"][0] is Became.KEPT) is stays


def test_compilers_go_with_their_headers_and_libraries_stay(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="gcc make libpq-dev", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    commands = step(outcome)
    assert "gcc make" in commands or "gcc 'gcc-*[0-9]'" in commands
    assert "libpq" not in commands, "its library may be linked"
    guard = "command -v gcc > /dev/null || command -v clang > /dev/null || rm -rf /usr/include "
    assert guard in commands and "/usr/lib/gcc" in commands


def test_one_compiler_that_stays_keeps_them_all(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="gcc make", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + "gcc -o x x.c\n"})
    assert decided(outcome)["make"] == (Became.KEPT, "stays: gcc stays, and may call it")
    assert "/usr/include" not in step(outcome)


# What cannot be read, and what the report says of it
UNREAD = [
    pytest.param("RUN git clone https://example.org/a.git /opt/a\n", {}, "git fetches what may run (line 5)", id="a clone"),
    pytest.param("COPY --from=ghcr.io/a/b:1 /b /b\n", {}, "what comes from the image ghcr.io/a/b:1 may run (line 5)", id="an image"),
    pytest.param("", {"bin/tool": b"\x7fELF\0\0"}, "bin/tool is no text", id="a binary of the context"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "files", "reason"), UNREAD)
def test_network_tools_stay_where_something_cannot_be_read(
    tmp_path: Path, line: str, files: Mapping[str, str | bytes], reason: str
) -> None:
    text = DEBIAN.format(packages="curl git vim gcc", entrypoint='["/app/run.sh"]') + line
    outcome = fixed(tmp_path, text, {"run.sh": RUN, **files})
    assert outcome.plan.rung is Rung.PRUNED
    assert decided(outcome)["curl"] == (Became.KEPT, f"stays: something may call it: {reason}")
    assert decided(outcome)["gcc"][0] is Became.KEPT
    assert decided(outcome)["vim"][0] is Became.DROPPED


@pytest.mark.parametrize("source", ["/etc/ssl/certs/", "/usr/share/zoneinfo", "/etc/passwd /etc/group", "/ca.pem"])
def test_data_of_another_image_is_no_program(tmp_path: Path, source: str) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]') + f"COPY --from=golang:1.26 {source} /etc/x/\n"
    assert decided(fixed(tmp_path, text, {"run.sh": RUN}))["curl"][0] is Became.DROPPED


NAMES = [
    pytest.param("import subprocess, sys\nsubprocess.run(sys.argv[1:])\n", True, id="of any name"),
    pytest.param("import subprocess\nsubprocess.run(['sh', '-c', 'id'])\n", False, id="a shell, by its name"),
]


@pytest.mark.parametrize(("source", "stays"), NAMES)
def test_tools_stay_where_a_program_of_any_name_is_started(tmp_path: Path, source: str, stays: bool) -> None:
    text = 'FROM python:3.12\nWORKDIR /app\nCOPY x.py .\nCMD ["python", "x.py"]\n'
    outcome = fixed(tmp_path, text, {"x.py": source})
    assert outcome.plan.rung is Rung.PRUNED
    reason = "stays: something may call it: x.py:2 starts a program whose name is not known"
    assert (decided(outcome).get("gcc") == (Became.KEPT, reason)) is stays
    assert ("git" in step(outcome)) is not stays


@pytest.mark.parametrize(("package", "stays"), [("webmin", True), ("libzip4", False), ("mawk", False)])
def test_network_tools_stay_beside_a_package_of_unknown_use(tmp_path: Path, package: str, stays: bool) -> None:
    text = DEBIAN.format(packages=f"dnsutils {package}", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + f"/etc/init.d/{package} start\n"})
    assert (decided(outcome)["dnsutils"][0] is Became.KEPT) is stays


def test_without_a_context_little_goes() -> None:
    text = 'FROM python:3.11\nRUN apt-get update && apt-get install -y curl\nCOPY . /app\nCMD ["python", "/app/x.py"]\n'

    outcome = fix_text(text.encode())
    assert outcome.plan.rung is Rung.PRUNED
    said = decided(outcome)
    assert said["curl"][0] is Became.KEPT and said["pip and pip3"][0] is Became.KEPT
    assert said["gcc"] == (Became.KEPT, "stays: something may call it: the build context is not known (line 3)")
    assert "gcc" not in step(outcome) and "/usr/include" not in step(outcome)


# FROM and what comes after it; the reason that the file keeps its shape
STAYS = [
    pytest.param("FROM debian:12\nRUN touch /x\n", "neither CMD nor ENTRYPOINT is in the file", id="a base for others"),
    pytest.param('FROM debian:12\nCMD ["bash"]\n', "bash waits for a person", id="a shell for a person"),
    pytest.param('FROM python:3.12\nCMD ["python3"]\n', "python3 waits for a person", id="an interpreter for a person"),
    pytest.param(
        'FROM debian:12\nENTRYPOINT ["docker-php-entrypoint"]\nCMD ["php", "-a"]\n',
        "php waits for a person",
        id="an interpreter that the entrypoint is given",
    ),
    pytest.param("FROM postgres:16\nCOPY x.sql /docker-entrypoint-initdb.d/\n", "a database or broker", id="a database"),
    pytest.param('FROM debian:12\nENTRYPOINT ["/start.sh"]\nCMD ["postgres"]\n', "postgres keeps data", id="a database on Debian"),
    pytest.param('FROM debian:12\nENTRYPOINT ["/start.sh"]\nCMD ["mvn"]\n', "mvn builds or installs", id="a build behind a script"),
    pytest.param('FROM debian:12 AS devcontainer\nCMD ["/x"]\n', "people and tools work in it", id="a place to develop"),
    pytest.param('FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nCMD ["/x"]\n', "CUDA images", id="CUDA"),
    pytest.param('FROM debian:12\nCMD ["/sbin/init"]\n', "/sbin/init starts services", id="a whole system"),
    pytest.param('FROM python:3.12\nCMD ["jupyter", "lab"]\n', "jupyter is a place to work in", id="a notebook"),
    pytest.param('FROM golang:1.26\nCMD ["go", "run", "."]\n', "go builds or installs", id="a build at the start"),
    pytest.param("FROM node:22\nCMD npm install && npm start\n", "npm install builds or installs", id="an installation at the start"),
    pytest.param("FROM debian:12\nCMD apt-get update; /x\n", "apt-get builds or installs", id="a package manager at the start"),
    pytest.param('FROM debian:12\nRUN mkfifo /pipe\nCMD ["/x"]\n', "mkfifo makes what COPY does not carry", id="a pipe"),
    pytest.param('FROM debian:12\nONBUILD COPY . /x\nCMD ["/x"]\n', "ONBUILD makes this a base", id="ONBUILD"),
    pytest.param('FROM ghcr.io/nobody/knows:1\nCMD ["/x"]\n', "ghcr.io/nobody/knows:1 sets and holds is not known", id="an unknown base"),
    pytest.param("FROM debian:12\nCMD while true; do sleep 30; done\n", "only keeps the container running", id="a loop that waits"),
    pytest.param('FROM debian:12\nCMD ["sh", "-c", "echo ready && sleep 3600"]\n', "only keeps the container running", id="a wait behind a word"),
    pytest.param('FROM tomcat:7-jre8\nCMD ["/x"]\n', "which distribution tomcat:7-jre8 stands on is not known", id="an unknown system"),
    pytest.param('FROM fedora:rawhide\nCMD ["/x"]\n', "which distribution fedora:rawhide stands on is not known", id="a moving release"),
    pytest.param('FROM eclipse-temurin:17.0.1_12-jre\nRUN a\nCMD ["java", "-jar", "x.jar"]\n', "has the start script of later ones", id="a start script that may not be there"),
]  # fmt: skip


def test_a_script_that_calls_the_package_manager_keeps_the_shape(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + "apt-get install -y x\n"})
    assert outcome.plan.rung is Rung.SLIM
    assert outcome.plan.refusals[-1].reason == "run.sh:4 names apt-get: the package manager may be used at run time"


@pytest.mark.parametrize(("text", "reason"), STAYS)
def test_what_keeps_its_shape(tmp_path: Path, text: str, reason: str) -> None:
    outcome = fixed(tmp_path, text, {"x.sql": "", "x.html": ""}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.SLIM
    said = [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is Rung.PRUNED]
    assert any(reason in one for one in said), said


@pytest.mark.parametrize(
    "command", ["CMD sleep 5 && /app/serve", 'CMD ["sh", "-c", "sleep 1m; exec /app/serve"]', "CMD sleep 1; exit 1"]
)
def test_a_pause_before_what_starts_is_none_for_a_person(tmp_path: Path, command: str) -> None:
    outcome = fixed(tmp_path, f"FROM debian:12\nCOPY serve /app/\n{command}\n", {"serve": "#!/bin/sh\n"})
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals


def test_the_settings_of_the_base_image_are_said_again(tmp_path: Path) -> None:
    text = "FROM php:8.3-apache\nCOPY . /srv\nRUN unheard-of-installer\n"
    outcome = fixed(tmp_path, text, {"index.php": "<?php exec($argv[1]); ?>"}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.PRUNED
    final = outcome.patch.after.text.partition("FROM scratch\n")[2]
    for line in ("EXPOSE 80\n", "STOPSIGNAL SIGWINCH\n", "WORKDIR /var/www/html\n"):
        assert line in final
    assert final.endswith('ENTRYPOINT ["docker-php-entrypoint"]\nCMD ["apache2-foreground"]\n')


ONCE = "/docker-entrypoint.d/10-listen-on-ipv6-by-default.sh"
# The file's lines, and whether what the start script asks the package manager is done in the build stage
ASKING = [
    pytest.param("FROM nginx:1.30\n", True, id="Debian"),
    pytest.param("FROM nginx:1.30-alpine\n", True, id="Alpine"),
    pytest.param("FROM nginxinc/nginx-unprivileged:1.30-alpine\n", True, id="the user that the image is made for"),
    pytest.param("FROM nginx:1.30-alpine\nUSER nginx\n", False, id="a user who may not change the settings"),
    pytest.param("FROM nginx:1.30-alpine\nCMD nginx -g 'daemon off;'\n", False, id="a shell form is not nginx to the script"),
    pytest.param('FROM nginx:1.30-alpine\nENTRYPOINT ["nginx"]\n', False, id="no start script"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "done"), ASKING)
def test_what_the_start_script_asks_the_package_manager_is_done_before(tmp_path: Path, text: str, done: bool) -> None:
    text += "RUN unheard-of-installer\nCOPY index.html /usr/share/nginx/html/\n"
    outcome = fixed(tmp_path, text, {"index.html": ""}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.PRUNED
    assert (ONCE in step(outcome)) is done
    assert (decided(outcome)[ONCE][0] is Became.CHECK) if done else (ONCE not in decided(outcome))
    assert "/etc/apk" in step(outcome) or "/var/lib/dpkg" in step(outcome)


SHELL_FORM = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nENTRYPOINT exec /app/run.sh | tee /log\nCMD ["ignored"]\n'


def test_shell_forms_move_as_they_are(tmp_path: Path) -> None:
    text = f"FROM debian:12\nCOPY . /app\n{SHELL_FORM}"
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    assert outcome.plan.rung is Rung.PRUNED
    assert outcome.patch.after.text.endswith(SHELL_FORM)


def test_the_build_stage_is_root_for_the_step(tmp_path: Path) -> None:
    text = "FROM debian:12\nCOPY run.sh /run.sh\nUSER www-data\nRUN touch /tmp/x\nCMD /run.sh & wait\n"
    after = fixed(tmp_path, text, {"run.sh": RUN}).patch.after.text
    assert "\nUSER root\n\n# Leave out " in after and "\nUSER www-data\n\nFROM scratch\n" in after
    assert after.endswith("USER www-data\nCMD /run.sh & wait\n")


# The base image, what is installed on it, and commands of the step
SYSTEMS = [
    pytest.param("alpine:3.22", "apk add curl jq", ["apk info > /tmp/world && mv /tmp/world /etc/apk/world; then apk del curl || true; fi;", "rm -rf /etc/apk /lib/apk /usr/lib/apk "], id="apk"),
    pytest.param("fedora:43", "dnf install -y gcc gcc-c++ wget", ['for package in gcc-c++ gcc curl-minimal wget cpp binutils; do rpm --erase "$package" || true; done;', "/var/lib/rpm"], id="dnf"),
    pytest.param("registry.access.redhat.com/ubi9-minimal", "microdnf install -y tar", ["microdnf", "/var/cache/dnf", "/usr/lib/sysimage"], id="microdnf"),
    pytest.param("amazonlinux:2023", "yum install -y git", ["for package in git curl-minimal ", "/etc/yum.repos.d"], id="yum"),
    pytest.param("opensuse/leap:15.6", "zypper install -y nginx", ["'zypper-*'", "/var/lib/zypp"], id="zypper"),
    pytest.param("archlinux", "pacman -Sy --noconfirm nginx", ["'pacman-*'", "/var/lib/pacman"], id="pacman"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "install", "commands"), SYSTEMS)
def test_every_distribution(tmp_path: Path, base: str, install: str, commands: list[str]) -> None:
    text = f'FROM {base}\nRUN {install}\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    outcome = fixed(tmp_path, text, {"run.sh": RUN})
    assert outcome.plan.rung is Rung.PRUNED
    assert [one for one in commands if one not in step(outcome)] == []


def test_busybox_loses_links_and_not_itself(tmp_path: Path) -> None:
    text = 'FROM busybox:1.38\nCOPY run.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
    outcome = fixed(tmp_path, text, {"run.sh": RUN + "wget -q -O - $URL\n"})
    assert outcome.plan.rung is Rung.PRUNED
    names = step(outcome).partition("for program in ")[2].partition(";")[0].split()
    assert "vi" in names and "nc" in names and "wget" not in names and "sh" not in names
    assert decided(outcome)["wget of busybox"] == (Became.KEPT, "stays: run.sh:4 names it")


def test_the_settings_keep_a_program_and_a_folder(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]')
    wish = Wish(options=Options(keep=("curl", "/usr/share/doc/licences", "/usr/bin/dpkg")))
    commands = step(fixed(tmp_path, text, {"run.sh": RUN}, wish))
    assert "purge" not in commands and "/usr/share/doc" not in commands and " dpkg " not in commands


def test_documentation_that_is_shown_is_none(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="zabbix-server-mysql", entrypoint='["/app/run.sh"]')
    outcome = fixed(tmp_path, text, {"run.sh": RUN + "zcat /usr/share/doc/zabbix-server-mysql/create.sql.gz\n"})
    assert "/usr/share/doc" not in step(outcome) and "/usr/share/man" in step(outcome)


def test_locales_keep_translations(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="locales", entrypoint='["/app/run.sh"]')
    assert "/usr/share/locale" not in step(fixed(tmp_path, text, {"run.sh": RUN}))


def test_a_pruned_file_is_not_pruned_again(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]')
    once = fixed(tmp_path, text, {"run.sh": RUN}).patch.after.text
    again = fixed(tmp_path, once, {})
    assert (again.patch.empty, again.plan.rung) == (True, Rung.PRUNED)


def test_the_rung_can_be_capped_and_disabled(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="curl", entrypoint='["/app/run.sh"]')
    assert fixed(tmp_path, text, {"run.sh": RUN}, Wish(to=Rung.SLIM)).plan.rung is Rung.SLIM
    assert fixed(tmp_path, text, {"run.sh": RUN}, Wish(disable=("pruned",))).plan.rung is Rung.SLIM
    assert fixed(tmp_path, text, {"run.sh": RUN}, Wish(to=Rung.PRUNED)).plan.rung is Rung.PRUNED


def test_what_a_base_image_only_says_of_itself_is_named(tmp_path: Path) -> None:
    text = "FROM php:8.3-apache\nCOPY . /srv\nRUN unheard-of-installer\n"
    outcome = fixed(tmp_path, text, {"index.php": "<?php 1; ?>"}, Wish(to=Rung.PRUNED))
    said = decided(outcome)
    for name in ("PHPIZE_DEPS", "PHP_CFLAGS", "PHP_URL", "PHP_SHA256"):
        assert said[f"ENV {name}"][0] is Became.DROPPED
    assert "APACHE_CONFDIR=/etc/apache2" in outcome.patch.after.text


# A base image, and what of its configuration the final stage says again
RESTATED = [
    pytest.param("julia:1.11", ["PATH=/usr/local/julia/bin:/usr/local/sbin:", "JULIA_PATH=/usr/local/julia"], id="julia"),
    pytest.param("haproxy:3.2", ["WORKDIR /var/lib/haproxy\n", "USER haproxy\n", "STOPSIGNAL SIGUSR1\n"], id="haproxy"),
    pytest.param("caddy:2", ["XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data", "EXPOSE 443\n", "EXPOSE 443/udp\n", "WORKDIR /srv\n"], id="caddy"),
    pytest.param("tomcat:10-jre17", ["LD_LIBRARY_PATH=/usr/local/tomcat/native-jni-lib", "LC_ALL=en_US.UTF-8", 'CMD ["/start"]'], id="tomcat"),
    pytest.param("denoland/deno:2.1.1", ["DENO_DIR=/deno-dir/", 'ENTRYPOINT ["/tini", "--", "docker-entrypoint.sh"]\n'], id="deno"),
    pytest.param("dart:3.8", ["PATH=/usr/lib/dart/bin:/root/.pub-cache/bin:", "WORKDIR /root\n"], id="dart"),
    pytest.param("pypy:3.11", ["PATH=/opt/pypy/bin:", "LANG=C.UTF-8"], id="pypy"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "lines"), RESTATED)
def test_what_the_base_image_sets_is_set_again(tmp_path: Path, base: str, lines: list[str]) -> None:
    outcome = fixed(tmp_path, f'FROM {base}\nCOPY start /start\nCMD ["/start"]\n', {"start": RUN}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    final = outcome.patch.after.text.partition("FROM scratch\n")[2]
    assert [line for line in lines if line not in final] == []


@pytest.mark.parametrize("base", ["azul/zulu-openjdk:17", "ghcr.io/astral-sh/uv:python3.12-bookworm", "haskell:9"])
def test_a_base_image_that_is_not_known_in_full_keeps_the_shape(tmp_path: Path, base: str) -> None:
    outcome = fixed(tmp_path, f'FROM {base}\nCOPY start /start\nCMD ["/start"]\n', {"start": RUN}, Wish(to=Rung.PRUNED))
    assert outcome.plan.rung is Rung.SLIM


def test_the_interpreter_of_a_tool_of_the_base_image_goes_with_it(tmp_path: Path) -> None:
    text = 'FROM golang:1.26\nCOPY . /src\nRUN go build -C /src -o /x . && unheard-of\nENTRYPOINT ["/src/run.sh"]\n'
    files = {
        "run.sh": RUN,
        "main.go": "package main\n\nfunc main() { go func() {}() }\n",
        "go.mod": "module a\n\ngo 1.26\n",
    }
    unread = step(fixed(tmp_path / "unread", text, files))
    assert " perl " not in unread and "/usr/local/go/bin" not in unread
    read = step(fixed(tmp_path / "read", text.replace(" && unheard-of", ""), files))
    assert " perl python3 " in read and "'perl-modules-5*'" in read and "/usr/local/go/bin" in read
    named = step(
        fixed(tmp_path / "named", text.replace(" && unheard-of", ""), {**files, "run.sh": RUN + "perl x.pl\n"})
    )
    assert " perl " not in named and " python3 " in named
    tool = step(fixed(tmp_path / "tool", text.replace(" && unheard-of", ""), {**files, "run.sh": RUN + "git log\n"}))
    assert " perl " not in tool and " git " not in tool and " python3 " in tool


# A base image with what installs and builds in its language; a script that calls it, and what goes where none does
LANGUAGES = [
    pytest.param("eclipse-temurin:21-jdk", "javac A.java\n", "/opt/java/openjdk/jmods", id="java"),
    pytest.param("ruby:3.4-slim", "bundle exec rake\n", "/usr/local/bin/bundle", id="ruby"),
    pytest.param("php:8.3-cli", "docker-php-ext-enable xdebug\n", "/usr/src/php.tar.xz", id="php"),
    pytest.param("golang:1.26", "go version\n", "/usr/local/go/bin", id="go"),
]


@pytest.mark.parametrize(("base", "call", "path"), LANGUAGES)
def test_what_builds_in_a_language_goes_unless_it_is_called(tmp_path: Path, base: str, call: str, path: str) -> None:
    text = f'FROM {base}\nCOPY run.sh Gemfile /app/\nENTRYPOINT ["/app/run.sh"]\nCMD ["java", "-jar", "a.jar"]\n'
    files = {"Gemfile": 'source "https://rubygems.org"\ngem "sinatra"\n'}
    assert path in step(fixed(tmp_path / "without", text, {**files, "run.sh": RUN}))
    assert path not in step(fixed(tmp_path / "with", text, {**files, "run.sh": RUN + call}))


def test_a_workdir_that_an_argument_chooses_follows_it() -> None:
    text = (
        "FROM debian:12\nARG OWNER=app\nENV HOME=/home/${OWNER}\nWORKDIR $HOME\nCOPY run.sh ./\n"
        'ENTRYPOINT ["/usr/local/bin/serve"]\n'
    )
    final = fix_text(text.encode()).patch.after.text.partition("FROM scratch")[2]
    assert "ARG OWNER=app\nENV HOME=/home/${OWNER}\nWORKDIR $HOME\n" in final

    named = fix_text(text.replace("ARG OWNER", "ENV OWNER").encode()).patch.after.text.partition("FROM scratch")[2]
    assert "WORKDIR /home/app\n" in named, "nothing outside chooses it: the path is said"


@pytest.mark.parametrize("start", ['CMD ["npm", "start"]', 'CMD ["node", "server.js"]', "CMD ./start.sh"])
def test_of_an_application_that_is_not_here_no_tool_goes(tmp_path: Path, start: str) -> None:
    text = f"FROM node:22-slim\nRUN apt-get update && apt-get install -y git curl\nWORKDIR /app\nCOPY . .\n{start}\n"
    said = decided(fixed(tmp_path, text, {"README.md": "words"}))
    assert said["git"][0] is said["curl"][0] is Became.KEPT
