"""A native binary: what it is, how it is started, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
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
    assert outcome.plan.rung is Rung.SLIM
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


@pytest.mark.parametrize(("build", "start", "final"), STARTED)
def test_how_it_is_started(tmp_path: Path, build: str, start: str, final: str) -> None:
    outcome = fix(tmp_path, PLAIN, build + start)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith(final)


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


def fix(tmp_path: Path, source: str, tail: str) -> api.Outcome:
    (tmp_path / "main.c").write_text(source)
    (tmp_path / "Makefile").write_text("install:\n\tgcc -o /usr/local/bin/app main.c\n")
    path = tmp_path / "Dockerfile"
    path.write_text(HEAD + tail)
    return api.fix(path)
