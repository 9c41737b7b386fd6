"""`dockminify batch`: many repositories in one run; `batch status` and `batch inventory` ask what became of them."""

# No `annotations` from `__future__`: Typer would evaluate the text of each option, and twice

import enum
import hashlib
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from minify.cli.engine_options import (
    BuildArgOption,
    NetworkOption,
    PlatformOption,
    Running,
    SecondsOption,
)
from minify.cli.shared import (
    Asked,
    DebugOption,
    InspectOption,
    JavaOptionsOption,
    RegistryOption,
    SmallestOption,
    TemplatesOption,
    ToOption,
    UpgradeOption,
    UserOption,
)
from minify.errors import UsageError

if TYPE_CHECKING:
    from minify.batch.engines import Engine
    from minify.batch.records import State
    from minify.batch.run import Building
    from minify.batch.state import Store

FOLDER = Path("dockminify-batch")


class Workers(enum.StrEnum):
    """Where the work is done."""

    local = "local"
    dask = "dask"


class BatchFormat(enum.StrEnum):
    """The formats of an inventory."""

    text = "text"
    json = "json"
    csv = "csv"
    markdown = "markdown"
    html = "html"


class StatusFormat(enum.StrEnum):
    """The formats of a list of outcomes."""

    text = "text"
    json = "json"


class Outcomes(enum.StrEnum):
    """What `status` can be asked for."""

    pending = "pending"
    changed = "changed"
    unchanged = "unchanged"
    refused = "refused"
    not_proven = "not-proven"
    error = "error"
    failed = "failed"


class RunByDefault(TyperGroup):
    """`batch repos` is `batch run repos`; a folder that is called like a command is `./status`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name in front when none is there."""
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = ["run", *args]
        return super().parse_args(ctx, args)


FolderArgument = Annotated[Path, typer.Argument(help="The output folder of the run.")]
BatchFormatOption = Annotated[BatchFormat, typer.Option("--format", "-f", help="How to print the inventory.")]


def run(
    inputs: Annotated[
        list[str],
        typer.Argument(help="Folders, repositories, clone URLs, globs, a file that lists them, or - for a list."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder of the state, the texts and the inventory.")
    ] = FOLDER,
    patches: Annotated[
        Path | None,
        typer.Option("--patches", help="Write a patch for `git am` a repository there.", show_default=False),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option("--branch", help="Put a commit on a new branch of this name.", show_default=False),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Change the files themselves; needs --verify or --yes.")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="Change nothing; it is so without the three above.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to --in-place without a proof.")] = False,
    page: Annotated[
        bool, typer.Option("--page", help="Also write changes.html: every change, to accept or reject.")
    ] = False,
    to: ToOption = None,
    user: UserOption = None,
    debug_stage: DebugOption = False,
    upgrade: UpgradeOption = False,
    registry: RegistryOption = None,
    inspect: InspectOption = None,
    smallest: SmallestOption = False,
    java_options: JavaOptionsOption = False,
    templates: TemplatesOption = None,
    resume: Annotated[bool, typer.Option(help="Go on with what an earlier run in the output folder has done.")] = True,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", "-j", help="Processes; one a processor unless it is said.", min=1, show_default=False
        ),
    ] = None,
    engine: Annotated[Workers, typer.Option("--engine", help="Where the work is done.")] = Workers.local,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="The Dask scheduler, tcp://….", show_default=False)
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Build and run each change; write only what behaves the same.")
    ] = False,
    builds: Annotated[int, typer.Option("--builds", help="With --verify: how many files at a time.", min=1)] = 1,
    container_engine: Annotated[
        str | None,
        typer.Option(
            "--container-engine", help="docker, podman or buildah; the first that answers.", show_default=False
        ),
    ] = None,
    build_arg: BuildArgOption = None,
    platform: PlatformOption = None,
    network: NetworkOption = None,
    seconds: SecondsOption = 30,
    format: BatchFormatOption = BatchFormat.text,  # noqa: A002 - the option's name
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> int:
    """Find every Dockerfile of many repositories, fix each, and write patches, branches and an inventory."""
    from minify.batch.inputs import check
    from minify.batch.run import check_branch

    wanted = [
        name
        for name, on in (("--patches", patches), ("--branch", branch), ("--in-place", in_place))
        if on not in (None, False)
    ]
    if report and wanted:
        raise UsageError(f"--report changes nothing: it does not go with {wanted[0]}")
    if in_place and len(wanted) > 1:
        raise UsageError(f"--in-place changes the files themselves: it does not go with {wanted[0]}")
    if in_place and not yes and not verify:
        raise UsageError(
            "--in-place needs --verify or --yes: nothing here has built the new files",
            hint="look at the patches first: dockminify batch --patches DIR",
        )
    if scheduler is not None and engine is not Workers.dask:
        raise UsageError("--scheduler is for --engine dask")
    if engine is Workers.dask and workers is not None:
        raise UsageError("--workers is for --engine local: a Dask cluster has its own")
    for name, path in (("--patches", patches), ("--output", output)):
        if path is not None and path.exists() and not path.is_dir():
            raise UsageError("is no folder", path=str(path), hint=f"{name} names a folder")
    if templates is not None:
        templates = templates.resolve()
    check(inputs)
    if branch is not None:
        check_branch(branch)
    asked = Asked(
        to=to,
        templates=templates,
        user=user,
        debug_stage=debug_stage,
        upgrade=upgrade,
        registry=registry,
        smallest=smallest,
        inspect=inspect,
        engine=container_engine,
        java_options=java_options,
    )
    running = Running(engine=container_engine, build_arg=build_arg, platform=platform, network=network, seconds=seconds)
    # Templates that are not there are told now
    asked.wish(None)
    settings = [
        repr(asked),
        _digest(templates),
        repr(in_place),
        repr(running) if verify else "",
        *(["page"] if page else []),
    ]
    return _run(
        inputs=inputs,
        output=output,
        patches=patches,
        branch=branch,
        in_place=in_place,
        page=page,
        asked=asked,
        digest=hashlib.sha256("\0".join(settings).encode("utf-8", "surrogateescape")).hexdigest(),
        resume=resume,
        engine=partial(_engine, engine, scheduler, workers),
        running=running if verify else None,
        builds=builds,
        format=format,
        quiet=quiet,
    )


