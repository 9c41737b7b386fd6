"""`dockminify fix`: the patched file and its diff, with the reasons; with --verify, what was built and run."""

# No `annotations` from `__future__`: Typer would evaluate the text of each option, and twice

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minify import api
from minify.cli.engine_options import (
    BuildArgOption,
    BuildContextOption,
    CmdOption,
    EngineOption,
    EnvOption,
    ExpectExitOption,
    KeepOption,
    NetworkOption,
    NoCacheOption,
    PlatformOption,
    PortOption,
    ProbeOption,
    RunArgOption,
    Running,
    SecondsOption,
    SecretOption,
    SshOption,
    context_of,
    watching,
)
from minify.cli.shared import (
    Asked,
    ContextOption,
    DebugOption,
    Format,
    FormatOption,
    InspectOption,
    JavaOptionsOption,
    RegistryOption,
    ServerOption,
    SmallestOption,
    TargetsOption,
    TemplatesOption,
    ToOption,
    UpgradeOption,
    UserOption,
    names_of,
    print_report,
    read,
)
from minify.errors import UsageError
from minify.files import write_all

if TYPE_CHECKING:
    from minify.api import Outcome
    from minify.planner import Wish
    from minify.proof import Proof


def fix(
    path: Annotated[str, typer.Argument(help="A Dockerfile, or - for standard input.")],
    to: ToOption = None,
    context: ContextOption = None,
    target: TargetsOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the patched file here; - prints it.", show_default=False),
    ] = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the patched file; write nothing.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print the diff; write nothing.")] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Change the file itself; needs --verify or --yes.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to --in-place without a proof.")] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Build and run it before and after; write only what behaves the same.")
    ] = False,
    user: UserOption = None,
    debug_stage: DebugOption = False,
    smallest: SmallestOption = False,
    server: ServerOption = None,
    java_options: JavaOptionsOption = False,
    upgrade: UpgradeOption = False,
    templates: TemplatesOption = None,
    registry: RegistryOption = None,
    inspect: InspectOption = None,
    with_manifests: Annotated[
        bool,
        typer.Option(
            "--with-manifests",
            help="Also write what compose files and manifests around it should say, each beside its file.",
        ),
    ] = False,
    format: FormatOption = Format.text,  # noqa: A002 - the option's name
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what stays.")] = False,
    engine: EngineOption = None,
    build_arg: BuildArgOption = None,
    platform: PlatformOption = None,
    secret: SecretOption = None,
    ssh: SshOption = None,
    build_context: BuildContextOption = None,
    network: NetworkOption = None,
    no_cache: NoCacheOption = False,
    keep: KeepOption = False,
    probe: ProbeOption = None,
    port: PortOption = None,
    env: EnvOption = None,
    run_arg: RunArgOption = None,
    cmd: CmdOption = None,
    expect_exit: ExpectExitOption = None,
    seconds: SecondsOption = 30,
) -> int:
    """Write <name>.min and <name>.min.diff beside a Dockerfile: the smallest file that builds the same application."""
    if in_place and (path == "-" or output is not None):
        raise UsageError("--in-place changes the file itself: it goes neither with - nor with --output")
    if in_place and not yes and not verify:
        raise UsageError(
            "--in-place needs --verify or --yes: nothing here has built the patched file",
            hint="look at the diff first: dockminify fix --diff",
        )
    if output == Path("-"):
        stdout, output = True, None
    asked = Asked(
        to=to,
        templates=templates,
        user=user,
        debug_stage=debug_stage,
        upgrade=upgrade,
        registry=registry,
        smallest=smallest,
        server=server,
        inspect=inspect,
        engine=engine,
        targets=names_of(target),
        java_options=java_options,
    )
    proof = None
    if verify:
        running = Running(
            engine=engine,
            build_arg=build_arg,
            platform=platform,
            secret=secret,
            ssh=ssh,
            build_context=build_context,
            network=network,
            no_cache=no_cache,
            keep=keep,
            probe=probe,
            port=port,
            env=env,
            run_arg=run_arg,
            cmd=cmd,
            expect_exit=expect_exit,
            seconds=seconds,
        )
        proof, wish = _prove(path, context, asked, running, quiet)
        if proof.outcome is None:
            return _unproven(path, proof, format, quiet, verbose)
        outcome = proof.outcome
    else:
        outcome, wish = read(path, context, asked)
    if with_manifests or not (quiet or stdout or diff):
        outcome = api.look_around(outcome)
    manifests = outcome.around.patches if with_manifests and outcome.around is not None else ()
    patch = outcome.patch
    if stdout or (path == "-" and output is None and not diff and format is Format.text):
        sys.stdout.buffer.write(patch.after.encode())
        sys.stdout.buffer.flush()
        return 0
    unified = encoded(_header(proof) + patch.unified())
    if diff:
        sys.stdout.buffer.write(unified + b"".join(encoded(manifest.unified()) for manifest in manifests))
        sys.stdout.buffer.flush()
        return 0
    files: dict[Path, bytes] = {}
    if not patch.empty and in_place:
        files = {Path(path): patch.after.encode()}
    elif not patch.empty and not (path == "-" and output is None):
        target_file = output if output is not None else Path(f"{path}.min")
        files = {target_file: patch.after.encode(), Path(f"{target_file}.diff"): unified}
    for manifest in manifests:
        place = _from_here(Path(manifest.before.path))
        if in_place:
            files[place] = manifest.after.encode()
        else:
            files[Path(f"{place}.min")] = manifest.after.encode()
            files[Path(f"{place}.min.diff")] = encoded(manifest.unified())
    write_all(files)
    if format not in (Format.text, Format.json):
        if not quiet:
            _print(path, outcome, proof, wish, format)
    elif not quiet:
        _report(outcome, proof, list(files), format, verbose)
    return 0


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def encoded(text: str) -> bytes:
    """A diff as bytes: those that were not UTF-8 as they were."""
    return text.encode("utf-8", "surrogateescape")


