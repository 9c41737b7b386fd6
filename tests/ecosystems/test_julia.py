"""Julia: what stops it, and what comes along: its folder, the depots, and the application."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

IMAGE = "FROM julia:1.10\nWORKDIR /app\n"
APP = IMAGE + "COPY . .\n"
RUNS = 'CMD ["julia", "--project=.", "app.jl"]\n'
PLAIN = 'println("here")\n'

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(APP + RUNS, {"app.jl": "x = 1\nrun(`ls -l`)\n"}, "app.jl:2 starts ls", id="a program"),
    pytest.param(APP + RUNS, {"app.jl": 'f(t) = read(`$t x`, String)\n'}, "app.jl:1 starts a program whose name is not known", id="a program of any name"),
    pytest.param(APP + RUNS, {"app.jl": 'run(Cmd(["ls", "-l"]))\n'}, "app.jl:1 starts a program whose name is not known", id="Cmd"),
    pytest.param(APP + RUNS, {"app.jl": 'println("$(read(`date`, String))")\n'}, "app.jl:1 starts date", id="within a text"),
    pytest.param(APP + RUNS, {"app.jl": 'println("$(read(`sh -c "date"`, String))")\n'}, "app.jl:1 starts a program whose name is not known", id="with quotes within a text"),
    pytest.param(APP + RUNS, {"app.jl": 'ccall((:f, "libfoo"), Cint, ())\n'}, "app.jl:1 loads a library by name", id="ccall"),
    pytest.param(APP + RUNS, {"app.jl": 'const lib = "libfoo"\nf() = @ccall lib.f()::Cint\n'}, "app.jl:2 loads a library by name", id="@ccall"),
    pytest.param(APP + RUNS, {"app.jl": 'using Libdl\ndlopen("libfoo.so.3")\n'}, "app.jl:2 loads a library by name", id="dlopen"),
    pytest.param(
        APP + RUNS, {"app.jl": "using Pkg\nPkg.instantiate()\n"}, "app.jl:2 may install packages", id="packages at run time"
    ),
    pytest.param(APP + RUNS, {"app.jl": 'using PyCall\n'}, "app.jl: PyCall loads a Python of the system by name", id="a package of the table"),
    pytest.param(
        APP + RUNS,
        {"app.jl": PLAIN, "Project.toml": '[deps]\nMPI = "da04e1cc-30fd-572f-bb4f-1f8673147195"\n'},
        "Project.toml: MPI loads a library of the system by name",
        id="a package of Project.toml",
    ),
    pytest.param(
        IMAGE + "RUN julia -e 'using Pkg; Pkg.add([\"HTTP\", \"RCall\"])'\nCOPY . .\n" + RUNS,
        {"app.jl": PLAIN},
        "RCall loads R by name",
        id="a package that a RUN installs",
    ),
    pytest.param(APP + 'CMD ["julia"]\n', {"app.jl": PLAIN}, "a prompt is what starts", id="a prompt"),
    pytest.param(APP + 'CMD ["julia", "-i", "app.jl"]\n', {"app.jl": PLAIN}, "a prompt is what starts", id="a prompt behind the script"),
    pytest.param(APP + "CMD [\"julia\", \"-e\", \"run(`ls`)\"]\n", {"app.jl": PLAIN}, "the command:1 starts ls", id="code"),
    pytest.param(
        APP + 'CMD ["julia", "--machine-file=hosts", "app.jl"]\n', {"app.jl": PLAIN}, "--machine-file=hosts makes Julia start", id="other machines"
    ),
    pytest.param(
        APP + RUNS,
        {"app.jl": 'include("examples/list.jl")\n', "examples/list.jl": "run(`ls`)\n"},
        "examples/list.jl:1 starts ls",
        id="a file that is called like an example",
    ),
    pytest.param(IMAGE + RUNS, {}, "none of the application's Julia files is in the build context", id="no sources"),
]  # fmt: skip

# Dockerfile, files of the context, lines of the result
TAKEN = [
    pytest.param(
        APP + RUNS,
        {"app.jl": PLAIN},
        (
            "rm -rf /usr/local/julia/include ",
            "COPY --from=build /usr/local/julia /usr/local/julia\nCOPY --from=build /app /app\n",
            "if [ -e /root/.julia ]; then cp -a --parents /root/.julia /runtime; fi",
            'CMD ["julia", "--project=.", "app.jl"]\n',
        ),
        id="a script",
    ),
    pytest.param(
        APP + 'CMD ["app.jl"]\n', {"app.jl": PLAIN}, ('CMD ["julia", "app.jl"]\n',), id="the image's script puts julia in front"
    ),
    pytest.param(
        IMAGE + "ENV JULIA_DEPOT_PATH=/opt/depot\nCOPY . .\nRUN julia --project=. -e 'using Pkg; Pkg.instantiate(); Pkg.precompile()'\n" + RUNS,
        {"app.jl": "using HTTP\n"},
        ("/opt/depot/registries /opt/depot/clones", "cp -a --parents /opt/depot /runtime"),
        id="a depot of its own",
    ),
    pytest.param(
        IMAGE + "RUN useradd --create-home app\nUSER app\nCOPY . .\nRUN julia -e 'using Pkg; Pkg.add(\"JSON3\")'\n" + RUNS,
        {"app.jl": "using JSON3\n"},
        ("/home/app/.julia", "USER app\n"),
        id="the depot of a user",
    ),
    pytest.param(
        APP + "RUN julia build.jl\n" + RUNS, {"app.jl": PLAIN, "build.jl": "using Pkg\nPkg.build()\nrun(`ls`)\n"}, (), id="a script of the build"
    ),
    pytest.param(
        APP + RUNS,
        {"app.jl": '# run(`ls`)\n"""\n`ls` in a text, Pkg.add\n"""\nf(x) = x\' * 2 # it\'s `this`\n#= `that` =#\nccall((:getpid, "libc"), Cint, ())\nccall(:time, Cint, ())\n'},
        (),
        id="comments, texts, the C library",
    ),
    pytest.param(
        APP + RUNS, {"app.jl": PLAIN, "examples/list.jl": "run(`ls`)\n"}, (), id="an example that nothing names"
    ),
    pytest.param(
        APP + RUNS, {"app.jl": PLAIN, "test/runtests.jl": "run(`ls`)\n", "deps/build.jl": "run(`make`)\n"}, (), id="tests and builds"
    ),
    pytest.param(
        APP + RUNS, {"app.jl": "using Distributed\nrun(`$(Base.julia_cmd()) --version`)\n"}, (), id="Julia itself"
    ),
    pytest.param(APP + "CMD [\"julia\", \"-e\", \"using Sockets; println(1)\"]\n", {}, (), id="code"),
]  # fmt: skip


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED)
def test_what_stops_it(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(r.reason.startswith(reason) for r in outcome.plan.refusals), outcome.plan.refusals


@pytest.mark.parametrize(("dockerfile", "files", "has"), TAKEN)
def test_what_comes_along(tmp_path: Path, dockerfile: str, files: dict[str, str], has: tuple[str, ...]) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert [line for line in has if line not in outcome.patch.after.text] == [], outcome.patch.after.text


def test_the_result_is_left_alone(tmp_path: Path) -> None:
    outcome = fix(tmp_path, APP + RUNS, {"app.jl": PLAIN})
    (tmp_path / "Dockerfile").write_text(outcome.patch.after.text)
    assert api.fix(tmp_path / "Dockerfile").patch.empty
