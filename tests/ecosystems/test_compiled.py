"""Compiled languages: where their tools put programs, what their sources call, and what comes along."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from minify import api
from minify.context.native import dependencies, native_facts
from minify.context.tree import Context
from minify.plan import Rung

CARGO = {"Cargo.toml": '[package]\nname = "app"\n\n[dependencies]\nserde = "1"\n', "src/main.rs": "fn main() {}\n"}
CABAL = {"app.cabal": "name: app\nbuild-depends: base, text\n", "app/Main.hs": "main = print 1\n"}
DUNE = {
    "dune-project": "(lang dune 3.0)\n",
    "bin/dune": "(executable (name main))\n",
    "bin/main.ml": "let () = exit 0\n",
}
CRYSTAL = {"shard.yml": "name: app\n", "src/app.cr": "puts 1\n"}
NIM = {"src/server.nim": "import std/os\necho 1\n"}
DUB = {"dub.json": '{"name": "app"}\n', "source/app.d": "void main() {}\n"}
ZIG = {"build.zig": "// installs one program\n", "src/main.zig": "pub fn main() void {}\n"}
SWIFT = {"Package.swift": "// one program\n", "Sources/App/main.swift": "print(1)\n"}
C = {
    "Makefile": "all:\n",
    "CMakeLists.txt": "x\n",
    "meson.build": "x\n",
    "src/main.c": "int main(void) { return 0; }\n",
}

DEBIAN = "FROM debian:trixie\nRUN apt-get update && apt-get install -y {}\nWORKDIR /src\nCOPY . .\n"
SLIM = "FROM debian:trixie-slim\n"


class Case(NamedTuple):
    """A Dockerfile, the files beside it, and the lines of the final stage that copy and start."""

    dockerfile: str
    files: dict[str, str]
    copies: tuple[str, ...]
    starts: str


CASES = {
    "cargo chef, a base of their own and a runtime stage": Case(
        "FROM rust:1 AS chef\nRUN cargo install cargo-chef\nWORKDIR /app\n"
        "FROM chef AS planner\nCOPY . .\nRUN cargo chef prepare --recipe-path recipe.json\n"
        "FROM chef AS builder\nCOPY --from=planner /app/recipe.json recipe.json\n"
        "RUN cargo chef cook --release --recipe-path recipe.json\nCOPY . .\nRUN cargo build --release --bin app\n"
        "FROM debian:bookworm-slim AS runtime\nWORKDIR /app\n"
        "RUN apt-get update && apt-get install -y libssl3 ca-certificates\n"
        'COPY --from=builder /app/target/release/app /usr/local/bin\nENTRYPOINT ["/usr/local/bin/app"]\n',
        CARGO,
        ("/usr/local/bin/app",),
        'ENTRYPOINT ["/usr/local/bin/app"]',
    ),
    "cargo with its directory in a cache, and sources that are mounted": Case(
        "# syntax=docker/dockerfile:1\nFROM rust:1 AS build\nWORKDIR /app\n"
        "RUN --mount=type=bind,source=src,target=src --mount=type=bind,source=Cargo.toml,target=Cargo.toml \\\n"
        "    --mount=type=cache,target=/app/target/ \\\n"
        "    cargo build --release && cp ./target/release/app /bin/server\n"
        + SLIM
        + 'COPY --from=build /bin/server /bin/\nCMD ["/bin/server"]\n',
        CARGO,
        ("/bin/server",),
        'CMD ["/bin/server"]',
    ),
    "cargo in a crate of a workspace": Case(
        "FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cd server && cargo build --release\nCMD ./target/release/app\n",
        {**CARGO, "server/Cargo.toml": '[package]\nname = "app"\n', "server/src/main.rs": "fn main() {}\n"},
        ("/src/target/release/app",),
        'CMD ["/src/target/release/app"]',
    ),
    "cargo for musl needs no library": Case(
        "FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN rustup target add x86_64-unknown-linux-musl\n"
        "RUN cargo build --release --target x86_64-unknown-linux-musl\n"
        'CMD ["./target/x86_64-unknown-linux-musl/release/app"]\n',
        CARGO,
        ("/src/target/x86_64-unknown-linux-musl/release/app",),
        'CMD ["/src/target/x86_64-unknown-linux-musl/release/app"]',
    ),
    "cabal install to a directory": Case(
        "FROM haskell:9.4 AS build\nWORKDIR /src\nRUN cabal update\nCOPY . .\n"
        "RUN cabal install --install-method=copy --installdir=/opt/bin\n"
        + SLIM
        + 'RUN apt-get update && apt-get install -y libgmp10\nCOPY --from=build /opt/bin/app /usr/bin/app\nCMD ["app"]\n',
        CABAL,
        ("/usr/bin/app",),
        'CMD ["/usr/bin/app"]',
    ),
    "cabal is asked where it put the program": Case(
        DEBIAN.format("ghc cabal-install")
        + 'RUN cabal build && cp "$(cabal list-bin exe:app)" /usr/local/bin/app\nCMD ["app"]\n',
        CABAL,
        ("/usr/local/bin/app",),
        'CMD ["/usr/local/bin/app"]',
    ),
    "stack": Case(
        DEBIAN.format("haskell-stack")
        + 'RUN stack --system-ghc build --copy-bins --local-bin-path /usr/local/bin\nCMD ["app"]\n',
        {"package.yaml": "name: app\ndependencies:\n- base\n", "stack.yaml": "x\n", "app/Main.hs": "main = print 1\n"},
        ("/usr/local/bin/app",),
        'CMD ["/usr/local/bin/app"]',
    ),
    "ghc": Case(
        DEBIAN.format("ghc") + "RUN ghc -O2 -outputdir /tmp/o -o server app/Main.hs\nCMD ./server\n",
        CABAL,
        ("/src/server",),
        'CMD ["/src/server"]',
    ),
    "dune in an opam switch": Case(
        DEBIAN.format("opam") + "RUN opam init -y && eval $(opam env) && dune build bin/main.exe\n"
        'CMD ["./_build/default/bin/main.exe"]\n',
        DUNE,
        ("/src/_build/default/bin/main.exe",),
        'CMD ["/src/_build/default/bin/main.exe"]',
    ),
    "opam exec": Case(
        DEBIAN.format("opam") + "RUN opam exec -- dune build --profile release\n"
        'CMD ["./_build/default/bin/main.exe"]\n',
        DUNE,
        ("/src/_build/default/bin/main.exe",),
        'CMD ["/src/_build/default/bin/main.exe"]',
    ),
    "ocamlfind": Case(
        DEBIAN.format("ocaml-findlib ocaml")
        + 'RUN ocamlfind ocamlopt -package unix -linkpkg -o /usr/local/bin/app bin/main.ml\nCMD ["app"]\n',
        DUNE,
        ("/usr/local/bin/app",),
        'CMD ["/usr/local/bin/app"]',
    ),
    "swift, and the directory that it is asked for": Case(
        "FROM swift:5.10 AS build\nWORKDIR /build\nCOPY . .\nRUN swift build -c release --static-swift-stdlib\n"
        'WORKDIR /staging\nRUN cp "$(swift build --package-path /build -c release --show-bin-path)/App" ./\n'
        'FROM ubuntu:jammy\nWORKDIR /app\nCOPY --from=build /staging /app\nENTRYPOINT ["./App"]\nCMD ["serve"]\n',
        SWIFT,
        ("/app",),
        'ENTRYPOINT ["/app/App"]\nCMD ["serve"]',
    ),
    "crystal": Case(
        DEBIAN.format("crystal")
        + "RUN crystal build --release src/app.cr -o /usr/local/bin/app\nCMD app\n",
        CRYSTAL,
        ("/usr/local/bin/app",),
        'CMD ["/usr/local/bin/app"]',
    ),
    "shards": Case(
        DEBIAN.format("crystal") + "RUN shards build --production --release\nCMD ./bin/app\n",
        CRYSTAL,
        ("/src/bin/app",),
        'CMD ["/src/bin/app"]',
    ),
    "nim": Case(
        DEBIAN.format("nim gcc libc6-dev") + 'RUN nim c -d:release --outdir:bin src/server.nim\nCMD ["bin/server"]\n',
        NIM,
        ("/src/bin/server",),
        'CMD ["/src/bin/server"]',
    ),
    "nim beside its source": Case(
        DEBIAN.format("nim gcc libc6-dev") + 'RUN nim c src/server\nCMD ["src/server"]\n',
        NIM,
        ("/src/src/server",),
        'CMD ["/src/src/server"]',
    ),
    "dub": Case(
        DEBIAN.format("ldc dub") + 'RUN dub build -b release --compiler=ldc2\nCMD ["./app"]\n',
        DUB,
        ("/src/app",),
        'CMD ["/src/app"]',
    ),
    "ldc2": Case(
        DEBIAN.format("ldc") + 'RUN ldc2 -O2 -release -of=server source/app.d\nCMD ["./server"]\n',
        DUB,
        ("/src/server",),
        'CMD ["/src/server"]',
    ),
    "gdc": Case(
        DEBIAN.format("gdc") + 'RUN gdc-14 -O2 -o server source/app.d\nCMD ["./server"]\n',
        DUB,
        ("/src/server",),
        'CMD ["/src/server"]',
    ),
    "zig for musl": Case(
        DEBIAN.format("python3-pip") + "RUN pip install --break-system-packages ziglang\n"
        "RUN python3 -m ziglang build -Doptimize=ReleaseSafe -Dtarget=x86_64-linux-musl --prefix /usr/local\n"
        'CMD ["app"]\n',
        ZIG,
        ("/usr/local/bin/app",),
        'CMD ["/usr/local/bin/app"]',
    ),
    "zig as a compiler of C": Case(
        DEBIAN.format("zig") + 'RUN zig cc -O2 -target x86_64-linux-musl -o app src/main.c\nCMD ["./app"]\n',
        C,
        ("/src/app",),
        'CMD ["/src/app"]',
    ),
    "cmake with a prefix of its own, built beside the sources": Case(
        DEBIAN.format("cmake g++") + "RUN mkdir build && cd build && cmake -DCMAKE_INSTALL_PREFIX=/opt/app .. && make\n"
        'RUN make -C build install\nCMD ["/opt/app/bin/app"]\n',
        C,
        ("/opt/app",),
        'CMD ["/opt/app/bin/app"]',
    ),
    "meson with DESTDIR": Case(
        DEBIAN.format("meson gcc") + "RUN meson setup build --prefix=/usr && DESTDIR=/out meson install -C build\n"
        + SLIM
        + 'COPY --from=0 /out/usr/bin/app /usr/bin/app\nCMD ["app"]\n',
        C,
        ("/usr/bin/app",),
        'CMD ["/usr/bin/app"]',
    ),
    "an example of a crate": Case(
        'FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release --example demo\nCMD ["./target/release/examples/demo"]\n',
        {**CARGO, "examples/demo.rs": "fn main() {}\n"},
        ("/src/target/release/examples/demo",),
        'CMD ["/src/target/release/examples/demo"]',
    ),
    "a target of the makefile's own": Case(
        DEBIAN.format("gcc make") + "RUN make server && install -m 755 build/server /usr/local/bin/\nCMD server\n",
        C,
        # What else the target made in the directory is not known
        ("/src", "/usr/local/bin/server"),
        'CMD ["/usr/local/bin/server"]',
    ),
}  # fmt: skip


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_where_the_program_is(tmp_path: Path, case: Case) -> None:
    outcome = fix(tmp_path, case.dockerfile, case.files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    final = outcome.patch.after.text.rpartition("\nFROM ")[2]
    copied = [line.split()[-1] for line in final.splitlines() if line.startswith("COPY --from=")]
    assert [path for path in copied if path not in ("/", "/etc/")] == list(case.copies)
    assert final.rstrip().endswith(case.starts)


@pytest.mark.parametrize("name", ["cargo for musl needs no library", "zig for musl", "zig as a compiler of C"])
def test_a_static_program_comes_alone(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    text = fix(tmp_path, case.dockerfile, case.files).patch.after.text
    assert "# Gather" not in text


def test_a_static_program_of_glibc_that_looks_names_up_keeps_its_libraries(tmp_path: Path) -> None:
    """getaddrinfo of a static glibc loads the libraries of the system that it was linked on."""
    tail = 'RUN gcc -static -o app src/main.c\nCMD ["./app"]\n'
    alone = fix(tmp_path, DEBIAN.format("gcc libc6-dev") + tail, C)
    assert "# Gather" not in alone.patch.after.text
    looks = {**C, "src/main.c": "int main(void) { return getaddrinfo(0, 0, 0, 0); }\n"}
    assert "# Gather" in fix(tmp_path, DEBIAN.format("gcc libc6-dev") + tail, looks).patch.after.text


def test_a_static_program_of_glibc_that_is_built_with_others_keeps_its_libraries(tmp_path: Path) -> None:
    """What is behind a library's headers may look names up; the libraries that do so need the shared C library."""
    tail = 'RUN gcc -static -o app src/main.c\nCMD ["./app"]\n'
    files = {**C, "src/main.c": "#include <curl/curl.h>\nint main(void) { return 0; }\n"}
    text = fix(tmp_path, DEBIAN.format("gcc libc6-dev libcurl4-openssl-dev") + tail, files).patch.after.text
    assert "-name libc.so.6" in text.partition("# Gather")[2]
    own = {"src/main.c": '#include <app/own.h>\n#include <sys/stat.h>\nint main(void) { return 0; }\n', "include/app/own.h": ""}  # fmt: skip
    assert "# Gather" not in fix(tmp_path, DEBIAN.format("gcc libc6-dev") + tail, own).patch.after.text


