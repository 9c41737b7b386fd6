"""An exported stream becomes a file system: what is there, what links lead to, and nothing that a hostile name asks for."""

from __future__ import annotations

import io
import tarfile
import zlib
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minify.errors import VerificationError
from minify.verify.compression import Compression
from minify.verify.engine import silent
from minify.verify.entries import Kind
from minify.verify.filesystem import Filesystem, read
from minify.verify.links import follow, normal, shown
from minify.verify.tarstream import CHUNK, TarStream
from tests.verify import EXAMPLES
from tests.verify.archives import File, Folder, Link, filesystem, program, script, tar

FORMATS = {"pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT, "ustar": tarfile.USTAR_FORMAT}


def parsed(data: bytes) -> Filesystem:
    return read(io.BytesIO(data), elf=True, progress=silent)


def test_entries() -> None:
    files = filesystem(
        {
            "/usr/bin": Folder(mode=0o751, uid=3, gid=4),
            "/usr/bin/tool": File(b"12345", mode=0o4755, uid=1000, gid=50),
            "/bin": Link("usr/bin"),
            "/usr/bin/same": Link("usr/bin/tool", hard=True),
        }
    )
    tool = files.entries["/usr/bin/tool"]
    assert (tool.kind, tool.mode, tool.uid, tool.gid, tool.size) == (Kind.FILE, 0o4755, 1000, 50, 5)
    assert files.entries["/usr/bin"].mode == 0o751
    assert files.entries["/bin"].link == "usr/bin"
    same = files.entries["/usr/bin/same"]
    assert (same.content, same.mode, same.uid) == (tool.content, tool.mode, tool.uid), "of an inode there is one mode"
    assert (files.size, files.files) == (5, 1), "hard links share their content"
    assert set(files.entries) == {"/", "/usr", "/usr/bin", "/usr/bin/tool", "/bin", "/usr/bin/same"}


def test_what_the_engine_mounts_is_left_out() -> None:
    files = filesystem(
        {
            "/dev/console": b"",
            "/proc": Folder(),
            "/sys/x": b"",
            "/etc/hosts": b"x",
            "/etc/hostname": b"x",
            "/etc/resolv.conf": b"x",
            "/.dockerenv": b"",
            "/etc/hosts.allow": b"x",
            "/developer": b"x",
        }
    )
    assert set(files.entries) == {"/", "/etc", "/etc/hosts.allow", "/developer"}
    assert files.size == 2


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/bin/sh", "/usr/bin/dash"),
        ("bin//./sh", "/usr/bin/dash"),
        ("/usr/lib/../bin/sh", "/usr/bin/dash"),
        ("/../../bin/sh", "/usr/bin/dash"),
        ("/up/dash", "/usr/bin/dash"),
        ("/usr/bin/dash/", "/usr/bin/dash"),
        ("/loop/x", None),
        ("/a", None),
        ("/dangling", None),
        ("/stdout", "/proc/self/fd/1"),
        ("/usr/bin/none", None),
        ("/", "/"),
    ],
)
def test_resolve(path: str, found: str | None) -> None:
    files = filesystem(
        {
            "/bin": Link("usr/bin"),
            "/usr/bin/sh": Link("dash"),
            "/usr/bin/dash": program(),
            "/usr/lib/x": b"",
            "/up": Link("../../../usr/bin"),
            "/loop": Link("loop"),
            "/a": Link("/b"),
            "/b": Link("/a"),
            "/dangling": Link("/nowhere"),
            "/stdout": Link("/dev/stdout"),
            "/dev/stdout": Link("/proc/self/fd/1"),
        }
    )
    # What lies below /dev is the engine's: nothing of the image says where it leads
    assert files.resolve(path) == (found if path != "/stdout" else "/dev/stdout")
    assert files.exists(path) is (found is not None)


def test_a_chain_of_links_is_followed_to_its_fortieth() -> None:
    def chain(links: int) -> Filesystem:
        return filesystem({f"/l{n}": Link(f"l{n + 1}") for n in range(links)} | {f"/l{links}": b""})

    assert chain(40).resolve("/l0") == "/l40"
    assert chain(41).resolve("/l0") is None


