"""cargo, rustup and rustc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from minify.shell.effects import (
    Builds,
    ChangesNothing,
    Effect,
    InstallsLibraries,
    Removes,
    RunsProject,
    Writes,
)
from minify.shell.options import Options, below, home, names, parse, unknown
from minify.shell.script import Argument, Command
from minify.shell.state import absolute

_VALUED: Final = names(
    """
    --target --bin --example -p --package --manifest-path --target-dir --profile --features -F -j
    --jobs --path --root --git --tag --branch --rev --version --vers --exclude --color --config -Z
    --recipe-path --index --registry --out-dir --artifact-dir -C
    """
)
_BUILDS: Final = ("build", "b", "rustc", "zigbuild", "auditable", "xbuild")


def cargo(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`cargo build --release --target x86_64-unknown-linux-musl --bin server`."""
    arguments = tuple(argument for argument in command.arguments if not (argument.text or "").startswith("+"))
    options = parse(arguments, valued=_VALUED)
    words = options.texts
    action = words[0] if words else None
    if action in ("chef", "auditable") and len(words) > 1:
        action = words[1] if action == "auditable" else f"chef {words[1]}"
    directory = _directory(options, command)
    match action:
        case text if text in _BUILDS:
            return _build(options, directory, command, env)
        case "install":
            return _install(options, words[1:], command, env)
        case "chef cook":
            return _build(options, directory, command, env)
        case "chef prepare":
            recipe = absolute(options.value("--recipe-path") or "recipe.json", command.cwd)
            return (Writes(recipe, command),) if recipe else (unknown("where the recipe is put is not known", command),)
        case "fetch" | "vendor" | "generate-lockfile" | "update" | "add":
            if not directory:
                return (unknown("which crate it works on is not known", command),)
            return (
                InstallsLibraries(
                    tool="cargo",
                    packages=(),
                    files=(below(directory, "Cargo.toml"), below(directory, "Cargo.lock")),
                    prefix=below(directory, "vendor") if action == "vendor" else _home(env),
                    editable=False,
                    user=False,
                    cache=True,
                    dev=True,
                    command=command,
                ),
            )
        case "test" | "t" | "run" | "r" | "bench" | "nextest" | "make" | "xtask" | "leptos" | "tauri" | "sqlx":
            return (RunsProject("cargo", words[1] if len(words) > 1 else None, command),)
        case "new" | "init":
            target = absolute(words[1] if len(words) > 1 else ".", command.cwd)
            return (Writes(target, command),) if target else (unknown("where the crate is made is not known", command),)
        case "clean":
            target = absolute(options.value("--target-dir") or env.get("CARGO_TARGET_DIR") or "target", directory)
            return (Removes(target, command),) if target else (ChangesNothing(command),)
        case "check" | "c" | "clippy" | "fmt":
            return (
                (Writes(below(directory, "target"), command),)
                if directory
                else (unknown("which crate it works on is not known", command),)
            )
        case None | "metadata" | "tree" | "search" | "version" | "help" | "locate-project" | "pkgid" | "audit" | "deny":
            return (ChangesNothing(command),)
        case _:
            return (unknown(f"what `cargo {action}` does is not known", command),)


def _home(env: Mapping[str, str]) -> str:
    # Where the official rust images put it; rustup's own choice is ~/.cargo
    return env.get("CARGO_HOME") or "/usr/local/cargo"


def _directory(options: Options, command: Command) -> str:
    manifest = options.value("--manifest-path")
    if manifest is None:
        return command.cwd
    return (absolute(manifest, command.cwd) or "").rpartition("/")[0]


def _static(options: Options, env: Mapping[str, str]) -> bool | None:
    target = options.value("--target") or env.get("CARGO_BUILD_TARGET") or ""
    if "+crt-static" in env.get("RUSTFLAGS", ""):
        return True
    if "-crt-static" in env.get("RUSTFLAGS", ""):
        return False
    # A musl target links statically unless told otherwise; without one it is what the toolchain was made for
    return True if "musl" in target else False if "gnu" in target else None


def _build(options: Options, directory: str, command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    profile = options.value("--profile") or ("release" if options.has("--release", "-r") else "debug")
    root = absolute(options.value("--target-dir") or env.get("CARGO_TARGET_DIR") or "target", directory)
    target = options.value("--target") or env.get("CARGO_BUILD_TARGET")
    unclear = any(option.value is None for option in options.all("--target", "--profile", "--target-dir"))
    where = None
    if root is not None and not unclear:
        folder = {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)
        where = "/".join([root, *((target,) if target else ()), folder])
    made = [
        *((option.value, option.value) for option in options.all("--bin")),
        *((option.value, option.value and f"examples/{option.value}") for option in options.all("--example")),
    ]
    if options.has("--examples"):
        made.append((None, "examples/"))
    if not made or options.has("--bins", "--all-targets"):
        made.append((options.value("-p", "--package"), ""))
    static = _static(options, env)
    return tuple(
        Builds(
            tool="cargo",
            output=None if where is None or place is None else f"{where}/{place}",
            package=package,
            static=static,
            command=command,
        )
        for package, place in made
    )


def _install(
    options: Options, names: tuple[str | None, ...], command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    chosen = options.find("--root")
    root = absolute(chosen.value, command.cwd) if chosen else env.get("CARGO_INSTALL_ROOT") or _home(env)
    if root is None:
        return (unknown("where cargo installs to is not known", command),)
    packages: tuple[str | None, ...] = (options.value("--path"),) if options.has("--path") else names or (None,)
    return tuple(
        Builds(
            tool="cargo",
            output=f"{below(root, 'bin')}/",
            package=package,
            static=_static(options, env),
            command=command,
        )
        for package in packages
    )


def rustup(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rustup target add x86_64-unknown-linux-musl`."""
    if command.args[:1] in (("show",), ("which",), ("check",)):
        return (ChangesNothing(command),)
    return (Writes(env.get("RUSTUP_HOME") or "/usr/local/rustup", command),)


def rustup_init(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`./rustup-init -y --no-modify-path`."""
    places = (
        env.get("CARGO_HOME") or below(home(env), ".cargo"),
        env.get("RUSTUP_HOME") or below(home(env), ".rustup"),
    )
    return tuple(Writes(place, command) for place in places)


def rustc(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rustc -o /app main.rs`."""
    valued = (
        "-o",
        "--out-dir",
        "--crate-type",
        "--edition",
        "-C",
        "--target",
        "-L",
        "-l",
        "--print",
        "--emit",
        "--cfg",
    )
    options = parse(command.arguments, valued=valued)
    if options.has("--print", "-V") or not options.operands:
        return (ChangesNothing(command),)
    source: Argument = options.operands[0]
    stem = (source.text or "").rpartition("/")[2].removesuffix(".rs")
    output = absolute(options.value("-o") or stem or None, command.cwd)
    return (Builds(tool="rustc", output=output, package=source.text, static=_static(options, env), command=command),)
