"""What stands in an image that an application does not need, found under any name."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from minify.errors import InternalError
from minify.image import data, packages
from minify.verify import inventory, programs
from minify.verify.databases import dpkg, rpm
from minify.verify.inventory import CATEGORIES, take
from minify.verify.verdict import Finding, Verdict
from tests.verify.archives import File, Folder, Link, Members, filesystem, program

ELF = b"\x7fELF" + bytes(60)
BUSYBOX = program(ELF + b"...BusyBox v1.36.1 (2024)...: applet not found")


def found(members: Members) -> Mapping[str, tuple[str, ...]]:
    return {category: paths for category, paths in take(filesystem(members)).found.items() if paths}


def compared(before: Members, after: Members) -> dict[str, Finding]:
    section = inventory.compare(filesystem(before), filesystem(after))
    return {finding.what: finding for finding in section.findings}


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("/usr/bin/apt-get", "package-manager"),
        ("/usr/local/bin/pip3.12", "package-manager"),
        ("/opt/yarn-v1.22/bin/yarn", "package-manager"),
        ("/sbin/apk", "package-manager"),
        ("/bin/bash", "shell"),
        ("/opt/x/bin/zsh", "shell"),
        ("/usr/bin/curl", "network-tool"),
        ("/usr/bin/nc.openbsd", "network-tool"),
        ("/usr/bin/vim.tiny", "text-editor"),
        ("/usr/bin/x86_64-linux-gnu-gcc-12", "compiler"),
        ("/usr/bin/g++-14", "compiler"),
        ("/usr/bin/aarch64-linux-gnu-ld.bfd", "compiler"),
        ("/usr/local/go/bin/go", "compiler"),
        ("/venv/bin/python3.11", "interpreter"),
        ("/nodejs/bin/node", "interpreter"),
        ("/usr/bin/perl5.36.0", "interpreter"),
        ("/usr/bin/php8.2", "interpreter"),
        ("/opt/java/openjdk/bin/java", "interpreter"),
    ],
)
def test_by_name(path: str, category: str) -> None:
    assert found({path: program(b"x")}) == {category: (path,)}


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"/usr/bin/bash": File(b"x")}, id="may not be executed"),
        pytest.param({"/usr/share/doc/bash": program(b"x")}, id="in no directory of programs"),
        pytest.param({"/usr/bin/gunicorn": program(b"x"), "/usr/bin/bashful": program(b"x")}, id="other names"),
        pytest.param({"/usr/bin/sh": Link("dash")}, id="a link to nothing"),
        pytest.param({"/bin/python3-config": program(b"x"), "/bin/gcc-config": program(b"x")}, id="names with more"),
        pytest.param({"/usr/bin/bash": Folder()}, id="a directory"),
    ],
)
def test_nothing_to_be_found(members: Members) -> None:
    assert found(members) == {}


def test_a_program_counts_once_by_its_file() -> None:
    members: Members = {
        "/bin": Link("usr/bin"),
        "/usr/bin/dash": program(b"x"),
        "/usr/bin/sh": Link("dash"),
        "/usr/bin/vi": Link("/etc/alternatives/vi"),
        "/etc/alternatives/vi": Link("/usr/bin/vim.basic"),
        "/usr/bin/vim.basic": program(b"y"),
        "/usr/bin/view": Link("usr/bin/vim.basic", hard=True),
        "/usr/local/bin/npm": Link("../lib/npm-cli.js"),
        "/usr/local/lib/npm-cli.js": program(b"z"),
    }
    assert found(members) == {
        "shell": ("/usr/bin/dash",),
        "text-editor": ("/usr/bin/vim.basic",),
        "package-manager": ("/usr/local/lib/npm-cli.js",),
    }


def test_busybox_under_any_name() -> None:
    everything = dict.fromkeys(("shell", "network-tool", "text-editor"), ("/opt/helper",))
    assert found({"/opt/helper": BUSYBOX}) == everything
    links: Members = {f"/bin/{name}": Link("/busybox/busybox") for name in ("sh", "vi", "wget", "ash", "ping", "ls")}
    assert set(found({"/busybox/busybox": BUSYBOX, **links}).values()) == {("/busybox/busybox",)}
    hard: Members = {"/bin/[": BUSYBOX, "/bin/sh": Link("/bin/[", hard=True), "/bin/vi": Link("/bin/[", hard=True)}
    assert set(found(hard).values()) == {("/bin/[",)}


@pytest.mark.parametrize("mark", programs.known().marks, ids=lambda mark: mark.name)
def test_shells_under_any_name(mark: programs.Mark) -> None:
    content = ELF + b"\0".join(mark.texts)
    assert set(found({"/app/server": program(content)})) == set(mark.categories)
    assert found({"/app/server": program(ELF + mark.texts[0][:-1])}) == {}
    assert found({"/app/notes.txt": program(b"\0".join(mark.texts))}) == {}, "a text about it is no program"
    assert found({"/app/library.so": File(content)}) == {}, "may not be executed"


@pytest.mark.parametrize("name", ["bash", "dash"])
def test_the_marks_of_this_machines_shells(name: str) -> None:
    path = Path("/usr/bin") / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    assert name in programs.known().marks_in(path.read_bytes())


def test_package_managers_that_are_modules() -> None:
    members: Members = {
        "/usr/local/lib/python3.12/site-packages/pip/__init__.py": b"",
        "/usr/local/lib/python3.12/site-packages/pipeline/__init__.py": b"",
        "/usr/local/lib/node_modules/npm/package.json": b"",
        "/app/node_modules/npm-run-all/package.json": b"",
    }
    assert found(members) == {
        "package-manager": (
            "/usr/local/lib/node_modules/npm/package.json",
            "/usr/local/lib/python3.12/site-packages/pip/__init__.py",
        )
    }


def test_rights() -> None:
    members: Members = {
        "/usr/bin/su": File(b"x", mode=0o4755),
        "/usr/bin/wall": File(b"x", mode=0o2755),
        "/usr/bin/ping": File(b"x", mode=0o755, capabilities=True),
        "/usr/share/data": File(b"x", mode=0o4644),
        "/tmp": Folder(0o1777),
        "/open": Folder(0o777),
        "/open/file": File(b"", mode=0o666),
        "/link": Link("open"),
        "/var/mail": Folder(0o2775),
    }
    assert {k: v for k, v in found(members).items() if k in ("set-uid", "world-writable")} == {
        "set-uid": ("/usr/bin/ping", "/usr/bin/su", "/usr/bin/wall"),
        "world-writable": ("/open", "/open/file"),
    }


SHELL, OTHER = {"/bin/bash": program(b"1")}, {"/bin/zsh": program(b"2")}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({}, {}, Verdict.SAME),
        (SHELL, SHELL, Verdict.SAME),
        (SHELL, {}, Verdict.BETTER),
        ({**SHELL, **OTHER}, SHELL, Verdict.BETTER),
        ({}, SHELL, Verdict.DIFFERENT),
        (SHELL, {**SHELL, **OTHER}, Verdict.DIFFERENT),
        # As many, and other ones: no better and no worse
        (SHELL, OTHER, Verdict.SAME),
        ({**SHELL, "/bin/dash": program(b"3")}, OTHER, Verdict.SAME),
    ],
)
def test_verdicts(before: Members, after: Members, verdict: Verdict) -> None:
    assert compared(before, after)["shells"].verdict is verdict


def test_a_new_category_is_a_difference() -> None:
    section = inventory.compare(filesystem(SHELL), filesystem({"/usr/bin/curl": program(b"x")}))
    assert section.verdict is Verdict.DIFFERENT
    assert section.summary == "1 thing that an application does not need before, 1 after"
    verdicts = {finding.what: finding.verdict for finding in section.findings}
    assert verdicts["network tools"] is Verdict.DIFFERENT and verdicts["shells"] is Verdict.BETTER


def test_an_interpreter_may_stay() -> None:
    python: Members = {"/usr/bin/python3.11": program(b"x"), "/usr/bin/perl": program(b"y")}
    section = inventory.compare(filesystem(python), filesystem({"/usr/bin/python3.11": program(b"x")}))
    assert section.verdict is Verdict.BETTER
    assert section.summary == "0 things that an application does not need before, 0 after"
    finding = next(finding for finding in section.findings if finding.what == "interpreters")
    assert (finding.before, finding.after, finding.detail) == ("2", "1", "/usr/bin/python3.11")


# Packages


def test_dpkg() -> None:
    status = "Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: hold ok installed\n\n"
    status += "Package: c\nStatus: deinstall ok config-files\n\nPackage: d\nStatus: install ok half-installed\n"
    assert dpkg(status) == 2
    assert take(filesystem({"/var/lib/dpkg/status": status})).packages == 2


def test_distroless() -> None:
    members = {f"/var/lib/dpkg/status.d/{name}": f"Package: {name}\n" for name in ("base", "tzdata", "libc6")}
    sums = {"/var/lib/dpkg/status.d/base.md5sums": "0  usr/x\n"}
    assert take(filesystem({**members, **sums})).packages == 3


def test_apk() -> None:
    installed = "C:Q1\nP:musl\nV:1.2.5\n\nC:Q1\nP:busybox\nV:1.36\nD:P:not\n"
    assert take(filesystem({"/lib/apk/db/installed": installed})).packages == 2
    merged: Members = {"/lib": Link("usr/lib"), "/usr/lib/apk/db/installed": installed}
    assert take(filesystem(merged)).packages == 2, "one database under two paths"


def test_pacman() -> None:
    members = {f"/var/lib/pacman/local/{name}/desc": "%NAME%\n" for name in ("bash-5.2-1", "glibc-2.40-1")}
    assert take(filesystem({**members, "/var/lib/pacman/local/bash-5.2-1/files": ""})).packages == 2


def rpm_database(path: Path, number: int, *, journal: str) -> bytes:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(b"header",)] * number)
    connection.commit()
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_rpm(tmp_path: Path, journal: str) -> None:
    database = rpm_database(tmp_path / "rpmdb.sqlite", 7, journal=journal)
    assert take(filesystem({"/var/lib/rpm/rpmdb.sqlite": database})).packages == 7
    moved: Members = {
        "/var/lib/rpm": Link("../../usr/lib/sysimage/rpm"),
        "/usr/lib/sysimage/rpm/rpmdb.sqlite": database,
    }
    assert take(filesystem(moved)).packages == 7


@pytest.mark.parametrize("database", [b"", b"SQLite format 3\0" + b"\xff" * 3000, b"no database at all"])
def test_rpm_databases_that_cannot_be_read(database: bytes) -> None:
    assert rpm(database) is None
    taken = take(filesystem({"/var/lib/rpm/rpmdb.sqlite": database}))
    assert taken.packages == 0
    assert taken.notes == ("/var/lib/rpm/rpmdb.sqlite cannot be read: its packages are not counted",)


def test_old_rpm_databases_are_said_to_be_there() -> None:
    section = inventory.compare(filesystem({"/var/lib/rpm/Packages": b"bdb"}), filesystem({}))
    (note,) = section.notes
    assert note.startswith("the original: /var/lib/rpm/Packages is of a format that only RPM reads")


# The data


def test_the_file_agrees_with_the_roles_of_packages() -> None:
    """What is a shell for the planner, which drops the package, is one for the comparison."""
    known = programs.known()
    names = ("bash", "dash", "zsh", "fish", "curl", "wget", "socat", "nmap", "nano", "vim-tiny", "ed", "joe")
    roles = {"shell": "shell", "network-tool": "network-tool", "text-editor": "text-editor"}
    said = {name: role.role for name in names if (role := packages.role("apt", name)) is not None}
    assert set(roles) <= set(said.values()), "each role is asked for at least once"
    for name, role in said.items():
        assert roles[role] in known.categories_of(name.partition("-")[0]), name


def test_every_category_is_one_of_the_inventory() -> None:
    assert {*programs.CATEGORIES} < {*CATEGORIES}


def wrong(change: Mapping[str, Any]) -> dict[str, Any]:
    facts = copy.deepcopy(data.read_yaml(programs._PATH))
    for path, value in change.items():
        *parents, last = path.split(".")
        at = facts
        for parent in parents:
            at = at[parent]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return facts


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": None}, "source: is missing"),
        ({"as_of": "soon"}, "'soon' is not a date"),
        ({"categories.shell.source": None}, "categories.shell.source: is missing"),
        ({"categories.shell.programs": "bash bash"}, "bash is listed twice"),
        ({"categories.games": {}}, "categories: must be"),
        ({"marks.source": None}, "marks.source: is missing"),
        ({"marks.bash.categories": "games"}, "marks.bash.categories: must be"),
        ({"marks.bash.texts": ["sh"]}, "marks.bash.texts: must be"),
    ],
)
def test_a_wrong_file_is_our_bug(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InternalError, match=message):
        programs.read(wrong(change))