def test_passed_names_every_link_on_the_way() -> None:
    files = filesystem({"/lib64": Link("usr/lib64"), "/usr/lib64/ld.so": Link("../lib/ld.so"), "/usr/lib/ld.so": b""})
    assert files.passed("/lib64/ld.so") == ("/lib64", "/usr/lib64/ld.so", "/usr/lib/ld.so")
    assert files.passed("/lib64/none") == ()


def test_find() -> None:
    files = filesystem({"/a/libpq.so.5": b"", "/b/libpq.so.5": b"", "/b/_ssl.cpython-311.so": b"", "/b/_ss[l": b""})
    assert files.find("libpq.so.5") == ("/a/libpq.so.5", "/b/libpq.so.5")
    assert files.find("_ssl.*.so") == ("/b/_ssl.cpython-311.so",)
    assert files.find("_ss[*") == ("/b/_ss[l",), "nothing but * is special"
    assert files.find("libpq") == ()


def test_scripts_and_programs() -> None:
    files = filesystem(
        {
            "/bin": Link("usr/bin"),
            "/usr/bin/env": program(),
            "/usr/bin/run": script("/usr/bin/env  python3 "),
            "/opt/plain": File("#!/bin/sh\n"),
            "/usr/bin/data": File(b"x"),
        }
    )
    assert files.shebang("/bin/run") == "/usr/bin/env  python3"
    assert files.shebang("/usr/bin/env") is None
    assert files.which("run", "/opt:/bin:/usr/bin") == "/bin/run"
    assert files.which("data", "/usr/bin") is None, "may not be executed"
    assert files.which("./run", "/opt", folder="/usr/bin") == "/usr/bin/run"
    assert files.which("plain", "/opt") is None
    assert files.children("/bin") == ("/usr/bin/data", "/usr/bin/env", "/usr/bin/run")
    assert files.empty("/usr/bin/env") and not files.empty("/usr/bin")


def test_only_known_texts_are_held() -> None:
    files = filesystem({"/etc/passwd": "root:x:0:0::/root:/bin/sh\n", "/etc/shadow": "secret", "/app/passwd": "no"})
    assert files.text("/etc/passwd").startswith("root:")
    assert files.data("/etc/shadow") is None and files.data("/app/passwd") is None
    assert files.text("/etc/group") == ""


def test_os_release_behind_a_link() -> None:
    files = filesystem({"/usr/lib/os-release": "ID=debian\n", "/etc/os-release": Link("../usr/lib/os-release")})
    assert files.text("/etc/os-release") == "ID=debian\n"


def test_capabilities_of_a_file() -> None:
    files = filesystem({"/bin/ping": File(b"x", capabilities=True), "/bin/true": File(b"x")})
    assert files.entries["/bin/ping"].capabilities and not files.entries["/bin/true"].capabilities


@pytest.mark.parametrize("name", ["../etc/passwd", "a/../../b", "..", "/../x", "x" * 5000, "d/" * 200 + "x"])
def test_names_that_are_no_path_are_counted_and_left_out(name: str) -> None:
    files = filesystem({"/kept": b"1", "/" + name: b"22"} if not name.startswith("/") else {"/kept": b"1", name: b"22"})
    assert (set(files.entries), files.ignored) == ({"/", "/kept"}, 1)


