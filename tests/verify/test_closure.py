"""What the new image's files need of others: the loader's rules, and what counts as a difference."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from minify.verify import closure, plugins
from minify.verify.filesystem import Filesystem
from minify.verify.loader import Loader
from minify.verify.loader_cache import cached_paths
from minify.verify.scripts import interpreter
from minify.verify.verdict import Section, Verdict
from tests.verify.archives import File, Folder, Link, Members, filesystem, of_folder, program, script
from tests.verify.compiling import executable, library, needs_gcc, weakened

TRIPLET = "/usr/lib/x86_64-linux-gnu"
MUSL = "/lib/ld-musl-x86_64.so.1"


def lacking(files: Filesystem, path: str, environment: Mapping[str, str] | None = None) -> list[str]:
    missing = Loader(files, environment or {}).load(path).missing
    return [f"{each.name} {each.version}".strip() for each in missing]


def cache(paths: Mapping[str, str]) -> bytes:
    """An ld.so.cache, as glibc's ldconfig writes it."""
    strings = b"".join(text.encode() + b"\0" for pair in paths.items() for text in pair)
    at = 48 + 24 * len(paths)
    entries = b""
    for name, path in paths.items():
        entries += struct.pack("<iIIIQ", 0x303, at, at + len(name) + 1, 0, 0)
        at += len(name) + len(path) + 2
    return b"glibc-ld.so.cache1.1" + struct.pack("<II20x", len(paths), len(strings)) + entries + strings


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """/usr/bin/app needs liba.so.1, which needs libb.so.1: in the loader's own directories."""
    if shutil.which("gcc") is None:
        pytest.skip("makes ELF files with gcc")
    folder = tmp_path / "root" / TRIPLET.lstrip("/")
    b = library(folder / "libb.so.1", soname="libb.so.1")
    a = library(folder / "liba.so.1", soname="liba.so.1", needs=[b])
    executable(
        tmp_path / "root/usr/bin/app",
        needs=[a],
        arguments=["-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2", f"-Wl,-rpath-link,{folder}"],
    )
    loader = tmp_path / "root/usr/lib64/ld-linux-x86-64.so.2"
    directories = "/lib/x86_64-linux-gnu/\\0/usr/lib/x86_64-linux-gnu/\\0/lib/\\0/usr/lib/\\0"
    library(loader, f'const char directories[] = "{directories}";', soname="ld-linux-x86-64.so.2")
    loader.chmod(0o755)
    return tmp_path / "root"


def image(root: Path, more: Members | None = None, *, without: tuple[str, ...] = ()) -> Filesystem:
    members = dict(of_folder(root)) | {"/lib": Link("usr/lib"), "/lib64": Link("usr/lib64"), **(more or {})}
    return filesystem({path: member for path, member in members.items() if path not in without})


def compare(before: Filesystem, after: Filesystem, **environment: str) -> Section:
    return closure.compare(before, after, environment)


def findings(section: Section) -> list[tuple[str, tuple[str, ...]]]:
    assert all(finding.verdict is Verdict.DIFFERENT for finding in section.findings)
    return [(finding.what, finding.repair) for finding in section.findings]


def test_nothing_is_missing(world: Path) -> None:
    section = compare(image(world), image(world))
    assert (section.verdict, section.findings, section.notes) == (Verdict.SAME, (), ())
    assert section.summary == "4 dynamic ELF files, nothing missing"


def test_a_library_is_missing_and_named_once(world: Path) -> None:
    section = compare(image(world), image(world, without=(f"{TRIPLET}/liba.so.1",)))
    assert findings(section) == [("liba.so.1", (f"{TRIPLET}/liba.so.1",))]
    (finding,) = section.findings
    assert finding.before == f"/lib/{TRIPLET.removeprefix('/usr/lib/')}/liba.so.1"
    assert (finding.after, finding.detail) == ("missing", "needed by /usr/bin/app")


