"""Who uses the image: what is known of its names, and what each file says about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from minify.surroundings.change import replaced
from minify.surroundings.documents import Value
from minify.surroundings.final_image import FinalImage
from minify.surroundings.findings import Finding, Note
from minify.surroundings.names import UNKNOWN, same
from minify.surroundings.repository import Text
from minify.syntax.source import Span


class Builds:
    """What is collected from what builds a Dockerfile: the image's names and services, and the stages that are built."""

    def __init__(self, dockerfile: Path, root: Path) -> None:
        self.dockerfile = dockerfile
        self.root = root
        self.names: list[str] = []
        """Names that builds of this image give it."""
        self.others: list[str] = []
        """Names with their tags that builds of other stages of this Dockerfile give: `acme/web:frontend`."""
        self.services: dict[tuple[Path, str], None] = {}
        """Services of compose that run it, by the folder of their file."""
        self.containers: dict[str, None] = {}
        """Names of containers, pods and deployments that run it."""
        self.targets: dict[str, tuple[Text, int]] = {}
        """What `--target` names in builds of this Dockerfile, "" where none does, and where that is said first."""

    def argued(self, text: Text, line: int, arguments: Iterable[str]) -> None:
        """Note build arguments, `NAME=VALUE` each, of a build that makes the image."""

    def takes(self, text: Text, line: int, target: str) -> bool:
        """Whether a build of this Dockerfile with this target makes the image; it is noted in any case."""
        self.targets.setdefault(target.lower(), (text, line))
        return True

    def builds(self, folder: Path, context: str, dockerfile: str) -> bool:
        """Whether a build with this context (relative to `folder`) and file reads this Dockerfile."""
        if UNKNOWN in context or UNKNOWN in dockerfile or "://" in context or context.startswith("git@"):
            return False
        return any(
            (place / (dockerfile or "Dockerfile")).resolve() == self.dockerfile
            for place in ((folder / context), *([folder] if dockerfile else []))
        )


class Use(Builds):
    """What is collected while the files are read: the image's names, its services and containers, and the findings."""

    def __init__(self, image: FinalImage, root: Path) -> None:
        super().__init__(image.dockerfile, root)
        self.image = image
        self.guesses: list[str] = []
        """Names that the image may have: those of its folder."""
        self.findings: list[Finding] = []

    def takes(self, text: Text, line: int, target: str) -> bool:
        """Whether a build with this target makes the image; a stage's number is another one's after the conversion."""
        if not self.image.built_by(target):
            return False
        self._check_target(text, line, target)
        return True

    def named_in(self, *texts: str) -> bool:
        """Whether a text holds a name of the image at all: what does not need not be read."""
        known = {name.rpartition("/")[2].partition(":")[0] for name in (*self.names, *self.guesses)}
        return any(name and (UNKNOWN in name or name in text) for name in known for text in texts)

    def runs(self, name: str) -> bool | None:
        """Whether an image's name is this one's: True, None for perhaps, False."""
        if name in self.others and name not in self.names:
            return False
        known = same(name, self.names)
        return known if known is not False or self.names else (None if same(name, self.guesses) is not False else False)

    def has_script(self, argv: Sequence[str]) -> bool:
        """Whether a command starts with the absolute path of a shell script that the Dockerfile copies."""
        return bool(argv) and argv[0].startswith("/") and self.image.scripts(argv[0])

    def found(
        self,
        text: Text,
        line: int,
        subject: str,
        note: Note,
        *,
        certain: bool,
        instead: str = "",
        edit: tuple[Span, str] | None = None,
    ) -> None:
        """Note a finding."""
        finding = Finding(
            file=text.name,
            line=line,
            subject=subject,
            reason=note.reason,
            certain=certain,
            instead=instead,
            edit=edit if certain else None,
        )
        if finding not in self.findings:
            self.findings.append(finding)

    def check_mount(self, text: Text, line: int, path: str, subject: str, *, certain: bool) -> None:
        """A mount over a file that only the new image has hides what starts it."""
        for launcher in self.image.launchers:
            if path and (launcher == path or launcher.startswith(path.rstrip("/") + "/")):
                note = Note(f"{path} is mounted, and hides {launcher}, which starts the application in the new image")
                self.found(text, line, subject, note, certain=certain)

    def argued(self, text: Text, line: int, arguments: Iterable[str]) -> None:
        """A build argument that chooses the base image or a path: what is planned is for the default of the file."""
        for argument in arguments:
            name, equals, value = argument.partition("=")
            chosen = self.image.chosen.get(name)
            if equals and chosen is not None and value != chosen.default and UNKNOWN not in value:
                reason = f"is {value} here, and chooses {chosen.what}: what the new file does was planned for {chosen.default}, its default"
                self.found(text, line, f"the build argument {name}", Note(reason), certain=True)

    def check_variable(self, text: Text, name: Value, subject: str, *, certain: bool, edits: bool = True) -> None:
        """A variable that is set and that nothing reads any more; `name` is where its name stands alone."""
        read = self.image.renamed.get((name.text or "").partition("=")[0])
        if read is None:
            return
        _, equals, value = (name.text or "").partition("=")
        note = Note(f"sets {(name.text or '').partition('=')[0]}, which nothing reads any more: {read} is read")
        edit = replaced(text.text, name, f"{read}{equals}{value}") if edits and not equals else None
        self.found(text, name.line, subject, note, certain=certain, instead=f"{read}{equals}{value}", edit=edit)

    def _check_target(self, text: Text, line: int, target: str) -> None:
        """A stage that is named by its number is another one after the conversion."""
        last = len(self.image.names) - 1
        if self.image.splits and target == str(last):
            reason = f"stage {target} is what builds the application now: the final stage is the one after it"
            self.found(text, line, f"the target {target}", Note(reason), certain=True, instead=str(last + 1))


def flow(words: Sequence[str]) -> str:
    """A list of texts as YAML writes it on one line, which is JSON."""
    import json

    return json.dumps(list(words), ensure_ascii=False)
