"""Maven, Gradle and the tools of the JDK; dotnet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from minify.shell.effects import Builds, ChangesNothing, Effect, InstallsLibraries, RunsProject, Writes
from minify.shell.options import below, home, names, parse, reach, unknown
from minify.shell.script import Command
from minify.shell.state import absolute


def _libraries(tool: str, files: tuple[str, ...], prefix: str, command: Command) -> Effect:
    return InstallsLibraries(
        tool=tool,
        packages=(),
        files=files,
        prefix=prefix,
        editable=False,
        user=False,
        cache=True,
        dev=True,
        command=command,
    )


def mvn(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`mvn -B package -DskipTests` builds below target/ and fills ~/.m2."""
    options = parse(
        command.arguments,
        valued=("-f", "--file", "-pl", "--projects", "-P", "-s", "--settings", "-T", "-rf", "-gs"),
        long_dash=True,
    )
    file = options.value("-f", "--file")
    directory = command.cwd
    if file is not None:
        path = absolute(file, command.cwd) or ""
        directory = path.rpartition("/")[0] if path.endswith(".xml") else path
    goals = [text or "" for text in options.texts]
    if not directory:
        return (unknown("which project Maven works on is not known", command),)
    libraries = _libraries("mvn", (below(directory, "pom.xml"),), below(home(env), ".m2"), command)
    if not goals or all(goal.startswith(("dependency:", "help:", "versions:")) for goal in goals):
        return (libraries,) if goals else (ChangesNothing(command),)
    built = Builds(
        tool="mvn",
        output=below(directory, "target/"),
        package=options.value("-pl", "--projects"),
        static=None,
        command=command,
    )
    return (libraries, built)