def test_the_repair_brings_what_the_library_needs_itself(world: Path) -> None:
    gone = (f"{TRIPLET}/liba.so.1", f"{TRIPLET}/libb.so.1")
    section = compare(image(world), image(world, without=gone))
    assert findings(section) == [("liba.so.1", gone)]


def test_the_repair_brings_links_and_their_targets(world: Path) -> None:
    real = (world / TRIPLET.lstrip("/") / "libb.so.1").rename(world / TRIPLET.lstrip("/") / "libb.so.1.2.3")
    (real.parent / "libb.so.1").symlink_to("libb.so.1.2.3")
    gone = (f"{TRIPLET}/libb.so.1", f"{TRIPLET}/libb.so.1.2.3")
    section = compare(image(world), image(world, without=gone))
    assert findings(section) == [("libb.so.1", gone)]


def test_what_was_missing_before_is_a_note(world: Path) -> None:
    files = image(world, without=(f"{TRIPLET}/libb.so.1",))
    section = compare(files, files)
    assert section.verdict is Verdict.SAME
    assert section.notes == ("1 library is missing as in the original: libb.so.1",)


def test_what_was_missing_before_in_another_place_is_a_note(world: Path) -> None:
    plugin = File((world / TRIPLET.lstrip("/") / "liba.so.1").read_bytes())
    gone = (f"{TRIPLET}/liba.so.1", f"{TRIPLET}/libb.so.1", "/usr/bin/app")
    whole, broken = image(world, {"/a/plugin.so": plugin}), image(world, {"/a/plugin.so": plugin}, without=gone)
    moved = image(world, {"/b/plugin.so": plugin}, without=gone)
    assert compare(broken, moved).verdict is Verdict.SAME
    assert findings(compare(whole, moved)) == [("libb.so.1", (f"{TRIPLET}/libb.so.1",))]


def test_a_file_that_the_original_has_not(world: Path) -> None:
    """Nothing says that it never worked: it is a difference."""
    new = (world / TRIPLET.lstrip("/") / "liba.so.1").read_bytes()
    section = compare(filesystem({}), filesystem({"/new/liba.so.1": new}))
    assert findings(section) == [("libb.so.1", ())]


def test_the_loader_itself_is_missing(world: Path) -> None:
    section = compare(image(world), image(world, without=("/lib64",)))
    assert findings(section) == [("/lib64/ld-linux-x86-64.so.2", ("/lib64",))]
    section = compare(image(world), image(world, without=("/lib64", "/usr/lib64/ld-linux-x86-64.so.2")))
    assert findings(section)[-1] == (
        "/lib64/ld-linux-x86-64.so.2",
        ("/lib64", "/usr/lib64/ld-linux-x86-64.so.2"),
    )
    assert section.findings[-1].detail == "the loader of /usr/bin/app"


def test_a_loader_that_may_not_be_executed(world: Path) -> None:
    after = image(world)
    (world / "usr/lib64/ld-linux-x86-64.so.2").chmod(0o644)
    broken = image(world)
    assert compare(after, broken).verdict is Verdict.DIFFERENT
    assert compare(broken, broken).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("where", "environment", "more", "found"),
    [
        ("/opt/lib", {}, {}, False),
        ("/opt/lib", {"LD_LIBRARY_PATH": "/x:/opt/lib"}, {}, True),
        ("/opt/lib", {"LD_LIBRARY_PATH": "/x;/opt/lib;"}, {}, True),
        ("/opt/lib", {}, {"/etc/ld.so.cache": cache({"libx.so": "/y", "liba.so.1": "/opt/lib/liba.so.1"})}, True),
        ("/opt/lib", {}, {"/etc/ld.so.cache": cache({"libx.so": "/opt/lib/liba.so.1"})}, False),
        # Only ldconfig reads it, never the loader
        ("/opt/lib", {}, {"/etc/ld.so.conf": "/opt/lib\n"}, False),
        ("/usr/lib", {}, {}, True),
        # The loader of this image does not look there
        ("/usr/lib64", {}, {}, False),
    ],
)
def test_where_glibc_looks(world: Path, where: str, environment: dict[str, str], more: Members, found: bool) -> None:
    content = (world / TRIPLET.lstrip("/") / "liba.so.1").read_bytes()
    files = image(world, {f"{where}/liba.so.1": content, **more}, without=(f"{TRIPLET}/liba.so.1",))
    assert lacking(files, "/usr/bin/app", environment) == ([] if found else ["liba.so.1"])


