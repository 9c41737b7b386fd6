"""lookup: any tag of a known family, and None for everything else."""

from __future__ import annotations

import pytest

from minify.image.catalog import BaseImage, distroless_for, final_bases, glibc_of, lookup

SHA = "sha256:" + "a" * 64


def found(reference: str) -> BaseImage:
    image = lookup(reference)
    assert image is not None, reference
    return image


@pytest.mark.parametrize(
    "reference",
    [
        "nobody/knows:1",
        "gcr.io/google-appengine/python",
        "gcr.io/distroless/nodejs:18",  # the name without a version is long gone
        "scratch:latest",  # FROM scratch is a word, not a repository
        f"scratch@{SHA}",
        "python:$VERSION",
        "build",
        "quay.io/python/python",
        "nodejs:20",
        "",
    ],
)
def test_does_not_know(reference: str) -> None:
    assert lookup(reference) is None


@pytest.mark.parametrize(
    ("reference", "family", "version", "variant", "distro", "certain", "pinned"),
    [
        # python: the default follows Debian until the last rebuild of the version
        ("python", "python", "3.14", "", "debian13", True, False),
        ("python:3", "python", "3.14", "", "debian13", True, False),
        ("python:slim", "python", "3.14", "slim", "debian13", True, False),
        ("python:3-slim", "python", "3.14", "slim", "debian13", True, False),
        ("python:3.12", "python", "3.12", "", "debian13", True, False),
        ("python:3.12.14", "python", "3.12", "", "debian13", True, False),
        ("python:3.11.4", "python", "3.11", "", "debian12", False, False),
        ("python:3.9.1", "python", "3.9", "", "debian10", False, False),
        ("python:3.9", "python", "3.9", "", "debian13", False, False),
        ("python:3.8", "python", "3.8", "", "debian12", False, False),
        ("python:3.8-slim-buster", "python", "3.8", "slim", "debian10", True, True),
        ("python:3.6", "python", "3.6", "", "debian11", False, False),
        ("python:2.7", "python", "2.7", "", "debian10", False, False),
        ("python:3.12-slim-bookworm", "python", "3.12", "slim", "debian12", True, True),
        ("python:3.11.4-alpine3.18", "python", "3.11", "alpine", "alpine3.18", True, True),
        ("python:3.12-alpine", "python", "3.12", "alpine", "alpine3.24", True, False),
        ("python:3.6-alpine", "python", "3.6", "alpine", "alpine", False, False),
        ("python:3.15.0rc1-slim", "python", "3.15", "slim", "debian13", True, False),
        ("python:3.12-unheard", "python", "3.12", "", None, False, False),
        (f"python@{SHA}", "python", None, "", None, False, False),
        # a digest may be older than what its tag names today
        (f"python:3.12@{SHA}", "python", "3.12", "", "debian13", False, False),
        (f"python:3.12-bookworm@{SHA}", "python", "3.12", "", "debian12", True, True),
        (f"debian:12@{SHA}", "debian", "12", "", "debian12", True, True),
        ("python:2-onbuild", "python", "2.7", "onbuild", "debian10", False, False),
        # the same image under other names
        ("docker.io/library/python:3.12", "python", "3.12", "", "debian13", True, False),
        ("index.docker.io/python:3.12", "python", "3.12", "", "debian13", True, False),
        ("public.ecr.aws/docker/library/python:3.12", "python", "3.12", "", "debian13", True, False),
        ("docker.io/arm64v8/python:3.12", "python", "3.12", "", "debian13", True, False),
        ("mirror.gcr.io/library/ubuntu:24.04", "ubuntu", "24.04", "", "ubuntu24.04", True, True),
        ("harbor.example/hub/library/node:22", "node", "22", "", "debian12", True, False),
        # node: each major keeps the default it came out with
        ("node", "node", "26", "", "debian13", True, False),
        ("node:current", "node", "26", "", "debian13", True, False),
        ("node:lts-alpine", "node", "24", "alpine", "alpine3.24", True, False),
        ("node:lts-hydrogen", "node", "18", "", "debian12", False, False),
        ("node:argon", "node", "4", "", "debian8", False, False),
        ("node:14", "node", "14", "", "debian10", True, False),
        ("node:16-slim", "node", "16", "slim", "debian10", True, False),
        ("node:20.11.1-bookworm-slim", "node", "20", "slim", "debian12", True, True),
        ("node:25", "node", "25", "", "debian12", True, False),
        ("node:24.14-alpine", "node", "24", "alpine", "alpine", False, False),
        # golang
        ("golang:1.27rc1", "golang", "1.27", "", "debian13", True, False),
        ("golang:1.24", "golang", "1.24", "", "debian13", True, False),
        ("golang:1.24.3", "golang", "1.24", "", "debian12", False, False),
        ("golang:1.20", "golang", "1.20", "", "debian12", True, False),
        ("golang:1.20.4", "golang", "1.20", "", "debian11", False, False),
        ("golang:1.17-alpine", "golang", "1.17", "alpine", "alpine", False, False),
        ("golang:1.25-bookworm", "golang", "1.25", "", "debian12", True, True),
        # other languages
        ("rust", "rust", "1.98", "", "debian13", True, False),
        ("rust:1.80-slim", "rust", "1.80", "slim", "debian12", False, False),
        ("ruby:3.4", "ruby", "3.4", "", "debian13", True, False),
        ("ruby:2.6.2", "ruby", "2.6", "", "debian9", False, False),
        ("php:8.3-fpm-alpine", "php", "8.3", "fpm-alpine", "alpine3.24", True, False),
        ("php:7.4-apache-buster", "php", "7.4", "apache", "debian10", True, True),
        ("eclipse-temurin:21-jre-alpine", "eclipse-temurin", "21", "jre-alpine", "alpine3.24", True, False),
        (
            "eclipse-temurin:21-jdk-alpine-3.23",
            "eclipse-temurin",
            "21",
            "jdk-alpine",
            "alpine3.23",
            True,
            True,
        ),
        ("eclipse-temurin:17-jdk-noble", "eclipse-temurin", "17", "jdk", "ubuntu24.04", True, True),
        ("openjdk:11.0.16-jre-slim", "openjdk", "11", "jre-slim", "debian11", False, False),
        ("openjdk:17", "openjdk", "17", "", "oraclelinux8", False, False),
        (
            "mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled",
            "dotnet/aspnet",
            "10.0",
            "chiseled",
            "ubuntu24.04",
            True,
            True,
        ),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "dotnet/aspnet", "8.0", "", "debian12", True, False),
        ("mcr.microsoft.com/dotnet/core/sdk:3.1", "dotnet/sdk", "3.1", "", "debian10", True, False),
        # operating systems: the tag is the release
        ("debian", "debian", "13", "", "debian13", True, False),
        ("debian:stable-slim", "debian", "13", "slim", "debian13", True, False),
        ("debian:buster-slim", "debian", "10", "slim", "debian10", True, True),
        ("debian:bookworm-20240110-slim", "debian", "12", "slim", "debian12", True, True),
        ("debian:12.5", "debian", "12", "", "debian12", True, True),
        ("ubuntu:xenial", "ubuntu", "16.04", "", "ubuntu16.04", True, True),
        ("ubuntu", "ubuntu", "26.04", "", "ubuntu26.04", True, False),
        ("alpine:3.18.4", "alpine", "3.18", "", "alpine3.18", True, True),
        ("alpine:3", "alpine", "3.24", "", "alpine3.24", True, True),
        ("alpine:edge", "alpine", "edge", "", "alpine", False, False),
        ("centos:7", "centos", "7", "", "centos7", True, True),
        ("quay.io/centos/centos:stream9", "centos", "9", "", "centosstream9", True, True),
        ("amazonlinux:2", "amazonlinux", "2", "", "amazonlinux2", True, True),
        ("redhat/ubi9-minimal", "ubi", "9", "", "ubi9", True, True),
        ("registry.access.redhat.com/ubi8/ubi-minimal:8.6", "ubi", "8", "", "ubi8", True, True),
        ("registry.access.redhat.com/ubi9/ubi", "ubi", "9", "", "ubi9", True, True),
        ("registry.redhat.io/ubi10/ubi-minimal:latest", "ubi", "10", "", "ubi10", True, True),
        ("buildpack-deps:jammy-curl", "buildpack-deps", "latest", "curl", "ubuntu22.04", True, True),
        # services and builders
        ("nginx:stable-alpine-slim", "nginx", "1.30", "alpine-slim", "alpine3.23", True, False),
        ("postgres:16-alpine", "postgres", "16", "alpine", "alpine3.24", True, False),
        ("mysql:5.7", "mysql", "5.7", "", "oraclelinux7", False, False),
        ("maven:3.9-eclipse-temurin-17", "maven", "3.9", "eclipse-temurin", "ubuntu24.04", False, False),
        ("gradle:jdk21-noble", "gradle", "9.7", "jdk", "ubuntu24.04", True, True),
        # distroless: a name without a release moves
        ("gcr.io/distroless/static", "distroless/static", None, "", "debian13", True, False),
        (
            "gcr.io/distroless/cc-debian12:nonroot",
            "distroless/cc",
            None,
            "nonroot",
            "debian12",
            True,
            True,
        ),
        ("gcr.io/distroless/python3-debian13", "distroless/python3", "3.13", "", "debian13", True, True),
        ("cgr.dev/chainguard/python:latest-dev", "chainguard/python", "3.14", "dev", "wolfi", True, True),
        ("dhi.io/node:24-alpine", "dhi/node", "24", "alpine", "alpine3.24", False, False),
        ("scratch", "scratch", None, "", None, True, True),
    ],
)
def test_knows(
    reference: str,
    family: str,
    version: str | None,
    variant: str,
    distro: str | None,
    certain: bool,
    pinned: bool,
) -> None:
    image = found(reference)
    assert (image.family, image.version, image.variant, image.distro) == (family, version, variant, distro)
    assert (image.certain, image.pinned_release) == (certain, pinned)
    assert image.reference == reference
    assert image.onbuild == ("onbuild" in reference)
    assert image.source
    assert image.as_of


