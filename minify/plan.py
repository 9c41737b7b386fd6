"""What will be done and why: types only.

A `Plan` is one rung of the ladder with everything needed to write it; a `Refusal` is what stopped a better one.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from minify.edit import Fix
from minify.image.catalog import BaseImage, Bases
from minify.image.mirror import UNMIRRORED, Mirror

if TYPE_CHECKING:
    from minify.health import HealthPlan


class Rung(enum.IntEnum):
    """The ladder of final images, best last so that `max` picks the best one.

    >>> max(Rung.SLIM, Rung.DISTROLESS).label
    'distroless'
    """

    REFUSED = 0
    SLIM = 1
    PRUNED = 2
    DISTROLESS = 3
    SCRATCH = 4

    @property
    def label(self) -> str:
        """The name a user meets: `scratch`, `distroless`, `pruned`, `slim`, `refused`."""
        return self.name.lower()


class Outcome(enum.StrEnum):
    """What became of a thing in the source, or of a thing that is new."""

    KEPT = "kept"
    MOVED = "moved"
    REPLACED = "replaced"
    DROPPED = "dropped"
    ADDED = "added"
    CHECK = "check"
    """Nothing changed, but a person should look."""


SHELL: Final = "the shell"
"""The subject of the decision about a whole root's shell."""


class Decision(NamedTuple):
    """One thing that was decided: `subject` became `outcome` because of `reason`; `line` is its place in the source.

    >>> Decision(subject="pip", outcome=Outcome.DROPPED, reason="installs packages; nothing imports it").line
    """

    subject: str
    outcome: Outcome
    reason: str
    line: int | None = None


class RefusalKind(enum.Enum):
    """What a refusal is about, for those who do something about it; most are for people to read alone."""

    OTHER = enum.auto()
    HEALTH = enum.auto()
    """What HEALTHCHECK asks, which something outside of the image may ask instead."""
    UNNAMED = enum.auto()
    """A program is started whose name is not known: it may be any that the image has."""
    UNSEEN = enum.auto()
    """The application's sources are not in the build context: it may start any program."""
    WISH = enum.auto()
    """The user asked for this rung, or may ask for the better one."""


class Refusal(NamedTuple):
    """What stopped a rung: the reason and, where there is one, the line and column that show it."""

    rung: Rung
    reason: str
    line: int | None = None
    column: int | None = None
    programs: bool = True
    """Whether it leaves open which programs the application starts: where all else is known, a shell may be one."""
    kind: RefusalKind = RefusalKind.OTHER
    into: str | None = None
    """The directory that something is written into under names that are not known."""


def refuse(
    reason: str,
    line: int | None = None,
    *,
    kind: RefusalKind = RefusalKind.OTHER,
    programs: bool = True,
    into: str | None = None,
) -> Refusal:
    """What stops a final image that holds nothing but the application.

    >>> refuse("upx hides which libraries the program loads", 7).rung.label
    'distroless'
    """
    return Refusal(rung=Rung.DISTROLESS, reason=reason, line=line, kind=kind, programs=programs, into=into)


class Evidence(NamedTuple):
    """Why something was recognised: `what`, with a line of the Dockerfile or a file of the build context."""

    what: str
    line: int | None = None
    path: str | None = None


class Detection(NamedTuple):
    """What runs in the container: the ecosystem's name, its version where known, and the evidence."""

    ecosystem: str
    version: str | None
    evidence: tuple[Evidence, ...]
    reads: tuple[str, ...] | None = None
    """Where in the image files of the context lie that decide what the application needs; None: anywhere."""


class Tree(NamedTuple):
    """A file or directory that the final image takes from the build stage at the same path."""

    path: str
    reason: str
    certain: bool = True
    """Whether it is sure to exist in the build stage: COPY fails on a path that does not."""
    scanned: bool = True
    """Whether its ELF files are asked for the shared libraries that they load."""
    named: bool = False
    """Whether a source names it, so that it may be a link: then the file that it points at comes along."""


class TextFile(NamedTuple):
    """A file that the build stage makes: its path, its text, and the comment that stands above it."""

    path: str
    text: str
    comment: str