@needs_gcc
def test_rpath_is_inherited_and_runpath_is_not(tmp_path: Path) -> None:
    b = library(tmp_path / "opt/lib/libb.so", soname="libb.so")
    a = library(tmp_path / "opt/lib/liba.so", soname="liba.so", needs=[b])
    linked = [f"-Wl,-rpath-link,{b.parent}", "-Wl,-rpath,$ORIGIN/../lib", "-Wl,--dynamic-linker=/ld.so"]
    executable(tmp_path / "opt/bin/old", needs=[a], arguments=[*linked, "-Wl,--disable-new-dtags"])
    executable(tmp_path / "opt/bin/new", needs=[a], arguments=[*linked, "-Wl,--enable-new-dtags"])
    files = filesystem(of_folder(tmp_path))
    assert lacking(files, "/opt/bin/old") == []
    assert lacking(files, "/opt/bin/new") == ["libb.so"], "liba.so has no path of its own"


@needs_gcc
def test_runpath_puts_the_programs_rpath_out_of_force(tmp_path: Path) -> None:
    b = library(tmp_path / "one/libb.so", soname="libb.so")
    a = library(tmp_path / "one/liba.so", soname="liba.so", needs=[b], arguments=["-Wl,-rpath,/nowhere"])
    executable(
        tmp_path / "app",
        needs=[a],
        arguments=[
            "-Wl,-rpath,/one",
            f"-Wl,-rpath-link,{b.parent}",
            "-Wl,--disable-new-dtags",
            "-Wl,--dynamic-linker=/l",
        ],
    )
    assert lacking(filesystem(of_folder(tmp_path)), "/app") == ["libb.so"]


@needs_gcc
@pytest.mark.parametrize("spelt", ["$ORIGIN/../lib", "${ORIGIN}/../lib", "$ORIGIN/../$LIB", "/usr/${LIB}"])
def test_tokens_of_a_path(tmp_path: Path, spelt: str) -> None:
    b = library(tmp_path / "usr/lib/libb.so", soname="libb.so")
    library(tmp_path / "usr/plugins/p.so", needs=[b], arguments=[f"-Wl,-rpath,{spelt}"])
    files = filesystem(dict(of_folder(tmp_path)) | {"/ld.so": b""})
    assert lacking(files, "/usr/plugins/p.so") == []


@needs_gcc
def test_origin_through_a_link(tmp_path: Path) -> None:
    """glibc takes the directory that the library was found in, the link's: either counts."""
    b = library(tmp_path / "beside/libb.so", soname="libb.so")
    library(tmp_path / "real/liba.so", soname="liba.so", needs=[b], arguments=["-Wl,-rpath,$ORIGIN"])
    files = filesystem(dict(of_folder(tmp_path)) | {"/beside/liba.so": Link("../real/liba.so")})
    assert lacking(files, "/beside/liba.so") == []
    assert lacking(files, "/real/liba.so") == ["libb.so"]


@needs_gcc
def test_no_default_directories(tmp_path: Path) -> None:
    b = library(tmp_path / "usr/lib/libb.so", soname="libb.so")
    library(tmp_path / "p.so", needs=[b], arguments=["-Wl,-z,nodefaultlib"])
    library(tmp_path / "q.so", needs=[b])
    files = filesystem(of_folder(tmp_path))
    assert (lacking(files, "/p.so"), lacking(files, "/q.so")) == (["libb.so"], [])


