"""What sources, archives and build files of the JVM say."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from minify.context import needs
from minify.context.artifacts import built_before
from minify.context.java import java_facts
from minify.context.java_archives import read_archive
from minify.context.java_projects import java_projects
from minify.context.tree import Context

PROGRAMS = [
    pytest.param("A.java", "class A { ProcessBuilder b; }", [], id="a type is no start"),
    pytest.param("A.java", "// new ProcessBuilder(\"git\")\n/* Runtime.getRuntime().exec(x) */", [], id="comments"),
    pytest.param("A.java", 'String s = "new ProcessBuilder(1)";', [], id="a literal"),
    pytest.param("A.java", "Runtime.getRuntime().availableProcessors(); executor.exec(task);", [None], id="exec beside getRuntime counts"),
    pytest.param("A.java", "executor.exec(task);", [], id="exec of something else"),
    pytest.param("A.java", 'new ProcessBuilder("git", "log").start();', ["git"], id="a builder"),
    pytest.param("A.java", 'new ProcessBuilder(List.of("git", "log"))', ["git"], id="a list"),
    pytest.param("A.java", "new ProcessBuilder(command)", [None], id="a variable"),
    pytest.param("A.java", 'Runtime rt = Runtime.getRuntime();\nrt.exec("ls -l");', ["ls"], id="a command line"),
    pytest.param("A.kt", 'ProcessBuilder(listOf("git", "log")).start()', ["git"], id="Kotlin"),
    pytest.param("A.scala", 'import scala.sys.process._\nval x = "ls".!!', [None], id="Scala"),
    pytest.param("a.groovy", 'def x = "ls -l".execute()', [None], id="Groovy"),
    pytest.param("a.clj", '(ns a (:require [clojure.java.shell :as s])) ; (sh "x")', [None], id="Clojure"),
    pytest.param("A.java", "import org.apache.commons.exec.CommandLine;", [None], id="a library that starts"),
    pytest.param("src/test/java/A.java", 'new ProcessBuilder("git")', [], id="a test"),
    pytest.param("src/main/java/com/example/test/A.java", 'new ProcessBuilder("git")', ["git"], id="a package may be called test"),
]  # fmt: skip


def context(folder: Path, files: dict[str, str | bytes]) -> Context:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Context(folder)


@pytest.mark.parametrize(("path", "text", "programs"), PROGRAMS)
def test_programs(tmp_path: Path, path: str, text: str, programs: list[str | None]) -> None:
    tree = context(tmp_path, {path: text})
    assert [called.program for called in java_facts(tree, tree.files()).programs] == programs


def test_what_is_loaded_and_used(tmp_path: Path) -> None:
    text = 'import java.awt.Font;\nimport javax.tools.JavaCompiler;\nclass A { static { System.loadLibrary("x"); } }\n// JAVA_HOME\n'
    tree = context(tmp_path, {"A.java": text + 'String h = System.getenv("JAVA_HOME");'})
    found = java_facts(tree, tree.files())
    lines = [[place.line for place in kind] for kind in (found.pictures, found.tools, found.loads, found.homes)]
    assert lines == [[1], [2], [3], [5]]


def test_build_files(tmp_path: Path) -> None:
    tree = context(
        tmp_path,
        {
            "pom.xml": "<dependency>\n<artifactId>poi</artifactId></dependency><dependency><artifactId>mockito</artifactId><scope>test</scope></dependency>"
            "<!-- <dependency><artifactId>gone</artifactId></dependency> -->",
            "build.gradle": "dependencies {\n  implementation 'a:commons-exec:1.3'\n  testImplementation 'a:junit:4'\n  runtimeOnly group: 'b', name: 'h2'\n}",
            "build.sbt": 'libraryDependencies += "a" %% "zio" % "2"\nlibraryDependencies += "a" % "scalatest" % "3" % Test',
            "gradle/libs.versions.toml": 'x = { module = "a:guava", version = "1" }\ny = "b:okio:3"',
        },
    )
    found = [dependency.name for dependency in java_projects(tree, tree.files()).dependencies]
    assert found == ["commons-exec", "h2", "zio", "guava", "okio", "poi"]


@pytest.mark.parametrize(
    ("source", "project", "built"),
    [
        pytest.param("target/app.jar", "pom.xml", True, id="Maven"),
        pytest.param("./api/build/libs/*.jar", "api/build.gradle.kts", True, id="a module of Gradle"),
        pytest.param("bin/Release/net8.0/publish/", "Shop.csproj", True, id=".NET"),
        pytest.param("target/app.jar", "api/pom.xml", False, id="another module's"),
        pytest.param("dist/app.jar", "pom.xml", False, id="no output of Maven"),
    ],
)
def test_built_before(tmp_path: Path, source: str, project: str, built: bool) -> None:
    assert built_before(context(tmp_path, {project: "", ".dockerignore": "*\n"}), source) is built


def test_a_shaded_archive(tmp_path: Path) -> None:
    """The classes of the main class's own package count, the others by the names of their artifacts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMain-Class: com.shop.Main\r\n")
        archive.writestr("META-INF/maven/com.shop/shop/pom.properties", "")
        archive.writestr("META-INF/maven/io.netty/netty-common/pom.properties", "")
        archive.writestr("com/shop/Main.class", b"java/awt/Font")
        archive.writestr("io/netty/Util.class", b"java/lang/ProcessBuilder")
    found = read_archive(context(tmp_path, {"app.jar": data.getvalue()}), "app.jar")
    assert (found.programs, found.pictures, found.libraries) == ((), ("com.shop.Main",), ("shop", "netty-common"))


def test_tables_are_checked() -> None:
    assert len(needs.java_table()) > 50
    assert [name for name in needs.dotnet_table() if name != name.lower()] == []
