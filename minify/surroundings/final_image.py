"""The image that the new Dockerfile builds, as those see it who start programs in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from minify import precompiled
from minify.analysis.defaults import Chooses, choosing
from minify.analysis.facts import Facts
from minify.analysis.footprint import SYSTEM, under
from minify.analysis.scopes import join
from minify.edit import Safety
from minify.image import alternatives, packages
from minify.image.catalog import BaseImage
from minify.plan import Outcome, Plan, Rung, Runtime
from minify.syntax import Add, Copy, process_word

if TYPE_CHECKING:
    from minify.health import HealthPlan

SHELLS: Final = ("sh", "bash", "ash", "dash", "zsh", "ksh", "rbash")
_INSTALLERS: Final = {
    "npm": ("npm", "npx"), "yarn": ("yarn", "yarnpkg"), "pnpm": ("pnpm", "pnpx"), "corepack": ("corepack",), "pip": ("pip", "pip3"),
    "poetry": ("poetry",), "pipenv": ("pipenv",), "uv": ("uv", "uvx"), "pdm": ("pdm",),
}  # fmt: skip


class FinalImage(NamedTuple):
    """What a command that is started in the image finds there."""

    dockerfile: Path
    context: Path
    names: tuple[str, ...]
    """The stages' names in order; "" for one without."""
    part: bool
    """Whether stages follow that are none of it: it is built by its name only."""
    splits: bool
    """Whether the last stage became two, so that its number now means the one that builds."""
    shell: bool
    gone: Mapping[str, str]
    """Programs that the old image has and the new one has not, and where each is from."""
    scripts: Callable[[str], bool]
    """Whether a path is a shell script that the build context brings."""
    workdir: str
    interpreter: str
    on_path: bool
    """Whether the interpreter is found by its name."""
    launchers: tuple[str, ...]
    """Files that the old image has not, and that start the application."""
    replaced: Mapping[str, tuple[str, ...]]
    """Scripts that the old image started, by their names, and what the new one starts instead."""
    runs_scripts: str
    """The program that the base image's entrypoint gave flags and scripts to, and the new image has not."""
    entrypoint: bool
    """Whether what is started is an argument of the image's own entrypoint."""
    probe: Callable[[HealthPlan], tuple[str, ...]] | None
    busybox: bool
    user: str
    """Who the image runs as now and did not before; "" when that is as it was."""
    env: Mapping[str, str]
    chosen: Mapping[str, Chooses]
    """Build arguments whose defaults the new file was planned for."""
    renamed: Mapping[str, str]
    """Variables that nothing reads any more, each with the one that is read."""

    def built_by(self, target: str) -> bool:
        """Whether a build with this `--target` makes the image of the last stage."""
        last = len(self.names) - 1
        return (not target and not self.part) or target.lower() == self.names[last] or target == str(last)


def final_image(facts: Facts, plan: Plan, dockerfile: Path) -> FinalImage | None:
    """The image of a plan; None when it has all that the old one had."""
    if facts.context.root is None:
        return None
    shell = plan.rung < Rung.DISTROLESS
    gone = _gone(facts, plan, shell=shell)
    runtime = plan.runtime
    user = plan.options.user or ""
    copied = [tree.path for tree in runtime.trees] if runtime is not None and not runtime.whole else []
    chosen = choosing(facts, copied)
    if not gone and not user and not chosen:
        return None
    interpreter = runtime.interpreter if runtime is not None else ""
    path = dict(facts.contract.env).get("PATH", "")
    if runtime is not None:
        path = dict((*runtime.base.env, *runtime.env)).get("PATH") or path
        own = next((v for k, v in runtime.env if k == "PATH"), None)
        path = own or path
    return FinalImage(
        dockerfile=dockerfile,
        context=facts.context.root.resolve(),
        names=tuple((node.stage.name or "").lower() for node in facts.graph.nodes),
        part=facts.later.part,
        splits=any(fix.code == "multi-stage" for fix in plan.fixes),
        shell=shell,
        gone=gone,
        scripts=_scripts(facts),
        workdir=facts.contract.workdir,
        interpreter=interpreter,
        on_path=interpreter.rpartition("/")[0] in path.split(":"),
        launchers=tuple(text.path for text in runtime.texts) if runtime is not None else (),
        replaced=_replaced(facts, runtime) if runtime is not None else {},
        runs_scripts=facts.contract.base_runs or "" if runtime is not None else "",
        entrypoint=bool(runtime and (runtime.entrypoint or facts.launch.entrypoint.argv)),
        probe=runtime.probe if runtime is not None else None,
        busybox=facts.base is not None and facts.base.libc == "musl",
        user=user,
        env=dict(facts.contract.env),
        chosen=chosen,
        renamed=dict(runtime.renamed) if runtime is not None else {},
    )


def _replaced(facts: Facts, runtime: Runtime) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for placed, argv in ((facts.contract.entrypoint, runtime.entrypoint), (facts.contract.cmd, runtime.cmd)):
        words = placed.instruction.exec_form if placed is not None else None
        if words and argv and runtime.texts and any(text.path in argv for text in runtime.texts):
            found[words[0].rpartition("/")[2]] = argv[: len(argv) - len(words) + 1] if len(words) > 1 else argv
    return found


