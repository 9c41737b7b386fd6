"""R: where it comes from, what its sources and packages start, what comes along with the shell, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

DEBIAN = (
    "FROM debian:13-slim\nRUN apt-get update && apt-get install -y r-base-core {packages}\nWORKDIR /app\nCOPY . .\n"
)
OWN = ("sh", "bash", "uname", "sed", "which", "rm", "grep", "wc")
START = 'CMD ["Rscript", "app.R"]\n'


def plan_of(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    (tmp_path / "Dockerfile").write_text(dockerfile)
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return api.fix(tmp_path / "Dockerfile")


def reasons(outcome: api.Outcome) -> list[str]:
    return [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is Rung.DISTROLESS]


# Sources that need nothing beside the interpreter, and what its start script needs
PLAIN = [
    "library(jsonlite)\ncat(toJSON(1:3))",
    '# system("ls")\nx <- "system(\'ls\')"\ncat(x)',
    "page <- function(x) x\npage(1)\ndf$system <- 2; df$system(3)",
    "system <- 3\nprint(max(1, 2))",
    "x |> f(\\(y) y + 1)\nr\"---(system('ls'))---\"",
    'suppressWarnings(system("uname -a"))',
    'if (!require(jsonlite)) install.packages("jsonlite")',
    "cl <- parallel::makeCluster(2)",
    "library(knitr)\nkable(x)",
    "run <- function(command) command\nrun('ls')",
]


@pytest.mark.parametrize("source", PLAIN)
def test_what_starts_nothing_unknown_comes_to_an_image_of_its_own(tmp_path: Path, source: str) -> None:
    outcome = plan_of(tmp_path, DEBIAN.format(packages="r-cran-jsonlite") + START, {"app.R": source})
    assert reasons(outcome) == []
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.programs == OWN


# The source, the programs that come along for it
BROUGHT = [
    ('system("ls -l | head -1")', ("ls", "head")),
    ('system2("date", c("-u", x))', ("date",)),
    ('processx::run("/usr/bin/date", c("-u", f))', ("date",)),
    ('library(processx)\nrun(command = "date")', ("date",)),
    ('library(processx)\np <- process$new("sleep", "1")', ("sleep",)),
    ('f <- pipe(paste("cat", file, "| sort"))', ("cat", "sort")),
    ('system(paste0("cp ", a, " ", b))', ("cp",)),
    ('system(sprintf("cp %s %s", a, b))', ("cp",)),
    ('"system"("date")', ("date",)),
    ("n <- parallel::detectCores()", ()),
    ('untar("a.tar.gz")', ("tar", "gzip")),
    ('data.table::fread(cmd = "cut -f1 x")', ("cut",)),
    ("eval(parse(text = \"system('date')\"))", ("date",)),
]


@pytest.mark.parametrize(("source", "programs"), BROUGHT)
def test_programs_of_the_base_image_come_along(tmp_path: Path, source: str, programs: tuple[str, ...]) -> None:
    outcome = plan_of(tmp_path, DEBIAN.format(packages="") + START, {"app.R": source})
    assert reasons(outcome) == []
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.programs[len(OWN) :] == programs
    said = {decision.subject: decision.reason for decision in outcome.plan.decisions}
    assert all(said[name].startswith("app.R:") for name in programs)
    assert "R's start script" in said["sed"]


# The source, the beginning of the reason
STOPPED = [
    ("x\nsystem(command)", "app.R:2 starts a program whose name is not known"),
    ('system(paste(program, "-x"))', "app.R:1 starts a program whose name is not known"),
    ("lapply(commands, system)", "app.R:1 starts a program whose name is not known"),
    ('do.call("system2", list(x))', "app.R:1 starts a program whose name is not known"),
    ("do.call(what = system2, args)", "app.R:1 starts a program whose name is not known"),
    ('system("mytool x")', "app.R:1 starts mytool: where that comes from is not known"),
    ('system2("bash", "x.sh")', "app.R:1 starts bash"),
    ('system("psql -c 1")', "app.R:1 starts psql"),
    ('system("cd x && $tool")', "app.R:1 starts a program whose name is not known"),
    ('install.packages("shiny")', "app.R:1 installs packages when it runs"),
    ("pacman::p_load(shiny)", "app.R:1 installs packages when it runs"),
    ('Rcpp::sourceCpp("x.cpp")', "app.R:1 compiles when it runs"),
    ("library(rJava)", "app.R:1: rJava loads Java by name"),
    ("reticulate::py_run_string(x)", "app.R:1: reticulate starts Python"),
    ("library(rmarkdown)\nrender('x.Rmd')", "app.R:1 starts pandoc: where that comes from is not known"),
]


@pytest.mark.parametrize(("source", "reason"), STOPPED)
def test_what_stops_it_is_named(tmp_path: Path, source: str, reason: str) -> None:
    outcome = plan_of(tmp_path, DEBIAN.format(packages="") + START, {"app.R": source})
    found = reasons(outcome)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(one.startswith(reason) for one in found), found


def test_programs_of_installed_packages_come_with_their_packages(tmp_path: Path) -> None:
    text = DEBIAN.format(packages="pandoc r-cran-flexdashboard") + START
    outcome = plan_of(tmp_path, text, {"app.R": "library(flexdashboard)\nflex_dashboard()"})
    assert outcome.plan.runtime is not None
    assert outcome.plan.runtime.packages == ("pandoc",)


COMMANDS = [
    ('["R", "-e", "shiny::runApp(\'/app\')"]', ""),
    ('["R", "--no-save", "-f", "app.R"]', ""),
    ("Rscript --vanilla app.R", ""),
    ('["/usr/bin/Rscript", "app.R", "-e"]', ""),
    ('["./run"]', ""),
    ('["R", "-e", "system(x)"]', "the command:1 starts a program whose name is not known"),
    ('["Rscript", "-e", "source(\'app.R\'); pipe(x)"]', "the command:1 starts a program whose name is not known"),
    ('["R", "CMD", "BATCH", "app.R"]', "R CMD starts another program"),
    ('["R", "-d", "gdb", "-f", "app.R"]', "R -d starts another program"),
    ('["/opt/R/bin/Rscript", "app.R"]', "where /opt/R/bin/Rscript comes from is not known"),
]


@pytest.mark.parametrize(("command", "reason"), COMMANDS)
def test_what_the_command_says(tmp_path: Path, command: str, reason: str) -> None:
    files = {"app.R": "cat(1)", "run": "#!/usr/bin/env Rscript\ncat(1)\n"}
    outcome = plan_of(tmp_path, DEBIAN.format(packages="") + f"CMD {command}\n", files)
    assert reasons(outcome) == ([reason] if reason else [])


def test_env_is_not_needed(tmp_path: Path) -> None:
    files = {"run": "#!/usr/bin/env Rscript\ncat(1)\n"}
    outcome = plan_of(tmp_path, DEBIAN.format(packages="") + 'CMD ["./run", "x"]\n', files)
    assert outcome.patch.after.text.endswith('CMD ["/usr/bin/Rscript", "./run", "x"]\n')


@pytest.mark.parametrize(("base", "home"), [("r-base:4.5.1", "/usr/lib/R"), ("rocker/r-ver:4.4.1", "/usr/local/lib/R")])
def test_the_images_of_r_have_it_where_they_have_it(tmp_path: Path, base: str, home: str) -> None:
    text = f'FROM {base}\nRUN install2.r --error shiny\nCOPY app.R /app/\nCMD ["Rscript", "/app/app.R"]\n'
    outcome = plan_of(tmp_path, text, {"app.R": "library(shiny)"})
    assert reasons(outcome) == []
    assert f"COPY --from=build {home} {home}\n" in outcome.patch.after.text
    assert "/usr/local/lib/R/site-library" in outcome.patch.after.text
    assert "LANG" in outcome.patch.after.text


INSTALLS = [
    "R -e \"install.packages(c('shiny', 'plumber'), repos = 'https://cloud.r-project.org')\"",
    "Rscript -e 'install.packages(\"remotes\")' -e 'remotes::install_github(\"a/b\")'",
    "R CMD INSTALL pkg_1.0.tar.gz",
    "Rscript install.R",
    "R --no-save < install.R",
    "install2.r --error --deps TRUE shiny",
    'R -q -e \'options(repos = c(CRAN = "x")); if (!requireNamespace("pak")) install.packages("pak"); pak::pkg_install("x")\'',
]


@pytest.mark.parametrize("run", INSTALLS)
def test_packages_are_installed_in_the_build(tmp_path: Path, run: str) -> None:
    files = {"app.R": "cat(1)", "pkg_1.0.tar.gz": ""}
    if "install.R" in run:
        files["install.R"] = "install.packages('x')\nsystem('apt-get update')"
    text = f"FROM r-base:4.5.1\nWORKDIR /app\nCOPY . .\nRUN {run}\n{START}"
    assert reasons(plan_of(tmp_path, text, files)) == []


def test_what_r_leaves_otherwise_is_not_known(tmp_path: Path) -> None:
    text = "FROM r-base:4.5.1\nWORKDIR /app\nCOPY . .\nRUN R -e 'tinytex::install_tinytex()'\n" + START
    found = reasons(plan_of(tmp_path, text, {"app.R": "cat(1)"}))
    assert any("tinytex::install_tinytex" in reason for reason in found)


def test_renv_has_its_library_in_the_project_and_its_packages_in_a_cache(tmp_path: Path) -> None:
    text = "FROM r-base:4.5.1\nWORKDIR /app\nCOPY . .\nRUN R -e 'renv::restore()'\n" + START
    files = {
        "app.R": "cat(1)",
        ".Rprofile": 'source("renv/activate.R")\n',
        "renv/activate.R": "system2(r, args)",
        "renv.lock": '{"Packages": {"jsonlite": {}}}',
    }
    outcome = plan_of(tmp_path, text, files)
    assert reasons(outcome) == []
    assert "/root/.cache/R/renv/cache" in outcome.patch.after.text
    files["renv.lock"] = '{"Packages": {"rJava": {}}}'
    assert reasons(plan_of(tmp_path, text, files)) == ["renv.lock: rJava loads Java by name"]


def test_documents_are_read(tmp_path: Path) -> None:
    document = "# A title\n\nText with system(x)\n\n```{r}\nsystem('date')\n```\n\n```{bash}\nls\n```\n"
    text = DEBIAN.format(packages="") + START
    found = reasons(plan_of(tmp_path, text, {"app.R": "cat(1)", "report.Rmd": document}))
    assert found == ["report.Rmd:9 has a chunk of bash, which knitr starts"]
    outcome = plan_of(tmp_path, text, {"report.Rmd": document.replace("bash", "sql")})
    assert outcome.plan.runtime is not None
    assert "date" in outcome.plan.runtime.programs


def test_without_sources_it_is_pruned(tmp_path: Path) -> None:
    outcome = plan_of(tmp_path, "FROM r-base:4.5.1\n" + START, {})
    assert outcome.plan.rung is Rung.PRUNED
    assert "none of the application's R files" in reasons(outcome)[0]


def test_the_shell_of_a_whole_root_stays(tmp_path: Path) -> None:
    outcome = plan_of(tmp_path, DEBIAN.format(packages="") + START, {"app.R": "system(x)"})
    assert outcome.plan.rung is Rung.PRUNED
    said = [decision.reason for decision in outcome.plan.decisions if decision.subject == "the shell"]
    assert len(said) == 1 and "R's start script" in said[0]


@pytest.mark.parametrize(
    ("package", "code"),
    [("r-cran-shiny", "runApp('x')"), ("r-cran-rmarkdown", "1"), ("r-cran-tidyverse", "library(shiny)")],
)
def test_packages_that_ask_the_package_manager_keep_it(tmp_path: Path, package: str, code: str) -> None:
    outcome = plan_of(tmp_path, DEBIAN.format(packages=package) + START, {"app.R": code})
    assert any("asks the package manager when it runs" in r.reason for r in outcome.plan.refusals)
    assert "dpkg-*" not in outcome.patch.after.text or package == "r-cran-tidyverse"
