"""Images around one program of a Debian package."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.image.tools import tools
from minify.plan import Rung

INSTALL = "FROM debian:trixie\nRUN apt-get update && apt-get install -y {}\n"


def fix(tmp_path: Path, dockerfile: str) -> api.Outcome:
    (tmp_path / "report.jq").write_text(".a\n")
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


def test_a_program_alone_comes_with_its_libraries(tmp_path: Path) -> None:
    outcome = fix(tmp_path, INSTALL.format("jq curl") + 'COPY report.jq /\nENTRYPOINT ["jq", "-f", "/report.jq"]\n')
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    text = outcome.patch.after.text
    assert "ldd /usr/bin/jq > /tmp/ldd" in text
    final = text.rpartition("\nFROM ")[2]
    assert "COPY --from=build /usr/bin/jq /usr/bin/jq\n" in final
    assert final.endswith('ENTRYPOINT ["jq", "-f", "/report.jq"]\n')
    said = {d.subject: d.outcome for d in outcome.plan.decisions}
    assert (said["jq"], said["curl"]) == ("kept", "dropped")


@pytest.mark.parametrize(("options", "asked"), [("", "--no-suggests"), ("--no-install-recommends ", "--important")])
def test_a_program_with_data_comes_with_its_package(tmp_path: Path, options: str, asked: str) -> None:
    """What a package recommends comes along where it was installed."""
    outcome = fix(tmp_path, INSTALL.format(f"{options}nmap") + 'ENTRYPOINT ["/usr/bin/nmap"]\n')
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    line = next(line for line in outcome.patch.after.text.splitlines() if "apt-cache depends" in line)
    assert asked in line
    assert "--recurse nmap >" in line


@pytest.mark.parametrize(("release", "path"), [("bullseye", "/bin/ping"), ("bookworm", "/usr/bin/ping")])
def test_a_program_is_taken_from_where_the_release_has_it(tmp_path: Path, release: str, path: str) -> None:
    dockerfile = INSTALL.format("iputils-ping").replace("trixie", release) + 'ENTRYPOINT ["ping"]\n'
    text = fix(tmp_path, dockerfile).patch.after.text
    assert f"ldd {path} > /tmp/ldd" in text
    assert f"COPY --from=build {path} {path}\n" in text


@pytest.mark.parametrize(
    ("release", "places"), [("bullseye", "/bin /sbin /usr/bin /usr/sbin"), ("bookworm", "/usr/bin /usr/sbin")]
)
def test_links_to_alternatives_are_found_where_the_release_has_them(tmp_path: Path, release: str, places: str) -> None:
    dockerfile = INSTALL.format("netcat-openbsd").replace("trixie", release) + 'ENTRYPOINT ["nc"]\n'
    text = fix(tmp_path, dockerfile).patch.after.text
    assert f"find /etc/alternatives {places} -lname" in text
    assert ('cp -a "/runtime/$dir/."' in text) is (release == "bullseye")


STOPPED = {
    "it starts what an option names": ("wget", 'ENTRYPOINT ["wget"]', "wget of wget starts the program that --use-askpass names"),
    "its library starts what unpacks": ("file", 'ENTRYPOINT ["file"]', "file of file starts the programs that unpack, for -z"),
    "it starts others": ("rsync", 'ENTRYPOINT ["rsync"]', "rsync of rsync starts ssh to reach another machine"),
    "a script of Perl": (
        "postgresql-client",
        'ENTRYPOINT ["psql"]',
        "psql of postgresql-client is a script of Perl that looks for the program",
    ),
    "nothing is known of it": ("vorbis-tools", 'ENTRYPOINT ["ogg123"]', "what ogg123 needs at run time is not known"),
    "it is not installed here": ("curl", 'ENTRYPOINT ["jq"]', "what jq needs at run time is not known"),
    "another file of its name": ("jq", 'COPY report.jq /usr/local/bin/jq\nENTRYPOINT ["jq"]', "what jq needs at run time is not known"),
    "it goes again": ("jq && apt-get purge -y jq", 'ENTRYPOINT ["jq"]', "what jq needs at run time is not known"),
}  # fmt: skip


@pytest.mark.parametrize(("package", "start", "reason"), STOPPED.values(), ids=STOPPED)
def test_what_stops_it(tmp_path: Path, package: str, start: str, reason: str) -> None:
    outcome = fix(tmp_path, INSTALL.format(package) + start + "\n")
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_the_table_is_whole() -> None:
    rows = tools()
    assert rows["jq"].alone
    assert not rows["nmap"].alone
    assert rows["git"].starts
    assert rows["dig"].names == ("dnsutils",)
    assert rows["tidy"].files == ("/etc/tidy.conf",)
    assert rows["ping"].place == "/bin"
    assert all(row.package and row.program == name for name, row in rows.items())