@needs_gcc
def test_another_machine_is_passed_over(tmp_path: Path) -> None:
    b = library(tmp_path / "usr/lib/libb.so", soname="libb.so")
    library(tmp_path / "p.so", needs=[b])
    library(tmp_path / "first/libb.so", arguments=["-m32"], soname="libb.so")
    files = filesystem(of_folder(tmp_path))
    assert Loader(files, {"LD_LIBRARY_PATH": "/first"}).load("/p.so").objects["libb.so"] == "/usr/lib/libb.so"
    b.unlink()
    assert lacking(filesystem(of_folder(tmp_path)), "/p.so", {"LD_LIBRARY_PATH": "/first"}) == ["libb.so"]


@needs_gcc
def test_a_text_is_no_library(tmp_path: Path) -> None:
    b = library(tmp_path / "usr/lib/libb.so", soname="libb.so")
    library(tmp_path / "p.so", needs=[b])
    b.write_text("/* GNU ld script */")
    assert lacking(filesystem(of_folder(tmp_path)), "/p.so") == ["libb.so"]


@needs_gcc
def test_a_name_with_a_slash_is_a_path(tmp_path: Path) -> None:
    b = library(tmp_path / "opt/libb.so", soname="/opt/libb.so")
    library(tmp_path / "p.so", needs=[b])
    files = of_folder(tmp_path)
    assert lacking(filesystem(files), "/p.so") == []
    assert lacking(filesystem({k: v for k, v in files.items() if k != "/opt/libb.so"}), "/p.so") == ["/opt/libb.so"]


@needs_gcc
def test_symbol_versions(tmp_path: Path) -> None:
    """A file that was linked with a newer library than the one that it finds."""
    source = "int f(void) { return 1; } int g(void) { return 2; }"
    one, two = "V_1 { global: f; local: *; };", "V_1 { global: f; local: *; }; V_2 { global: g; } V_1;"
    old = library(tmp_path / "old/libv.so.1", source, soname="libv.so.1", versions=one)
    new = library(tmp_path / "new/libv.so.1", source, soname="libv.so.1", versions=two)
    bare = library(tmp_path / "bare/libv.so.1", source, soname="libv.so.1")
    user = library(tmp_path / "user.so", "int g(void); int h(void) { return g(); }", needs=[new]).read_bytes()

    def with_library(path: Path) -> Filesystem:
        return filesystem({"/user.so": user, "/usr/lib/libv.so.1": path.read_bytes()})

    assert lacking(with_library(new), "/user.so") == []
    assert lacking(with_library(old), "/user.so") == ["libv.so.1 V_2"]
    assert lacking(with_library(bare), "/user.so") == [], "a library without versions is taken as it is"
    user = weakened(user, "V_2")
    assert lacking(with_library(old), "/user.so") == [], "a version that may be missing"
    user = weakened(user, "V_2", back=True)
    section = compare(with_library(new), with_library(old))
    (finding,) = section.findings
    assert (finding.what, finding.verdict, finding.repair) == ("libv.so.1: V_2", Verdict.DIFFERENT, ())
    assert finding.after == "/usr/lib/libv.so.1"
    assert compare(with_library(old), with_library(old)).verdict is Verdict.SAME


@needs_gcc
def test_a_plugin_finds_what_its_program_has_loaded(tmp_path: Path) -> None:
    """A Python extension module that needs libpython, which is found by the interpreter's own rpath only."""
    lib = library(tmp_path / "opt/lib/libpython3.so", soname="libpython3.so")
    executable(
        tmp_path / "opt/bin/python", needs=[lib], arguments=["-Wl,-rpath,$ORIGIN/../lib", "-Wl,--dynamic-linker=/ld.so"]
    )
    library(tmp_path / "opt/modules/ext.so", needs=[lib])
    (tmp_path / "ld.so").write_bytes(b"")
    (tmp_path / "ld.so").chmod(0o755)
    files = filesystem(of_folder(tmp_path))
    assert lacking(files, "/opt/modules/ext.so") == ["libpython3.so"]
    section = compare(files, files)
    assert section.verdict is Verdict.SAME
    assert section.notes == ("1 library is found only where a program has it loaded before",)
    alone = {path: member for path, member in of_folder(tmp_path).items() if path != "/opt/bin/python"}
    assert findings(compare(files, filesystem(alone))) == [("libpython3.so", ())], "no program is there to load it"
    assert compare(filesystem(alone), filesystem(alone)).verdict is Verdict.SAME


