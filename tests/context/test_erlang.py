"""What Elixir and Erlang sources start, and what a project says of its release."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.erlang import dependencies, elixir_code, erlang_code, erlang_facts, project_of, shell_programs
from minify.context.tree import Context


def context_of(folder: Path, files: dict[str, str]) -> tuple[Context, list[str]]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Context(folder, None), sorted(files)


def started(folder: Path, files: dict[str, str]) -> list[tuple[str | None, bool, int]]:
    return [(c.program, c.shell, c.line) for c in erlang_facts(*context_of(folder, files)).programs if not c.in_tests]


NOTHING = [
    pytest.param("lib/a.ex", '# System.cmd("ls", [])\n', id="a comment"),
    pytest.param("lib/a.ex", '@doc """\n    System.cmd("ls", [])\n"""\n', id="a heredoc"),
    pytest.param("lib/a.ex", '"System.cmd"', id="a text"),
    pytest.param("lib/a.ex", "~S|System.cmd|", id="a sigil"),
    pytest.param("lib/a.ex", "if empty?(x), do: ?\"; '\"'; 'System.cmd'", id="a character that is a quote"),
    pytest.param("lib/a.ex", 'System.get_env("A"); MySystem.cmd("x"); Other.System.cmd("x")', id="another module"),
    pytest.param("lib/a.ex", '@rev System.cmd("git", ["rev-parse"])', id="when the module is compiled"),
    pytest.param("mix.exs", 'System.cmd("git", [])', id="the manifest"),
    pytest.param("config/prod.exs", 'System.cmd("git", [])', id="settings of the build"),
    pytest.param("lib/mix/tasks/a.ex", 'System.cmd("git", [])', id="a task of the build"),
    pytest.param("deps/b/lib/b.ex", 'System.cmd("git", [])', id="a package"),
    pytest.param("test/a_test.exs", 'System.cmd("git", [])', id="a test"),
    pytest.param("src/a.erl", '%% os:cmd("ls")\nf() -> "os:cmd", $", gpos:cmd(x).', id="Erlang's comments and texts"),
]


@pytest.mark.parametrize(("path", "text"), NOTHING)
def test_what_starts_nothing(tmp_path: Path, path: str, text: str) -> None:
    assert started(tmp_path, {path: text}) == []


STARTS = [
    ("lib/a.ex", 'x\nSystem.cmd("ls", [])', [("ls", False, 2)]),
    ("lib/a.ex", 'System.cmd "ls", []', [("ls", False, 1)]),
    ("lib/a.ex", 'System.shell("df -k | sort")', [("df", True, 1), ("sort", True, 1)]),
    ("lib/a.ex", "System.cmd(name, [])", [(None, False, 1)]),
    ("lib/a.ex", 'System.cmd("a" <> b, [])', [(None, False, 1)]),
    ("lib/a.ex", 'System.cmd("a#{b}", [])', [(None, False, 1)]),
    ("lib/a.ex", '"ls" |> System.cmd([])', [(None, False, 1)]),
    ("lib/a.ex", "&System.cmd/2", [(None, False, 1)]),
    ("lib/a.ex", "apply(System, :cmd, args)", [(None, False, 1)]),
    ("lib/a.ex", "import System", [(None, False, 1)]),
    ("lib/a.ex", "alias System, as: S", [(None, False, 1)]),
    ("lib/a.ex", ":os.cmd(~c'uname -a')", [("uname", True, 1)]),
    ("lib/a.ex", "Task.start(:os, :cmd, [x])", [(None, False, 1)]),
    ("lib/a.ex", 'Port.open({:spawn, "cat -n"}, [])', [("cat", True, 1)]),
    ("lib/a.ex", 'Port.open({:spawn_executable, "/bin/cat"}, [])', [("/bin/cat", False, 1)]),
    ("lib/a.ex", "Port.open({:spawn_executable, path}, [])", [(None, False, 1)]),
    ("lib/a.ex", "Port.open(name, [])", [(None, False, 1)]),
    ("lib/a.ex", '"#{System.cmd("date", [])}"', [("date", False, 1)]),
    ("lib/a_web/x.html.heex", '<p>{System.cmd("date", [])}</p>', [("date", False, 1)]),
    ("config/runtime.exs", 'System.cmd("hostname", [])', [("hostname", False, 1)]),
    ("src/a.erl", 'f() -> os:cmd("ls -l").', [("ls", True, 1)]),
    ("src/a.erl", "f() -> os:cmd(X).", [(None, True, 1)]),
    ("src/a.erl", 'f() -> open_port({spawn, "cat"}, []).', [("cat", True, 1)]),
    ("src/a.erl", 'f() -> erlang:open_port({spawn_executable, "/bin/df"}, []).', [("/bin/df", False, 1)]),
    ("src/a.erl", "f(N) -> rpc:call(N, os, cmd, [X]).", [(None, False, 1)]),
    ("rel/vm.args.eex", "-eval 'os:cmd(\"df\")'", [("df", True, 1)]),
]


@pytest.mark.parametrize(("path", "text", "found"), STARTS)
def test_what_starts_a_program(tmp_path: Path, path: str, text: str, found: list[tuple[str | None, bool, int]]) -> None:
    assert started(tmp_path, {path: text}) == found


def test_what_is_blanked_keeps_its_length() -> None:
    for text in ('"a#{b("c#{d}")}" # e', "~w(a b)c", '"""\na\n"""', "'", '"', "~", "?"):
        assert len(elixir_code(text)) == len(text)
    assert len(erlang_code('"a\n%b" % c $"')) == 13


def test_a_text_for_the_shell_names_its_programs() -> None:
    assert shell_programs("cd /x && exec ls") == ("ls",)
    assert shell_programs("if true; then") == (None,)


MIX = """
  defp deps do
    [
      {:plug, "~> 1.0"},
      {:mogrify, "~> 0.9"},
      {:wallaby, "~> 0.30", only: [:dev, :test]},
      {:phoenix_live_reload, "~> 1.2", only: :dev},
      {:watcher, "~> 1.2"},
      # {:erlexec, "~> 2.0"},
      {:ex_cmd, "~> 1.0", runtime: false}
    ]
  end
  def application, do: [extra_applications: [:logger, :os_mon]]
