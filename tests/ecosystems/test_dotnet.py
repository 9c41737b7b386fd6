""".NET: the chiseled image that takes a base's place, and what stops it. None of the images can be had where the tests run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

PROGRAM = "var app = WebApplication.CreateBuilder(args).Build();\napp.Run();\n"
PROJECT = '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup>\n</PropertyGroup></Project>\n'
FILES = {"App/Program.cs": PROGRAM, "App/App.csproj": PROJECT, "App/appsettings.json": "{}\n"}
BUILD = (
    "FROM mcr.microsoft.com/dotnet/sdk:8.0 AS build\nWORKDIR /src\nCOPY App/ .\nRUN dotnet publish -c Release -o /out\n"
)
COPIES = 'WORKDIR /app\nCOPY --from=build /out .\nENTRYPOINT ["dotnet", "App.dll"]\n'


def fix(folder: Path, text: str, files: Mapping[str, str] = FILES) -> api.Outcome:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "Dockerfile").write_text(text)
    return api.fix(folder / "Dockerfile")


def project(lines: str) -> dict[str, str]:
    return {**FILES, "App/App.csproj": PROJECT.replace("</PropertyGroup>", f"{lines}\n</PropertyGroup>")}


def source(body: str) -> dict[str, str]:
    return {**FILES, "App/Other.cs": f"class Other {{\n{body}\n}}\n"}


STOPPED = [
    pytest.param("aspnet:6.0", "", FILES, "no chiseled image of .NET 6.0 is known", id="a version without chiseled images"),
    pytest.param("aspnet:8.0.11", "", FILES, "pins a release", id="a pinned release"),
    pytest.param("aspnet:latest", "", FILES, "moves on to the next major version", id="a tag that moves"),
    pytest.param("aspnet:8.0", "", source('void F() { Process.Start("git", "log"); }'), "Other.cs:2 starts git", id="a program"),
    pytest.param("aspnet:8.0", "", source('[DllImport("libgdiplus")] static extern int F();'), "loads a native library by name", id="a native library"),
    pytest.param("aspnet:8.0", "", project('<PackageReference Include="CliWrap" Version="3" />'), "cliwrap starts other programs", id="a package that starts programs"),
    pytest.param("aspnet:8.0", "RUN apt-get update && apt-get install -y libgdiplus\n", FILES, "libgdiplus may be needed at run time", id="a library of the system"),
    pytest.param("aspnet:8.0-alpine", "", project("<RuntimeIdentifier>linux-musl-x64</RuntimeIdentifier>"), "is made for musl", id="published for musl"),
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
    stopped = fix(tmp_path, f'{head}CMD ["dotnet", "out/App.dll"]\n')
    assert "has another default port" in stopped.plan.refusals[0].reason
    text = fix(tmp_path, f'{head}ENV ASPNETCORE_URLS=http://+:80\nCMD ["dotnet", "out/App.dll"]\n').patch.after.text
    assert text.partition("FROM mcr.microsoft.com/dotnet/aspnet")[2] == (
        ":8.0-noble-chiseled-extra\nCOPY --from=build /app/out /app/out\nCOPY --from=build /app/appsettings.json /app/appsettings.json\n"
        'WORKDIR /app\nENV ASPNETCORE_URLS=http://+:80\nUSER root\nCMD ["dotnet", "out/App.dll"]\n'
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