@needs_gcc
def test_a_library_that_a_program_opens_by_its_path(tmp_path: Path) -> None:
    """Java's launcher opens lib/server/libjvm.so, and the JVM's other libraries then find it loaded."""
    jvm = library(tmp_path / "java/lib/server/libjvm.so", soname="libjvm.so")
    library(tmp_path / "java/lib/libjli.so", soname="libjli.so")
    library(tmp_path / "java/lib/libjava.so", needs=[jvm])
    after = filesystem(of_folder(tmp_path))
    before = filesystem(
        dict(of_folder(tmp_path)) | {"/etc/ld.so.cache": cache({"libjvm.so": "/java/lib/server/libjvm.so"})}
    )
    assert lacking(after, "/java/lib/libjava.so") == ["libjvm.so"]
    assert compare(before, after).verdict is Verdict.SAME
    without = {path: member for path, member in of_folder(tmp_path).items() if path != "/java/lib/server/libjvm.so"}
    assert findings(compare(before, filesystem(without))) == [("libjvm.so", ("/java/lib/server/libjvm.so",))]


@needs_gcc
def test_a_library_that_a_program_loads_is_judged_with_it(tmp_path: Path) -> None:
    b = library(tmp_path / "opt/libb.so", soname="libb.so")
    a = library(tmp_path / "opt/liba.so", soname="liba.so", needs=[b])
    flags = ["-Wl,-rpath,/opt", f"-Wl,-rpath-link,{b.parent}", "-Wl,--disable-new-dtags", "-Wl,--dynamic-linker=/ld.so"]
    executable(tmp_path / "app", needs=[a], arguments=flags)
    files = filesystem(dict(of_folder(tmp_path)) | {"/ld.so": program()})
    assert lacking(files, "/opt/liba.so") == ["libb.so"], "it has no path of its own"
    assert compare(files, files).notes == ()


@needs_gcc
def test_a_plugin_needs_the_versions_that_it_was_linked_with(tmp_path: Path) -> None:
    """The program has loaded the library, and not the one that the plugin is for."""
    source = "int f(void) { return 1; } int g(void) { return 2; }"
    one, two = "V_1 { global: f; local: *; };", "V_1 { global: f; local: *; }; V_2 { global: g; } V_1;"
    old = library(tmp_path / "usr/lib/libv.so.1", source, soname="libv.so.1", versions=one)
    new = library(tmp_path / "new/libv.so.1", source, soname="libv.so.1", versions=two)
    executable(tmp_path / "app", needs=[old], arguments=["-Wl,--dynamic-linker=/ld.so"])
    library(tmp_path / "plugin.so", "int g(void); int h(void) { return g(); }", needs=[new])
    before: Members = dict(of_folder(tmp_path)) | {"/ld.so": program(), "/usr/lib/libv.so.1": new.read_bytes()}
    after: Members = {**before, "/usr/lib/libv.so.1": old.read_bytes()}
    assert findings(compare(filesystem(before), filesystem(after))) == [("libv.so.1: V_2", ())]


@needs_gcc
def test_one_of_two_files_of_a_name_was_whole(tmp_path: Path) -> None:
    b = library(tmp_path / "one/libb.so", soname="libb.so")
    whole = library(tmp_path / "p.so", needs=[b], arguments=["-Wl,-rpath,/one"]).read_bytes()
    broken = library(tmp_path / "p.so", needs=[b]).read_bytes()
    before = filesystem({"/one/libb.so": b.read_bytes(), "/x/p.so": whole, "/y/p.so": broken})
    assert findings(compare(before, filesystem({"/z/p.so": broken}))) == [("libb.so", ("/one/libb.so",))]


