"""What a `java` command line says: options, the archive or main class, and where it looks for classes."""

from __future__ import annotations

from typing import Final, NamedTuple

from minify.analysis.scopes import join

# Options of the launcher whose value is a word of its own.
# https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html
_VALUED: Final = (
    "-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path", "--add-modules", "--limit-modules",
    "--add-opens", "--add-exports", "--add-reads", "--patch-module", "--source", "--enable-native-access", "-d", "--describe-module",
)  # fmt: skip
_PATHS: Final = ("-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path")


class JavaCommand(NamedTuple):
    """A command line, read: `paths` is where classes are looked for, as written; `starts` what begins."""

    java: str
    options: tuple[str, ...]
    archive: str | None
    starts: str | None
    paths: tuple[str, ...]
    files: tuple[str, ...]
    """Files of options, `@app.args`."""
    arguments: tuple[str, ...]

    @property
    def agents(self) -> tuple[str, ...]:
        """The archives of `-javaagent:agent.jar=options`."""
        found = (o.removeprefix("-javaagent:") for o in self.options if o.startswith("-javaagent:"))
        return tuple(text.partition("=")[0] for text in found)


def read_java(argv: tuple[str, ...]) -> JavaCommand:
    """Read a command line that begins with `java`.

    >>> read_java(("java", "-Xmx1g", "-cp", "app.jar:lib/*", "demo.Main", "-v")).paths
    ('app.jar', 'lib/*')
    """
    options: list[str] = []
    paths: list[str] = []
    files: list[str] = []
    archive = starts = None
    position = 1
    while position < len(argv):
        word = argv[position]
        position += 1
        if word.startswith("@") and len(word) > 1:
            files.append(word[1:])
            continue
        if not word.startswith("-"):
            starts = word
            break
        options.append(word)
        name, _, value = word.partition("=")
        if word in ("-jar", "-m", "--module") or name == "--module":
            starts = value or (argv[position] if position < len(argv) else None)
            archive = starts if word == "-jar" else None
            position += 0 if value else 1
            break
        if word in _VALUED:
            value = argv[position] if position < len(argv) else ""
            options.append(value)
            position += 1
        if word in _PATHS or (name in _PATHS and "=" in word):
            paths += [part for part in value.split(":") if part]
    return JavaCommand(argv[0], tuple(options), archive, starts, tuple(paths), tuple(files), argv[position:])


def class_places(command: JavaCommand, workdir: str, class_path: str | None) -> tuple[str, ...]:
    """The absolute paths that classes are loaded from, in order: archives and directories.

    `-jar` makes the other ones void; without any it is CLASSPATH, or the working directory.
    """
    written = _class_path(command, class_path)
    return tuple(dict.fromkeys(join(workdir, path.removesuffix("*") or ".").rstrip("/") or "/" for path in written))


def jar_directories(command: JavaCommand, workdir: str, class_path: str | None) -> tuple[str, ...]:
    """Those of them that every archive is loaded from: `/app/lib` of `-cp /app/lib/*`."""
    written = (path.removesuffix("*") or "." for path in _class_path(command, class_path) if path.endswith("*"))
    return tuple(dict.fromkeys(join(workdir, path) for path in written))


def _class_path(command: JavaCommand, class_path: str | None) -> tuple[str, ...]:
    if command.archive is not None:
        return (command.archive,)
    return command.paths or tuple(part for part in (class_path or ".").split(":") if part)
