"""Releases of Elixir and Erlang: what is recognised, what comes along, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

MIX = (
    "FROM elixir:1.18-slim AS builder\nWORKDIR /app\nENV MIX_ENV=prod\nCOPY . .\nRUN mix release\n"
    "FROM debian:trixie-slim\nWORKDIR /app\nCOPY --from=builder /app/_build/prod/rel/shop ./\n"
)
REBAR = (
    "FROM erlang:27-slim AS builder\nWORKDIR /src\nCOPY . .\nRUN rebar3 as prod release\n"
    "FROM debian:trixie-slim\nCOPY --from=builder /src/_build/prod/rel/shop /opt/shop\n"
)
MANIFEST = "defmodule Shop.MixProject do\n  def project, do: [app: :shop, deps: []]\nend\n"
SERVER = '#!/bin/sh\nset -eu\ncd -P -- "$(dirname -- "$0")"\nPHX_SERVER=true exec ./shop start\n'
FILES = {"mix.exs": MANIFEST, "lib/shop.ex": "defmodule Shop do\nend\n", "rel/overlays/bin/server": SERVER}
ERLANG = {
    "rebar.config": '{relx, [{release, {shop, "1"}, [shop]}]}.\n{profiles, [{prod, [{relx, [{mode, prod}]}]}]}.\n',
    "src/shop.erl": "-module(shop).\n",
}


def outcome(folder: Path, text: str, files: dict[str, str]) -> api.Outcome:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (folder / "Dockerfile").write_text(text)
    return api.fix(folder / "Dockerfile")


WORKS = [
    pytest.param(MIX + 'CMD ["/app/bin/server"]\n', FILES, 'CMD ["/app/bin/server"]', id="an overlay, as Phoenix has it"),
    pytest.param(MIX + 'CMD ["bin/shop", "start"]\n', FILES, 'CMD ["bin/shop", "start"]', id="the start script"),
    pytest.param(MIX + "CMD bin/shop start\n", FILES, 'CMD ["bin/shop", "start"]', id="in the shell form"),
    pytest.param(
        MIX + 'ENV PATH=/app/bin:$PATH\nENTRYPOINT ["shop"]\nCMD ["start"]\n', FILES, 'ENTRYPOINT ["shop"]', id="on PATH"
    ),
    pytest.param(
        "FROM elixir:1.18-slim\nWORKDIR /app\nCOPY . .\nRUN mix local.hex --force && MIX_ENV=prod mix release\n"
        'CMD ["_build/prod/rel/shop/bin/shop", "start"]\n',
        FILES,
        "rm -rf /app/deps /app/_build/*/lib",
        id="in one stage",
    ),
    pytest.param(
        "FROM elixir:1.18-slim\nWORKDIR /app\nCOPY . .\nRUN mix local.hex --force && mix release --path /rel\nCMD [\"/rel/bin/shop\", \"start\"]\n",
        FILES,
        "COPY --from=build /rel /rel",
        id="put elsewhere",
    ),
    pytest.param(
        REBAR + 'CMD ["/opt/shop/bin/shop", "foreground"]\n', ERLANG, "COPY --from=build /opt/shop /opt/shop", id="rebar3"
    ),
    pytest.param(
        MIX.replace("debian:trixie-slim", "alpine:3.22") + 'CMD ["bin/shop", "start"]\n',
        FILES,
        "-exec ldd {} \\;",
        id="on musl",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "files", "written"), WORKS)
def test_a_release_comes_along_with_its_shell(tmp_path: Path, text: str, files: dict[str, str], written: str) -> None:
    found = outcome(tmp_path, text, files)
    assert found.plan.rung is Rung.DISTROLESS, found.plan.refusals
    after = found.patch.after.text
    assert written in after and "for name in sh readlink dirname" in after
    said = {d.subject: d.reason for d in found.plan.decisions if d.outcome in (Outcome.KEPT, Outcome.ADDED)}
    assert said["sh"] == "the release's start script is read by it"
    assert said["sed"].startswith("the release's start script calls it: ")


BROUGHT = [
    pytest.param({"lib/a.ex": 'System.cmd("df", ["-k"])'}, "df", "lib/a.ex:1 starts it", id="a source"),
    pytest.param({"rel/env.sh.eex": "export IP=$(hostname -i)\n"}, "hostname", "rel/env.sh.eex:1 starts it", id="env.sh"),
    pytest.param(
        {"mix.exs": MANIFEST.replace("deps: []", "extra_applications: [:os_mon]")},
        "df",
        "os_mon starts it: disksup asks df for the disks, by a shell",
        id="an application of Erlang's own",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("more", "program", "reason"), BROUGHT)
def test_what_is_started_by_name_comes_along(tmp_path: Path, more: dict[str, str], program: str, reason: str) -> None:
    found = outcome(tmp_path, MIX + 'CMD ["/app/bin/server"]\n', FILES | more)
    assert found.plan.rung is Rung.DISTROLESS, found.plan.refusals
    runtime = found.plan.runtime
    assert runtime is not None and program in runtime.programs
    assert reason in [d.reason for d in found.plan.decisions if d.subject == program]


def test_a_program_of_an_installed_package_comes_with_it(tmp_path: Path) -> None:
    text = MIX.replace("WORKDIR /app\nCOPY --from", "RUN apt-get update && apt-get install -y ffmpeg openssl\nWORKDIR /app\nCOPY --from")  # fmt: skip
    found = outcome(tmp_path, text + 'CMD ["bin/shop", "start"]\n', FILES | {"lib/a.ex": 'System.cmd("ffmpeg", [])'})
    assert found.plan.rung is Rung.DISTROLESS, found.plan.refusals
    assert found.plan.runtime is not None and found.plan.runtime.packages == ("ffmpeg",)


STOPPED = [
    pytest.param({"lib/a.ex": "System.cmd(x, [])"}, "lib/a.ex:1 starts a program whose name is not known", id="computed"),
    pytest.param({"lib/a.ex": 'System.cmd("sh", ["-c", x])'}, "lib/a.ex:1 starts sh, which starts what it is given", id="sh"),
    pytest.param({"lib/a.ex": 'System.cmd("env", [x])'}, "lib/a.ex:1 starts env, which starts what it is given", id="env"),
    pytest.param({"lib/a.ex": 'System.cmd("/opt/x", [])'}, "lib/a.ex:1 starts /opt/x, which is not known here", id="a path"),
    pytest.param({"rel/env.sh.eex": "eval $(x)\n"}, "rel/env.sh.eex:1 starts a program whose name is not known", id="env.sh"),
    pytest.param({"rel/overlays/bin/server": "#!/bin/zsh\nexec ./shop start\n"}, "rel/overlays/bin/server is read by /bin/zsh", id="zsh"),
    pytest.param({"rel/overlays/bin/server": "#!/bin/sh\nxargs -a /tmp/x ./shop\n"}, "rel/overlays/bin/server:2 starts xargs, which starts what it is given", id="xargs"),
    pytest.param({"lib/a.ex": 'System.cmd("perl", [])'}, "lib/a.ex:1 starts perl, which needs more of a system than itself", id="perl"),
    pytest.param(
        {"mix.exs": MANIFEST.replace("deps: []", 'deps: [{:erlexec, "~> 2.0"}]')},
        "mix.exs: erlexec starts the commands of its caller",
        id="a package",
    ),
    pytest.param(
        {"mix.exs": MANIFEST.replace("deps: []", "releases: [shop: [include_erts: false]]")},
        "mix.exs:2: the release has no Erlang of its own (include_erts)",
        id="no Erlang",
    ),
    pytest.param({"c_src/port.c": 'int main() { system("ls"); }'}, "c_src/port.c:1 starts", id="a port in C"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "reason"), STOPPED)
def test_what_stops_it_is_named_with_its_place(tmp_path: Path, more: dict[str, str], reason: str) -> None:
    found = outcome(tmp_path, MIX + 'CMD ["/app/bin/server"]\n', FILES | more)
    assert found.plan.rung is Rung.PRUNED
    assert any(refusal.reason.startswith(reason) for refusal in found.plan.refusals), found.plan.refusals


def test_what_starts_has_to_be_of_the_release(tmp_path: Path) -> None:
    found = outcome(tmp_path, MIX + 'CMD ["bin/other"]\n', FILES)
    reason = "what other is is not known: mix.exs names no release so, and no overlay has it"
    assert found.plan.rung is Rung.PRUNED and found.plan.refusals[0].reason == reason


def test_without_its_manifest_nothing_is_known_of_a_release(tmp_path: Path) -> None:
    found = outcome(tmp_path, MIX + 'CMD ["bin/shop", "start"]\n', {"lib/shop.ex": "x"})
    assert "no mix.exs is in the build context" in found.plan.refusals[0].reason


ENTRY = 'COPY entrypoint.sh /entrypoint.sh\nENTRYPOINT ["/entrypoint.sh"]\n'
MIGRATES = '#!/bin/sh\nset -e\nbin/shop eval "Shop.Release.migrate"\n'
KEPT = [
    pytest.param('CMD ["sh", "-c", "/app/bin/shop eval Shop.Release.migrate && exec /app/bin/shop start"]\n', "", (), id="sh -c"),
    pytest.param("CMD bin/shop eval Shop.Release.migrate && bin/shop start\n", "", (), id="in the shell form"),
    pytest.param(ENTRY, MIGRATES + "exec bin/shop start\n", (), id="a script"),
    pytest.param(ENTRY + 'CMD ["/app/bin/server"]\n', MIGRATES + 'exec "$@"\n', (), id="one that hands on"),
    pytest.param(ENTRY + "CMD bin/shop start\n", MIGRATES + 'exec "$@"\n', (), id="one that hands on to a shell"),
    pytest.param(ENTRY + 'CMD ["serve"]\n', '#!/bin/sh\ncase "$1" in\nserve) exec bin/shop start ;;\nesac\n', (), id="by its words"),
    pytest.param(ENTRY, '#!/bin/bash\n[[ -n "$A" ]] && sleep 1\nexec bin/shop start\n', ("bash", "sleep"), id="bash"),
    pytest.param(ENTRY, "#!/usr/bin/env bash\nexec bin/shop start\n", (), id="a program behind it alone"),
    pytest.param(ENTRY, "#!/usr/bin/env bash\ntrap 'rm -f /tmp/x' EXIT\nbin/shop start\n", ("bash", "env", "rm"), id="env and a trap"),
    pytest.param(ENTRY, "#!/bin/sh\nif command -v hostname; then :; fi\nbin/shop start\n", ("hostname",), id="asks for a program"),
    pytest.param('CMD ["/app/bin/start.sh"]\n', "", (), id="an overlay that ends in .sh"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "script", "programs"), KEPT)
def test_what_the_shell_reads_stays(tmp_path: Path, command: str, script: str, programs: tuple[str, ...]) -> None:
    files = FILES | {"entrypoint.sh": script, "rel/overlays/bin/start.sh": "#!/bin/sh\nexec /app/bin/shop start\n"}
    found = outcome(tmp_path, MIX + command, files)
    assert found.plan.rung is Rung.DISTROLESS, found.plan.refusals
    runtime = found.plan.runtime
    assert runtime is not None and set(programs) <= set(runtime.programs)
    final = found.patch.after.text.rpartition("\nFROM ")[2]
    if found.facts.launch.shelled or found.facts.launch.needs_shell:
        assert all(line in final for line in command.splitlines() if not line.startswith("COPY"))


NOT_KEPT = [
    pytest.param('exec "$@"\n', 'CMD ["busybox", "x"]\n', "entrypoint.sh:4 starts a program whose name is not known", id="another program"),
    pytest.param('shift\nexec "$@"\n', 'CMD ["bin/shop", "start"]\n', "entrypoint.sh:5 starts a program whose name is not known", id="shifted"),
    pytest.param("exec bin/$NAME start\n", "", "entrypoint.sh:4 starts a program whose name is not known", id="computed"),
    pytest.param("eval $X\nexec bin/shop start\n", "", "entrypoint.sh:4 starts a program whose name is not known", id="eval"),
    pytest.param(". /etc/profile\nexec bin/shop start\n", "", "entrypoint.sh:4 starts a program whose name is not known", id="another file"),
    pytest.param("cat /etc/debian_version\nexec bin/shop start\n", "", "entrypoint.sh:4 names /etc/debian_version", id="a file of the base"),
    pytest.param("find /tmp -exec rm {} +\nexec bin/shop start\n", "", "entrypoint.sh:4 starts find, which starts what it is given", id="find"),
    pytest.param("awk '{ system($1) }' /tmp/x\nexec bin/shop start\n", "", "entrypoint.sh:4 starts a program whose name is not known", id="awk"),
    pytest.param("trap \"$X\" EXIT\nbin/shop start\n", "", "entrypoint.sh:4 starts a program whose name is not known", id="a trap"),
    pytest.param("exec su nobody -c 'bin/shop start'\n", "", "entrypoint.sh:4 starts su, which starts what it is given", id="su"),
]  # fmt: skip


@pytest.mark.parametrize(("rest", "cmd", "reason"), NOT_KEPT)
def test_what_the_shell_might_call_stops_it(tmp_path: Path, rest: str, cmd: str, reason: str) -> None:
    found = outcome(tmp_path, MIX + ENTRY + cmd, FILES | {"entrypoint.sh": MIGRATES + rest})
    assert found.plan.rung is Rung.PRUNED
    assert any(refusal.reason.startswith(reason) for refusal in found.plan.refusals), found.plan.refusals


def test_a_shell_that_is_not_there_stops_it(tmp_path: Path) -> None:
    text = MIX.replace("debian:trixie-slim", "alpine:3.22")
    found = outcome(tmp_path, text + ENTRY, FILES | {"entrypoint.sh": "#!/bin/bash\n:\nexec bin/shop start\n"})
    assert found.plan.rung is Rung.PRUNED
    assert "entrypoint.sh is read by /bin/bash" in [refusal.reason for refusal in found.plan.refusals]


def test_a_program_is_not_the_release_for_its_name(tmp_path: Path) -> None:
    """`steps: [:assemble, :tar]` names tar, which the application starts."""
    manifest = MANIFEST.replace("deps: []", "releases: [shop: [steps: [:assemble, :tar]]]")
    found = outcome(
        tmp_path,
        MIX + 'CMD ["bin/shop", "start"]\n',
        FILES | {"mix.exs": manifest, "lib/a.ex": 'System.cmd("tar", [])'},
    )
    assert found.plan.runtime is not None and "tar" in found.plan.runtime.programs