@needs_gcc
def test_musl(tmp_path: Path) -> None:
    libc = library(tmp_path / "lib/libc.musl-x86_64.so.1", soname="libc.musl-x86_64.so.1")
    b = library(tmp_path / "usr/local/lib/libb.so", soname="libb.so", needs=[libc])
    a = library(tmp_path / "opt/liba.so", soname="liba.so", needs=[b, libc])
    flags = [f"-Wl,--dynamic-linker={MUSL}", "-Wl,-rpath,/opt", f"-Wl,-rpath-link,{b.parent}:{libc.parent}"]
    executable(tmp_path / "app", needs=[a, libc], arguments=flags)
    libc.rename(tmp_path / MUSL.lstrip("/"))
    files = of_folder(tmp_path)
    assert lacking(filesystem(files), "/app") == [], "/usr/local/lib is one of musl's, the C library the loader itself"
    path = {"/etc/ld-musl-x86_64.path": "/lib:/usr/lib\n"}
    assert lacking(filesystem(files | path), "/app") == ["libb.so"]
    moved = {k.replace("/usr/local/lib/", "/opt/"): v for k, v in files.items()}
    assert lacking(filesystem(moved | path), "/app") == [], "musl hands a RUNPATH down"


@needs_gcc
@pytest.mark.skipif(shutil.which("musl-gcc") is None, reason="links with musl")
def test_a_program_of_musl(tmp_path: Path) -> None:
    source = tmp_path / "main.c"
    source.write_text("int main(void) { return 0; }")
    subprocess.run(["musl-gcc", str(source), "-o", str(tmp_path / "app")], check=True)
    content = (tmp_path / "app").read_bytes()
    assert lacking(filesystem({"/app": content, MUSL: program()}), "/app") == []


@needs_gcc
@pytest.mark.skipif(shutil.which("ldd") is None, reason="compares with ldd")
@pytest.mark.parametrize("kept", ["", "libone", "libtwo", "libone libtwo", "libone libtwo libthree"])
def test_the_same_as_ldd(tmp_path: Path, kept: str) -> None:
    """This machine's own loader is the oracle: the same paths, with and without some of the libraries."""
    three = library(tmp_path / "c/libthree.so", soname="libthree.so")
    two = library(tmp_path / "b/libtwo.so", soname="libtwo.so", needs=[three], arguments=["-Wl,-rpath,$ORIGIN/../c"])
    one = library(tmp_path / "a/libone.so", soname="libone.so", needs=[two], arguments=[f"-Wl,-rpath,{two.parent}"])
    flags = [f"-Wl,-rpath,{one.parent}", f"-Wl,-rpath-link,{two.parent}:{three.parent}"]
    app = executable(tmp_path / "app", "int main(void) { return 0; }", needs=[one], arguments=flags, libc=True)
    for path in (one, two, three):
        if path.stem not in kept.split():
            path.unlink()
    told = subprocess.run(["ldd", str(app)], capture_output=True, text=True, check=True).stdout
    expected = sorted(line.split()[0] for line in told.splitlines() if "not found" in line)
    system = [line.split(" => ")[1].split()[0] for line in told.splitlines() if " => /" in line]
    system += [line.split()[0] for line in told.splitlines() if line.strip().startswith("/")]
    members: dict[str, File | Link | Folder | bytes | str] = {}
    for name in (*system, str(app), "/etc/ld.so.cache", *(str(p) for p in (one, two, three) if p.exists())):
        if Path(name).exists():
            members[name] = program(Path(name).read_bytes())
    assert lacking(filesystem(members), str(app)) == expected


def test_the_cache_of_this_machine() -> None:
    path = Path("/etc/ld.so.cache")
    if not path.exists() or shutil.which("ldconfig") is None:
        pytest.skip("compares with ldconfig -p")
    told = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    expected = {(line.split()[0], line.split(" => ")[1]) for line in told.splitlines() if " => " in line}
    found = cached_paths(path.read_bytes())
    assert {(name, place) for name, places in found.items() for place in places} == expected
    assert expected


