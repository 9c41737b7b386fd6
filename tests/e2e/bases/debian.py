"""debian:SUITE and debian:SUITE-slim: a minimal system with the settings the official images carry."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.e2e.bases.archive import ImageConfig, layer_of, write_archive
from tests.e2e.bases.host import AptHost, HostError

PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What the official images set for apt and dpkg in containers.
_CACHES: Final = "/var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin"
_CLEAN: Final = f'"rm -f {_CACHES} || true";'
_SETTINGS: Final[Mapping[str, str]] = {
    "etc/apt/apt.conf.d/docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
    "etc/apt/apt.conf.d/docker-clean": (
        f"DPkg::Post-Invoke {{ {_CLEAN} }};\nAPT::Update::Post-Invoke {{ {_CLEAN} }};\n"
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    ),
    "etc/apt/apt.conf.d/docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
}
_SLIM: Final = (
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/groff/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/linda/*",
    "path-exclude=/usr/share/lintian/overrides/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-include=/usr/share/locale/locale.alias",
)
# Lays the overlay over the system without touching the modes of the system's own directories, then cleans up:
# mmdebstrap's own way would run apt once more, with the settings that were just put there.
_CUSTOMIZE: Final = """\
#!/bin/sh
set -eu
root=$1
cd OVERLAY
find . -type f | while read -r file; do
  install -D -p -m "$(stat -c %a "$file")" "$file" "$root/$file"
done
rm -f "$root"/etc/apt/sources.list.d/0000* "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/hostname
if [ -e "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap ]; then
  mv "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/docker
fi
find "$root"/var/lib/apt/lists "$root"/var/cache/apt -type f -delete
rm -rf "$root"/var/cache/ldconfig/aux-cache "$root"/var/log/apt
rm -f "$root"/var/log/dpkg.log "$root"/var/log/bootstrap.log "$root"/var/log/alternatives.log
"""


def make_debian(
    suite: str,
    *,
    slim: bool,
    merged: bool,
    apt: AptHost,
    trusted: Mapping[str, str],
    work: Path,
    target: Path,
    tags: tuple[str, ...],
) -> None:
    """Bootstraps a suite with mmdebstrap and writes it as an image of one layer."""
    overlay = work / "overlay"
    files = {
        **_SETTINGS,
        "etc/apt/sources.list.d/debian.sources": apt.sources(suite),
        **({"etc/apt/apt.conf.d/build-machine": apt.settings} if apt.settings else {}),
        **trusted,
    }
    for name, text in files.items():
        path = overlay / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    hook = work / "customize"
    hook.write_text(_CUSTOMIZE.replace("OVERLAY", shlex.quote(str(overlay))))
    hook.chmod(0o755)
    sources = work / "bootstrap.sources"
    sources.write_text(apt.sources(suite))
    layer = work / "layer.tar"
    settings = [f"--aptopt={line.rstrip(';')}" for line in apt.settings.splitlines()]
    done = subprocess.run(
        [
            *("mmdebstrap", "--mode=root", "--variant=minbase", "--skip=output/dev", "--skip=cleanup/apt"),
            *(("--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",) if merged else ()),
            *settings,
            *((f"--dpkgopt={line}" for line in _SLIM) if slim else ()),
            f"--customize-hook={hook}",
            *(suite, str(layer), str(sources)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise HostError(f"mmdebstrap failed for {suite}:\n" + "\n".join(done.stderr.splitlines()[-20:]))
    config = ImageConfig(env=(PATH,), cmd=("bash",))
    write_archive(target, [layer_of(layer, f"# debian {suite} minbase")], config, tags)