@pytest.mark.parametrize(
    ("reference", "attribute", "value"),
    [
        ("python:3.12", "interpreter", "/usr/local/bin/python3.12"),
        ("python:3.12", "language_version", "3.12"),
        ("python:3.8", "language_version", "3.8.20"),  # nothing moves the tag any more
        ("python:3.12.7", "language_version", "3.12.7"),
        ("python:3.12", "glibc", "2.41"),
        ("python:3.12-alpine", "libc", "musl"),
        ("python:3.12-alpine", "glibc", None),
        ("python:3.12-alpine", "package_manager", "apk"),
        ("python:3.12-slim", "compressed_mb", 43.2),
        ("python:3.12-slim-bookworm", "compressed_mb", None),  # the size is the default release's
        ("python:3.12", "eol", "2028-10-31"),
        ("python:3.12", "status", "supported"),
        ("python:3.12.1", "status", "no longer rebuilt"),
        ("python:3.12-slim-buster", "status", "no longer rebuilt"),
        ("python:3.8", "status", "end-of-life"),
        ("python:3.12-unheard", "status", "unknown"),
        ("debian:12", "status", "extended-only"),
        ("debian:12", "eol", "2026-07-11"),
        ("debian:12", "language_version", None),
        ("openjdk:8", "status", "deprecated"),
        ("node:20", "users", ("node:1000:1000:/home/node",)),
        ("node:20", "interpreter", "/usr/local/bin/node"),
        ("node:20", "entrypoint", ("docker-entrypoint.sh",)),
        ("golang:1.26", "interpreter", "/usr/local/go/bin/go"),
        ("golang:1.26", "workdir", "/go"),
        ("golang:1.27rc1", "language_version", "1.27rc1"),
        ("nginx", "entrypoint", ("/docker-entrypoint.sh",)),
        ("nginx", "exposed", ("80/tcp",)),
        ("nginx", "stop_signal", "SIGQUIT"),
        ("nginxinc/nginx-unprivileged:alpine", "user", "101"),
        ("postgres:18", "volumes", ("/var/lib/postgresql",)),
        ("postgres:17", "volumes", ("/var/lib/postgresql/data",)),
        ("php:8.4-apache", "cmd", ("apache2-foreground",)),
        ("php:8.4-fpm", "exposed", ("9000/tcp",)),
        ("maven:3.9-eclipse-temurin-17", "language_version", "17"),
        ("maven", "language_version", None),
        ("gradle:8-jdk21", "language_version", "21"),
        ("gradle:8-jdk21", "volumes", ("/home/gradle/.gradle",)),
        ("eclipse-temurin:21", "interpreter", "/opt/java/openjdk/bin/java"),
        ("redhat/ubi9-minimal", "package_manager", "microdnf"),
        ("redhat/ubi9-micro", "package_manager", None),
        ("registry.access.redhat.com/ubi9/ubi-micro", "package_manager", None),
        ("mcr.microsoft.com/azurelinux/distroless/base:3.0", "shell", None),
        ("mcr.microsoft.com/azurelinux/distroless/base:3.0", "kind", "distroless"),
        ("mcr.microsoft.com/azurelinux/base/core:3.0", "shell", "/bin/sh"),
        ("registry.access.redhat.com/ubi7/ubi:7.9", "package_manager", "yum"),
        ("centos:7", "package_manager", "yum"),
        ("ubuntu:24.04", "users", ("ubuntu:1000:1000:/home/ubuntu",)),
        ("ubuntu:22.04", "users", ()),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", "user", "1654"),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", "shell", None),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", "kind", "distroless"),
        ("gcr.io/distroless/static-debian13", "libc", None),
        ("gcr.io/distroless/static-debian13", "user", ""),
        ("gcr.io/distroless/static-debian13:nonroot", "user", "65532"),
        ("gcr.io/distroless/static-debian13:nonroot", "workdir", "/home/nonroot"),
        ("gcr.io/distroless/base-debian13:debug", "shell", "/busybox/sh"),
        ("gcr.io/distroless/base-debian13:debug", "entrypoint", ("/busybox/sh",)),
        ("gcr.io/distroless/python3-debian13:debug", "entrypoint", ("/usr/bin/python3.13",)),
        ("gcr.io/distroless/python3-debian12", "status", "end-of-life"),
        ("gcr.io/distroless/static-debian12", "status", "end-of-life"),
        ("scratch", "compressed_mb", 0.0),
        ("mcr.microsoft.com/windows/servercore:ltsc2022", "os", "windows"),
        ("microsoft/windowsservercore", "os", "windows"),
        ("golang:1.26-nanoserver", "os", "windows"),
        ("golang:1.26-nanoserver", "shell", None),
    ],
)
def test_says(reference: str, attribute: str, value: object) -> None:
    assert getattr(found(reference), attribute) == value