class Runtime(NamedTuple):
    """What an ecosystem says the application needs at run time: the input of the final stage's template.

    `entrypoint` and `cmd` are exec forms, `None` where the source's own instruction is moved as it is.
    """

    base: BaseImage
    template: str
    trees: tuple[Tree, ...]
    program: str | None = None
    """The file of a compiled program, when that is what starts."""
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    command_reason: str = ""
    """Why ENTRYPOINT or CMD is written anew, where that is more than the program's path or a shell that goes."""
    health: tuple[str, ...] | None = None
    """The exec form that takes the place of a health check by curl and its like."""
    texts: tuple[TextFile, ...] = ()
    interpreter: str = ""
    """The path of the language's own program in the final image; "" when it has none."""
    probe: Callable[[HealthPlan], tuple[str, ...]] | None = None
    """Writes what a health check asks as an exec form of the final image; None when nothing in it could ask."""
    env: tuple[tuple[str, str], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Variables that whoever starts the container may set and nothing reads any more, each with the one that is read."""
    env_kept: tuple[str, ...] = ()
    """Variables of the old base that the final stage says again, whether a source names them or not."""
    env_left: tuple[tuple[str, str], ...] = ()
    """Variables of the old base that it does not say again, and why."""
    env_dropped: tuple[str, ...] = ()
    """Variables that only a shell script read: an ENV of nothing else goes."""
    packages: tuple[str, ...] = ()
    """System packages that are taken whole, with what they depend on."""
    programs: tuple[str, ...] = ()
    """Names of programs of the build stage that come along with what they load, from where PATH has them."""
    brings_libc: bool = False
    """Whether the shared libraries and the C library come from the build stage: the final base has none."""
    loaded: tuple[str, ...] = ()
    """Shared libraries that are loaded by name, behind the loader's back: taken if they are there."""
    files: tuple[str, ...] = ()
    """Files and directories that are looked up by name: taken if they are there."""
    whole: bool = False
    """Whether the build stage's whole root comes along: the contract's instructions move as they are, unless others are given."""
    user: str | None = None
    """Who the container starts as, where gosu or su-exec goes on changing to another user; None where USER takes its place."""
    libraries_lacking: bool = False
    """Whether shared libraries that the base lacks come from the build stage."""
    values: Mapping[str, object] = MappingProxyType({})
    """What the ecosystem's template needs beyond this."""
    directories: tuple[str, ...] = ()
    """Directories of the base image whose owner and mode the application counts on."""
    accounts: bool = False
    """Whether the application looks up users of the build stage by name."""
    insertions: tuple[tuple[int, str], ...] = ()
    """Lines for the build stage: an offset in the source (a line's start) and the text."""
    decisions: tuple[Decision, ...] = ()


class Repair(NamedTuple):
    """A path of the original image that the final stage takes along, because an image without it was built and failed."""

    path: str
    reason: str


class Options(NamedTuple):
    """What a user asked for beside the rung: a template folder, a user, a debug target."""

    templates: Path | None = None
    user: str | None = None
    debug_stage: bool = False
    smallest: bool = False
    """Whether a runtime is cut down to what the application is seen to use, where that is possible."""
    server: str | None = None
    """The small server that a plain static site is to get, by its name in the tables."""
    java_options: bool = False
    """Whether whoever starts the container may be asked to set JDK_JAVA_OPTIONS where it was JAVA_OPTS."""
    keep: tuple[str, ...] = ()
    mirror: Mirror = UNMIRRORED
    """What images of public registries are called in the user's own."""
    bases: Bases | None = None
    """Who is asked for base images that the catalog does not know."""


class Target(NamedTuple):
    """A stage that is built as an image of its own: its name in lower case ("" for the last stage), and why it is one.

    `said` is where the repository builds it, as `compose.yaml:4`; `asked` whether the user names it.
    `to`, `safe` and `repairs` are what building and running it showed: the rung to try, and how.
    """

    stage: str
    said: str = ""
    asked: bool = False
    to: Rung | None = None
    safe: bool = False
    repairs: tuple[Repair, ...] = ()
    left: str = ""
    """Why it stays as it is, where that is known before a plan is made."""


class Plan(NamedTuple):
    """One rung, ready to be written: the fixes in order, what they mean, and what stopped the better rungs."""

    rung: Rung
    base: str | None
    detection: Detection | None
    fixes: tuple[Fix, ...]
    decisions: tuple[Decision, ...]
    refusals: tuple[Refusal, ...]
    size_before_mb: float | None = None
    size_after_mb: float | None = None
    runtime: Runtime | None = None
    """What the final stage was written from; None where there is no new one."""
    options: Options = Options()
