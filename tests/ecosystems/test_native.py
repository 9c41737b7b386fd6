"""A native binary: what it is, how it is started, and what stops it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from minify import api
from minify.context.elf import Names, names
from minify.plan import Rung

HEAD = "FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y gcc make libc6-dev\nWORKDIR /src\nCOPY . .\n"
PLAIN = "int main(void) { return 0; }\n"

STOPPED = [
    pytest.param('int main(void) { return system("ls"); }\n', "main.c:1 starts a shell", id="system() is a shell"),
    pytest.param(
        "int main(int c, char **v) { return execvp(v[1], v + 1); }\n",
        "main.c:1 starts a program whose name is not known",
        id="a computed program",
    ),
    pytest.param('int main(void) { dlopen("x.so", 1); }\n', "main.c:1 loads a library by name", id="dlopen"),
]

STARTED = [
    pytest.param(
        "RUN gcc -o app main.c\n", "CMD ./app -v\n", 'CMD ["/src/app", "-v"]\n', id="a shell form, by its path"
    ),
    pytest.param("RUN make install\n", "CMD app -v\n", 'CMD ["app", "-v"]\n', id="a shell form, found on PATH"),
    pytest.param(
        "RUN make install\n", 'CMD ["app", "-v"]\n', 'CMD ["app", "-v"]\n', id="make install: the directory is its own"
    ),
    pytest.param(
        "RUN gcc -o /usr/bin/app main.c\n",
        'ENTRYPOINT ["app"]\n',
        'ENTRYPOINT ["/usr/bin/app"]\n',
        id="by the compiler's word",
    ),
]


@pytest.mark.parametrize(("source", "reason"), STOPPED)
def test_what_a_source_calls_stops_the_rung(tmp_path: Path, source: str, reason: str) -> None:
    outcome = fix(tmp_path, source, 'RUN gcc -o app main.c\nCMD ["./app"]\n')
    assert outcome.plan.rung < Rung.DISTROLESS
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


@pytest.mark.parametrize(("build", "start", "final"), STARTED)
def test_how_it_is_started(tmp_path: Path, build: str, start: str, final: str) -> None:
    outcome = fix(tmp_path, PLAIN, build + start)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith(final)


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        pytest.param("int main(void) { return getuid(); }\n", False, id="a number, which needs no file"),
        pytest.param('int main(void) { return getpwnam("www-data") != 0; }\n', True, id="a user"),
        pytest.param(
            "int main(void) { struct group g, *r; return getgrnam_r(n, &g, b, 9, &r); }\n", True, id="a group"
        ),
    ],
)
def test_users_that_a_source_looks_up_come_along(tmp_path: Path, source: str, taken: bool) -> None:
    outcome = fix(tmp_path, source, 'RUN gcc -o app main.c\nCMD ["./app"]\n')
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert ("COPY --from=build /etc/passwd /etc/group /etc/\n" in outcome.patch.after.text) is taken


def test_cargo_install_makes_one_program(tmp_path: Path) -> None:
    """The toolchain lies in the same prefix, /usr/local."""
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "1.0.0"\n')
    (tmp_path / "main.rs").write_text("fn main() {}\n")
    path = tmp_path / "Dockerfile"
    path.write_text('FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo install --path .\nCMD ["app"]\n')
    text = api.fix(path).patch.after.text
    assert "COPY --from=build /usr/local/cargo/bin/app /usr/local/cargo/bin/app\n" in text
    assert "COPY --from=build /usr/local /usr/local" not in text


def test_libraries_elsewhere_come_along(tmp_path: Path) -> None:
    """The gcc image's own libstdc++ lies in /usr/local/lib64, and a project's library in its build directory."""
    alone = fix(tmp_path, PLAIN, "RUN gcc -o app main.c\nCMD ./app\n").patch.after.text
    assert '*) install -D "$lib" "/runtime$lib" ;;' in alone
    whole = fix(tmp_path, PLAIN, "RUN make install\nCMD app\n").patch.after.text
    assert "COPY --from=build /usr/local /usr/local\n" in whole
    assert "/tmp/elsewhere" not in whole, "a library would be there twice"


def test_of_a_prefix_that_holds_a_compiler_only_what_was_installed_comes_along(tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(PLAIN)
    (tmp_path / "Makefile").write_text("install:\n\tgcc -o /usr/local/bin/app main.c\n")
    path = tmp_path / "Dockerfile"
    path.write_text("FROM gcc:14 AS base\nWORKDIR /src\nCOPY . .\nFROM base\nRUN make && make install\nCMD app\n")
    outcome = api.fix(path)
    text = outcome.patch.after.text
    assert outcome.plan.rung is Rung.DISTROLESS
    assert text.startswith(
        "FROM gcc:14 AS base\n# What the base image has in /usr/local\nRUN find /usr/local -type d > /before && "
    )
    assert "grep -vxFf /before /tmp/after > /tmp/installed" in text
    assert "find /runtime/usr/local -type f" in text
    assert "COPY --from=build /usr/local" not in text
    path.write_text(text)
    assert not api.fix(path).patch.hunks


def fix(tmp_path: Path, source: str, tail: str) -> api.Outcome:
    (tmp_path / "main.c").write_text(source)
    (tmp_path / "Makefile").write_text("install:\n\tgcc -o /usr/local/bin/app main.c\n")
    path = tmp_path / "Dockerfile"
    path.write_text(HEAD + tail)
    return api.fix(path)


FETCHED = [
    pytest.param("RUN git clone https://example.org/app /src/app\nWORKDIR /src/app\n", True, id="a clone"),
    pytest.param("RUN curl -L https://example.org/a.tgz | tar xz --strip-components=1\n", True, id="an archive spread out"),
    pytest.param("RUN curl -L https://example.org/a.tgz | tar xz && make -C lib install\n", False, id="a library's archive"),
    pytest.param("RUN git clone https://example.org/lib && make -C lib\n", False, id="a library's clone"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "stops"), FETCHED)
def test_sources_that_are_fetched_are_not_known(tmp_path: Path, lines: str, stops: bool) -> None:
    build = lines + "RUN gcc -o prog main.c\n"
    program = "/src/app/prog" if "/src/app" in lines else "/src/prog"
    outcome = fix(tmp_path, PLAIN, build + f'CMD ["{program}"]\n')
    stopped = any("sources that are fetched here" in refusal.reason for refusal in outcome.plan.refusals)
    assert stopped is stops, outcome.plan.refusals


def test_data_with_the_program_among_it_is_asked_for_libraries(tmp_path: Path) -> None:
    text = fix(tmp_path, 'int main(void) { fopen(name, "r"); }\n', "RUN make\nCMD ./app\n").patch.after.text
    assert "find /src -type f" in text or "ldd /src/app" in text
    assert "find  -type" not in text


def test_package_sources_stay_behind(tmp_path: Path) -> None:
    text = fix(tmp_path, PLAIN, "RUN echo x > /etc/apt/sources.list.d/x.list && make\nCMD ./app\n").patch.after.text
    assert "/etc/apt" not in text.partition("# Gather")[2]


SYMTAB, STRTAB, DYNAMIC, DYNSYM = 2, 3, 6, 11


def elf(*tables: tuple[int, tuple[str, ...]], dynamic: bool) -> bytes:
    """A file of 64 bits with tables of symbols, as `elf((DYNSYM, ("puts",)), dynamic=True)`."""
    body, sections = b"", [(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)]
    for kind, held in tables:
        text = b"\0" + b"".join(name.encode() + b"\0" for name in held)
        offsets = [text.index(b"\0" + name.encode() + b"\0") + 1 for name in held]
        table = b"".join(struct.pack("<IBBHQQ", at, 0, 0, 0, 0, 0) for at in (0, *offsets))
        for bytes_, type_, link in ((table, kind, len(sections) + 1), (text, STRTAB, 0)):
            sections.append((0, type_, 0, 0, 64 + len(body), len(bytes_), link, 0, 0, 0))
            body += bytes_
    if dynamic:
        sections.append((0, DYNAMIC, 0, 0, 64, 0, 0, 0, 0, 0))
    header = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64 + len(body), 0, 64, 56, 0, 64, len(sections), 0)
    return (
        b"\x7fELF\2\1\1".ljust(16, b"\0") + header + body + b"".join(struct.pack("<IIQQQQIIQQ", *s) for s in sections)
    )


PREBUILT = [
    pytest.param(elf((DYNSYM, ("puts", "filesystem")), dynamic=True), None, id="names that end alike"),
    pytest.param(
        elf((DYNSYM, ("puts", "execvpe")), dynamic=True),
        "app may start other programs: it holds execvpe",
        id="a name of an imported function",
    ),
    pytest.param(
        elf((DYNSYM, ("dlopen",)), dynamic=True), "app may load libraries by name: it holds dlopen", id="dlopen"
    ),
    pytest.param(
        elf((SYMTAB, ("main", "posix_spawn")), dynamic=False),
        "app may start other programs: it holds posix_spawn",
        id="a name in a static program",
    ),
    pytest.param(
        elf(dynamic=False), "what app calls is not known: its names are stripped", id="a static program without names"
    ),
    pytest.param(b"\x7fELF" + bytes(60), "what app calls is not known: its names are stripped", id="a broken file"),
]


@pytest.mark.parametrize(("program", "reason"), PREBUILT)
def test_a_program_of_the_context(tmp_path: Path, program: bytes, reason: str | None) -> None:
    (tmp_path / "app").write_bytes(program)
    path = tmp_path / "Dockerfile"
    path.write_text('FROM debian:trixie\nCOPY app /usr/local/bin/app\nCMD ["app"]\n')
    outcome = api.fix(path)
    assert reason is None or reason in [refusal.reason for refusal in outcome.plan.refusals]
    assert (outcome.plan.rung is Rung.DISTROLESS) is (reason is None)


def test_a_static_program_of_the_context_may_need_the_shared_libc(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(elf((SYMTAB, ("main",)), dynamic=False))
    path = tmp_path / "Dockerfile"
    path.write_text('FROM debian:trixie\nCOPY app /usr/local/bin/app\nCMD ["app"]\n')
    assert "-name libc.so.6" in api.fix(path).patch.after.text


def test_names_of_files_that_are_no_elf() -> None:
    assert names(b"#!/bin/sh\n") is None
    assert names(elf((SYMTAB, ("main",)), dynamic=False)) == Names(frozenset({"main"}), dynamic=False, stripped=False)