def _gone(facts: Facts, plan: Plan, *, shell: bool) -> dict[str, str]:
    """Programs of the old image that the new one lacks."""
    if facts.base is None:
        return {}
    if plan.rung < Rung.DISTROLESS or plan.runtime is None:
        return _lost_with_base(facts, facts.base, plan)
    kept = {tree.path for tree in plan.runtime.trees}
    if kept & {"/", "/bin", "/usr", "/usr/bin", "/usr/sbin"}:
        return {}
    essential, busybox = programs()
    gone: dict[str, str] = {}
    if facts.base.kind not in ("scratch", "distroless"):
        origin = f"{facts.base_written} has it"
        gone |= dict.fromkeys((*SHELLS[:2], *essential), origin)
        if facts.base.libc == "musl":
            gone |= dict.fromkeys(busybox, origin)
        for name in facts.base.has:
            gone |= dict.fromkeys(_brought("apt", name), origin)
    for install in facts.footprint.installs:
        for package in install.packages:
            gone |= dict.fromkeys(_brought(install.manager, package.name), f"{package.name} brings it")
    for decision in plan.decisions:
        if decision.outcome is Outcome.DROPPED:
            for word in decision.subject.replace(",", " ").split():
                gone |= dict.fromkeys(_INSTALLERS.get(word, ()), "it installs packages")
    for name in plan.runtime.packages:
        for program in _brought("apt", name):
            gone.pop(program, None)
    for path in kept:
        gone.pop(path.rpartition("/")[2], None)
    for name in (
        plan.runtime.interpreter.rpartition("/")[2],
        *(("python", "python3") if "python" in plan.runtime.interpreter else ()),
    ):
        gone.pop(name, None)
    return gone


def _lost_with_base(facts: Facts, base: BaseImage, plan: Plan) -> dict[str, str]:
    """Programs that go where the image keeps its shape: with a slimmer base, or left out of a whole root by name."""
    gone: dict[str, str] = {}
    for fix in plan.fixes:
        if fix.code == "slim-base" and fix.safety >= Safety.INFERRED:
            for name in alternatives.lost(base, fix.edits[0].content):
                gone |= dict.fromkeys(_brought("apt", name), f"{facts.base_written} has it")
    for install in facts.footprint.installs:
        for package in install.packages:
            for program in _brought(install.manager, package.name):
                gone.pop(program, None)
    if plan.rung is Rung.PRUNED:
        for decision in plan.decisions:
            if decision.outcome is Outcome.DROPPED:
                for word in decision.subject.replace(",", " ").split():
                    gone |= dict.fromkeys((*_brought("apt", word), *_INSTALLERS.get(word, ())), "it is left out")
    return gone


def _brought(manager: str, name: str) -> tuple[str, ...]:
    known = packages.role(manager, name)
    return () if known is None or known.role == "language-runtime" else known.commands


@cache
def programs() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The programs that every image of Debian's and Red Hat's families has, and those that Alpine's has beside them."""
    table = precompiled.table(Path(__file__).parent / "data" / "programs.yaml")
    return tuple(table["essential"].split()), tuple(table["busybox"].split())


def _scripts(facts: Facts) -> Callable[[str], bool]:
    """Shell scripts among the files that COPY brings, by their path in the image."""

    @cache
    def placed() -> tuple[tuple[str, str, bool], ...]:
        found: list[tuple[str, str, bool]] = []
        for item in facts.placed:
            instruction = item.instruction
            if not isinstance(instruction, Copy | Add) or instruction.flag("from"):
                continue
            values = item.scope.values
            target = process_word(instruction.dest, values).text
            dest = join(item.scope.workdir, target)
            into = target.endswith("/") or target in (".", "./") or len(instruction.sources) > 1
            for written in instruction.sources:
                source = process_word(written, values).text.strip("/").removeprefix("./").rstrip("/")
                directory = facts.context.is_dir(source or ".")
                into_file = into and not directory
                found.append(
                    (
                        join(dest, source.rpartition("/")[2]) if into_file else dest,
                        "" if source == "." else source,
                        directory,
                    )
                )
        return tuple(found)

    def is_script(path: str) -> bool:
        target = join(facts.contract.workdir or "/", path)
        for dest, source, directory in placed():
            if target == dest and not directory:
                return _shell_text(facts, source)
            if directory and under(target, dest) and dest not in SYSTEM:
                below = target[len(dest.rstrip("/")) + 1 :]
                if _shell_text(facts, f"{source}/{below}".strip("/")):
                    return True
        return False

    return is_script


def _shell_text(facts: Facts, path: str) -> bool:
    data = facts.context.read(path, 200)
    if data is None or not data.startswith(b"#!"):
        return False
    words = data.partition(b"\n")[0][2:].decode("utf-8", "replace").split()
    return any(word.rpartition("/")[2] in SHELLS for word in words[:2])
