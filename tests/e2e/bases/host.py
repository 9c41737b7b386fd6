"""What the build machine lends to the images: its apt sources and, if asked, certificates to trust."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SOURCES: Final = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
_KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)
CA_VARIABLE: Final = "DOCKMINIFY_BASES_CA"
_TRUSTED: Final = "usr/local/share/ca-certificates"


class HostError(RuntimeError):
    """The build machine lacks something that a recipe needs."""


@dataclass(frozen=True, slots=True)
class AptHost:
    """Where the machine gets Debian from: `AptHost("http://…/debian", "http://…/debian-security", "")`."""

    main: str
    security: str
    settings: str

    def sources(self, suite: str, *, source_packages: bool = False) -> str:
        """A deb822 list for a suite, as the official images carry it."""
        types = "deb deb-src" if source_packages else "deb"
        return "\n".join(
            f"Types: {types}\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {_KEYRING}\n"
            for uri, suites in (
                (self.main, f"{suite} {suite}-updates"),
                (self.security, f"{suite}-security"),
            )
        )


def read_apt() -> AptHost:
    """Reads the machine's own sources, deb822 or one-line, so that no mirror is named here."""
    uris: list[str] = []
    for path in _SOURCES:
        if path.exists():
            text = path.read_text()
            uris += re.findall(r"^URIs:\s*(\S+)", text, re.MULTILINE)
            uris += re.findall(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)", text, re.MULTILINE)
    plain = [uri for uri in uris if "security" not in uri]
    security = [uri for uri in uris if "security" in uri]
    if not plain or not security:
        raise HostError("the machine's apt sources name no Debian archive with a security suite")
    kept = ("Acquire::Check-", "Acquire::http::", "Acquire::https::", "Acquire::Retries")
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    settings = [line for line in dump.splitlines() if line.startswith(kept)]
    return AptHost(plain[0].rstrip("/"), security[0].rstrip("/"), "".join(f"{line}\n" for line in settings))


def trusted_files(bundle: Path | None) -> Mapping[str, str]:
    """Files of a Debian image that make apt, pip, npm and uv in a RUN trust the machine's own authority.

    Empty without a bundle: nothing of the kind may be in an image unless somebody asked for it.
    """
    if bundle is None:
        return {}
    public = Path("/usr/share/ca-certificates/mozilla")
    known = {path.read_text().strip() for path in sorted(public.glob("*.crt"))}
    own = [pem for pem in _PEM.findall(bundle.read_text()) if pem.strip() not in known]
    if not own:
        raise HostError(f"{bundle} holds no certificate that Debian does not trust already")
    together = f"/{_TRUSTED}/build-machine.pem"
    files = {f"{_TRUSTED}/build-machine-{number}.crt": pem for number, pem in enumerate(own, 1)}
    return {
        **files,
        together.lstrip("/"): "".join(own),
        "etc/pip.conf": f"[global]\ncert = {together}\n",
        "etc/npmrc": f"cafile={together}\n",
        "usr/local/etc/npmrc": f"cafile={together}\n",
        "etc/uv/uv.toml": "native-tls = true\n",
    }


def named_bundle() -> Path | None:
    """The certificates that DOCKMINIFY_BASES_CA names."""
    named = os.environ.get(CA_VARIABLE)
    return Path(named) if named else None


def main() -> int:
    """`python -m tests.e2e.bases.host FILE` prints FILE when it holds an authority of the machine's own."""
    for name in sys.argv[1:]:
        try:
            if trusted_files(Path(name)):
                print(name)
        except (HostError, OSError):
            continue
    return 0


if __name__ == "__main__":
    sys.exit(main())