def test_odd_members() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind, link in [
            ("./etc/./x", tarfile.REGTYPE, ""),
            ("/abs", tarfile.REGTYPE, ""),
            ("null", tarfile.CHRTYPE, ""),
            ("disk", tarfile.BLKTYPE, ""),
            ("pipe", tarfile.FIFOTYPE, ""),
            ("hard", tarfile.LNKTYPE, "nothing"),
            ("hard2", tarfile.LNKTYPE, "../../etc/shadow"),
            ("hard3", tarfile.LNKTYPE, "etc"),
            ("folder", tarfile.DIRTYPE, ""),
            ("hard4", tarfile.LNKTYPE, "folder"),
            ("device", tarfile.LNKTYPE, "null"),
            (".wh.etc", tarfile.REGTYPE, ""),
            ("twice", tarfile.DIRTYPE, ""),
            ("twice", tarfile.SYMTYPE, "/abs"),
        ]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            archive.addfile(info)
    files = parsed(stream.getvalue())
    kinds = {path: entry.kind.value for path, entry in files.entries.items()}
    assert kinds == {
        "/": "directory",
        "/etc": "directory",
        "/etc/x": "file",
        "/abs": "file",
        "/null": "device",
        "/disk": "device",
        "/pipe": "fifo",
        "/folder": "directory",
        "/device": "device",
        "/.wh.etc": "file",
        "/twice": "symlink",
    }
    # `etc` has no member of its own when the third hard link names it
    assert files.ignored == 4
    assert files.resolve("/twice") == "/abs"


def test_the_global_header_of_an_archive() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"uid": "77"}) as archive:
        archive.addfile(tarfile.TarInfo("x"))
    assert parsed(stream.getvalue()).entries["/x"].uid == 77


def test_a_stream_that_is_cut_off() -> None:
    whole = tar({"/a": b"1" * 2000, "/b": b"2"})
    end = whole.rindex(b"2") + 1
    parsed(whole)
    for length in (0, 1, 511, 512, 600, 2048, end, end + 511 - end % 512):
        with pytest.raises(VerificationError, match="ended early"):
            parsed(whole[:length])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"x" * 512, id="no header"),
        pytest.param(b"{" * 100_000, id="another format"),
        pytest.param(tar({"/a": b""})[:148] + b"99999999" + tar({"/a": b""})[156:], id="checksum"),
    ],
)
def test_what_is_no_tar_stream(data: bytes) -> None:
    with pytest.raises(VerificationError, match="no tar stream"):
        parsed(data)


@pytest.mark.parametrize(
    "records",
    [b"6 a=b", b"99999 path=x\n", b"path=x\n", b"0 =\n", b"7 path\n", b"-1 a=b\n", b"13 size=1000x\n", b"11 size=-1\n"],
)
def test_extended_headers_that_are_none(records: bytes) -> None:
    extended = tarfile.TarInfo("pax")
    extended.type, extended.size = tarfile.XHDTYPE, len(records)
    data = extended.tobuf() + records.ljust(512, b"\0") + tarfile.TarInfo("x").tobuf() + bytes(1024)
    with pytest.raises(VerificationError, match="no tar stream"):
        parsed(data)


def test_a_header_that_would_fill_the_memory() -> None:
    extended = tarfile.TarInfo("pax")
    extended.type, extended.size = tarfile.XHDTYPE, 1 << 40
    with pytest.raises(VerificationError, match="a header of 1099511627776 bytes"):
        parsed(extended.tobuf(tarfile.GNU_FORMAT) + bytes(4096))


