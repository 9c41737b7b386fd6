"""The final base images that a plan may stand on, and what its build stage has to bring there."""

from __future__ import annotations

import re
from typing import NamedTuple

from minify.analysis.facts import Facts
from minify.analysis.footprint import under
from minify.image import catalog
from minify.image.catalog import BaseImage
from minify.image.packages import DATABASES
from minify.plan import Decision, Outcome, Rung, Runtime

STATIC = "gcr.io/distroless/static-debian13"
"""No C library and no program: certificates, time zones, users, /tmp. What comes with its own libraries fits any release."""


C_LIBRARY = Decision(
    subject="the C library",
    outcome=Outcome.ADDED,
    reason="comes from the build stage with every shared library that is loaded: no release has to match the final base's",
)
"""What a final image is told to have that stands on a base without shared libraries."""


class Loader(NamedTuple):
    """How the build stage's dynamic loader is asked, and what it loads by name behind ldd's back.

    `conversions` is where iconv finds its tables. `each` ends find's -exec: glibc's ldd takes many files, musl's one. `directories` are shell patterns.
    `parted`: /lib64, where programs name their loader, is a link to the directory of all libraries, as it is in no final base.
    `finder` installs find where an image may lack it.
    """

    each: str
    directories: tuple[str, ...]
    by_name: tuple[str, ...]
    extras: tuple[str, ...]
    conversions: str
    parted: bool = False
    finder: str = ""