def test_a_makefile_may_link_statically(tmp_path: Path) -> None:
    tail = 'RUN make\nCMD ["./app"]\n'
    makefile = "app: src/main.c\n\t$(CC) {} -o $@ $<\n"
    for flags, wanted in (("-static", True), ("-static-libgcc", False)):
        files = {**C, "Makefile": makefile.format(flags)}
        text = fix(tmp_path, DEBIAN.format("gcc make") + tail, files).patch.after.text
        assert ("-name libc.so.6" in text) is wanted, flags


def test_the_build_finds_out_whether_a_makefile_makes_a_program(tmp_path: Path) -> None:
    """A script needs what it runs, which is not among what comes along."""
    made = fix(tmp_path, DEBIAN.format("gcc make") + 'RUN make\nCMD ["./app"]\n', C).patch.after.text
    assert """case "$(head -c 4 /src/app)" in ?ELF) ;; *)""" in made
    installed = fix(tmp_path, DEBIAN.format("gcc make") + "RUN make install\nCMD app\n", C).patch.after.text
    assert """case "$(head -c 4 "$(command -v app)")" in ?ELF) ;; *)""" in installed
    compiled = fix(tmp_path, DEBIAN.format("gcc") + 'RUN gcc -o app src/main.c\nCMD ["./app"]\n', C).patch.after.text
    assert "?ELF" not in compiled


