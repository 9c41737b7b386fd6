"""Whether a command that somebody starts in the image still runs there, and what does the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minify.surroundings.final_image import SHELLS, FinalImage
from minify.surroundings.findings import Note

if TYPE_CHECKING:
    from minify.health import HealthPlan


def judge(image: FinalImage, argv: Sequence[str]) -> Note | None:
    """What is wrong with an exec form: `["sh", "-c", "gunicorn app"]`, `["curl", …]`; None when nothing is."""
    if not argv or not argv[0]:
        return None
    program, name = argv[0], argv[0].rpartition("/")[2]
    if name in SHELLS and not image.shell and name in image.gone:
        text = _script_of(argv)
        return Note(f"starts {program}, and the final image has no shell", plain(image, text) if text else ())
    if image.interpreter and name == image.interpreter.rpartition("/")[2]:
        if program == image.interpreter or ("/" not in program and image.on_path):
            return None
        if image.on_path and program.startswith("/usr/"):
            return None
        return Note(
            f"starts {program}, which the final image has as {image.interpreter}", (image.interpreter, *argv[1:])
        )
    if name in image.gone and (
        "/" not in program or program.rpartition("/")[0] in ("/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin")
    ):
        return Note(f"starts {name}, which the final image lacks ({image.gone[name]})")
    if (
        image.runs_scripts
        and not image.entrypoint
        and (program.startswith("-") or name.endswith((".js", ".mjs", ".cjs")))
    ):
        return Note(
            f"{program} is no program: the old entrypoint gave it to {image.runs_scripts.rpartition('/')[2]}",
            (image.interpreter or image.runs_scripts, *argv),
        )
    if not image.shell and (program.endswith((".sh", ".bash")) or "/" in program) and image.scripts(program):
        head = image.replaced.get(name, ())
        return Note(
            f"starts {program}, a shell script, and the final image has no shell", (*head, *argv[1:]) if head else ()
        )
    return None


def judge_text(image: FinalImage, text: str) -> Note | None:
    """What is wrong with a text for /bin/sh."""
    if image.shell or "sh" not in image.gone:
        return None
    return Note("runs in a shell, and the final image has none", plain(image, text))


def judge_health(image: FinalImage, test: str | Sequence[str]) -> tuple[Note, HealthPlan | None] | None:
    """What is wrong with a health check (`test` of compose, the command of a probe), and what it asks where that can be read."""
    if not isinstance(test, str) and test[:1] == ("NONE",):
        return None
    shell_form = isinstance(test, str) or test[:1] == ("CMD-SHELL",)
    text = test if isinstance(test, str) else " ".join(test[1:])
    argv = () if shell_form else tuple(test[1:] if test[:1] == ("CMD",) else test)
    note = judge_text(image, _without_exit(text)) if shell_form else judge(image, argv)
    if note is None:
        return None
    from minify.health import HealthPlan, read

    plan = read(text if shell_form else argv, busybox=image.busybox)
    if not isinstance(plan, HealthPlan):
        return note, None
    return note._replace(instead=image.probe(plan) if image.probe is not None else ()), plan


def plain(image: FinalImage, text: str) -> tuple[str, ...]:
    """The exec form of a shell's text that is one simple command; () where a shell does more."""
    from minify.shell.run import read_command_line

    script = read_command_line(text)
    if script.opaque or len(script.commands) != 1:
        return ()
    command = script.commands[0]
    if command.redirects or command.assignments or command.conditional or command.piped or command.nested:
        return ()
    words = [word.static for word in command.argv]
    if any(word is None for word in words) or any(word.has_glob for word in command.argv):
        return ()
    argv = tuple(word for word in words if word is not None)
    argv = argv[1:] if argv[:1] == ("exec",) else argv
    if not argv or argv[0] in _BUILTINS:
        return ()
    note = judge(image, argv)
    return argv if note is None else note.instead


def _script_of(argv: Sequence[str]) -> str:
    """The text of `sh -c text`."""
    return argv[2] if len(argv) == 3 and argv[1] in ("-c", "-ec", "-lc", "-xc") else ""


def _without_exit(text: str) -> str:
    head, found, tail = text.rpartition("||")
    return head.strip() if found and tail.strip().rstrip(";") in ("exit 1", "false") else text


_BUILTINS = (
    ":",
    ".",
    "cd",
    "set",
    "export",
    "eval",
    "trap",
    "ulimit",
    "umask",
    "wait",
    "exit",
    "source",
    "read",
    "command",
    "type",
    "unset",
)
