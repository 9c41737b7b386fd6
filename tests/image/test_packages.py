"""What a system package is for."""

from __future__ import annotations

import pytest

from minify.image.packages import MANAGERS, ROLES, PackageRole, _table, role


@pytest.mark.parametrize(
    ("manager", "name"),
    [
        ("apt", "left-pad"),  # unknown: it counts as something the application runs with
        ("apt", ""),
        ("apk", "libpq5"),  # a Debian name
        ("brew", "gcc"),
    ],
)
def test_unknown(manager: str, name: str) -> None:
    assert role(manager, name) is None


@pytest.mark.parametrize(
    ("manager", "name", "kind", "final"),
    [
        ("apt", "gcc", "compiler", "drop"),
        ("apt-get", "build-essential", "compiler", "drop"),
        ("apt", "curl", "network-tool", "maybe"),
        ("apt", "libpq5:amd64", "runtime-library", "keep"),
        ("apt", "vim", "text-editor", "drop"),
        ("apt", "git", "vcs", "drop"),
        ("apt", "tini", "init-supervisor", "keep"),
        ("apk", "build-base", "compiler", "drop"),
        ("apk", "bash", "shell", "maybe"),
        ("yum", "gcc-c++", "compiler", "drop"),
        ("dnf", "python3.11-pip", "package-manager", "drop"),
        ("apt", "python3.11-venv", "language-runtime", "drop"),
        ("microdnf", "openssl-libs", "runtime-library", "keep"),
        # what no file lists, but its name tells
        ("apt", "libunheard-dev", "dev-package", "replace"),
        ("dnf", "unheard-devel", "dev-package", "replace"),
        ("apt", "unheard-doc", "misc", "drop"),
    ],
)
def test_role(manager: str, name: str, kind: str, final: str) -> None:
    found = role(manager, name)
    assert found is not None
    assert (found.role, found.final) == (kind, final)


@pytest.mark.parametrize(
    ("manager", "name", "distro", "runtime"),
    [
        ("apt", "gcc", None, ()),
        ("apt", "libunheard-dev", None, ()),
        ("apt", "libpq-dev", None, ("libpq5",)),
        ("apt", "libcurl4-openssl-dev", None, ("libcurl4t64",)),
        ("apt", "libcurl4-openssl-dev", "debian13", ("libcurl4t64",)),
        ("apt", "libcurl4-openssl-dev", "debian12", ("libcurl4",)),
        ("apt", "libcurl4-openssl-dev", "ubuntu22.04", ("libcurl4",)),
        ("apk", "postgresql-dev", None, ("libpq",)),
        ("dnf", "openssl-devel", None, ("openssl-libs",)),
    ],
)
def test_runtime(manager: str, name: str, distro: str | None, runtime: tuple[str, ...]) -> None:
    found = role(manager, name, distro)
    assert found is not None
    assert found.runtime == runtime


@pytest.mark.parametrize(
    ("manager", "name", "command"),
    [
        ("apt", "wget", "wget"),
        ("apt", "netcat-openbsd", "nc"),
        ("apt", "procps", "ps"),
        ("apt", "postgresql-client", "psql"),
        ("apt", "python3", "python3"),
        ("apk", "nodejs", "node"),
        ("dnf", "iproute", "ss"),
    ],
)
def test_commands(manager: str, name: str, command: str) -> None:
    found = role(manager, name)
    assert found is not None
    assert command in found.commands


def test_libraries_have_no_programs() -> None:
    assert role("apt", "libpq5") == PackageRole("runtime-library", "keep")


@pytest.mark.parametrize("system", sorted(set(MANAGERS.values())))
def test_every_file_is_consistent(system: str) -> None:
    roles, runtime, _ = _table(system)
    assert len(roles) > 150
    for name, (kind, final) in roles.items():
        assert kind in ROLES
        assert (final == "replace") == (kind == "dev-package"), name
    for name, packages in runtime.items():
        assert roles[name][1] == "replace", name
        for package in packages.replace("|", " ").split():
            # What replaces a -dev package is not itself one to be dropped or replaced.
            assert roles.get(package, ("", "keep"))[1] in ("keep", "maybe"), package