@pytest.mark.parametrize(
    "data",
    [b"", b"glibc-ld.so.cache1.1", b"glibc-ld.so.cache1.1" + b"\xff" * 60, cache({"a": "/b"})[:-9], b"ld.so-1.7.0" * 9],
)
def test_caches_that_are_none(data: bytes) -> None:
    assert all(isinstance(path, str) for paths in cached_paths(data).values() for path in paths)


def test_a_cache_behind_the_old_format() -> None:
    assert cached_paths(b"ld.so-1.7.0\0" + bytes(36) + cache({"a.so": "/lib/a.so"})) == {"a.so": ("/lib/a.so",)}


# Plugins


@needs_gcc
def test_a_plugin_without_its_host_is_a_note(tmp_path: Path) -> None:
    crypto = library(tmp_path / TRIPLET.lstrip("/") / "libcrypto.so.3", soname="libcrypto.so.3")
    library(tmp_path / TRIPLET.lstrip("/") / "ossl-modules/legacy.so", needs=[crypto])
    before = of_folder(tmp_path)
    after = filesystem({path: member for path, member in before.items() if "libcrypto" not in path})
    section = compare(filesystem(before), after)
    assert section.verdict is Verdict.SAME
    plugin = f"{TRIPLET}/ossl-modules/legacy.so"
    assert section.notes == (f"1 plugin of a library that is not there: {plugin}",)


def test_hosts_of_plugins() -> None:
    files = filesystem({"/usr/lib/libcrypto.so.3": b""})
    assert not plugins.orphan(files, "/usr/lib/engines-3/afalg.so")
    assert plugins.orphan(files, "/usr/lib/sasl2/libplain.so")
    # Another version's host is none of its own
    assert plugins.orphan(files, "/usr/lib/engines-3/afalg.so", "libcrypto.so.3")
    assert not plugins.orphan(files, "/usr/lib/engines-3/afalg.so", "libz.so.1")
    assert not plugins.orphan(files, "/usr/lib/python3/psycopg2/_psycopg.so")


# Scripts


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("/bin/sh", ("/bin/sh", None)),
        ("/bin/sh -e", ("/bin/sh", None)),
        ("/usr/bin/env python3", ("/usr/bin/env", "python3")),
        ("/usr/bin/env -S python3 -u", ("/usr/bin/env", "python3")),
        ("/usr/bin/env A=b node", ("/usr/bin/env", "node")),
        ("/usr/bin/env", ("/usr/bin/env", None)),
        ("", ("", None)),
    ],
)
def test_interpreter(line: str, found: tuple[str, str | None]) -> None:
    assert interpreter(line) == found


SCRIPTS: Members = {
    "/bin/sh": program(),
    "/usr/bin/env": program(),
    "/usr/local/bin/python3": program(),
    "/app/start.sh": script("/bin/sh"),
    "/usr/bin/ps2pdf": script("/bin/sh"),
    "/usr/local/bin/tool": script("/usr/local/bin/python3"),
    "/app/other.py": script("/usr/bin/env python3"),
    "/app/data.sh": File("#!/bin/sh\n"),
}


def scripts_without(*gone: str, started: tuple[str, ...] = ()) -> Section:
    after = filesystem({path: member for path, member in SCRIPTS.items() if path not in gone})
    return closure.compare(filesystem(SCRIPTS), after, {"PATH": "/usr/local/bin:/usr/bin:/bin"}, started=started)


def test_a_script_that_is_started_lacks_its_interpreter() -> None:
    section = scripts_without("/bin/sh", started=("/app/start.sh",))
    assert findings(section) == [("/bin/sh", ("/bin/sh",))]
    assert section.findings[0].detail == "the interpreter of /app/start.sh"


