"""What an image is for, where no final image without its tools could do that: it builds, keeps data, or is worked in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from minify.analysis.facts import Facts
from minify.image.purposes import ambiguous, behind, builders, installers, installing_words, stages, starts, untouched
from minify.syntax import Env, Label, process_word

# Seconds after which who waits is no longer about to do something
_LONG = 3600


def of_base(facts: Facts) -> str | None:
    """Why images on this base keep their shape; None when they need not."""
    image = facts.lineage[0].image
    return untouched(image, facts.base.family if facts.base is not None else "")


def of_stage(facts: Facts) -> str | None:
    """Why nothing runs in a stage of this name but what people and tools start: `dev`, `api-test`; None for any other."""
    name = facts.final.stage.name or ""
    parts = (name, *re.split(r"[-_.]", name))
    word = next((part for part in parts if part in stages()), None)
    return f"it is a stage for {word}: people and tools work in it" if word is not None else None


def of_use(facts: Facts) -> tuple[str, int] | None:
    """Why the image is one to build or to work in, and the line that says so; None when nothing does."""
    for item in facts.contract.instructions:
        instruction = item.instruction
        if isinstance(instruction, Env):
            marks = builders("labels" if isinstance(instruction, Label) else "variables")
            for pair in instruction.pairs:
                name = process_word(pair.name, item.scope.values).text
                if name in marks:
                    line = instruction.source.line(pair.span.start)
                    return f"{name} marks it as an image in which others are built, with its tools", line
    path = facts.context.dockerfile
    folder = path.resolve().parent if path is not None else None
    if folder is not None and (folder.name == ".devcontainer" or (folder / "devcontainer.json").is_file()):
        return "it is the image of a dev container: people and tools work in it", facts.final.stage.from_.line
    return None


def of_program(facts: Facts, argv: tuple[str, ...], *, installs: bool = True) -> Iterator[str]:
    """What a program that is started does with the image's other programs; `installs` whether it builds or installs, too."""
    written = argv
    argv = behind(argv)
    name = argv[0].rpartition("/")[2]
    meant = name if _meant(facts, name) else ""
    words = [word for word in argv[1:] if not word.startswith("-")]
    if meant in starts("services") or argv[0] in ("/sbin/init", "/usr/sbin/init"):
        yield f"{argv[0]} starts services as a whole system does"
    elif meant in starts("stores"):
        yield f"{name} keeps data: it is operated with its image's own tools and scripts"
    elif meant in starts("work"):
        yield f"{name} is a place to work in: its user may call any tool"
    elif installs and (
        meant in starts("builds") or (name == "java" and any("gradle-wrapper" in word for word in argv))
    ):
        yield f"{name} builds or installs when the container starts"
    elif meant in starts("calls"):
        yield f"{name} calls other programs, which what it is given names"
    elif meant in starts("tests") or (words[:2] == ["run", "test"] and name in installers()):
        yield f"{name} runs tests, which may call any program"
    elif meant in starts("watches"):
        yield f"{name} builds anew when a source changes: people work with it"
    elif installs and any(word in installing_words(name) for word in argv[1:3]):
        yield f"{name} {next(w for w in argv[1:3] if w in installing_words(name))} builds or installs when the container starts"
    elif installs and name in ("yarn", "pnpm") and len(argv) == 1:
        yield f"{name} installs when the container starts"
    elif name in installers() and not [word for word in words if word not in ("run", "exec", "dlx")]:
        yield f"{' '.join(written)} runs what the image's user says, and installs"
    elif name == "sleep" or (name == "tail" and "/dev/null" in words) or (name == "cat" and not words):
        yield f"{' '.join(written)} only keeps the container running: people work in it"


def pauses(argv: tuple[str, ...]) -> bool:
    """Whether it only waits a while before what comes next: `sleep 5 && ./server`.

    >>> pauses(("sleep", "5")), pauses(("sleep", "10000")), pauses(("sleep", "infinity"))
    (True, False, False)
    """
    if argv[0].rpartition("/")[2] != "sleep" or len(argv) != 2 or not re.fullmatch(r"\d+(\.\d+)?[sm]?", argv[1]):
        return False
    return float(argv[1].rstrip("sm")) * (60 if argv[1].endswith("m") else 1) < _LONG


def _meant(facts: Facts, name: str) -> bool:
    """Whether a name is not the application's own: one that it may have is the program's where the file brings that."""
    words = ambiguous(name)
    packages = (package for install in facts.footprint.installs for package in install.packages)
    text = facts.dockerfile.source.text
    return words is None or any(word in text for word in words) or any(package.name == name for package in packages)