def test_a_stream_that_fails() -> None:
    class Failing(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("the engine is gone")

    with pytest.raises(VerificationError, match="the engine is gone"):
        read(Failing(), elf=True, progress=silent)  # type: ignore[arg-type]


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    filesystem({"/etc/passwd": "x", "/evil": Link(str(tmp_path)), "/evil/x": b"y"})
    assert list(tmp_path.iterdir()) == []


class Slow(io.RawIOBase):
    """A pipe: fewer bytes than were asked for."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step, self._at = data, step, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._data[self._at : self._at + min(self._step, size)]
        self._at += len(piece)
        return piece


@pytest.mark.parametrize("step", [1, 7, 511, 513])
def test_any_size_of_pieces(step: int) -> None:
    data = tar({"/a": b"1" * 700, "/etc/passwd": "x" * 1500, "/b": script("/bin/sh")})
    stream: IO[bytes] = Slow(data, step)  # type: ignore[assignment]
    files = read(stream, elf=True, progress=silent)
    assert files.entries["/a"].size == 700 and files.text("/etc/passwd") == "x" * 1500
    assert files.shebang("/b") == "/bin/sh"


def test_content_that_spans_chunks() -> None:
    passwd = "root:x:0:0::/root:/bin/sh\n" * (2 * CHUNK // 26)
    files = filesystem({"/big": b"x" * (CHUNK - 100), "/etc/passwd": passwd, "/last": b"1"})
    assert files.text("/etc/passwd") == passwd
    assert files.entries["/last"].size == 1


def test_the_compressed_size_is_near_that_of_one_stream() -> None:
    data = bytes(range(256)) * 20_000 + zlib.compress(b"random enough" * 1000)
    with Compression() as compression:
        for at in range(0, len(data), CHUNK):
            compression.add(data[at : at + CHUNK])
        size = compression.size()
    assert compression.taken == len(data)
    assert size == pytest.approx(len(zlib.compress(data, 1)), rel=0.05)


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minify.verify.filesystem._PROGRESS_STEP", 3 << 20)
    told: list[str] = []
    data = tar({f"/{n}": bytes(CHUNK) for n in range(8)})
    read(io.BytesIO(data), elf=True, progress=told.append)
    assert told == ["read 3 MB of the file system", "read 6 MB of the file system"]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=300).filter(
    lambda name: name.strip("/")
)


@settings(max_examples=EXAMPLES)
@given(st.dictionaries(NAMES, st.binary(max_size=600), max_size=8), st.sampled_from(sorted(FORMATS)))
def test_the_same_members_as_the_standard_library(members: dict[str, bytes], tar_format: str) -> None:
    """Its own reader is the oracle, for archives in the formats that engines write."""
    try:
        data = tar(dict(members), tar_format=FORMATS[tar_format])
    except ValueError:
        return  # ustar has no room for such a name
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = [(info.name.rstrip("/"), info.size, info.mode) for info in archive]
    assert [(m.name.rstrip("/"), m.size, m.mode) for m in TarStream(io.BytesIO(data), lambda _: None)] == expected


@settings(max_examples=EXAMPLES)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=100), st.binary(max_size=100)), max_size=6), st.randoms())
def test_hostile_names(names: list[tuple[bytes, bytes]], random: object) -> None:
    """Any bytes as names and link targets: every path stays inside, and every question has an answer."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        for at, (name, target) in enumerate(names):
            info = tarfile.TarInfo(name.replace(b"\0", b"/").decode("utf-8", "surrogateescape"))
            info.type = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.REGTYPE, tarfile.DIRTYPE)[at % 4]
            info.linkname = target.replace(b"\0", b"..").decode("utf-8", "surrogateescape")
            archive.addfile(info)
    files = parsed(stream.getvalue())
    for path in files.entries:
        assert path.startswith("/") and ".." not in path.split("/")
        resolved = files.resolve(path)
        assert resolved is None or ".." not in resolved.split("/")
        assert shown(path).isprintable()
        files.find(path.rpartition("/")[2])


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_file_system_or_an_error(data: bytes) -> None:
    try:
        parsed(data)
    except VerificationError as error:
        assert error.message.startswith("the image's file system")


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 511), st.binary(min_size=1, max_size=40))
def test_a_damaged_header_is_an_error_or_another_member(at: int, damage: bytes) -> None:
    data = bytearray(tar({"/a/b": b"content", "/etc/passwd": "x"}))
    data[at : at + len(damage)] = damage
    try:
        files = parsed(bytes(data))
    except VerificationError:
        return
    assert all(path.startswith("/") for path in files.entries)


def test_paths() -> None:
    assert normal("a//b/./c/") == "/a/b/c"
    assert normal("..", "/opt") is None
    assert follow("/a/b", {"/a": "/"}.get) == "/b"
    assert follow("/a", {"/a": ""}.get) is None, "a symlink to nothing leads nowhere"
    assert shown("/tmp/\x1b]0;title\x07") == "/tmp/\\x1b]0;title\\x07"
    assert shown("/ü/日本") == "/ü/日本"
