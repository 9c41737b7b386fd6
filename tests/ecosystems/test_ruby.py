"""Ruby: how it is started, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

HEAD = "FROM ruby:3.4-slim\nWORKDIR /app\nCOPY Gemfile* ./\nRUN bundle install\nCOPY . .\n"
FILES = {"Gemfile": 'source "https://rubygems.org"\ngem "sinatra"\n', "app.rb": "puts 1\n"}

# The start, files beside a Gemfile and app.rb, the reason
STOPPED = [
    pytest.param(
        'CMD ["ruby", "app.rb"]\n', {"app.rb": "x = 1\nsystem('ls')\n"}, "app.rb:2 starts a program", id="system"
    ),
    pytest.param('CMD ["ruby", "app.rb"]\n', {"app.rb": "x = `ls`\n"}, "app.rb:1 starts a program", id="backticks"),
    pytest.param(
        'CMD ["ruby", "app.rb"]\n',
        {"app.rb": 'x = "a #{`ls`}"\n'},
        "app.rb:1 starts a program",
        id="backticks in a string",
    ),
    pytest.param(
        'CMD ["ruby", "app.rb"]\n', {"app.rb": "Open3.capture2('ls')\n"}, "app.rb:1 starts a program", id="Open3"
    ),
    pytest.param('CMD ["ruby", "app.rb"]\n', {"app.rb": "y = %x(ls)\n"}, "app.rb:1 starts a program", id="%x"),
    pytest.param(
        'CMD ["ruby", "app.rb"]\n',
        {"Gemfile": 'gem "wicked_pdf"\n'},
        "Gemfile: wicked_pdf starts wkhtmltopdf",
        id="a gem that starts a program",
    ),
    pytest.param(
        'CMD ["ruby", "app.rb"]\n',
        {"Gemfile.lock": "GEM\n  specs:\n    execjs (2.9.1)\n"},
        "Gemfile.lock: execjs starts a runtime of JavaScript",
        id="one that the lock file adds",
    ),
    pytest.param(
        'CMD ["bundle", "install"]\n', {}, "bundle install is a package manager's command", id="bundle install"
    ),
    pytest.param(
        'ENV BUNDLE_PATH=vendor/bundle\nCMD ["bundle", "exec", "puma"]\n',
        {},
        "where bundle puts puma hangs on Ruby's version",
        id="gems in a folder with Ruby's version",
    ),
]

# The start, the last lines
STARTED = [
    pytest.param('CMD ["ruby", "app.rb"]\n', 'CMD ["ruby", "app.rb"]\n', id="ruby, found by PATH as before"),
    pytest.param(
        "CMD bundle exec puma -p 9292\n",
        'CMD ["/usr/local/bin/ruby", "-rbundler/setup", "/usr/local/bundle/bin/puma", "-p", "9292"]\n',
        id="bundle exec with a gem's program",
    ),
    pytest.param(
        'ENTRYPOINT ["bundle", "exec"]\nCMD ["ruby", "app.rb"]\n',
        'ENTRYPOINT ["/usr/local/bin/ruby", "-rbundler/setup"]\nCMD ["app.rb"]\n',
        id="bundle exec in ENTRYPOINT",
    ),
    pytest.param(
        'CMD ["rackup", "--host", "0.0.0.0"]\n',
        'CMD ["/usr/local/bin/ruby", "/usr/local/bundle/bin/rackup", "--host", "0.0.0.0"]\n',
        id="a gem's program by itself: its first line asks for env",
    ),
    pytest.param(
        'CMD ["bin/serve", "-v"]\n',
        'CMD ["/usr/local/bin/ruby", "/app/bin/serve", "-v"]\n',
        id="a script of the context",
    ),
]

NO_PROGRAMS = """# system("ls")
=begin
`ls`
=end
db.exec("select 1")
say "run `ls`, or system('ls')"
def system(x) = x
h = { system: 1, exec: 2 }
sql = <<~SQL
  select `name` from system
SQL
"""


@pytest.mark.parametrize(("start", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, start: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, start, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals if refusal.rung is not Rung.PRUNED] == [reason]


@pytest.mark.parametrize(("start", "final"), STARTED)
def test_how_it_is_started(tmp_path: Path, start: str, final: str) -> None:
    outcome = fix(tmp_path, start, {"serve": "#!/usr/bin/env ruby\nputs 1\n"})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert outcome.patch.after.text.endswith(final)


def test_what_looks_like_a_program_and_is_none(tmp_path: Path) -> None:
    gems = 'group :development, :test do\n  gem "mini_magick"\nend\ngem "grover", group: :development\n'
    outcome = fix(tmp_path, 'CMD ["ruby", "app.rb"]\n', {"app.rb": NO_PROGRAMS, "Gemfile": gems})
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


def test_the_place_of_gems_is_said_again(tmp_path: Path) -> None:
    text = fix(tmp_path, 'CMD ["ruby", "app.rb"]\n', {}).patch.after.text
    assert "GEM_HOME=/usr/local/bundle" in text
    assert "COPY --from=build /usr/local/bundle /usr/local/bundle\n" in text


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        ({"app.rb": "puts Process.uid\n"}, False),
        ({"app.rb": "puts Etc.getpwnam('www-data').uid\n"}, True),
        ({"unicorn.rb": "worker_processes 2\nuser 'www-data'\n"}, True),
    ],
)
def test_users_that_a_source_looks_up_come_along(tmp_path: Path, files: dict[str, str], taken: bool) -> None:
    outcome = fix(tmp_path, 'CMD ["ruby", "app.rb"]\n', files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert ("COPY --from=build /etc/passwd /etc/group /etc/\n" in outcome.patch.after.text) is taken


def fix(tmp_path: Path, start: str, files: dict[str, str]) -> api.Outcome:
    (tmp_path / "bin").mkdir()
    for name, text in {**FILES, **files}.items():
        (tmp_path / ("bin/serve" if name == "serve" else name)).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(HEAD + start)
    return api.fix(path)


def test_a_gem_that_a_run_installs_by_its_name_is_asked(tmp_path: Path) -> None:
    outcome = fix(tmp_path, 'RUN gem install sinatra git:1.2\nCMD ["ruby", "app.rb"]\n', {})
    line = (HEAD + "RUN gem").count("\n") + 1
    assert ("git starts git", line) in [(refusal.reason, refusal.line) for refusal in outcome.plan.refusals]


@pytest.mark.parametrize(
    ("line", "kept"),
    [("puts RUBY_VERSION", False), ('puts ENV["RUBY_VERSION"]', True), ("puts ENV.fetch('RUBY_VERSION')", True)],
)
def test_a_variable_of_the_base_that_a_source_names_is_said_again(tmp_path: Path, line: str, kept: bool) -> None:
    (tmp_path / "app.rb").write_text(line + "\n")
    text = 'FROM ruby:3.1-slim\nCOPY app.rb /app/\nCMD ["ruby", "/app/app.rb"]\n'
    outcome = api.fix_text(text.encode(), context=tmp_path)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert ("RUBY_VERSION=" in outcome.patch.after.text) is kept