@pytest.mark.parametrize(
    ("reference", "variable", "value"),
    [
        ("python:3.12", "LANG", "C.UTF-8"),
        ("python:3.13", "LANG", None),  # set by 3.12 and older only
        ("python:3.12", "PYTHON_VERSION", None),  # the tag moves: its patch is not known
        ("python:3.12.7", "PYTHON_VERSION", "3.12.7"),
        ("node:20.11.1", "NODE_VERSION", "20.11.1"),
        ("golang:1.26", "GOPATH", "/go"),
        ("golang:1.19", "GOTOOLCHAIN", None),
        ("gcr.io/distroless/java21-debian13", "JAVA_HOME", None),
        ("eclipse-temurin:21", "JAVA_HOME", "/opt/java/openjdk"),
        # Debian's packages came first, then builds of OpenJDK's own; a tag that names no update moved along
        ("openjdk:8", "JAVA_HOME", "/usr/local/openjdk-8"),
        ("openjdk:8u222-jre", "JAVA_HOME", "/usr/local/openjdk-8"),
        ("openjdk:8u181-jre", "JAVA_HOME", "/docker-java-home/jre"),
        ("openjdk:8u102-jre", "JAVA_HOME", "/usr/lib/jvm/java-8-openjdk-amd64/jre"),
        ("openjdk:11.0.2-jre-slim", "JAVA_HOME", "/docker-java-home"),
        ("openjdk:11-jre-slim", "JAVA_HOME", "/usr/local/openjdk-11"),
        ("openjdk:9-jdk", "JAVA_HOME", "/docker-java-home"),
        ("openjdk:7-jre", "JAVA_HOME", "/docker-java-home/jre"),
        ("openjdk:8-jre-alpine", "JAVA_HOME", "/usr/lib/jvm/java-1.8-openjdk/jre"),
        ("openjdk:7-jdk-alpine", "JAVA_HOME", "/usr/lib/jvm/java-1.7-openjdk"),
        ("openjdk:12-jdk-alpine", "JAVA_HOME", "/opt/openjdk-12"),
        ("mcr.microsoft.com/dotnet/aspnet:10.0", "ASPNETCORE_HTTP_PORTS", "8080"),
        ("mcr.microsoft.com/dotnet/aspnet:6.0", "ASPNETCORE_HTTP_PORTS", None),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-alpine-extra", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", None),
        ("gcr.io/distroless/cc-debian13", "SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    ],
)
def test_environment(reference: str, variable: str, value: str | None) -> None:
    assert dict(found(reference).env).get(variable) == value


@pytest.mark.parametrize(
    ("reference", "present", "absent"),
    [
        ("python:3.12", ("git", "gcc", "libpq-dev"), ()),
        ("python:3.12-slim", ("ca-certificates", "tzdata", "netbase"), ("git", "gcc", "curl")),
        ("node:20-slim", ("npm", "yarn"), ("ca-certificates", "python3")),
        ("golang:1.26", ("git", "gcc"), ("libpq-dev",)),
        ("golang:1.26-alpine", (), ("git", "gcc")),
        ("buildpack-deps:scm", ("git", "curl"), ("gcc",)),
        ("gcr.io/distroless/static-debian13", ("ca-certificates", "tzdata"), ()),
        ("eclipse-temurin:17-alpine", ("jdk",), ()),
        ("amazoncorretto:17-al2023", ("jdk",), ()),
        ("amazoncorretto:17-al2023-jdk", ("jdk",), ()),
        ("openjdk:8-slim", ("jdk",), ()),
        ("ibm-semeru-runtimes:open-17-jdk", ("jdk",), ()),
        ("azul/zulu-openjdk:17", ("jdk",), ()),
        ("mcr.microsoft.com/openjdk/jdk:17-ubuntu", ("jdk",), ()),
        ("cgr.dev/chainguard/jdk", ("jdk",), ()),
        ("tomcat:10-jdk17", ("jdk",), ()),
        ("eclipse-temurin:17-jre-alpine", (), ("jdk",)),
        ("amazoncorretto:17-al2023-headless", (), ("jdk",)),
        ("amazoncorretto:17-al2-native-headful", (), ("jdk",)),
        ("openjdk:8-jre-slim", (), ("jdk",)),
        ("ibm-semeru-runtimes:open-17-jre", (), ("jdk",)),
        ("azul/zulu-openjdk:17-jre-headless", (), ("jdk",)),
        ("mcr.microsoft.com/openjdk/jdk:17-distroless", (), ("jdk",)),
        ("cgr.dev/chainguard/jre", (), ("jdk",)),
        ("gcr.io/distroless/java17", (), ("jdk",)),
        ("tomcat:10-jre17", (), ("jdk",)),
        ("gradle:6.9-jre8", (), ("jdk",)),
        ("gradle:8-jdk17", ("jdk",), ()),
    ],
)
def test_has(reference: str, present: tuple[str, ...], absent: tuple[str, ...]) -> None:
    has = found(reference).has
    assert set(present) <= set(has)
    assert not set(absent) & set(has)


def test_final_bases_are_what_a_plan_may_end_on() -> None:
    bases = list(final_bases())
    assert bases[0].reference == "scratch"
    for image in bases[1:]:
        assert image.kind == "distroless", image.reference
        assert image.shell is None
        assert image.package_manager is None
        assert image.pinned_release
        assert image.status == ("end-of-life" if image.distro == "debian12" else "supported")
        # What runs on glibc must be known by its libraries; a static base has none.
        assert bool(image.shared_objects) == (image.libc == "glibc"), image.reference
        assert image.glibc == (glibc_of(image.distro) if image.libc == "glibc" else None)


@pytest.mark.parametrize(
    ("language", "version", "reference"),
    [
        ("python", "3.12", None),  # distroless has Debian's Python only
        ("node", "20", None),
        ("java", "11", None),
        ("ruby", "3.4", None),
        ("python", "3.13", "gcr.io/distroless/python3-debian13"),
        ("node", "22", "gcr.io/distroless/nodejs22-debian13"),
        ("java", "21", "gcr.io/distroless/java21-debian13"),
    ],
)
def test_distroless_for(language: str, version: str, reference: str | None) -> None:
    image = distroless_for(language, version)
    assert (image.reference if image else None) == reference


@pytest.mark.parametrize(
    ("distro", "glibc"),
    [
        (None, None),
        ("alpine3.24", None),
        ("nothing", None),
        ("debian11", "2.31"),
        ("debian12", "2.36"),
        ("debian13", "2.41"),
        ("ubuntu22.04", "2.35"),
        ("ubi9", "2.34"),
    ],
)
def test_glibc_of(distro: str | None, glibc: str | None) -> None:
    assert glibc_of(distro) == glibc


def test_every_fact_is_frozen_text() -> None:
    image = found("python:3.12")
    for field in image._fields:
        value = getattr(image, field)
        assert value is None or isinstance(value, str | bool | float | tuple), field
    assert hash(image) == hash(found("python:3.12"))