def _prove(path: str, context: Path | None, asked: Asked, running: Running, quiet: bool) -> "tuple[Proof, Wish]":
    from minify import proof

    if path == "-" and context is None:
        raise UsageError("--verify builds, and the build context is not known", hint="name its folder with --context")
    root = context_of(Path(path), context)
    data = sys.stdin.buffer.read() if path == "-" else None
    wish = asked.wish(root) if path == "-" else asked.wish(Path(path).parent, Path(path).name)
    with watching(quiet) as progress:
        found = proof.fix(Path(path), data, root, wish, running.open, running.build_options(), running.ask(), progress)
    return found, wish


def _print(path: str, outcome: "Outcome", proof: "Proof | None", wish: "Wish", format: Format) -> None:  # noqa: A002
    """A report that is one text."""
    from minify.report.reported import Reported

    verification = proof.verification if proof is not None else None
    reported = Reported(path=path, outcome=outcome, wish=wish, verification=verification)
    print_report(format, [reported], wish.options.templates)


def _header(proof: "Proof | None") -> str:
    if proof is None:
        return ""
    from minify.report.verification import header

    return header(proof)


def _report(outcome: "Outcome", proof: "Proof | None", written: list[Path], format: Format, verbose: bool) -> None:  # noqa: A002
    if format is Format.json:
        from minify.report import json

        said: dict[str, Any] = {**json.document(outcome), "written": [str(w) for w in written]}
        sys.stdout.write(json.render([{**said, **_proof(proof)}]))
        return
    from minify.report.lines import line, wants_colour, write
    from minify.report.text import summary

    lines = list(summary(outcome, verbose=verbose))
    if proof is not None and proof.verification is not None:
        from minify.report import verification as report

        lines += [line(), line("Proof", "bold"), *report.steps(proof)]
        for step in proof.passed:
            assert step.verification is not None
            lines += [line(), *([line(f"--target {step.target}", "bold")] if step.target else [])]
            lines += report.table(step.verification, verbose=verbose)
    if written:
        lines += [line(), line("Written", "bold"), *(line(f"  {w}") for w in written)]
    write(lines, sys.stdout, colour=wants_colour(sys.stdout))


def _proof(proof: "Proof | None") -> Mapping[str, Any]:
    if proof is None:
        return {}
    from minify.report.verification import proof_document

    return {"proof": proof_document(proof)}


def _unproven(path: str, proof: "Proof", format: Format, quiet: bool, verbose: bool) -> int:  # noqa: A002
    """No rung passed: nothing is written, and the user sees why."""
    if format is Format.json:
        from minify.report import json

        sys.stdout.write(json.render([{"schema_version": 1, "path": path, "written": [], **_proof(proof)}]))
        return 4
    if quiet:
        return 4
    from minify.report import verification as report
    from minify.report.lines import line, wants_colour, write

    lines = [line(f"{path}: nothing is written: no rung passed", "bold"), *report.steps(proof)]
    last = proof.steps[-1]
    if last.verification is not None:
        lines += [line(), *report.table(last.verification, verbose=verbose)]
    elif last.failure is not None:
        lines += [line(), *(line(f"  {text}", "dim") for text in last.failure.log.splitlines()[-40:])]
    # What reads another format must not be given this one
    out = sys.stdout if format is Format.text else sys.stderr
    write(lines, out, colour=wants_colour(out))
    return 4