def _run(
    *,
    inputs: list[str],
    output: Path,
    patches: Path | None,
    branch: str | None,
    in_place: bool,
    page: bool,
    asked: Asked,
    digest: str,
    resume: bool,
    engine: "Callable[[], Engine]",
    running: Running | None,
    builds: int,
    format: BatchFormat,  # noqa: A002
    quiet: bool,
) -> int:
    from minify.batch import inventory
    from minify.batch import run as batch
    from minify.batch.publish import Outputs
    from minify.batch.records import Settings
    from minify.batch.state import Store
    from minify.cli.batch_progress import watching

    settings = Settings(wish=asked.wish, digest=digest, on_disk=in_place, prove=running is not None, page=page)
    outputs = Outputs(output, patches=patches, branch=branch, in_place=in_place, templates=asked.templates)
    with ExitStack() as stack:
        store = stack.enter_context(Store.locked(output))
        building = _building(running, builds, stack)
        opened = engine()
        stack.push(opened.__exit__)
        with watching(quiet) as watch:
            batch.run(batch.Asked(inputs, sys.stdin, settings, outputs, resume), store, opened, watch, building)
        written = inventory.write(store, asked.templates)
        if page:
            from minify.batch.page import write as write_page

            written = (*written, write_page(store, asked.templates))
        if not quiet:
            _print(store, format, asked.templates)
            if format is BatchFormat.text:
                _written(output, written, patches)
        return inventory.failed(store)


def status(
    folder: FolderArgument = FOLDER,
    outcome: Annotated[
        Outcomes | None, typer.Option("--outcome", help="Only files with this outcome.", show_default=False)
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option("--repository", help="Only these repositories; * stands for anything.", show_default=False),
    ] = None,
    format: Annotated[StatusFormat, typer.Option("--format", "-f", help="How to print it.")] = StatusFormat.text,  # noqa: A002
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also each build context with its evidence, and whole messages.")
    ] = False,
) -> int:
    """Say what became of every Dockerfile of a run, also while it works."""
    from minify.batch.records import State
    from minify.batch.state import Store

    states = {one: State(one.value.replace("-", " ")) for one in Outcomes}
    with Store.reading(folder) as store:
        if format is StatusFormat.json:
            _status_json(store, states[outcome] if outcome else None, repository)
        else:
            _status_text(store, states[outcome] if outcome else None, repository, verbose)
    return 0


def inventory(
    folder: FolderArgument = FOLDER,
    format: BatchFormatOption = BatchFormat.text,  # noqa: A002
    templates: TemplatesOption = None,
) -> int:
    """Print the inventory of a run again, in any format."""
    from minify.batch.state import Store

    with Store.reading(folder) as store:
        _print(store, format, templates)
    return 0


def _engine(kind: Workers, scheduler: str | None, workers: int | None) -> "Engine":
    from minify.batch.engines import Dask, Local, cores

    return Dask(scheduler) if kind is Workers.dask else Local(workers or cores())


