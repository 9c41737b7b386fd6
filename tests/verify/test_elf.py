"""ELF files: the same as pyelftools reads from this machine's own, and nothing from broken ones."""

from __future__ import annotations

import struct
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minify.verify.elf import Elf, Version, dynamic_range, parse, reader, search_directories
from tests.verify import EXAMPLES
from tests.verify.archives import File, filesystem
from tests.verify.compiling import executable, library, needs_gcc, weakened


def system_files() -> list[Path]:
    """Programs and libraries of this machine, of every kind that stands in an image."""
    found = [Path(sys.executable).resolve()]
    for pattern in ("/usr/lib/*-linux-gnu/*.so.*", "/usr/bin/*", "/usr/lib64/*.so.*", "/usr/lib/*.so.*"):
        matches = sorted(Path("/").glob(pattern.lstrip("/")))
        found += matches[:: max(1, len(matches) // 40)]
    return [path for path in dict.fromkeys(found) if path.is_file() and path.stat().st_size < 30_000_000]


def by_pyelftools(path: Path) -> Elf:
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection
    from elftools.elf.segments import InterpSegment

    with path.open("rb") as stream:
        elf = ELFFile(stream)
        interpreter, tags = None, []
        for segment in elf.iter_segments():
            if isinstance(segment, InterpSegment):
                interpreter = segment.get_interp_name()
            if isinstance(segment, DynamicSegment):
                tags = list(segment.iter_tags())
        one = {tag.entry.d_tag: tag for tag in tags}
        versions: dict[str, tuple[Version, ...]] = {}
        defines = set()
        for section in elf.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                for need, names in section.iter_versions():
                    versions[need.name] = tuple(
                        Version(name=name.name, weak=bool(name["vna_flags"] & 2)) for name in names
                    )
            if isinstance(section, GNUVerDefSection):
                defines |= {next(iter(names)).name for _, names in section.iter_versions()}
        runpath = one["DT_RUNPATH"].runpath.split(":") if "DT_RUNPATH" in one else []
        rpath = one["DT_RPATH"].rpath.split(":") if "DT_RPATH" in one and not runpath else []
        machines = {"EM_X86_64": "x86-64", "EM_AARCH64": "aarch64", "EM_386": "i386", "EM_ARM": "arm"}
        return Elf(
            machine=machines.get(elf["e_machine"], str(elf["e_machine"])),
            bits=elf.elfclass,
            dynamic=bool(tags),
            interpreter=interpreter,
            soname=one["DT_SONAME"].soname if "DT_SONAME" in one else None,
            needed=tuple(tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"),
            rpath=tuple(rpath),
            runpath=tuple(runpath),
            own_paths_only="DT_FLAGS_1" in one and bool(one["DT_FLAGS_1"].entry.d_val & 0x800),
            versions=versions,
            defines=frozenset(defines),
        )


def test_the_same_as_pyelftools() -> None:
    pytest.importorskip("elftools")
    compared = with_versions = 0
    for path in system_files():
        data = path.read_bytes()
        if not data.startswith(b"\x7fELF"):
            continue
        found = parse(reader(data))
        assert found == by_pyelftools(path), path
        compared += 1
        with_versions += bool(found and found.versions and found.defines)
    assert compared > 20 or not sys.platform.startswith("linux")
    assert with_versions > 0 or compared == 0


@needs_gcc
def test_what_gcc_was_told(tmp_path: Path) -> None:
    old = library(
        tmp_path / "libbase.so.1",
        "int first(void) { return 1; } int second(void) { return 2; }",
        soname="libbase.so.1",
        versions="BASE_1.0 { global: first; local: *; }; BASE_1.1 { global: second; } BASE_1.0;",
    )
    top = library(
        tmp_path / "libtop.so",
        "int first(void); int second(void); int top(void) { return first() + second(); }",
        needs=[old],
        arguments=["-Wl,-rpath,$ORIGIN/../lib:/opt", "-Wl,--disable-new-dtags"],
    )
    base, user = parse(reader(old.read_bytes())), parse(reader(top.read_bytes()))
    assert base is not None and user is not None
    assert base.soname == "libbase.so.1"
    assert base.defines >= {"BASE_1.0", "BASE_1.1"}
    assert user.needed == ("libbase.so.1",)
    assert (user.rpath, user.runpath) == (("$ORIGIN/../lib", "/opt"), ())
    assert {v.name: v.weak for v in user.versions["libbase.so.1"]} == {"BASE_1.0": False, "BASE_1.1": False}
    weak = parse(reader(weakened(top.read_bytes(), "BASE_1.1")))
    assert weak is not None
    assert {v.name: v.weak for v in weak.versions["libbase.so.1"]} == {"BASE_1.0": False, "BASE_1.1": True}


@needs_gcc
def test_programs(tmp_path: Path) -> None:
    dynamic = executable(tmp_path / "a", arguments=["-Wl,--dynamic-linker=/lib/ld-test.so.1", "-pie", "-Wl,-rpath,/x"])
    static = executable(tmp_path / "b", arguments=["-static"])
    found, other = parse(reader(dynamic.read_bytes())), parse(reader(static.read_bytes()))
    assert found is not None and other is not None
    assert (found.interpreter, found.runpath, found.dynamic) == ("/lib/ld-test.so.1", ("/x",), True)
    assert (other.interpreter, other.dynamic) == (None, False)


@needs_gcc
def test_an_rpath_beside_a_runpath_is_of_no_effect(tmp_path: Path) -> None:
    data = bytearray(library(tmp_path / "libx.so", arguments=["-Wl,-rpath,/here"]).read_bytes())
    place = dynamic_range(reader(bytes(data)))
    assert place is not None
    tags = {at: struct.unpack_from("<qQ", data, at) for at in range(place[0], sum(place), 16)}
    runpath = next(value for tag, value in tags.values() if tag == 29)
    end = next(at for at, (tag, _) in tags.items() if tag == 0)
    struct.pack_into("<qQ", data, end, 15, runpath)
    found = parse(reader(bytes(data)))
    assert found is not None and (found.rpath, found.runpath) == ((), ("/here",))


@needs_gcc
def test_32_bits(tmp_path: Path) -> None:
    found = parse(reader(library(tmp_path / "libx.so", arguments=["-m32"], soname="libx.so.7").read_bytes()))
    assert found is not None
    assert (found.machine, found.bits, found.soname) == ("i386", 32, "libx.so.7")


def test_big_endian() -> None:
    """A header of a PowerPC file, as the specification lays it out."""
    ident = b"\x7fELF\x02\x02\x01" + bytes(9)
    header = struct.pack(">HHIQQQIHHHHHH", 3, 21, 1, 0, 0, 0, 0, 64, 56, 0, 0, 0, 0)
    assert parse(reader(ident + header)) == Elf(machine="ppc64", bits=64, dynamic=False, versions={})


@needs_gcc
@pytest.mark.parametrize("keep", [0, 4, 5, 16, 40, 63, 64, 200, 1000, 4096, 8192])
def test_a_file_that_is_cut_off(tmp_path: Path, keep: int) -> None:
    data = library(tmp_path / "libx.so", soname="libx.so.1").read_bytes()
    found = parse(reader(data[:keep]))
    assert found is None or found.soname in (None, "libx.so.1")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("elf")
    base = library(
        folder / "libb.so", "int b(void) { return 1; }", soname="libb.so.1", versions="B_1 { global: b; local: *; };"
    )
    return library(folder / "libx.so", "int b(void); int x(void) { return b(); }", needs=[base]).read_bytes()


@needs_gcc
@settings(max_examples=EXAMPLES)
@given(at=st.floats(0, 1), damage=st.binary(min_size=1, max_size=60))
def test_a_damaged_file_is_understood_or_not(sample: bytes, at: float, damage: bytes) -> None:
    tables = [at * len(sample), at * 1024, len(sample) - at * 2048]
    for place in map(int, tables):
        data = bytearray(sample)
        data[place : place + len(damage)] = damage
        found = parse(reader(bytes(data)))
        assert found is None or found.bits in (32, 64)


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=400))
def test_any_bytes_behind_the_magic(data: bytes) -> None:
    for ident in (b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01", b"\x7fELF"):
        found = parse(reader(ident + data))
        assert found is None or isinstance(found, Elf)
        dynamic_range(reader(ident + data))


def test_versions_that_go_round_in_circles() -> None:
    """A list whose next record is itself would be read for ever."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 1000, 1000, 0x1000)
    dynamic = struct.pack("<IIQQQQQQ", 2, 6, 0x100, 0x100, 0x100, 64, 64, 8)
    tags = struct.pack("<8q", 5, 0x200, 0x6FFFFFFE, 0x180, 0x6FFFFFFF, 1 << 60, 0, 0)
    record = struct.pack("<HHIII", 1, 0xFFFF, 0, 16, 0) + struct.pack("<IHHII", 0, 0, 2, 0, 1 << 31)
    data = (ident + header + load + dynamic).ljust(0x100, b"\0") + tags
    data = data.ljust(0x180, b"\0") + record
    assert parse(reader(data.ljust(1000, b"\0"))) is None
    # Records that overlap: sixty thousand of sixty thousand each
    circle = b"".join(struct.pack("<HHIII", 1, 0xFFFF, 0, 0, 1) for _ in range(30))
    began = time.monotonic()
    assert parse(reader((data[:0x180] + circle).ljust(1 << 20, b"\1"))) is None
    assert time.monotonic() - began < 5


def test_the_directories_of_a_loader() -> None:
    data = b"xx\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0/not\0"
    assert search_directories(data) == ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")
    assert search_directories(b"/lib/\0and") == ()


@needs_gcc
def test_what_a_file_system_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = library(tmp_path / "libx.so", soname="libx.so.1").read_bytes()
    whole = filesystem({"/lib/libx.so": data, "/lib/broken.so": b"\x7fELF" + bytes(80)})
    assert [(path, elf.soname) for path, elf in whole.elves()] == [("/lib/libx.so", "libx.so.1")]
    broken = whole.entries["/lib/broken.so"].content
    assert broken is not None and broken.is_elf and broken.elf is None
    names = filesystem({"/lib/libx.so": data}, elf=False)
    content = names.entries["/lib/libx.so"].content
    assert content is not None and content.is_elf and content.elf is None


@needs_gcc
def test_a_file_that_is_too_large_to_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its front is held, with the names; the dynamic section is taken as it comes by, what is between is passed over."""
    base = library(tmp_path / "libb.so", soname="libb.so.1")
    # The content stands between the front tables and the dynamic section
    large = library(
        tmp_path / "libx.so", "const char text[8000000] = {1};", soname="libx.so.9", needs=[base]
    ).read_bytes()
    monkeypatch.setattr("minify.verify.contents._ELF_LIMIT", 1 << 16)
    files = filesystem({"/lib/libx.so": large, "/lib/next": File(b"12")})
    assert [(elf.soname, elf.needed) for _, elf in files.elves()] == [("libx.so.9", ("libb.so.1",))]
    assert (files.entries["/lib/libx.so"].size, files.entries["/lib/next"].size) == (len(large), 2)
    monkeypatch.setattr("minify.verify.contents._ELF_LIMIT", 100)
    files = filesystem({"/lib/libx.so": large})
    assert list(files.elves()) == []
    assert files.notes == ("/lib/libx.so is too large to be understood",)