def gradle(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`./gradlew bootJar --no-daemon` builds below build/ and fills ~/.gradle."""
    options = parse(
        command.arguments,
        valued=("-p", "--project-dir", "-b", "-x", "--exclude-task", "-g", "--gradle-user-home", "-c", "-I"),
    )
    chosen = options.find("-p", "--project-dir")
    directory = command.cwd if chosen is None else absolute(chosen.value, command.cwd) or ""
    if not directory:
        return (unknown("which project Gradle works on is not known", command),)
    prefix = env.get("GRADLE_USER_HOME") or options.value("-g", "--gradle-user-home") or below(home(env), ".gradle")
    libraries = _libraries("gradle", (below(directory, "build.gradle"),), prefix, command)
    tasks = [text or "" for text in options.texts]
    if not tasks or all(task in ("dependencies", "wrapper", "tasks", "resolveDependencies", "help") for task in tasks):
        return (libraries, Writes(directory, command))
    built = Builds(tool="gradle", output=below(directory, "build/"), package=tasks[0], static=None, command=command)
    return (libraries, built)


def jvm_build(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`sbt assembly`, `ant`, `lein uberjar`."""
    if not command.cwd:
        return (unknown("which project it works on is not known", command),)
    return (
        Builds(
            tool=command.name,
            output=f"{command.cwd.rstrip('/')}/",
            package=None,
            static=None,
            command=command,
        ),
        Writes(home(env), command),
    )


def java(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`java -jar app.jar`: the application itself."""
    options = parse(
        command.arguments,
        valued=("-cp", "-classpath", "--class-path", "-jar", "-p", "--module-path"),
        long_dash=True,
    )
    if options.has("-version", "-Xshare:dump"):
        return (
            (ChangesNothing(command),)
            if options.has("-version")
            else (unknown("which JVM is changed is not known", command),)
        )
    return (RunsProject("java", options.value("-jar") or (options.texts[0] if options.operands else None), command),)


def jdk_tool(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`javac -d out`, `jlink --output /jre`, `jar xf app.jar`."""
    name = command.name
    if name == "jlink":
        options = parse(
            command.arguments,
            valued=(
                "--output",
                "--add-modules",
                "--module-path",
                "-p",
                "--compress",
                "--strip-java-debug-attributes",
            ),
        )
        path = absolute(options.value("--output"), command.cwd)
        if path is None:
            return (unknown("where jlink puts the runtime is not known", command),)
        return (
            Builds(
                tool="jlink",
                output=path,
                package=options.value("--add-modules"),
                static=None,
                command=command,
            ),
        )
    if name == "javac":
        options = parse(
            command.arguments,
            valued=("-d", "-cp", "-classpath", "-sourcepath", "-source", "-target"),
            long_dash=True,
        )
        path = absolute(options.value("-d") or ".", command.cwd)
        if path is None:
            return (unknown("where javac puts the classes is not known", command),)
        return (Builds(tool="javac", output=f"{path.rstrip('/')}/", package=None, static=None, command=command),)
    if name == "jdeps":
        return (ChangesNothing(command),)
    action, archive = _archive(command)
    if action in ("t", "d"):
        return (ChangesNothing(command),)
    if action in ("c", "u", "i") and archive:
        path = absolute(archive, command.cwd)
        return (Writes(path, command),) if path else (unknown("which archive is written is not known", command),)
    return (Writes(command.cwd, command),) if command.cwd else (unknown("where it unpacks to is not known", command),)


_JAR_ACTIONS: Final = {
    "--create": "c",
    "--update": "u",
    "--list": "t",
    "--describe-module": "d",
    "--generate-index": "i",
    "--extract": "x",
}


def _archive(command: Command) -> tuple[str, str | None]:
    """What `jar` does, by its letter, and to which file: `jar cfe app.jar Main`, `jar --create --file app.jar`."""
    words = [text or "" for text in command.args]
    first = words[0].removeprefix("-") if words and not words[0].startswith("--") else ""
    if re.fullmatch(r"[ctxuid][a-zA-Z0]*", first):
        # The letters' values come in the order of the letters
        valued = [letter for letter in first if letter in "fme"]
        values = words[1 : 1 + len(valued)]
        return first[0], dict(zip(valued, values, strict=False)).get("f") or None
    options = parse(
        command.arguments, valued=("--file", "-f", "-C", "--main-class", "-e", "--manifest", "-m", "--release")
    )
    action = next((_JAR_ACTIONS[one.name] for one in options.given if one.name in _JAR_ACTIONS), "")
    letter = next((one.name[1] for one in options.given if one.name in ("-c", "-u", "-t", "-x", "-d", "-i")), "")
    return action or letter, options.value("--file", "-f")


def keytool(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`keytool -importcert -keystore /app/trust.jks`."""
    arguments = command.arguments
    for index, argument in enumerate(arguments):
        if argument.text in ("-keystore", "-destkeystore", "-file") and index + 1 < len(arguments):
            path = reach(arguments[index + 1], command)
            if argument.text != "-file":
                return (
                    (Writes(path, command),) if path else (unknown("which key store is written is not known", command),)
                )
    if "-cacerts" in command.args:
        return (unknown("which key store is written is not known", command),)
    return (Writes(below(home(env), ".keystore"), command),)


_VALUED = names(
    """
    -o --output -c --configuration -r --runtime -f --framework -v --verbosity -a --arch --os
    --self-contained --source -s --tool-path --version --configfile --packages -p --property
    --no-self-contained-check --add-source
    """
)


def dotnet(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`dotnet publish -c Release -o /app`."""
    options = parse(command.arguments, valued=_VALUED)
    action, *rest = options.texts or (None,)
    project = rest[0] if rest else None
    output = options.find("-o", "--output")
    libraries = _libraries("dotnet", (), env.get("NUGET_PACKAGES") or below(home(env), ".nuget/packages"), command)
    match action:
        case "restore":
            where = (
                (Writes(command.cwd, command),)
                if command.cwd
                else (unknown("which project it works on is not known", command),)
            )
            return (libraries, *where)
        case "build" | "publish" | "pack" | "msbuild":
            path = absolute(output.value, command.cwd) if output else None
            if output is not None and path is None:
                return (unknown("where the build is put is not known", command),)
            if output is None and not command.cwd:
                return (unknown("which project it works on is not known", command),)
            built = Builds(
                tool="dotnet",
                output=path and f"{path.rstrip('/')}/",
                package=project,
                static=None,
                command=command,
            )
            return (*(() if options.has("--no-restore") else (libraries,)), built)
        case "test" | "run" | "exec" | "watch" | "ef" | "fake" | "cake" | "paket":
            return (RunsProject("dotnet", project, command),)
        case "tool":
            chosen = options.find("--tool-path")
            place = absolute(chosen.value, command.cwd) if chosen else below(home(env), ".dotnet/tools")
            return (Writes(place, command),) if place else (unknown("where the tool is put is not known", command),)
        case "nuget" | "dev-certs" | "user-secrets" | "new" | "add" | "sln" | "clean" | "workload":
            places = [
                below(home(env), ".nuget"),
                below(home(env), ".dotnet"),
                *([command.cwd] if command.cwd else []),
            ]
            if action == "workload" or not command.cwd:
                return (unknown("what this dotnet command writes is not known", command),)
            return tuple(Writes(place, command) for place in places)
        case None:
            return (ChangesNothing(command),)
        case _:
            if action.endswith(".dll"):
                return (RunsProject("dotnet", action, command),)
            return (unknown(f"what `dotnet {action}` does is not known", command),)