def _building(running: Running | None, builds: int, stack: ExitStack) -> "Building | None":
    """Where builds run, after it is known that there is an engine that does them."""
    if running is None:
        return None
    from minify.batch.engines import Local
    from minify.batch.prove import Proving
    from minify.batch.run import Building

    running.open().close()
    proving = Proving(running.open, running.build_options(), running.ask())
    return Building(stack.enter_context(Local(builds)), proving)


def _digest(templates: Path | None) -> str:
    """What a folder of templates says: another text makes other results."""
    found = hashlib.sha256()
    for path in sorted(templates.rglob("*")) if templates is not None and templates.is_dir() else ():
        if path.is_file():
            found.update(path.relative_to(templates or path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
            found.update(path.read_bytes() + b"\0")
    return found.hexdigest()


def _print(store: "Store", format: BatchFormat, templates: Path | None) -> None:  # noqa: A002
    from minify.batch import inventory
    from minify.report import inventory as report
    from minify.report.lines import wants_colour, write

    found = inventory.take(store)
    match format:
        case BatchFormat.text:
            write(report.lines(found), sys.stdout, colour=wants_colour(sys.stdout))
        case BatchFormat.json:
            report.as_json(found, sys.stdout)
        case BatchFormat.csv:
            report.as_csv(inventory.files(store), sys.stdout)
        case BatchFormat.markdown:
            sys.stdout.write(report.as_markdown(found, templates).encode("utf-8", "replace").decode())
        case BatchFormat.html:
            report.as_html(found, inventory.files(store), sys.stdout, templates)
    sys.stdout.flush()


def _written(output: Path, written: tuple[Path, ...], patches: Path | None) -> None:
    from minify.report.lines import line, wants_colour, write

    lines = [line(), line("Written", "bold"), *(line(f"  {path}") for path in written)]
    if (output / "pull-requests").is_dir():
        lines.append(line(f"  {output / 'pull-requests'}/"))
    if patches is not None and patches.is_dir():
        lines.append(line(f"  {patches}/"))
    write(lines, sys.stdout, colour=wants_colour(sys.stdout))


def _status_json(store: "Store", state: "State | None", repository: str | None) -> None:
    """One document: files are printed as they are read, so that it takes no more memory for more of them."""
    import json

    sys.stdout.write(f'{{"schema_version": 1, "finished": {json.dumps(store.finished)}, "files": [')
    for number, row in enumerate(store.rows(state=state, repository=repository)):
        said: dict[str, Any] = {**row._asdict(), "context": row.context or "."}
        sys.stdout.write(f"{',' if number else ''}\n{json.dumps(said)}")
    problems = [{"repository": name, "locator": locator, "message": said} for name, locator, said in store.problems()]
    sys.stdout.write(f'\n], "problems": {json.dumps(problems)}}}\n')


def _status_text(store: "Store", state: "State | None", repository: str | None, verbose: bool) -> None:
    from minify.batch.records import headline
    from minify.report.lines import Line, line, wants_colour, write

    def lines() -> Any:
        counts = ", ".join(f"{count:,} {one.value}" for one, count in store.states().items() if count)
        yield line(
            f"{counts or 'no Dockerfile'}; the run {'is done' if store.finished else 'has not come to its end'}", "bold"
        )
        for row in store.rows(state=state, repository=repository):
            base = f" on {row.base_after}" if row.base_after else ""
            rung = f": {row.rung}{base}" if row.rung else ""
            yield Line(
                ((f"{row.repository}: {row.path}: ", ""), (row.state.value, _STYLES[row.state.value]), (rung, ""))
            )
            if row.message:
                for text in row.message.rstrip().splitlines() if verbose else [headline(row.message)]:
                    yield line(f"    {text}", "dim")
            if verbose:
                yield line(f"    build context {row.context or '.'}: {'; '.join(row.evidence)}", "dim")
        for name, _, message in store.problems():
            yield Line(((f"{name}: ", ""), ("not read or not written", "red"), (f": {message}", "")))

    write(lines(), sys.stdout, colour=wants_colour(sys.stdout))


_STYLES = {
    "changed": "green",
    "unchanged": "",
    "refused": "yellow",
    "not proven": "magenta",
    "to be proven": "dim",
    "pending": "dim",
    "error": "red",
    "failed": "red",
}


def batch() -> typer.Typer:
    """The three commands."""
    group = typer.Typer(
        cls=RunByDefault,
        help="Many repositories in one run: patches or branches, a text for each pull request, and an inventory."
        " `batch repos` is `batch run repos`.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.command("run")(run)
    group.command("status")(status)
    group.command("inventory")(inventory)
    return group