def test_a_script_that_is_started_by_its_name() -> None:
    assert findings(scripts_without("/bin/sh", started=("ps2pdf",))) == [("/bin/sh", ("/bin/sh",))]


def test_scripts_of_the_system_go_with_their_shell() -> None:
    section = scripts_without("/bin/sh", "/usr/bin/env")
    assert (section.verdict, findings(section)) == (Verdict.SAME, [])
    (note,) = section.notes
    assert note.startswith("3 scripts that nothing is known to start lack their interpreter: /app/start.sh, ")


def test_a_program_on_path_lacks_the_applications_interpreter() -> None:
    section = scripts_without("/usr/local/bin/python3")
    assert findings(section) == [("/usr/local/bin/python3", ("/usr/local/bin/python3",))]
    # /app/other.py, which env would start, is not on PATH
    assert section.notes == ("1 script that nothing is known to start lacks its interpreter: /app/other.py",)


def test_a_script_that_never_started() -> None:
    broken = filesystem({"/usr/bin/x": script("/opt/none"), "/usr/bin/y": script("")})
    section = closure.compare(broken, broken, {}, started=("x", "y"))
    assert (section.verdict, section.notes) == (Verdict.SAME, ())


# Symlinks


def test_a_link_that_points_nowhere_now() -> None:
    members: Members = {"/data/fonts/a.ttf": b"font", "/app/font": Link("../data/fonts/a.ttf"), "/app/x": Link("/no")}
    after: Members = {path: member for path, member in members.items() if path != "/data/fonts/a.ttf"}
    section = compare(filesystem(members), filesystem(after))
    assert findings(section) == [("/data/fonts/a.ttf", ("/data/fonts/a.ttf",))]
    assert section.findings[0].detail == "the target of /app/font"
    assert compare(filesystem(after), filesystem(after)).verdict is Verdict.SAME


def test_links_that_nothing_is_lost_with() -> None:
    links: Members = {
        "/usr/local/man": Link("share/man"),
        "/usr/lib/ssl/private": Link("/etc/ssl/private"),
        "/usr/share/zoneinfo/localtime": Link("/etc/localtime"),
        "/var/log/access.log": Link("/dev/stdout"),
    }
    targets: Members = {
        "/usr/local/share/man/man1/x.1": b"",
        "/etc/ssl/private": Folder(0o700),
        "/etc/localtime": Link("/usr/share/zoneinfo/Etc/UTC"),
        "/usr/share/zoneinfo/Etc/UTC": b"TZif",
    }
    section = compare(filesystem({**links, **targets}), filesystem(links))
    assert (section.verdict, findings(section)) == (Verdict.SAME, [])
    (note,) = section.notes
    assert note.startswith("3 symlinks to documentation, empty directories or UTC point nowhere: ")
    full = {**targets, "/etc/ssl/private/key.pem": b"x"}
    assert findings(compare(filesystem({**links, **full}), filesystem(links))) == [
        ("/etc/ssl/private", ("/etc/ssl/private",))
    ]


def test_repairs_are_names_that_a_dockerfile_can_hold() -> None:
    before = filesystem({"/a": Link("/data/\x1b[2J"), "/data/\x1b[2J": b"x"})
    (finding,) = compare(before, filesystem({"/a": Link("/data/\x1b[2J")})).findings
    assert finding.what == "/data/\\x1b[2J"
    assert finding.repair == ()


def test_preloaded_libraries() -> None:
    jemalloc = f"{TRIPLET}/libjemalloc.so.2"
    before = filesystem({jemalloc: b"x"})
    section = compare(before, filesystem({}), LD_PRELOAD=f"{jemalloc}:/never/there.so")
    assert findings(section) == [(jemalloc, (jemalloc,))]
    assert compare(before, before, LD_PRELOAD=jemalloc).verdict is Verdict.SAME
    preload: Members = {"/etc/ld.so.preload": f"{jemalloc}\n"}
    assert findings(compare(before, filesystem(preload))) == [(jemalloc, (jemalloc,))]