def test_resources_come_with_the_directory_that_holds_the_program(tmp_path: Path) -> None:
    case = CASES["swift, and the directory that it is asked for"]
    files = {
        **case.files,
        "Sources/App/main.swift": 'print(Bundle.module.url(forResource: "a", withExtension: "b")!)\n',
    }
    assert fix(tmp_path, case.dockerfile, files).plan.rung is Rung.DISTROLESS


STOPPED = {
    "bytecode of OCaml is a script": (
        DEBIAN.format("ocaml") + 'RUN ocamlfind ocamlc -o app bin/main.ml\nCMD ["./app"]\n',
        DUNE,
        "what ./app needs at run time is not known",
    ),
    "a crate that starts programs": (
        'FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nCMD ["./target/release/app"]\n',
        {**CARGO, "Cargo.lock": '[[package]]\nname = "duct"\nversion = "0.13.7"\n'},
        "the program is built with duct: starts programs",
    ),
    "plugins of a linked library": (
        DEBIAN.format("gcc libmagickwand-dev") + 'RUN gcc -o app src/main.c\nCMD ["./app"]\n',
        C,
        "libmagickwand-dev is installed, and ImageMagick loads its formats and reads its settings by name",
    ),
    "no source of the language": (
        DEBIAN.format("ghc") + 'RUN ghc -o app app/Main.hs\nCMD ["./app"]\n',
        C,
        "what ./app calls is not known: its sources are not in the build context",
    ),
    "a stage whose own script makes it": (
        "FROM gcc:14 AS build\nWORKDIR /src\nCOPY . .\nRUN ./build.sh\n" + SLIM + 'COPY --from=build /src/app /app\nCMD ["/app"]\n',
        {**C, "build.sh": "#!/bin/sh\ngcc -o app src/main.c\n"},
        "what /app calls is not known: no command of stage build is seen to build it",
    ),
    "a program that is packed": (
        DEBIAN.format("gcc upx-ucl") + 'RUN gcc -o app src/main.c && upx -9 app\nCMD ["./app"]\n',
        C,
        "upx hides which libraries the program loads",
    ),
    "bytecode of dune is a script": (
        DEBIAN.format("ocaml-dune ocaml") + 'RUN dune build\nCMD ["./_build/default/bin/main.bc"]\n',
        {**DUNE, "bin/dune": "(executable (name main) (modes byte))\n"},
        "what ./_build/default/bin/main.bc needs at run time is not known",
    ),
    "libtool's script in the place of the program": (
        "FROM gcc:14\nWORKDIR /src\nCOPY . .\nRUN autoreconf -fi && ./configure && make\nCMD [\"./app\"]\n",
        {
            "configure.ac": "AC_INIT([app], [1])\nLT_INIT\nAC_OUTPUT\n",
            "Makefile.am": "lib_LTLIBRARIES = libgreet.la\nbin_PROGRAMS = app\n",
            "main.c": "int main(void) { return 0; }\n",
        },
        "libtool puts a script that finds its libraries where the program is",
    ),
    "resources that swift puts beside the program": (
        'FROM swift:5.10\nWORKDIR /app\nCOPY . .\nRUN swift build -c release\nCMD [".build/release/App"]\n',
        {**SWIFT, "Sources/App/main.swift": 'print(Bundle.module.url(forResource: "words", withExtension: "txt")!)\n'},
        "Sources/App/main.swift:1 looks up files that the build puts beside the program",
    ),
    "data files of a package of Haskell": (
        'FROM haskell:9.6\nWORKDIR /src\nCOPY . .\nRUN cabal install --installdir=/usr/local/bin\nCMD ["app"]\n',
        {**CABAL, "app/Main.hs": 'import Paths_app\nmain = getDataFileName "words" >>= readFile >>= putStr\n'},
        "app/Main.hs:2 looks up files that the build puts beside the program",
    ),
    "what the compiler is given is no test": (
        DEBIAN.format("gcc libc6-dev git") + 'RUN gcc -O2 -o runner test/runner.c\nCMD ["./runner"]\n',
        {"test/runner.c": 'int main(void) { return system("git --version"); }\n'},
        "test/runner.c:1 starts a shell",
    ),
    "what the makefile names is no test, beside another program": (
        DEBIAN.format("gcc make libc6-dev") + 'RUN make\nCMD ["./runner"]\n',
        {
            "Makefile": "SRC = test/runner.c\nall: runner other\nrunner: $(SRC:.c=.o)\n\tcc -o $@ $^\n",
            "test/runner.c": 'int main(void) { return system("git"); }\n',
            "src/other.c": "int main(void) { return 0; }\n",
        },
        "test/runner.c:1 starts a shell",
    ),
    "what CMake is told to make the program of is no test": (
        DEBIAN.format("g++ cmake") + 'RUN cmake -B build && make -C build\nCMD ["./build/runner"]\n',
        {
            "CMakeLists.txt": "add_executable(runner test/runner.c)\nadd_executable(other src/other.c)\n",
            "test/runner.c": 'int main(void) { return system("git"); }\n',
            "src/other.c": "int main(void) { return 0; }\n",
        },
        "test/runner.c:1 starts a shell",
    ),
    "a script that the makefile writes": (
        DEBIAN.format("gcc make libc6-dev") + "RUN make && cp app.sh /usr/local/bin/start\nCMD start\n",
        {**C, "Makefile": "all: app.sh\n\napp.sh: app.in\n\tsed 's/@V@/1/' $< > $@\n\tchmod +x $@\n", "app.in": "#!/bin/sh\n"},
        "what start needs at run time is not known",
    ),
    "a program that the makefile writes as a text": (
        DEBIAN.format("gcc make libc6-dev") + "RUN make && cp app /usr/local/bin/start\nCMD start\n",
        {**C, "Makefile": "V = 1\nall: app \\\n  helper\n\napp: app.in\n\tsed 's/@V@/$(V)/' $< > $@\n\tchmod +x $@\n", "app.in": "#!/bin/sh\n"},
        "Makefile:5 writes app as a text: no compiler makes it",
    ),
    "an example of a crate that starts programs": (
        'FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release --example demo\nCMD ["./target/release/examples/demo"]\n',
        {**CARGO, "examples/demo.rs": 'fn main() { std::process::Command::new("git").status().unwrap(); }\n'},
        "examples/demo.rs:1 starts git",
    ),
    "where only what looks like tests has a main, it is the program": (
        DEBIAN.format("gcc make libc6-dev git") + 'RUN make\nCMD ["./runner"]\n',
        {"Makefile": "runner: examples/a.c\n", "examples/a.c": 'int main(void) { return system("git"); }\n', "b.c": ""},
        "examples/a.c:1 starts a shell",
    ),
    "a directory among the code that is called as examples are": (
        'FROM swift:5.10\nWORKDIR /app\nCOPY . .\nRUN swift build -c release\nCMD [".build/release/example"]\n',
        {**SWIFT, "Sources/example/main.swift": "let p = Process.launchedProcess\n"},
        "Sources/example/main.swift:1 starts a program whose name is not known",
    ),
    "make install in the system's own prefix": (
        DEBIAN.format("gcc make") + "RUN ./configure --prefix=/usr && make && make install\nCMD app\n",
        {**C, "configure": "#!/bin/sh\n"},
        "make install writes into /usr under names that are not known",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED.values(), ids=STOPPED)
def test_what_stops_it(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_a_script_beside_what_is_built_is_no_program(tmp_path: Path) -> None:
    files = {**C, "run": "#!/usr/bin/env python3\nprint(1)\n"}
    outcome = fix(tmp_path, DEBIAN.format("gcc make python3") + 'RUN make\nCMD ["./run"]\n', files)
    assert outcome.plan.detection is None or outcome.plan.detection.ecosystem != "native"


SOURCES = {
    "clap describes a command line": ("a.rs", 'use clap::Command;\nfn main() { Command::new("prog"); }', []),
    "an alias": ("a.rs", 'use std::process::{Command as Run, exit};\nfn f() { Run::new("git"); }', [("git", False)]),
    "tokio": ("a.rs", "fn f(p: &str) { tokio::process::Command::new(p); }", [(None, False)]),
    "made elsewhere": ("a.rs", "use std::process::Command;\nfn f(c: &mut Command) {}", [(None, False)]),
    "exit alone": ("a.rs", 'use std::process::exit;\n// Command::new("x")\nfn main() { exit(1) }', []),
    "tests of a module": (
        "a.rs",
        '#[cfg(test)]\nmod tests {\n fn x() { let s = "}"; std::process::Command::new("sh"); }\n}\nfn main() {}',
        [],
    ),
    "after the tests": (
        "a.rs",
        '#[cfg(test)]\nmod tests { }\nfn main() { std::process::Command::new("ls"); }',
        [("ls", False)],
    ),
    "a comment's sign within a string": ("a.c", 'int main() { get("http://x"); system("ls"); }', [("ls", True)]),
    "a call within a string": ("a.cpp", 'auto s = R"x(system("a"))x"; auto t = "system(1)";', []),
    "names that end alike": ("a.cpp", "int main() { file_system(1); std::filesystem::path p; }", []),
    "exec by a variable": ("a.c", "int main(int c, char **v) { execvp(v[1], v); }", [(None, False)]),
    "haskell": ("M.hs", 'import System.Process (readProcess)\nmain = readProcess "git" [] ""', [("git", False)]),
    "haskell's shell": ("M.hs", 'import System.Process\nmain = callCommand "ls"', [("ls", True)]),
    "haskell without processes": ("M.hs", 'module M where\nproc x = shell x -- callCommand "a"', []),
    "a prime is no quote": ("M.hs", "import System.Process\nf' = '\"'\nmain = callCommand \"ls\"", [("ls", True)]),
    "ocaml's shell": ("m.ml", 'let () = ignore (Sys.command "ls") (* Sys.command "a" *)', [("ls", True)]),
    "ocaml": ("m.ml", 'let f = Unix.create_process "git" [||]', [("git", False)]),
    "crystal when it is compiled": ("a.cr", 'V = {{ `git describe`.stringify }}\nputs "a `b`"', []),
    "crystal": ("a.cr", 'Process.run("convert", ["a"])', [("convert", False)]),
    "crystal within a string": ("a.cr", 'puts "#{`date`}"', [(None, True)]),
    "nim's shell": ("a.nim", 'let x = execProcess("ls")\nconst y = staticExec("git")', [("ls", True)]),
    "d": ("a.d", 'import std.process;\nvoid main() { execute(["ls", "-l"]); }', [("ls", False)]),
    "d's databases": ("a.d", 'void main() { db.execute("select"); }', []),
    "zig": ("a.zig", "const c = std.process.Child.init(&.{}, a);", [(None, False)]),
    "swift": ("a.swift", "let p = Process()\np.run()", [(None, False)]),
    "swift without parentheses": ("a.swift", 'Process.launchedProcess(launchPath: "git", arguments: [])', [(None, False)]),
    "a shell of swift": ("a.swift", 'import ShellOut\ntry shellOut(to: "ls")', [(None, True)]),
    "libuv": ("a.c", "int main(void) { return uv_spawn(loop, &req, &options); }", [(None, False)]),
    "glib": ("a.c", 'int f(void) { g_subprocess_new(0, 0, "git", NULL); }', [(None, False)]),
    "a pointer to the function": ("a.c", "int (*run)(const char *, char *const *) = execv;", [(None, False)]),
    "a grammar of yacc": ("a.y", '%%\nline: WORD { system("ls"); }\n%%\n', [("ls", True)]),
    "a grammar of lex": ("a.l", '%%\n"x" { system("ls"); }\n%%\n', [("ls", True)]),
    "C++ of a capital ending": ("a.C", 'int main() { system("ls"); }', [("ls", True)]),
    "a header of templates": ("a.tcc", 'void f() { popen("ls", "r"); }', [("ls", True)]),
    "a module of C++": ("a.cppm", 'export void f() { system("ls"); }', [("ls", True)]),
    "CUDA": ("a.cu", 'void f() { system("ls"); }', [("ls", True)]),
    "what configure makes a source of": ("a.c.in", 'int main(void) { system("ls"); }', [("ls", True)]),
    "haskell, by its package's name": ("M.hs", 'import "process" System.Process\nmain = callCommand "ls"', [("ls", True)]),
    "haskell's rio": ("M.hs", 'import RIO\nimport RIO.Process\nmain = f', [(None, False)]),
    "haskell's unliftio": ("M.hs", 'import UnliftIO.Process\nmain = callProcess "git" []', [("git", False)]),
    "a module whose name begins alike": ("M.hs", "import Turtles\nmain = print 1", []),
    "ocaml's shell, of Unix": ("m.ml", 'let _ = Unix.system "ls"', [("ls", True)]),
    "ocaml's shell, opened": ("m.ml", 'open Unix\nlet _ = system "ls"', [("ls", True)]),
    "ocaml's lwt": ("m.ml", 'let f = Lwt_process.pread ("", [|"git"|])', [(None, False)]),
    "ocaml's lwt, opened": ("m.ml", 'open Lwt_process\nlet f = pread ("", [|"git"|])', [(None, False)]),
    "nim's imports in many lines": ("a.nim", "import\n  std/os,\n  std/osproc\nlet p = f()", [(None, False)]),
    "nim's imports in brackets": ("a.nim", "import std/[\n  os,\n  osproc,\n]\nlet p = f()", [(None, False)]),
    "nim counts processors": ("a.nim", "from osproc import countProcessors\necho countProcessors()", []),
    "fortran": ("a.f90", "call execute_command_line('ls') ! call system('a')", [(None, True)]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "started"), SOURCES.values(), ids=SOURCES)
def test_what_sources_start(tmp_path: Path, name: str, text: str, started: list[tuple[str | None, bool]]) -> None:
    (tmp_path / name).write_text(text)
    found = native_facts(Context(tmp_path, None), [name])
    assert [(called.program, called.shell) for called in found.programs] == started


def test_a_build_script_starts_what_it_likes(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[package]\n")
    (tmp_path / "build.rs").write_text('fn main() { std::process::Command::new("git"); }\n')
    assert native_facts(Context(tmp_path, None), ["Cargo.toml", "build.rs"]).programs == ()


def test_libraries_loaded_by_name_come_along(tmp_path: Path) -> None:
    """Nim's regular expressions are those of PCRE, which it looks for when it starts."""
    files = {"src/server.nim": "import std/[re, os]\necho 1\n"}
    tail = 'RUN nim c --out:app src/server.nim\nCMD ["./app"]\n'
    text = fix(tmp_path, DEBIAN.format("nim gcc libc6-dev libpcre3") + tail, files).patch.after.text
    assert "-name 'libpcre.so.*'" in text


def test_openssl_of_nim_comes_along(tmp_path: Path) -> None:
    files = {"src/server.nim": "import std/httpclient\necho 1\n", "src/server.nims": 'switch("define", "ssl")\n'}
    tail = 'RUN nim c --out:app src/server.nim\nCMD ["./app"]\n'
    text = fix(tmp_path, DEBIAN.format("nim gcc libc6-dev libssl3") + tail, files).patch.after.text
    assert "-name 'libssl.so.*' -o -name 'libcrypto.so.*'" in text
    tail = 'RUN nim c -d:ssl --out:/app src/server.nim\nFROM alpine:3.20\nCOPY --from=0 /app /app\nCMD ["/app"]\n'
    assert fix(tmp_path, DEBIAN.format("nim gcc libc6-dev") + tail, NIM).plan.rung is Rung.PRUNED


def test_files_that_sources_name_come_along(tmp_path: Path) -> None:
    files = {**C, "README.md": "x\n", "src/main.c": '#include "main.h"\nint main(void) { fopen("README.md", "r"); fopen("/etc/app.conf", "r"); }\n', "src/main.h": ""}  # fmt: skip
    tail = 'RUN echo a=b > /etc/app.conf && gcc -o app src/main.c\nCMD ["./app"]\n'
    text = fix(tmp_path, DEBIAN.format("gcc libc6-dev") + tail, files).patch.after.text
    assert "COPY --from=build /src/README.md /src/README.md\n" in text
    assert "/etc/app.conf" in text.partition("# Gather")[2]
    assert "main.h" not in text


def test_dependencies(tmp_path: Path) -> None:
    texts = {
        "Cargo.toml": '[dependencies]\nduct = "1"\nserde = { version = "1" }\n[dev-dependencies]\nxshell = "1"\n[build-dependencies]\ncc = "1"\n',
        "app.cabal": "library\n  build-depends:\n      base >=4\n    , turtle\n",
        "dune": "(executable (name a) (libraries unix bos))\n",
        "shard.yml": "name: a\ndependencies:\n  kemal:\n    github: x/y\n",
        "a.nimble": 'requires "nim >= 2.0", "nimpy"\n',
        "dub.json": '{"dependencies": {"vibe-d": "~>0.9"}}\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = dependencies(Context(tmp_path, None), list(texts))
    assert found["crates"] == ("duct", "serde")
    assert "turtle" in found["hackage"]
    assert "bos" in found["opam"]
    assert "kemal" in found["shards"]
    assert "nimpy" in found["nimble"]
    assert "vibe-d" in found["dub"]
