"""What an engine says of a base image that the catalog does not know, and what becomes of a file that stands on it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from minify.api import Outcome, fix_source
from minify.edit import Safety
from minify.image.catalog import BaseImage
from minify.image.reference import ImageReference
from minify.plan import Options, Rung
from minify.planner import Wish
from minify.syntax import Source
from minify.verify.bases import of_engine
from minify.verify.engine import Configuration, EngineError, Healthcheck, Image
from tests.context.folder import context
from tests.verify.fakes import FakeEngine

NAME = "registry.example/team/base:3"
DEBIAN = {
    "usr/bin/sh": b"\x7fELF",
    "usr/bin/apt-get": b"\x7fELF",
    "usr/lib64/ld-linux-x86-64.so.2": b"\x7fELF",
    "usr/lib/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": b"Package: curl\nStatus: install ok installed\n\nPackage: nano\nStatus: install ok installed\n",
    "etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nteam:x:1200:1200::/srv/team:/bin/sh\n",
    "usr/local/bin/begin": b'#!/bin/sh\nexec "$@"\n',
}
SAID = Configuration(
    user="team",
    workdir="/srv/team",
    env={"PATH": "/usr/local/bin:/usr/bin", "GREETING": 'say "hi" for $5', "BROKEN": "a\nb"},
    entrypoint=("begin",),
    cmd=("worker", "--all"),
    exposed=("8080/tcp",),
    volumes=("/srv/team/data",),
    labels={"org.example.team": "core", "org.example.note": "it's 100%"},
    healthcheck=Healthcheck(test=("CMD", "worker", "ping"), interval=7, timeout=0.5, retries=2),
    stop_signal="SIGINT",
)


class Images(FakeEngine):
    """An engine that has one image."""

    def __init__(self, said: Configuration, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._said, self._files = said, files

    def image(self, reference: str) -> Image:
        if reference != NAME:
            raise EngineError("no such image")
        return Image(id="sha256:1", configuration=self._said, size=1, layers=1)

    @contextmanager
    def export(self, image: str) -> Iterator[IO[bytes]]:
        assert image == "sha256:1"
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, data in self._files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o755
                tar.addfile(member, io.BytesIO(data))
        archive.seek(0)
        yield archive


def asked(said: Configuration = SAID, files: Mapping[str, bytes] = DEBIAN) -> BaseImage:
    answer = of_engine(Images(said, files), ImageReference.parse(NAME))
    assert isinstance(answer, BaseImage)
    return answer


def test_what_is_in_the_configuration_and_in_the_files() -> None:
    base = asked()
    assert (base.distro, base.libc, base.shell, base.package_manager) == ("debian12", "glibc", "/bin/sh", "apt")
    assert (base.user, base.workdir, base.has) == ("team", "/srv/team", ("curl", "nano"))
    assert base.users == ("team:1200:1200:/srv/team",)
    assert base.script == '#!/bin/sh\nexec "$@"\n'
    assert base.health == 'HEALTHCHECK --interval=7s --timeout=500ms --retries=2 CMD ["worker", "ping"]'
    assert base.env_unknown == ("BROKEN",), "ENV cannot say a line break"


# What an image holds; the distribution, C library and package manager that are seen
SYSTEMS = [
    pytest.param({"lib/ld-musl-x86_64.so.1": b"", "sbin/apk": b"", "bin/sh": b"", "etc/os-release": b"ID=alpine\nVERSION_ID=3.22.1\n", "lib/apk/db/installed": b"P:musl\nV:1\n\nP:git\n"}, ("alpine3.22", "musl", "apk", ("musl", "git")), id="Alpine"),
    pytest.param({"lib64/ld-linux-x86-64.so.2": b"", "usr/bin/dnf": b"", "usr/bin/yum": b"", "bin/sh": b"", "etc/os-release": b'ID="rocky"\nVERSION_ID="9.4"\n'}, ("rockylinux9", "glibc", "dnf", ()), id="Rocky Linux"),
    pytest.param({"lib64/ld-linux-x86-64.so.2": b"", "usr/bin/microdnf": b"", "usr/bin/rpm": b"", "bin/sh": b"", "etc/os-release": b'ID="rhel"\nVERSION_ID="9.4"\n'}, ("ubi9", "glibc", "microdnf", ()), id="UBI"),
    pytest.param({"app": b""}, (None, None, None, ()), id="nothing but a program"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "seen"), SYSTEMS)
def test_distributions(
    files: Mapping[str, bytes], seen: tuple[str | None, str | None, str | None, tuple[str, ...]]
) -> None:
    base = asked(Configuration(), files)
    assert (base.distro, base.libc, base.package_manager, base.has) == seen
    assert base.shell == (None if len(files) == 1 else "/bin/sh")


def fixed(root: Path, text: str, base: BaseImage | str) -> Outcome:
    files = {"Dockerfile": text, "page.html": ""}
    wish = Wish(options=Options(bases=lambda reference: base))
    return fix_source(Source(text), context(root, files), wish, Safety.INFERRED)


TEXT = f"FROM {NAME}\nCOPY page.html ./\nEXPOSE 9090\n"


def test_a_file_on_it_is_pruned_with_all_that_it_sets(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TEXT, asked())
    assert outcome.plan.rung is Rung.PRUNED, outcome.plan.refusals
    assert outcome.patch.after.text.partition("COPY --from=build / /\n")[2] == (
        "ENV PATH=/usr/local/bin:/usr/bin \\\n"
        '    GREETING="say \\"hi\\" for \\$5"\n'
        "EXPOSE 9090\n"
        "WORKDIR /srv/team\n"
        "USER team\n"
        "EXPOSE 8080\n"
        "VOLUME /srv/team/data\n"
        'LABEL org.example.note="it\'s 100%"\n'
        "LABEL org.example.team=core\n"
        'HEALTHCHECK --interval=7s --timeout=500ms --retries=2 CMD ["worker", "ping"]\n'
        "STOPSIGNAL SIGINT\n"
        'ENTRYPOINT ["begin"]\n'
        'CMD ["worker", "--all"]\n'
    )


def test_who_was_asked_is_named(tmp_path: Path) -> None:
    decisions = fixed(tmp_path, TEXT, asked()).plan.decisions
    said = next(d for d in decisions if d.subject == f"FROM {NAME}")
    assert (said.line, said.reason) == (1, "what it sets was asked of fake 1: say it again when the image changes")


def test_what_the_file_says_itself_is_not_said_again(tmp_path: Path) -> None:
    text = TEXT + "LABEL org.example.team=other\nHEALTHCHECK NONE\nSTOPSIGNAL SIGTERM\n"
    after = fixed(tmp_path, text, asked()).patch.after.text
    assert "org.example.team=core" not in after and "HEALTHCHECK --" not in after and "SIGINT" not in after
    assert "org.example.note" in after


def test_its_shell_is_said_before_the_forms_that_it_runs(tmp_path: Path) -> None:
    from dataclasses import replace

    shell = ("/bin/bash", "-o", "pipefail", "-c")
    outcome = fixed(tmp_path, TEXT + "CMD worker | tee log\n", asked(replace(SAID, shell=shell)))
    final = outcome.patch.after.text.partition("COPY --from=build / /\n")[2]
    assert 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n' in final
    assert final.index("SHELL") < final.index("CMD worker")


def test_what_it_holds_keeps_network_tools_and_the_shell(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TEXT, asked())
    said = {decision.subject: decision.reason for decision in outcome.plan.decisions}
    assert said["curl"] == f"stays: something may call it: what {NAME} holds was not read (line 1)"
    assert "the shell" in said and "nano" in outcome.patch.after.text


def test_a_start_script_that_calls_the_package_manager_keeps_the_shape(tmp_path: Path) -> None:
    files = {**DEBIAN, "usr/local/bin/begin": b'#!/bin/sh\napt-get update\nexec "$@"\n'}
    outcome = fixed(tmp_path, TEXT, asked(files=files))
    assert outcome.plan.rung is Rung.SLIM
    assert "apt-get: the package manager may be used at run time" in outcome.plan.refusals[-1].reason


def test_onbuild_keeps_the_shape(tmp_path: Path) -> None:
    outcome = fixed(tmp_path, TEXT, asked(Configuration(onbuild=("COPY . /x",), cmd=("/x/run",))))
    assert outcome.plan.rung is Rung.SLIM
    assert any("ONBUILD" in refusal.reason for refusal in outcome.plan.refusals)


def test_no_better_rung_is_reached(tmp_path: Path) -> None:
    text = f'FROM golang:1.24 AS make\nRUN go build -o /app x.go\nFROM {NAME}\nCOPY --from=make /app /app\nENTRYPOINT ["/app"]\n'
    outcome = fixed(tmp_path, text, asked())
    assert outcome.plan.rung is Rung.PRUNED, "what else the image holds is not known"


def test_an_image_that_is_not_there_is_said(tmp_path: Path) -> None:
    answer = of_engine(Images(SAID, DEBIAN), ImageReference.parse("team/other:1"))
    assert answer == "fake 1 has no image of this name: pull it first (fake pull team/other:1)"
    outcome = fixed(tmp_path, TEXT, answer)
    reason = f"what {NAME} sets and holds is not known, so it cannot be said again: {answer}"
    assert outcome.plan.rung is Rung.SLIM
    assert reason in [refusal.reason for refusal in outcome.plan.refusals]


def test_the_catalog_is_believed(tmp_path: Path) -> None:
    def never(reference: ImageReference) -> BaseImage:
        raise AssertionError(reference)

    text = 'FROM debian:12\nCOPY page.html /\nCMD ["tail", "-f", "/page.html"]\n'
    wish = Wish(options=Options(bases=never))
    assert (
        fix_source(Source(text), context(tmp_path, {"page.html": ""}), wish, Safety.INFERRED).plan.rung is Rung.PRUNED
    )


def test_who_is_not_known_in_full_is_asked(tmp_path: Path) -> None:
    text = 'FROM azul/zulu-openjdk:17\nCOPY page.html /\nCMD ["java", "-version"]\n'
    seen: list[str] = []

    def ask(reference: ImageReference) -> str:
        seen.append(reference.written)
        return "nobody is there"

    wish = Wish(options=Options(bases=ask))
    outcome = fix_source(Source(text), context(tmp_path, {"page.html": ""}), wish, Safety.INFERRED)
    assert seen == ["azul/zulu-openjdk:17"]
    assert any(refusal.reason.endswith(": nobody is there") for refusal in outcome.plan.refusals)
