"""Build outputs that a COPY names and the folder lacks: made by a tool that ran before, from sources that are there."""

from __future__ import annotations

import posixpath
from fnmatch import fnmatch

from minify.context.tree import Context

# Below which directory a tool puts what it builds, and the file of the project in the directory above.
_OUTPUTS = (
    (("target",), ("pom.xml", "build.sbt", "project.clj")),
    (("build", "libs"), ("build.gradle", "build.gradle.kts")),
    (("build", "install"), ("build.gradle", "build.gradle.kts")),
    (("build", "distributions"), ("build.gradle", "build.gradle.kts")),
    (("build", "dependency"), ("build.gradle", "build.gradle.kts")),
    (("build", "quarkus-app"), ("build.gradle", "build.gradle.kts")),
    (("bin", "Debug"), ("*.csproj", "*.fsproj", "*.vbproj")),
    (("bin", "Release"), ("*.csproj", "*.fsproj", "*.vbproj")),
)


def built_before(context: Context, source: str) -> bool:
    """Whether a missing COPY source is what a project of the folder builds: `target/app.jar` beside a pom.xml.

    The ignore file may hide the project from the build; it is there to be read all the same.
    """
    parts = [part for part in posixpath.normpath(source.lstrip("/")).split("/") if part]
    for place, projects in _OUTPUTS:
        for index in range(len(parts) - len(place) + 1):
            if tuple(parts[index : index + len(place)]) == place:
                above = "/".join(parts[:index])
                return _has(context, above, projects)
    return False


def _has(context: Context, directory: str, names: tuple[str, ...]) -> bool:
    for path in context.whole.files():
        folder, _, name = path.rpartition("/")
        if folder == directory and any(fnmatch(name, pattern) for pattern in names):
            return True
    return False
