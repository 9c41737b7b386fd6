""".NET: the chiseled image that takes a base's place, the runtime that comes along where there is none, and what stops both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung
from minify.planner import Wish

PROGRAM = "var app = WebApplication.CreateBuilder(args).Build();\napp.Run();\n"
PROJECT = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>\n</PropertyGroup></Project>\n'
FILES = {"App/Program.cs": PROGRAM, "App/App.csproj": PROJECT, "App/appsettings.json": "{}\n"}
BUILD = (
    "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY App/ .\nRUN dotnet publish -c Release -o /out\n"
)
COPIES = 'WORKDIR /app\nCOPY --from=build /out .\nENTRYPOINT ["dotnet", "App.dll"]\n'


def fix(folder: Path, text: str, files: Mapping[str, str] = FILES, to: Rung | None = None) -> api.Outcome:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "Dockerfile").write_text(text)
    return api.fix(folder / "Dockerfile", wish=Wish(to=to) if to else None)


def project(lines: str) -> dict[str, str]:
    return {**FILES, "App/App.csproj": PROJECT.replace("</PropertyGroup>", f"{lines}\n</PropertyGroup>")}


def source(body: str) -> dict[str, str]:
    return {**FILES, "App/Other.cs": f"class Other {{\n{body}\n}}\n"}


STOPPED = [
    pytest.param("aspnet:8.0", "", source('void F() { Process.Start("git", "log"); }'), "Other.cs:2 starts git", id="a program that the image lacks"),
    pytest.param("aspnet:6.0", "", source("void F(string s) { Process.Start(s); }"), "Other.cs:2 starts a program whose name is not known", id="a program of unknown name"),
    pytest.param("aspnet:6.0", "", source('void F() { Process.Start("/bin/sh", "-c ls"); }'), "Other.cs:2 starts a shell", id="a shell"),
    pytest.param("aspnet:6.0", "", source("void F(string s) { NativeLibrary.Load(s); }"), "Other.cs:2 loads a native library whose name is not known", id="a native library of unknown name"),
    pytest.param("aspnet:6.0", "", project('<PackageReference Include="CliWrap" Version="3" />'), "cliwrap starts other programs", id="a package that starts programs"),
    pytest.param("aspnet:8.0-alpine", "", project("<RuntimeIdentifier>linux-musl-x64</RuntimeIdentifier>"), "is made for musl", id="published for musl"),
    pytest.param("aspnet:6.0-alpine", "", FILES, "what .NET opens by name is found on glibc only", id="musl"),
    pytest.param("monitor:8.0", "", FILES, "where mcr.microsoft.com/dotnet/monitor:8.0 has its runtime is not known", id="an image of another layout"),
]  # fmt: skip

OWN = [
    pytest.param("aspnet:6.0", "", FILES, "no chiseled image of .NET 6.0 is known", id="a version without chiseled images"),
    pytest.param("core/aspnet:3.1", "", FILES, "no chiseled image of .NET 3.1 is known", id="the older name"),
    pytest.param("aspnet:8.0.11", "", FILES, "pins a release", id="a pinned release"),
    pytest.param("aspnet:latest", "", FILES, "moves on to the next major version", id="a tag that moves"),
    pytest.param("aspnet:8.0", "", source('[DllImport("libgdiplus")] static extern int F();'), "loads a native library by name", id="a native library"),
    pytest.param("aspnet:8.0", "RUN apt-get update && apt-get install -y libgdiplus\n", FILES, "libgdiplus may be needed at run time", id="a library of the system"),
    pytest.param("aspnet:8.0", "", project('<PackageReference Include="System.Drawing.Common" Version="6" />'), "system.drawing.common loads gdiplus", id="a package with a native library"),
]  # fmt: skip

REPLACED = [
    pytest.param("aspnet:8.0", "", FILES, "aspnet:8.0-noble-chiseled-extra", id="culture data and time zones"),
    pytest.param("runtime:9.0-bookworm-slim", "", FILES, "runtime:9.0-noble-chiseled-extra", id="another distribution"),
    pytest.param("aspnet:8.0-jammy", "", FILES, "aspnet:8.0-jammy-chiseled-extra", id="the same release of Ubuntu"),
    pytest.param("aspnet:8.0", "", project("<InvariantGlobalization>true</InvariantGlobalization>"), "aspnet:8.0-noble-chiseled", id="neither"),
    pytest.param("aspnet:8.0-alpine", "", FILES, "aspnet:8.0-noble-chiseled", id="Alpine has neither"),
    pytest.param("aspnet:8.0-alpine", "RUN apk add --no-cache icu-libs tzdata\nENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false\n", FILES, "aspnet:8.0-noble-chiseled-extra", id="Alpine with both"),
]  # fmt: skip


@pytest.mark.parametrize(("base", "more", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, base: str, more: str, files: Mapping[str, str], reason: str) -> None:
    outcome = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/{base}\n{more}{COPIES}", files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(reason in refusal.reason for refusal in outcome.plan.refusals), outcome.plan.refusals


@pytest.mark.parametrize(("base", "more", "files", "reason"), OWN)
def test_the_runtime_of_the_image_comes_along(
    tmp_path: Path, base: str, more: str, files: Mapping[str, str], reason: str
) -> None:
    outcome = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/{base}\n{more}{COPIES}", files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    (kept,) = [d for d in outcome.plan.decisions if d.subject == ".NET"]
    assert reason in kept.reason
    text = outcome.patch.after.text
    final = text.partition("FROM gcr.io/distroless/static-debian13\n")[2]
    assert "COPY --from=builder /usr/share/dotnet /usr/share/dotnet\n" in final
    assert "COPY --from=builder /app /app\n" in final
    # A link: COPY would put what it points at in its place, and dotnet looks beside itself
    assert "cp -a --parents /usr/bin/dotnet /runtime" in text
    assert all(f"-name '{name}'" in text for name in ("libssl.so.*", "libicuuc.so.??", "libicui18n.so.??"))


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("aspnet:6.0", ["ENV DOTNET_RUNNING_IN_CONTAINER=true", "ASPNETCORE_URLS=http://+:80"]),
        ("aspnet:8.0.11", ["ASPNETCORE_HTTP_PORTS=8080"]),
    ],
)
def test_the_own_runtime_keeps_its_settings(tmp_path: Path, base: str, said: Sequence[str]) -> None:
    text = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/{base}\n{COPIES}").patch.after.text
    final = text.partition("FROM gcr.io/distroless/static-debian13\n")[2]
    assert all(words in final for words in said)


def test_where_libraries_are_before_the_directories_were_merged(tmp_path: Path) -> None:
    """Debian 10 and 11 have /lib apart from /usr/lib, where most libraries are."""
    text = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:6.0\n{COPIES}").patch.after.text
    assert "find /lib/*-linux-gnu*/ /usr/lib/*-linux-gnu*/ -maxdepth 1 \\( -name 'libssl.so.*'" in text
    merged = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:8.0.11\n{COPIES}").patch.after.text
    assert "find /lib/*-linux-gnu*/ -maxdepth 1 \\( -name 'libssl.so.*'" in merged


def test_a_library_that_a_source_names_is_looked_for(tmp_path: Path) -> None:
    files = source('[DllImport("sqlite3")] static extern int F(); [DllImport("libfoo.so.2")] static extern int G();')
    text = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:6.0\n{COPIES}", files).patch.after.text
    assert "-name 'libsqlite3.so*'" in text
    assert "-name 'libfoo.so*'" in text


def test_no_culture_data_where_the_project_of_what_starts_wants_none(tmp_path: Path) -> None:
    dockerfile = f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:6.0\n{COPIES}"
    invariant = "<InvariantGlobalization>true</InvariantGlobalization>"
    assert "libicu" not in fix(tmp_path, dockerfile, project(invariant)).patch.after.text
    other = {**FILES, "App/Other.csproj": PROJECT.replace("</PropertyGroup>", f"{invariant}\n</PropertyGroup>")}
    (tmp_path / "another").mkdir()
    assert "libicu" in fix(tmp_path / "another", dockerfile, other).patch.after.text


def test_a_program_of_an_installed_package_comes_along(tmp_path: Path) -> None:
    files = source('void F() { Process.Start("jq", "."); }')
    head = f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:6.0\n"
    text = fix(tmp_path, f"{head}RUN apt-get update && apt-get install -y jq\n{COPIES}", files).patch.after.text
    assert "apt-cache depends --installed --important --recurse jq" in text


def test_scratch_takes_the_own_runtime(tmp_path: Path) -> None:
    outcome = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:8.0\n{COPIES}", to=Rung.SCRATCH)
    assert outcome.plan.rung is Rung.SCRATCH
    assert "COPY --from=builder /usr/share/dotnet /usr/share/dotnet\n" in outcome.patch.after.text


@pytest.mark.parametrize(("base", "more", "files", "final"), REPLACED)
def test_the_chiseled_image_takes_its_place(
    tmp_path: Path, base: str, more: str, files: Mapping[str, str], final: str
) -> None:
    outcome = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/{base}\n{more}{COPIES}", files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    text = outcome.patch.after.text
    env = more.partition("\n")[2]
    assert text == f"{BUILD}FROM mcr.microsoft.com/dotnet/{final}\nUSER root\n{env}{COPIES}"
    assert any(d.subject == "USER root" and d.outcome is Outcome.CHECK for d in outcome.plan.decisions)


@pytest.mark.parametrize("user", ["app", "$APP_UID", "1654"])
def test_the_user_stays_who_it_was(tmp_path: Path, user: str) -> None:
    text = fix(tmp_path, f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:8.0\nUSER {user}\n{COPIES}").patch.after.text
    assert text == f"{BUILD}FROM mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled-extra\nUSER {user}\n{COPIES}"


def test_a_base_stage_of_its_own(tmp_path: Path) -> None:
    """As Visual Studio writes it: what is replaced is the image at the root, and nothing else changes."""
    base = "FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS base\nUSER app\nEXPOSE 8080\n"
    outcome = fix(tmp_path, f"{base}{BUILD}FROM base AS final\n{COPIES}")
    assert outcome.patch.after.text == f"{base}{BUILD}FROM base AS final\n{COPIES}".replace(
        ":8.0 AS base", ":8.0-noble-chiseled-extra AS base"
    )
    shared = fix(tmp_path, f"{base}{BUILD}FROM base AS debug\nRUN apt-get update\nFROM base AS final\n{COPIES}")
    assert "FROM mcr.microsoft.com/dotnet/aspnet:8.0 AS base\n" in shared.patch.after.text, "another stage stands on it"


def test_a_single_stage_leaves_the_sdk(tmp_path: Path) -> None:
    head = "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY App/ .\nRUN dotnet publish -c Release -o out\n"
    text = fix(tmp_path, f'{head}ENV ASPNETCORE_URLS=http://+:80\nCMD ["dotnet", "out/App.dll"]\n').patch.after.text
    assert text.partition("FROM mcr.microsoft.com/dotnet/aspnet")[2] == (
        ":8.0-noble-chiseled-extra\nCOPY --from=build /app/out /app/out\nCOPY --from=build /app/appsettings.json /app/appsettings.json\n"
        'WORKDIR /app\nENV ASPNETCORE_URLS=http://+:80\nUSER root\nCMD ["dotnet", "out/App.dll"]\n'
    )


def test_a_single_stage_with_another_port_keeps_its_runtime(tmp_path: Path) -> None:
    """Images of the SDK before .NET 10 have no default port, those of ASP.NET have one."""
    head = "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY App/ .\nRUN dotnet publish -c Release -o out\n"
    outcome = fix(tmp_path, f'{head}CMD ["dotnet", "out/App.dll"]\n')
    (kept,) = [d for d in outcome.plan.decisions if d.subject == ".NET"]
    assert "has another default port" in kept.reason
    text = outcome.patch.after.text
    assert "RUN rm -rf /usr/share/dotnet/sdk " in text
    final = text.partition("FROM gcr.io/distroless/static-debian13\n")[2]
    assert "COPY --from=build /app/out /app/out\n" in final
    assert (
        "ENV APP_UID=1654 \\\n    DOTNET_RUNNING_IN_CONTAINER=true \\\n    DOTNET_USE_POLLING_FILE_WATCHER=true\nWORKDIR"
        in final
    )


def test_a_single_stage_of_another_user(tmp_path: Path) -> None:
    head = "FROM mcr.microsoft.com/dotnet/sdk:10.0\nWORKDIR /app\nCOPY App/ .\nRUN dotnet publish -c Release -o out\nUSER app\n"
    outcome = fix(tmp_path, f'{head}CMD ["dotnet", "out/App.dll"]\n')
    assert outcome.plan.refusals[0].reason.startswith("app may write where the application is built")


def test_a_program_that_brings_its_runtime(tmp_path: Path) -> None:
    text = (
        f'{BUILD}FROM mcr.microsoft.com/dotnet/runtime-deps:8.0\nCOPY --from=build /out /app\nENTRYPOINT ["/app/App"]\n'
    )
    assert (
        "FROM mcr.microsoft.com/dotnet/runtime-deps:8.0-noble-chiseled-extra\nUSER root\n"
        in fix(tmp_path, text).patch.after.text
    )
    alpine = text.replace("runtime-deps:8.0", "runtime-deps:8.0-alpine")
    assert "is made for musl" in fix(tmp_path, alpine).plan.refusals[0].reason


def test_dotnet_run_compiles_as_it_starts(tmp_path: Path) -> None:
    outcome = fix(
        tmp_path, 'FROM mcr.microsoft.com/dotnet/sdk:10.0\nWORKDIR /app\nCOPY App/ .\nCMD ["dotnet", "run"]\n'
    )
    assert "dotnet run compiles as the container starts" in [r.reason for r in outcome.plan.refusals]
