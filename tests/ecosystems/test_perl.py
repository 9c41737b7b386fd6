"""Perl: how it is started, which interpreter it is, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

IMAGE = "FROM perl:5.40\nWORKDIR /app\nCOPY . .\n"
PLACK = "FROM perl:5.40\nWORKDIR /app\nCOPY . .\nRUN cpanm --notest --installdeps .\n"
CARTON = "FROM perl:5.40\nWORKDIR /app\nCOPY . .\nRUN cpanm --notest Carton && carton install --deployment\n"
DEBIAN = (
    "FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y perl libplack-perl\nWORKDIR /app\nCOPY . .\n"
)
FILES = {"app.pl": "#!/usr/bin/env perl\nprint 1;\n", "app.psgi": "sub {};\n", "cpanfile": "requires 'Plack';\n"}

# The file, further files of the context, the reason
STOPPED = [
    pytest.param(
        IMAGE + 'CMD ["perl", "app.pl"]\n', {"lib/A.pm": "system('ls *');\n"}, "lib/A.pm:1 starts a shell", id="a shell"
    ),
    pytest.param(
        IMAGE + 'CMD ["perl", "app.pl"]\n',
        {"lib/A.pm": "system('ls', 1);\n"},
        "lib/A.pm:1 starts ls, which comes with the base image",
        id="a program of the base",
    ),
    pytest.param(
        IMAGE + 'CMD ["perl", "app.pl"]\n',
        {"lib/A.pm": "exec(@command);\n"},
        "lib/A.pm:1 starts a program whose name is not known",
        id="a program that is not named",
    ),
    pytest.param(
        IMAGE + 'CMD ["perl", "app.pl"]\n',
        {"cpanfile": "requires 'Git::Repository';\n"},
        "cpanfile: Git::Repository starts git",
        id="a module that starts a program",
    ),
    pytest.param(
        IMAGE + 'CMD ["perl", "-MIPC::Run", "app.pl"]\n',
        {},
        "IPC::Run starts programs that only its caller knows",
        id="a module that the command names",
    ),
    pytest.param(
        IMAGE + """CMD ["perl", "-e", "system('ls *')"]\n""", {}, "system('ls *') starts a program", id="inline code"
    ),
    pytest.param(
        'FROM perl:5.40\nWORKDIR /app\nCOPY conf .\nCMD ["perl", "/srv/app.pl"]\n',
        {"conf": "x = 1\n"},
        "none of the application's Perl files is in the build context, so what it calls is not known",
        id="sources that are mounted",
    ),
    pytest.param(
        IMAGE + 'CMD ["/opt/perl/bin/perl", "app.pl"]\n',
        {},
        "where /opt/perl/bin/perl comes from is not known",
        id="another perl",
    ),
    pytest.param(
        IMAGE + 'CMD ["./run"]\n',
        {"run": "#!/opt/perl/bin/perl\nprint 1;\n"},
        "run asks for /opt/perl/bin/perl: where that comes from is not known",
        id="a script for another perl",
    ),
    pytest.param(
        IMAGE + 'CMD ["starman", "app.psgi"]\n',
        {},
        "where starman comes from is not known: no command of the file installs Starman",
        id="a server that nothing installs",
    ),
    pytest.param(
        CARTON + 'ENV PATH=/opt/x:$PATH\nCMD ["carton", "exec", "plackup"]\n',
        {},
        "carton exec puts a directory in front of a PATH that the file sets",
        id="carton exec and a PATH of the file's own",
    ),
    pytest.param(
        CARTON + 'ENV PERL_CARTON_PATH=/opt/modules\nCMD ["carton", "exec", "plackup"]\n',
        {},
        "where carton exec looks for modules is not known",
        id="carton exec that looks elsewhere",
    ),
    pytest.param(
        PLACK + 'CMD ["/usr/bin/starman", "app.psgi"]\n',
        {},
        "where /usr/bin/starman comes from is not known",
        id="a path that nothing installs to",
    ),
    pytest.param(
        IMAGE + 'CMD ["/usr/local/bin/plackup", "app.psgi"]\n',
        {},
        "where /usr/local/bin/plackup comes from is not known",
        id="a path beside the interpreter, and no installer",
    ),
    pytest.param(
        IMAGE + 'CMD ["perl", "app.pl"]\n',
        {"lib/A.pm": "use IO::Pipe;\n"},
        "lib/A.pm: IO::Pipe starts programs that only its caller knows",
        id="a pipe to a program",
    ),
    pytest.param(
        IMAGE + 'RUN cpanm DBI DBD::ODBC@1.61\nCMD ["perl", "app.pl"]\n',
        {},
        "DBD::ODBC loads its drivers by name",
        id="a driver that no source names",
    ),
    pytest.param(
        PLACK + 'CMD ["plackup", "-e", "sub { system(1) }"]\n',
        {},
        "sub { system(1) } starts a program",
        id="code for plackup",
    ),
]

# The file, the last line of the final stage, lines that it has
STARTED = [
    pytest.param(
        IMAGE + 'CMD ["perl", "-Ilib", "app.pl"]\n',
        'CMD ["perl", "-Ilib", "app.pl"]\n',
        ["COPY --from=build /usr/local/lib/perl5 /usr/local/lib/perl5\n"],
        id="perl, found by PATH as before",
    ),
    pytest.param(
        IMAGE + 'CMD ["./app.pl", "daemon"]\n',
        'CMD ["/usr/local/bin/perl", "./app.pl", "daemon"]\n',
        [],
        id="a script that asks env for perl",
    ),
    pytest.param(
        IMAGE + 'ENTRYPOINT ["./app.pl"]\nCMD ["daemon"]\n',
        'ENTRYPOINT ["/usr/local/bin/perl", "./app.pl"]\nCMD ["daemon"]\n',
        [],
        id="one in ENTRYPOINT: arguments go on replacing CMD",
    ),
    pytest.param(
        IMAGE + 'CMD ["/app/direct"]\n',
        'CMD ["/app/direct"]\n',
        ["COPY --from=build /usr/bin/perl /usr/bin/perl\n"],
        id="a script for the system's perl, in an image that has its own",
    ),
    pytest.param(
        PLACK + 'CMD ["plackup", "-p", "5000", "app.psgi"]\n',
        'CMD ["plackup", "-p", "5000", "app.psgi"]\n',
        ["COPY --from=build /usr/local/bin/plackup /usr/local/bin/plackup\n"],
        id="a server that cpanm installs",
    ),
    pytest.param(
        CARTON + 'CMD ["carton", "exec", "--", "plackup", "app.psgi"]\n',
        'CMD ["plackup", "app.psgi"]\n',
        ["ENV PERL5LIB=/app/local/lib/perl5", "PATH=/app/local/bin:/usr/local/sbin"],
        id="carton exec",
    ),
    pytest.param(
        CARTON.replace("COPY", "ENV PERL_CARTON_PATH=/opt/modules\nCOPY") + 'CMD ["carton", "exec", "plackup"]\n',
        'CMD ["plackup"]\n',
        [
            "ENV PERL5LIB=/opt/modules/lib/perl5",
            "PATH=/opt/modules/bin:/usr/local/sbin",
            "if [ -e /opt/modules ]; then cp -a --parents",
        ],
        id="carton exec with modules elsewhere",
    ),
    pytest.param(
        CARTON.replace("Carton", "Carton Starman") + 'CMD ["carton", "exec", "starman"]\n',
        'CMD ["starman"]\n',
        ["if [ -e /usr/local/bin/starman ]; then cp -a --parents"],
        id="carton exec of what may be installed for everybody",
    ),
    pytest.param(
        PLACK + 'CMD ["/usr/local/bin/plackup", "app.psgi"]\n',
        'CMD ["/usr/local/bin/plackup", "app.psgi"]\n',
        ["COPY --from=build /usr/local/bin/plackup /usr/local/bin/plackup\n"],
        id="a server by its path",
    ),
    pytest.param(
        PLACK.replace("--installdeps", "-L /app/local --installdeps") + 'CMD ["local/bin/plackup"]\n',
        'CMD ["local/bin/plackup"]\n',
        ["COPY --from=build /app /app\n"],
        id="a server in a tree of the application",
    ),
    pytest.param(
        IMAGE + 'RUN apt-get update && apt-get install -y starman\nCMD ["/usr/bin/starman", "app.psgi"]\n',
        'CMD ["/usr/bin/starman", "app.psgi"]\n',
        ["--recurse starman >", "COPY --from=build /usr/bin/perl /usr/bin/perl\n"],
        id="Debian's server by its path, in an image that has a perl of its own",
    ),
    pytest.param(
        PLACK + 'CMD ["starman", "--user=www-data", "app.psgi"]\n',
        'CMD ["starman", "--user=www-data", "app.psgi"]\n',
        ["COPY --from=build /etc/passwd /etc/group /etc/\n"],
        id="a server that looks up a user",
    ),
    pytest.param(
        DEBIAN + 'RUN apt-get install -y cpanminus && cpanm JSON\nCMD ["plackup", "app.psgi"]\n',
        'CMD ["plackup", "app.psgi"]\n',
        ["for path in /usr/local/bin/plackup /usr/lib/*/perl-base "],
        id="Debian's modules, and an installer that need not bring the program again",
    ),
    pytest.param(
        DEBIAN + 'CMD ["plackup", "app.psgi"]\n',
        'CMD ["plackup", "app.psgi"]\n',
        ["--recurse libplack-perl >", "COPY --from=build /usr/bin/perl /usr/bin/perl\n"],
        id="Debian's perl with Debian's modules",
    ),
]


@pytest.mark.parametrize(("text", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, text: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, text, files if "conf" in files else {**FILES, **files})
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


@pytest.mark.parametrize(("text", "final", "lines"), STARTED)
def test_how_it_is_started(tmp_path: Path, text: str, final: str, lines: list[str]) -> None:
    outcome = fix(tmp_path, text, {**FILES, "direct": "#!/usr/bin/perl -w\nprint 1;\n"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    after = outcome.patch.after.text
    assert after.endswith(final)
    assert [line for line in lines if line not in after] == []


def test_a_program_that_a_package_brings_comes_along(tmp_path: Path) -> None:
    text = 'FROM perl:5.40-slim\nRUN apt-get update && apt-get install -y pigz\nCOPY app.pl .\nCMD ["perl", "app.pl"]\n'
    outcome = fix(tmp_path, text, {"app.pl": "system('pigz', $ARGV[0]);\n"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert "--recurse pigz >" in outcome.patch.after.text


def test_who_looks_up_users_gets_the_accounts(tmp_path: Path) -> None:
    asks = fix(tmp_path, IMAGE + 'CMD ["perl", "app.pl"]\n', {"app.pl": "getpwnam('www-data');\n"})
    assert "COPY --from=build /etc/passwd /etc/group /etc/\n" in asks.patch.after.text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("use Net::Server::HTTP;\n", "COPY --from=build /etc/passwd /etc/group /etc/\n"),
        ("use DateTime::TimeZone;\n", "/ossl-modules /etc/localtime /etc/timezone; do"),
        (
            "DBI->connect('dbi:mysql:x');\n",
            "/ossl-modules /usr/lib/*-linux-gnu*/libmariadb3 /usr/lib/mariadb/plugin; do",
        ),
    ],
)
def test_files_of_the_system_that_modules_look_up(tmp_path: Path, source: str, expected: str) -> None:
    for code, found in ((source, True), ("print 1;\n", False)):
        after = fix(tmp_path, IMAGE + 'CMD ["perl", "app.pl"]\n', {"app.pl": code}).patch.after.text
        assert (expected in after) is found


def test_twice_is_once(tmp_path: Path) -> None:
    once = fix(tmp_path, IMAGE + 'CMD ["./app.pl"]\n', FILES).patch.after.text
    assert api.fix(write(tmp_path, once)).patch.after.text == once


def fix(tmp_path: Path, text: str, files: dict[str, str]) -> api.Outcome:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return api.fix(write(tmp_path, text))


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "Dockerfile"
    path.write_text(text)
    return path


def test_a_directory_that_is_there_takes_the_file_into_it(tmp_path: Path) -> None:
    text = 'FROM perl:5.40\nRUN cpanm JSON\nADD bin/report /usr/local/bin\nWORKDIR /data\nCMD ["report"]\n'
    outcome = fix(tmp_path, text, {"bin/report": "#!/usr/bin/env perl\nprint 1;\n"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith('CMD ["/usr/local/bin/perl", "/usr/local/bin/report"]\n')
