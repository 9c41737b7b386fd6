"""The JVM: which Java a final image gets, what stops it, and how it is started."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify import api
from minify.plan import Options, Outcome, Rung
from minify.planner import Wish

MAIN = "package com.example.demo;\npublic class App { public static void main(String[] args) {} }\n"
FAT = "<project><build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>"
PROJECT = {"src/main/java/com/example/demo/App.java": MAIN, "pom.xml": FAT}
JAR = "COPY target/app.jar /app.jar\n"
START = 'ENTRYPOINT ["java","-jar","/app.jar"]\n'


def fix(folder: Path, text: str, files: Mapping[str, str | bytes] = PROJECT, to: Rung | None = None) -> api.Outcome:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "Dockerfile").write_text(text)
    return api.fix(folder / "Dockerfile", wish=Wish(to=to))


def source(body: str) -> dict[str, str | bytes]:
    return {**PROJECT, "src/main/java/com/example/demo/Other.java": "class Other {\n" + body + "\n}\n"}


def depends(artifact: str) -> dict[str, str | bytes]:
    block = f"<dependencies>\n<dependency><artifactId>{artifact}</artifactId></dependency></dependencies>"
    return {**PROJECT, "pom.xml": FAT.replace("<project>", f"<project>{block}")}


def archive(entries: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return data.getvalue()


STOPPED = [
    pytest.param("", {"pom.xml": FAT}, "neither the application's sources nor its archive", id="no source at all"),
    pytest.param("", source('void f() { new ProcessBuilder("git", "log"); }'), "Other.java:2 starts git", id="a program"),
    pytest.param("", source('String[] c = {"sh", "-c", "ls"};\nvoid f() { Runtime.getRuntime().exec(c); }'), "Other.java:3 starts a program whose name is not known", id="a computed program"),
    pytest.param("", source('void f() { Runtime.getRuntime().exec(new String[] {"sh", "-c", "ls"}); }'), "Other.java:2 starts a shell", id="a shell"),
    pytest.param("", source('void f() { System.loadLibrary("x"); }'), "Other.java:2 loads a native library by name", id="a native library"),
    pytest.param("", depends("commons-exec"), "pom.xml:2: commons-exec starts other programs", id="a library that starts what it is told to"),
    pytest.param("ADD https://example.org/app.jar /app.jar\n", PROJECT, "what https://example.org/app.jar calls is not known", id="an application from elsewhere"),
    pytest.param("COPY --from=example.org/made:1 /app.jar /app.jar\n", PROJECT, "what /app.jar calls is not known", id="an application of another image"),
]  # fmt: skip

COMMANDS = [
    pytest.param("", '"-XX:OnOutOfMemoryError=kill -9 %p", ', "runs a command line in a shell", id="a command line"),
    pytest.param("ENV JAVA_TOOL_OPTIONS=-agentpath:/x.so\n", "", "loads a native library", id="a native agent"),
    pytest.param("", '"@/app.args", ', "reads its options from /app.args", id="a file of options"),
]

KEPT = [
    pytest.param("eclipse-temurin:11-jre", "", PROJECT, "distroless has no Java 11", id="a version that distroless has not"),
    pytest.param("eclipse-temurin:17.0.9_9-jre", "", PROJECT, "pins a release of Java", id="a pinned release"),
    pytest.param("eclipse-temurin:17-jre", "RUN keytool -importcert -noprompt -keystore $JAVA_HOME/lib/security/cacerts -file /x.crt\n", PROJECT, "line 2 changes files of Java itself", id="certificates of its own"),
    pytest.param("eclipse-temurin:17-jdk", "", source("javax.tools.JavaCompiler c;"), "uses what only the JDK has", id="a compiler"),
    pytest.param("eclipse-temurin:17-jre", "", source('String h = System.getenv("JAVA_HOME");'), "reads JAVA_HOME", id="JAVA_HOME"),
    pytest.param("ibm-semeru-runtimes:open-17-jre", "", PROJECT, "another virtual machine", id="another virtual machine"),
    pytest.param("eclipse-temurin:17-jre", "RUN apt-get update && apt-get install -y libpcap0.8\n", PROJECT, "libpcap0.8 comes along with its own libraries", id="a library of the system"),
]  # fmt: skip

REPLACED = [
    pytest.param("eclipse-temurin:21-jre", "java21", ' "-Duser.country=US",', id="the same major version; the region of en_US"),
    pytest.param("openjdk:17-jdk-slim", "java17", "", id="a dead image, by its version"),
    pytest.param("openjdk:17.0.2-jdk-slim", "java17", "", id="a dead image's release will not come again"),
    pytest.param("amazoncorretto:17", "java17", "", id="another vendor's, in C.UTF-8"),
    pytest.param("eclipse-temurin:25-jre-alpine", "java25", ' "-Duser.country=US",', id="musl's Java, as there are only archives"),
]  # fmt: skip


@pytest.mark.parametrize(("copies", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, copies: str, files: Mapping[str, str | bytes], reason: str) -> None:
    outcome = fix(tmp_path, f"FROM eclipse-temurin:21-jre\n{copies or JAR}{START}", files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(reason in refusal.reason for refusal in outcome.plan.refusals), outcome.plan.refusals


@pytest.mark.parametrize("program", ["./build/install/shop/bin/shop", "/app/target/universal/stage/bin/shop"])
def test_a_start_script_of_a_build_tool(tmp_path: Path, program: str) -> None:
    text = f'FROM eclipse-temurin:21-jre\nWORKDIR /app\nCOPY --from=build /app .\nENTRYPOINT ["{program}"]\n'
    outcome = fix(tmp_path, f"FROM gradle:8-jdk21 AS build\nWORKDIR /app\nCOPY . .\nRUN gradle installDist\n{text}")
    assert "is a start script that the build tool writes" in outcome.plan.refusals[0].reason


FETCH = "FROM debian:12 AS fetch\nRUN apt-get update && apt-get install -y curl && curl -fsSL -o /x.jar https://example.org/x.jar\n"
PLAIN = 'FROM eclipse-temurin:21-jdk\nWORKDIR /app\n{}COPY Main.java .\nRUN javac Main.java\nCMD ["java", {}"Main"]\n'

FETCHED = [
    pytest.param(FETCH, "COPY --from=fetch /x.jar /app/x.jar\n", '"-cp", "/app:x.jar", ', 2, id="in another stage"),
    pytest.param(
        FETCH, "COPY --from=fetch / /libs/\n", '"-cp", "/app:/libs/*", ', 2, id="in a directory of another stage"
    ),
    pytest.param(
        "", "ADD https://example.org/x.jar libs/\n", '"-cp", "/app:libs/*", ', 3, id="for a directory of archives"
    ),
    pytest.param(
        "", "ADD https://example.org/x.jar libs/\n", '"-cp", "/app:libs", ', None, id="for a directory of classes"
    ),
    pytest.param("", "ADD https://example.org/x.jar /app/\n", "", None, id="beside the classes"),
    pytest.param("", "ADD https://example.org/x.csv /app/\n", "", None, id="data"),
]


@pytest.mark.parametrize(("stage", "line", "option", "stopped"), FETCHED)
def test_code_that_is_fetched(tmp_path: Path, stage: str, line: str, option: str, stopped: int | None) -> None:
    """What is loaded, and none has read, may start anything."""
    (tmp_path / "Main.java").write_text("class Main { public static void main(String[] a) { } }\n")
    path = tmp_path / "Dockerfile"
    path.write_text(stage + PLAIN.format(line, option))
    plan = api.fix(path).plan
    lines = [r.line for r in plan.refusals if "calls is not known: it is not in the build context" in r.reason]
    assert lines == ([] if stopped is None else [stopped])
    assert (plan.rung is Rung.DISTROLESS) is (stopped is None)


@pytest.mark.parametrize(("env", "option", "reason"), COMMANDS)
def test_options_that_stop_it(tmp_path: Path, env: str, option: str, reason: str) -> None:
    outcome = fix(tmp_path, f'FROM eclipse-temurin:21-jre\n{env}{JAR}CMD ["java", {option}"-jar", "/app.jar"]\n')
    assert outcome.plan.rung < Rung.DISTROLESS
    assert reason in outcome.plan.refusals[0].reason


@pytest.mark.parametrize(
    "said", ['"-Duser.country=DE", ', '"-Duser.language=fr", '], ids=["the region", "the language"]
)
def test_a_region_that_the_command_says(tmp_path: Path, said: str) -> None:
    text = fix(
        tmp_path, f'FROM eclipse-temurin:21-jre\n{JAR}ENTRYPOINT ["java", {said}"-jar", "/app.jar"]\n'
    ).patch.after.text
    assert "user.country=US" not in text


@pytest.mark.parametrize(("base", "run", "files", "reason"), KEPT)
def test_its_own_java_comes_along(
    tmp_path: Path, base: str, run: str, files: Mapping[str, str | bytes], reason: str
) -> None:
    outcome = fix(tmp_path, f"FROM {base}\n{run}{JAR}{START}", files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    text = outcome.patch.after.text
    assert "FROM gcr.io/distroless/static-debian13\n" in text
    assert "COPY --from=build /opt/java/openjdk /opt/java/openjdk\n" in text
    assert START in text
    assert any(reason in d.reason for d in outcome.plan.decisions if d.subject == "Java")


@pytest.mark.parametrize(("base", "name", "region"), REPLACED)
def test_distroless_java_takes_its_place(tmp_path: Path, base: str, name: str, region: str) -> None:
    outcome = fix(tmp_path, f"FROM {base}\n{JAR}{START}")
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    start = f'ENTRYPOINT ["java",{region} "-jar", "/app.jar"]\n' if region else START
    assert outcome.patch.after.text == f"FROM gcr.io/distroless/{name}-debian13\n{JAR}{start}"


def test_a_variable_that_both_images_set_is_told_once(tmp_path: Path) -> None:
    outcome = fix(tmp_path, f"FROM eclipse-temurin:17-jre\n{JAR}{START}")
    told = [one for one in outcome.plan.decisions if one.subject == "ENV JAVA_VERSION"]
    assert [one.reason.partition(" sets it to ")[0] for one in told] == ["gcr.io/distroless/java17-debian13"]
    assert told[0].outcome is Outcome.REPLACED


def test_a_script_that_only_hands_on(tmp_path: Path) -> None:
    """The final image has no shell for it: it goes, and CMD is the whole command."""
    files = {**PROJECT, "entry.sh": '#!/bin/sh\nset -e\nexec "$@"\n'}
    head = f'FROM openjdk:17-slim\n{JAR}COPY entry.sh /entry.sh\nENTRYPOINT ["/entry.sh"]\n'
    text = fix(tmp_path, f'{head}CMD ["java","-jar","/app.jar"]\n', files).patch.after.text
    assert "entry.sh" not in text.partition("FROM gcr.io/distroless/java17-debian13")[2]
    assert text.endswith('ENTRYPOINT []\nCMD ["java","-jar","/app.jar"]\n')


def test_a_command_of_its_own_keeps_no_entrypoint(tmp_path: Path) -> None:
    """distroless Java has `java -jar` as its ENTRYPOINT."""
    text = fix(tmp_path, f'FROM openjdk:17-slim\n{JAR}# it\nCMD ["java","-jar","/app.jar"]\n').patch.after.text
    assert text.endswith('# it\nENTRYPOINT []\nCMD ["java","-jar","/app.jar"]\n')


@pytest.mark.parametrize(
    ("pom", "taken"),
    [
        pytest.param(FAT, "/src/target/app.jar", id="an archive with everything in it"),
        pytest.param("<project/>", "/src/target", id="a thin one: its manifest may name others beside it"),
    ],
)
def test_a_build_in_the_image_leaves_its_sources(tmp_path: Path, pom: str, taken: str) -> None:
    head = "FROM maven:3.9-eclipse-temurin-21\nWORKDIR /src\nCOPY . .\nRUN mvn -B package\n"
    outcome = fix(
        tmp_path, f"{head}CMD java -jar target/app.jar\n", {**PROJECT, "pom.xml": pom, "config/app.yml": "a: 1\n"}
    )
    text = outcome.patch.after.text
    copied = [line for line in text.splitlines() if line.startswith("COPY --from")]
    assert copied == [f"COPY --from=build {path} {path}" for path in (taken, "/src/config")]
    assert "WORKDIR /src\n" in text.partition("FROM gcr.io")[2]


def test_an_archive_that_is_copied_beside_its_sources(tmp_path: Path) -> None:
    head = "FROM maven:3.9-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\nRUN mvn package\nRUN cp target/*.jar app.jar\n"
    start = 'CMD ["java","-jar","app.jar"]\n'
    assert "COPY --from=build /app/app.jar /app/app.jar\n" in fix(tmp_path, head + start).patch.after.text
    text = fix(tmp_path, head + start, {**PROJECT, "pom.xml": "<project/>"}).patch.after.text
    assert "rm -rf /app/Dockerfile /app/pom.xml /app/src\n" in text, "a thin one may name others beside it"
    assert "COPY --from=build /app /app\n" in text


def test_a_jre_has_nothing_to_leave_out(tmp_path: Path) -> None:
    assert "Leave out" not in fix(tmp_path, f"FROM eclipse-temurin:11-jre\n{JAR}{START}").patch.after.text
    assert "/opt/java/openjdk/jmods" in fix(tmp_path, f"FROM eclipse-temurin:11\n{JAR}{START}").patch.after.text


def test_a_home_that_may_be_a_link(tmp_path: Path) -> None:
    """Corretto's is a link to the directory with the machine's name beside it."""
    text = fix(tmp_path, f"FROM amazoncorretto:11\n{JAR}{START}").patch.after.text
    assert "COPY --from=build /usr/lib/jvm /usr/lib/jvm\n" in text
    assert "find /usr/lib/jvm /app.jar -type f" in text
    assert 'ENTRYPOINT ["/usr/lib/jvm/java-11-amazon-corretto/bin/java", "-jar", "/app.jar"]\n' in text


def test_the_smallest_java(tmp_path: Path) -> None:
    """Linked in the build stage, where there is a JDK; else the plan is the usual one, and says why."""
    wish = Wish(options=Options(smallest=True))
    fix(tmp_path, f"FROM eclipse-temurin:21\n{JAR}{START}")
    outcome = api.fix(tmp_path / "Dockerfile", wish=wish)
    text = outcome.patch.after.text
    assert "jdeps --ignore-missing-deps --print-module-deps /tmp/classes > /tmp/named" in text
    assert "mv /tmp/java /opt/java/openjdk\n" in text
    assert "FROM gcr.io/distroless/static-debian13\n" in text
    assert "/usr/share/fonts" not in text
    for base in ("eclipse-temurin:21-jre", "amazoncorretto:21-al2023-headless"):
        fix(tmp_path, f"FROM {base}\n{JAR}{START}")
        outcome = api.fix(tmp_path / "Dockerfile", wish=wish)
        assert "FROM gcr.io/distroless/java21-debian13\n" in outcome.patch.after.text
        assert any(d.subject == "--smallest" and "has no JDK" in d.reason for d in outcome.plan.decisions)


def test_classes_beside_their_sources(tmp_path: Path) -> None:
    files = {"Hello.java": "class Hello { public static void main(String[] a) {} }\n", "words.txt": "x\n"}
    text = fix(
        tmp_path, "FROM openjdk:17-slim\nWORKDIR /app\nCOPY . .\nRUN javac Hello.java\nCMD java Hello\n", files
    ).patch.after.text
    assert "find /app -name '*.java' -exec rm {} +\n" in text
    assert "COPY --from=build /app /app\n" in text
    assert text.endswith('ENTRYPOINT []\nCMD ["java", "Hello"]\n')


def test_another_user_keeps_its_directory(tmp_path: Path) -> None:
    head = "FROM gradle:8-jdk21\nWORKDIR /home/gradle/app\nCOPY . .\nRUN gradle bootJar\nUSER gradle\n"
    files = {**PROJECT, "build.gradle": "plugins { id 'org.springframework.boot' version '3' }\n"}
    text = fix(tmp_path, f'{head}CMD ["java","-jar","build/libs/app.jar"]\n', files).patch.after.text
    assert "COPY --from=build /home/gradle/app /home/gradle/app\n" in text
    assert (
        "rm -rf /home/gradle/app/Dockerfile /home/gradle/app/build.gradle /home/gradle/app/pom.xml /home/gradle/app/src\n"
        in text
    )


def test_a_java_that_jlink_made(tmp_path: Path) -> None:
    head = "FROM eclipse-temurin:21-jdk AS jre\nRUN jlink --add-modules java.base --output /jre\n"
    tail = f'FROM debian:bookworm-slim\nCOPY --from=jre /jre /opt/jre\nENV PATH="/opt/jre/bin:$PATH"\n{JAR}{START}'
    text = fix(tmp_path, head + tail).patch.after.text
    assert "COPY --from=build /opt/jre /opt/jre\n" in text
    assert "FROM gcr.io/distroless/static-debian13\n" in text


@pytest.mark.parametrize(
    ("install", "final"),
    [
        pytest.param(
            "openjdk-17-jre-headless", "gcr.io/distroless/java17-debian13", id="a version that distroless has"
        ),
        pytest.param("default-jre-headless", "gcr.io/distroless/java17-debian13", id="the release's default"),
    ],
)
def test_java_of_a_package(tmp_path: Path, install: str, final: str) -> None:
    run = f"RUN apt-get update && apt-get install -y {install}\n"
    text = fix(tmp_path, f"FROM debian:bookworm-slim\n{run}{JAR}{START}").patch.after.text
    assert text == f'FROM {final}\n{JAR}ENTRYPOINT ["java", "-Duser.country=US", "-jar", "/app.jar"]\n'


def test_an_archive_of_the_context_is_read(tmp_path: Path) -> None:
    """The libraries of a fat archive count by their names, its own classes by what they hold."""
    plain = {
        "BOOT-INF/classes/demo/App.class": b"\xca\xfe\xba\xbe",
        "BOOT-INF/lib/guava-33.0.jar": b"java/lang/ProcessBuilder",
    }
    text = f"FROM openjdk:17-slim\nCOPY app.jar /app.jar\n{START}"
    assert fix(tmp_path, text, {"app.jar": archive(plain)}).plan.rung is Rung.DISTROLESS
    starts = {**plain, "BOOT-INF/classes/demo/Git.class": b"\xca\xfe\xba\xbe\x01java/lang/ProcessBuilder"}
    outcome = fix(tmp_path, text, {"app.jar": archive(starts)})
    assert "app.jar: the class demo.Git starts a program" in [r.reason for r in outcome.plan.refusals]
    needs = {**plain, "BOOT-INF/lib/commons-exec-1.3.jar": b""}
    outcome = fix(tmp_path, text, {"app.jar": archive(needs)})
    assert outcome.plan.refusals[0].reason.startswith("app.jar: commons-exec starts other programs")
    outcome = fix(tmp_path, text, {"app.jar": b"PK\x03\x04 and no more"})
    assert "app.jar cannot be read" in outcome.plan.refusals[0].reason


def test_the_ignore_file_may_hide_the_sources(tmp_path: Path) -> None:
    """They are not sent to the build, and say all the same what the archive does."""
    ignored = {**source('void f() { new ProcessBuilder("git"); }'), ".dockerignore": "*\n!target/*.jar\n"}
    outcome = fix(tmp_path, f"FROM openjdk:17-slim\n{JAR}{START}", ignored)
    assert any("starts git" in r.reason for r in outcome.plan.refusals)


BUILDS = "FROM {jdk} AS build\nWORKDIR /src\nCOPY . .\nRUN mvn package\n\nFROM {jre}\nCOPY --from=build /src/target/app.jar /app.jar\n"
CHECK = "HEALTHCHECK --interval=9s CMD curl -f http://localhost:8080/health || exit 1\n"


@pytest.mark.parametrize(
    ("jdk", "jre", "flags"),
    [
        pytest.param("maven:3.9-eclipse-temurin-17", "eclipse-temurin:17-jre", "", id="the same version"),
        pytest.param(
            "maven:3.9-eclipse-temurin-21", "eclipse-temurin:17-jre", "--release 17 ", id="an older one runs it"
        ),
        pytest.param("maven:3.9-eclipse-temurin-17", "eclipse-temurin:21-jre", "", id="a newer one runs it"),
        pytest.param(
            "eclipse-temurin:21.0.2_13-jdk", "eclipse-temurin:17-jre", "--release 17 ", id="exact and older runs it"
        ),
        pytest.param("eclipse-temurin:17.0.9_9-jdk", "eclipse-temurin:17-jre", "", id="exact and the same version"),
        pytest.param("openjdk:8u312-jdk", "eclipse-temurin:17-jre", "", id="Java 8, which knows no such option"),
        pytest.param("eclipse-temurin:latest", "eclipse-temurin:25-jre", "--release 11 ", id="a tag that moves on"),
        pytest.param("eclipse-temurin:$J", "eclipse-temurin:21-jre", "--release 11 ", id="an argument says which"),
        pytest.param(
            "eclipse-temurin:21", "eclipse-temurin:$J-jre", "--release 11 ", id="an argument says what runs it"
        ),
        pytest.param(
            "eclipse-temurin:8", "eclipse-temurin:$J-jre", "-source 8 -target 8 ", id="an argument and Java 8"
        ),
    ],
)
def test_a_class_asks_what_the_health_check_asked(tmp_path: Path, jdk: str, jre: str, flags: str) -> None:
    text = BUILDS.format(jdk=jdk, jre=jre) + CHECK + START
    outcome = fix(tmp_path, ("ARG J=21\n" if "$J" in text else "") + text)
    text = outcome.patch.after.text
    lines = text.splitlines()
    assert outcome.plan.rung is Rung.DISTROLESS
    # Compiled in the stage that has a compiler, and copied from there
    assert lines[lines.index(f"FROM {jdk} AS build") + 1].startswith("# The class that HEALTHCHECK runs")
    assert f"&& javac {flags}-d /usr/local/lib/healthcheck /tmp/Healthcheck.java" in text
    assert "COPY --from=build /usr/local/lib/healthcheck /usr/local/lib/healthcheck" in lines
    asked = '["java", "-cp", "/usr/local/lib/healthcheck", "Healthcheck"]'
    assert f"HEALTHCHECK --interval=9s CMD {asked}" in lines
    became = [d.outcome for d in outcome.plan.decisions if d.subject.startswith("HEALTHCHECK")]
    assert sorted(became) == sorted([Outcome.REPLACED, Outcome.CHECK])


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        pytest.param(f"FROM eclipse-temurin:17-jre\n{JAR}{CHECK}{START}", "no stage has a JDK", id="no compiler"),
        pytest.param(
            f'FROM eclipse-temurin:17\n{JAR}ENV JAVA_TOOL_OPTIONS="-javaagent:/a.jar"\n{CHECK}{START}',
            "every Java of the container is given -javaagent",
            id="an agent for every Java",
        ),
        pytest.param(
            f"FROM eclipse-temurin:17\n{JAR}HEALTHCHECK CMD curl -X PATCH http://localhost/\n{START}",
            "Java itself cannot ask",
            id="a method that it does not know",
        ),
        pytest.param(
            f"FROM eclipse-temurin:17\n{JAR}HEALTHCHECK CMD curl -f https://localhost/\n{START}",
            "Java itself cannot ask",
            id="certificates that it does not know",
        ),
    ],
)
def test_a_health_check_that_java_cannot_ask(tmp_path: Path, dockerfile: str, reason: str) -> None:
    outcome = fix(tmp_path, dockerfile)
    # curl itself comes along, and Java with the C library that both were built with
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    final = outcome.patch.after.text.rpartition("\nFROM ")[2]
    assert final.startswith("gcr.io/distroless/static-debian13\n")
    assert 'HEALTHCHECK CMD ["curl", ' in final or 'HEALTHCHECK --interval=9s CMD ["curl", ' in final
    assert any(reason in d.reason for d in outcome.plan.decisions)
    # What could ask in its place
    assert any("livenessProbe: {" in d.reason for d in outcome.plan.decisions)


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        pytest.param(f"FROM amazoncorretto:17-al2023-headless\n{JAR}", "no stage has a JDK", id="corretto headless"),
        pytest.param(f"FROM eclipse-temurin:17-jre-alpine\n{JAR}", "no stage has a JDK", id="a JRE on Alpine"),
        pytest.param(
            BUILDS.format(jdk="gcr.io/distroless/java17-debian12", jre="eclipse-temurin:17-jre"),
            "no stage has a JDK",
            id="distroless, which is a JRE",
        ),
        pytest.param(
            BUILDS.format(jdk="maven:3.9-eclipse-temurin-17", jre="eclipse-temurin@sha256:" + "0" * 64),
            "does not say which version of Java",
            id="a digest, which names no version",
        ),
        pytest.param(
            BUILDS.format(jdk="maven:3.9-eclipse-temurin-17", jre="tomcat:9"),
            "does not say which version of Java",
            id="Tomcat's version, which is none of Java",
        ),
        pytest.param(
            BUILDS.format(jdk="maven:3.9-eclipse-temurin-17", jre="openjdk:7-jre-alpine"),
            "Java 7 reads no class",
            id="a Java that is too old",
        ),
    ],
)
def test_a_health_check_for_which_nothing_is_compiled(tmp_path: Path, dockerfile: str, reason: str) -> None:
    outcome = fix(tmp_path, dockerfile + CHECK + START)
    assert "Healthcheck" not in outcome.patch.after.text
    said = [*(d.reason for d in outcome.plan.decisions), *(r.reason for r in outcome.plan.refusals)]
    assert any(reason in one for one in said), said


def test_a_java_of_debian_in_many_places_stays_where_it_is(tmp_path: Path) -> None:
    outcome = fix(tmp_path, f"FROM openjdk:8u102-jre\n{JAR}{START}")
    assert outcome.plan.rung is Rung.PRUNED
    assert any("where openjdk:8u102-jre has its Java is not known" in r.reason for r in outcome.plan.refusals)
    assert "ENV JAVA_HOME=/usr/lib/jvm/java-8-openjdk-amd64/jre" in outcome.patch.after.text


def test_a_health_check_that_nothing_can_ask(tmp_path: Path) -> None:
    check = "HEALTHCHECK CMD curl -f http://localhost:$PORT/ || exit 1\n"
    outcome = fix(tmp_path, f"FROM eclipse-temurin:17-jre\n{JAR}{check}{START}")
    assert outcome.plan.rung is Rung.PRUNED
    assert any("no stage has a JDK" in r.reason and r.line == 3 for r in outcome.plan.refusals)


JRE = f"FROM eclipse-temurin:17-jre\n{JAR}"


@pytest.mark.parametrize(
    ("start", "command", "env"),
    [
        pytest.param(
            'ENV JAVA_OPTS="-Xmx256m -Xss1m"\nENTRYPOINT java $JAVA_OPTS -jar /app.jar\n',
            'ENTRYPOINT ["java", "-Duser.country=US", "-jar", "/app.jar"]',
            'ENV JDK_JAVA_OPTIONS="-Xmx256m -Xss1m"',
            id="with a value",
        ),
        pytest.param(
            'ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS $EXTRA -Da=b -jar /app.jar"]\n',
            'ENTRYPOINT ["java", "-Duser.country=US", "-Da=b", "-jar", "/app.jar"]',
            None,
            id="without",
        ),
        pytest.param(
            "CMD java ${JAVA_OPTS:--Xmx1g} -jar /app.jar --port=1\n",
            'CMD ["java", "-Duser.country=US", "-jar", "/app.jar", "--port=1"]',
            "ENV JDK_JAVA_OPTIONS=-Xmx1g",
            id="with a fallback",
        ),
    ],
)
def test_java_reads_its_options_itself(tmp_path: Path, start: str, command: str, env: str | None) -> None:
    outcome = fix(tmp_path, JRE + start)
    # By itself nothing that somebody sets is made void
    assert outcome.plan.rung is Rung.PRUNED
    assert any("--java-options" in d.reason and d.line for d in outcome.plan.decisions)
    asked = api.fix(tmp_path / "Dockerfile", wish=Wish(options=Options(java_options=True)))
    lines = asked.patch.after.text.splitlines()
    assert asked.plan.rung is Rung.DISTROLESS
    assert command in lines
    assert [line for line in lines if "JDK_JAVA_OPTIONS" in line] == ([env] if env else [])
    assert any("set that one" in d.reason and d.outcome is Outcome.CHECK for d in asked.plan.decisions)


@pytest.mark.parametrize(
    "said", ["$JAVA_TOOL_OPTIONS", "${JAVA_TOOL_OPTIONS:-}", "$JAVA_TOOL_OPTIONS $JDK_JAVA_OPTIONS"]
)
def test_a_variable_that_java_reads_anyway(tmp_path: Path, said: str) -> None:
    outcome = fix(tmp_path, JRE + f"CMD java {said} -jar /app.jar\n")
    assert outcome.plan.rung is Rung.DISTROLESS
    assert 'CMD ["java", "-Duser.country=US", "-jar", "/app.jar"]' in outcome.patch.after.text


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("CMD java -Xmx1g $JAVA_OPTS -jar /app.jar\n", id="behind another option, which would win"),
        pytest.param("CMD java -Dserver.port=$PORT -jar /app.jar\n", id="within a word"),
        pytest.param("CMD java $JAVA_OPTS -jar /app.jar $ARGUMENTS\n", id="behind the archive as well"),
        pytest.param('CMD java "$JAVA_OPTS" -jar /app.jar\n', id="one word, even when it is empty"),
        pytest.param("ENV JAVA_OPTS='-Da=\"b c\"'\nCMD java $JAVA_OPTS -jar /app.jar\n", id="quotes, which only java reads"),
        pytest.param('ENV JAVA_OPTS="-Xmx1g -jar /other.jar"\nCMD java $JAVA_OPTS\n', id="what java takes from no variable"),
        pytest.param("ARG SIZE=1g\nENV JAVA_OPTS=-Xmx$SIZE\nCMD java $JAVA_OPTS -jar /app.jar\n", id="a value of the build"),
        pytest.param("CMD java ${JAVA_TOOL_OPTIONS:--Xmx512m -XX:+UseSerialGC} -jar /app.jar\n", id="what stands in for a variable that java reads"),
        pytest.param("CMD java $JAVA_TOOL_OPTIONS ${_JAVA_OPTIONS:--Xmx1g} -jar /app.jar\n", id="the same behind another"),
        pytest.param("ENV JDK_JAVA_OPTIONS=-Xmx1g\nCMD java $JAVA_TOOL_OPTIONS -jar /app.jar\n", id="java reads them the other way round"),
        pytest.param("CMD java $_JAVA_OPTIONS $JAVA_TOOL_OPTIONS -jar /app.jar\n", id="another order"),
        pytest.param("ENV JDK_JAVA_OPTIONS=-Xss1m\nCMD java $JAVA_OPTS -jar /app.jar\n", id="both are there"),
    ],
)  # fmt: skip
def test_options_that_only_a_shell_gives(tmp_path: Path, start: str) -> None:
    fix(tmp_path, JRE + start)
    outcome = api.fix(tmp_path / "Dockerfile", wish=Wish(options=Options(java_options=True)))
    assert outcome.plan.rung is Rung.PRUNED
    assert outcome.patch.after.text.endswith(start.splitlines()[-1] + "\n")


@pytest.mark.parametrize("base", ["eclipse-temurin:8-jre", "tomcat:9"])
def test_java_8_reads_no_such_variable(tmp_path: Path, base: str) -> None:
    """Of Tomcat's image the version is not Java's, which may be 8."""
    fix(tmp_path, f"FROM {base}\n{JAR}" + "CMD java $JAVA_OPTS -jar /app.jar\n")
    outcome = api.fix(tmp_path / "Dockerfile", wish=Wish(options=Options(java_options=True)))
    assert "JDK_JAVA_OPTIONS" not in outcome.patch.after.text