"""
LOCK = """%{
  "phoenix_live_reload": {:hex, :phoenix_live_reload, "1.5", "x", [:mix], [{:file_system, "~> 1.0", [hex: :file_system]}], "hexpm", "y"},
  "watcher": {:hex, :watcher, "1.5", "x", [:mix], [{:porcelain, "~> 1.0", [hex: :porcelain]}], "hexpm", "y"},
}
"""


def test_packages_of_a_release(tmp_path: Path) -> None:
    context, files = context_of(tmp_path, {"mix.exs": MIX, "mix.lock": LOCK})
    assert {one.needs.name for one in dependencies(context, files)} == {"mogrify", "os_mon", "porcelain"}


def test_packages_of_rebar(tmp_path: Path) -> None:
    config = '{deps, [cowboy, {erlexec, "2.0"}]}.\n{relx, [{release, {shop, "1"}, [shop, sasl]}]}.\n'
    lock = '[{<<"porcelain">>,{pkg,<<"porcelain">>,<<"2.9.0">>},0}].\n'
    app = "{application, shop, [{applications, [kernel, os_mon]}]}.\n"
    context, files = context_of(
        tmp_path, {"rebar.config": config, "rebar.lock": lock, "apps/shop/src/shop.app.src": app}
    )
    assert {one.needs.name for one in dependencies(context, files)} == {"erlexec", "porcelain", "os_mon"}


PROFILES = """{relx, [{release, {shop, "1"}, [shop]}, {mode, dev}]}.
{profiles, [
    {prod, [{relx, [{mode, prod}]}]},
    {small, [{relx, [{mode, minimal}]}]},
    {old, [{relx, [{dev_mode, false},
                   {include_erts, true}]}]}
]}.
"""


@pytest.mark.parametrize(
    ("profile", "lines"),
    [("", [1, 1]), ("prod", []), ("small", [1, 1, 4]), ("old", [])],
    ids=["no profile", "prod", "minimal", "as it was said before"],
)
def test_what_a_profile_makes_of_a_release(tmp_path: Path, profile: str, lines: list[int]) -> None:
    context, files = context_of(tmp_path, {"rebar.config": PROFILES})
    project = project_of(context, files, "rebar3", profile)
    assert project is not None and project.names == {"shop"}
    assert [line for _, line in project.stops] == lines


def test_a_release_without_erlang(tmp_path: Path) -> None:
    context, files = context_of(
        tmp_path, {"mix.exs": "[app: :shop,\n releases: [shop: [include_erts: false]]]", "deps/a/mix.exs": "x"}
    )
    project = project_of(context, files, "mix")
    assert project is not None and project.path == "mix.exs" and "shop" in project.names
    assert [line for _, line in project.stops] == [2]