# Threads that end ask for libgcc_s, and glibc < 2.34 loads name service modules, by name.
# https://sourceware.org/glibc/wiki/Release/2.34
_BY_NAME = ("libgcc_s.so.1", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2")
# The loader's cache serves libraries outside of its own directories; nsswitch.conf names the services that this C library
# has (distroless asks for compat, which is no part of it); OpenSSL's settings and providers, and the C.UTF-8
# locale, are files that are looked up by name.
_EXTRAS = ("/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/ssl/openssl.cnf", "/usr/lib/ssl", "/usr/lib/locale/C.utf8")

DEBIAN = Loader(
    each="+",
    directories=("/lib/*-linux-gnu*/",),
    by_name=_BY_NAME,
    extras=(*_EXTRAS, "/usr/lib/*-linux-gnu*/ossl-modules"),
    conversions="/usr/lib/*-linux-gnu*/gconv",
)
# What OpenSSL, NSS and GnuTLS may use is the system's to say, and certificates are looked for below /etc/pki
RPM = Loader(
    each="+",
    directories=("/lib64/",),
    by_name=_BY_NAME,
    extras=(
        *_EXTRAS,
        "/usr/lib64/ossl-modules",
        "/etc/pki/tls/openssl.cnf",
        "/etc/crypto-policies",
        "/usr/share/crypto-policies/DEFAULT",
        "/etc/pki/tls/cert.pem",
        "/etc/pki/tls/certs",
        "/etc/pki/ca-trust/extracted/pem",
    ),
    conversions="/usr/lib64/gconv",
)
ARCH = Loader(
    each="+",
    directories=("/usr/lib/",),
    by_name=_BY_NAME,
    extras=(*_EXTRAS, "/usr/lib/ossl-modules", "/etc/ssl/cert.pem", "/etc/ca-certificates/extracted/tls-ca-bundle.pem"),
    conversions="/usr/lib/gconv",
    parted=True,
)
# OpenSSL asks for cert.pem; ld-musl-*.path says where else libraries are; what programs for glibc load is gcompat's
MUSL = Loader(
    each="\\;",
    directories=(),
    by_name=(),
    extras=("/etc/ld-musl-*.path", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/usr/lib/ossl-modules"),
    conversions="",
)

_USUAL = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def loader(base: BaseImage) -> Loader:
    """How to ask the loader of a build stage on `base`."""
    if base.libc == "musl":
        return MUSL
    if base.package_manager in ("apt", None):
        # Where /lib is no link, most libraries are in /usr/lib
        apart = ("/usr/lib/*-linux-gnu*/",) if catalog.split_usr(base.distro) else ()
        return DEBIAN._replace(directories=(*DEBIAN.directories, *apart))
    if DATABASES.get(base.package_manager) != "rpm":
        return ARCH
    zypper = base.package_manager == "zypper"
    installs = "zypper --non-interactive install" if zypper else f"{base.package_manager} install -y"
    cleans = "zypper clean" if zypper else f"{base.package_manager} clean all"
    return RPM._replace(finder=f"{{ {installs} findutils && {cleans}; }}")


def closure_base(to: Rung | None) -> BaseImage:
    """The base for an application that brings its own libraries."""
    name = "scratch" if to is Rung.SCRATCH else STATIC
    base = catalog.lookup(name)
    assert base is not None, f"the catalog has no {name}"
    return base


def kept_environment(facts: Facts, runtime: Runtime) -> tuple[tuple[tuple[str, str], ...], tuple[Decision, ...]]:
    """What the old base's ENV has to be said again on the new one, and what is left behind with the reason."""
    final, trees = runtime.base, [tree.path for tree in runtime.trees]
    left = dict(runtime.env_left)
    said = {
        pair.name
        for p in facts.contract.instructions
        if p.instruction.keyword == "ENV"
        for pair in getattr(p.instruction, "pairs", ())
    }
    mentioned = " ".join(p.instruction.text for p in facts.contract.instructions)
    new = dict(final.env)
    kept: list[tuple[str, str]] = []
    decisions: list[Decision] = []
    for name, value in facts.base.env if facts.base else ():
        if name == "PATH":
            # What a directory holds that does not come along is not found either way; the order of the usual ones is no matter
            own = [
                d for d in value.split(":") if d in _USUAL or any(under(d, tree) or under(tree, d) for tree in trees)
            ]
            if set(own) <= set(new.get("PATH", "").split(":")):
                if value != new["PATH"]:
                    reason = f"{final.reference} has every directory of it that the final image has"
                    decisions.append(Decision(subject="ENV PATH", outcome=Outcome.REPLACED, reason=reason))
                continue
            if value != ":".join(dict.fromkeys(own)):
                reason = "what its other directories hold does not come along"
                decisions.append(Decision(subject="ENV PATH", outcome=Outcome.REPLACED, reason=reason))
            value = ":".join(dict.fromkeys(own))
        if new.get(name) == value or (name in said and name != "PATH"):
            continue
        if name in left:
            decisions.append(Decision(subject=f"ENV {name}", outcome=Outcome.REPLACED, reason=left[name]))
            continue
        if (
            name in ("PATH", "LANG", "LC_ALL", *runtime.env_kept)
            or f"${name}" in mentioned
            or f"${{{name}" in mentioned
            or _read_at(facts, name)
            # GEM_HOME: where something lies that comes along
            or (value.startswith("/") and value in trees)
        ):
            kept.append((name, value))
        else:
            decisions.append(
                Decision(
                    subject=f"ENV {name}",
                    outcome=Outcome.DROPPED,
                    reason=f"set by {facts.base_written} for its own build; no source names it",
                )
            )
    for name in facts.base.env_unknown if facts.base else ():
        if name in said or name in new:
            continue
        place = _read_at(facts, name)
        decisions.append(
            Decision(
                subject=f"ENV {name}",
                outcome=Outcome.CHECK if place else Outcome.DROPPED,
                reason=f"{facts.base_written} sets it, the final image does not"
                + (f", and {place} names it: set it if it is needed" if place else "; no source names it"),
            )
        )
    for name, value in final.env:
        if name not in said and name not in dict(facts.base.env if facts.base else ()):
            both = facts.base is not None and name in facts.base.env_unknown
            outcome = Outcome.REPLACED if both else Outcome.ADDED
            decisions.append(
                Decision(subject=f"ENV {name}", outcome=outcome, reason=f"{final.reference} sets it to {value}")
            )
    return tuple(kept), tuple(decisions)


def _read_at(facts: Facts, name: str) -> str | None:
    """The first file of the context that names a variable."""
    for path in facts.context.files()[:_FILES]:
        named = "." in path.rpartition("/")[2]
        if path.endswith(_TEXTS) or not named:
            text = facts.context.read_text(path)
            # What has no ending is a script when it says by what
            if text is None or name not in text or not (named or text.startswith("#!")):
                continue
            # In Ruby a name in capitals is a constant, as RUBY_VERSION is one of the language
            if not path.endswith(_RUBY) or re.search(rf"[\"'`$]{name}\b", text):
                return path
    return None


_FILES = 2000
_RUBY = (".rb", ".erb", ".rake")
_TEXTS = (
    ".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte", ".go", ".rs", ".c", ".cc", ".cpp", ".cxx", ".h", ".hpp",
    ".java", ".kt", ".kts", ".scala", ".groovy", ".clj", ".cs", ".fs", ".vb", ".rb", ".erb", ".rake", ".php", ".phtml", ".pl", ".pm", ".psgi", ".lua",
    ".ex", ".exs", ".erl", ".hrl", ".r", ".R", ".hs", ".ml", ".nim", ".d", ".zig", ".swift", ".cr", ".dart", ".tcl", ".jl",
    ".json", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".properties", ".xml", ".env", ".sh", ".bash",
)  # fmt: skip
