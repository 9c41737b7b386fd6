"""The chiseled image that takes a base's place, built and run, with stand-ins under names of this test's own.

They are not .NET 8, which can be had from Microsoft's registry alone: they hold .NET Core 3.1 and Debian's packages, laid out as the images
of .NET 8 are: `aspnet` with the user app, and its chiseled image without a shell, which starts as that user. What is tried is that a build
and a run do without what the chiseled layout lacks, not that version.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from minify.api import fix_source
from minify.context.tree import Context
from minify.edit import Safety
from minify.image.mirror import Mirror
from minify.plan import Options, Rung
from minify.planner import Wish
from minify.proof import Original
from minify.syntax import Source
from minify.verify.ask import Ask
from minify.verify.engine import BuildOptions, silent
from minify.verify.engines import choose
from minify.verify.verdict import Verdict
from tests.e2e.engine import Engine
from tests.samples import SAMPLES

pytestmark = pytest.mark.e2e

HERE = "localhost/chiseled-test/dotnet"
PUBLIC = "mcr.microsoft.com/dotnet"
PORT = 28946
# .NET Core 3.1 does not read ASPNETCORE_HTTP_PORTS yet: the port is said in the way that it knows
SETTINGS = (
    f"ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true ASPNETCORE_URLS=http://+:{PORT}\n"
)
USUAL = f"FROM {PUBLIC}/aspnet:3.1\nRUN useradd --uid 1654 --create-home app\n{SETTINGS}"
PACKAGES = (
    "ca-certificates libc6 libcom-err2 libgcc-s1 libgssapi-krb5-2 libicu67 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libssl1.1 "
    "libstdc++6 openssl tzdata zlib1g"
)
CHISELED = f"""\
FROM {HERE}/aspnet:8.0 AS cut
WORKDIR /
RUN mkdir -p /out/usr/bin /out/tmp /out/etc/ssl/certs && chmod 1777 /out/tmp && ln -s usr/bin usr/lib usr/lib64 /out/ \\
 && mkdir -p /out/usr/lib /out/usr/lib64 \\
 && dpkg --listfiles {PACKAGES} | grep -v -e '^/usr/share/doc' -e '^/usr/share/man' -e '^/usr/bin/' -e '^/usr/sbin/' -e '^/sbin/' | sort -u \\
  | while read -r file; do if [ -L "$file" ] || [ -f "$file" ]; then \\
      real=/usr${{file#/usr}}; case $file in /lib*) ;; *) real=$file ;; esac; mkdir -p "/out${{real%/*}}"; cp -a "$file" "/out$real"; fi; done \\
 && find /usr/share/dotnet -name '*.so' -exec ldd {{}} + | sed -n 's|.*=> \\(/[^ ]*\\) (.*|\\1|p' | sort -u \\
  | while read -r file; do install -D "$file" "/out/usr${{file#/usr}}"; done \\
 && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \\
 && cp -a --parents /usr/share/dotnet /usr/bin/dotnet /etc/nsswitch.conf /home/app /out \\
 && grep -e '^root:' -e '^app:' /etc/passwd > /out/etc/passwd && grep -e '^root:' -e '^app:' /etc/group > /out/etc/group
FROM scratch
COPY --from=cut /out/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
{SETTINGS}USER 1654
"""


@pytest.fixture
def images(engine: Engine, need: Callable[[str], None], tmp_path: Path) -> Iterator[None]:
    for kind in ("sdk", "aspnet"):
        need(f"{PUBLIC}/{kind}:3.1")
    engine.tag(f"{PUBLIC}/sdk:3.1", f"{HERE}/sdk:8.0")
    for tag, text in (("aspnet:8.0", USUAL), ("aspnet:8.0-noble-chiseled-extra", CHISELED)):
        folder = tmp_path / tag.replace(":", "-")
        folder.mkdir()
        (folder / "Dockerfile").write_text(text)
        engine.build(folder, tag=f"{HERE}/{tag}", timeout=1800)
    yield
    engine.remove(*(f"{HERE}/{tag}" for tag in ("aspnet:8.0-noble-chiseled-extra", "aspnet:8.0", "sdk:8.0")))


@pytest.mark.usefixtures("images")
def test_the_chiseled_layout_is_enough(tmp_path: Path) -> None:
    folder = tmp_path / "context"
    shutil.copytree(SAMPLES / "dotnet-market-stalls" / "context", folder)
    text = (folder / "Dockerfile").read_text().replace(f"{PUBLIC}/", f"{HERE}/").replace(":3.1", ":8.0")
    (folder / "Dockerfile").write_text(text.replace("EXPOSE 80\n", f"EXPOSE {PORT}\n"))
    source = Source.from_bytes((folder / "Dockerfile").read_bytes(), str(folder / "Dockerfile"))
    context = Context(folder, folder / "Dockerfile")
    options = Options(mirror=Mirror.of(None, {PUBLIC: HERE}))
    outcome = fix_source(source, context, Wish(options=options), Safety.INFERRED)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    # The image at the root is another one and goes on as root; no line is added that a shell would read
    assert f"FROM {HERE}/aspnet:8.0-noble-chiseled-extra AS base\nUSER root\n" in outcome.patch.after.text
    assert outcome.patch.after.text.count("RUN ") == text.count("RUN ")
    ask = Ask(probes=("/", "/goods/sv-SE", "/opens/2024-07-09", "/bank", "/till"), ports=(PORT,), seconds=90)
    with closing(choose(None)) as engine:
        original = Original(engine, source, context, BuildOptions(network="host"), ask, silent)
        found = original.check(outcome)
        assert original.last is not None
        assert not original.last.filesystem.exists("/bin/sh")
    failed = [section for section in found.sections if not section.verdict.passes]
    assert not failed, failed
    behaviour = next(section for section in found.sections if section.name == "behaviour")
    assert behaviour.verdict is Verdict.SAME
