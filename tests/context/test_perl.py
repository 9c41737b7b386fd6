"""What Perl sources start: what counts as a call, and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.context.perl import PerlFacts, perl_facts
from minify.context.perl_text import code_of
from minify.context.tree import Context

# A source, the program (None: not known), whether a shell may start it
STARTS = [
    pytest.param("system('gzip', $f);", "gzip", False, id="a list"),
    pytest.param('system("gzip", "-k", $f);', "gzip", False, id="a list in double quotes"),
    pytest.param("system 'sync';", "sync", False, id="one word without a sign of the shell"),
    pytest.param("system('cat /etc/hosts');", "cat", False, id="two words without one"),
    pytest.param("system('ls *.txt');", None, True, id="a pattern: a shell"),
    pytest.param('system("ls $dir");', None, True, id="a variable may hold anything"),
    pytest.param("system($command);", None, False, id="a variable alone"),
    pytest.param("exec { $shell } '-sh';", None, False, id="a block says the program"),
    pytest.param('system($^X . " worker.pl &");', None, False, id="a text that begins with perl"),
    pytest.param("exec($^X, '-we', 'system q(ls)');", None, False, id="code for perl"),
    pytest.param("CORE::system('x', 1);", "x", False, id="by its full name"),
    pytest.param("my $x = `date`;", None, True, id="backticks"),
    pytest.param("my $x = qx{date};", None, True, id="qx"),
    pytest.param("my $x = readpipe('date');", None, True, id="readpipe"),
    pytest.param("open(my $f, '-|', 'sort', $x) or die;", "sort", False, id="a piped open of a list"),
    pytest.param("open(my $f, '|-', 'sort -u > x') or die;", None, True, id="a piped open of a text"),
    pytest.param("open my $f, '-|', $command;", None, True, id="a piped open of a variable"),
    pytest.param('open(F, "ls |");', None, True, id="the old piped open"),
    pytest.param('open F, "| mail -s x";', None, True, id="the old one that writes"),
    pytest.param("s/x/system('gzip', 1)/e;", "gzip", False, id="code in a substitution"),
    pytest.param('print "@{[ `ls` ]}";', None, True, id="code in a string"),
    pytest.param("print <<`END`;\nls\nEND\n", None, True, id="a here-document for the shell"),
    pytest.param("print <<END, 1; system('a', 1);\n'\nEND\n", "a", False, id="behind a here-document's mark"),
    pytest.param("split /'/, $x; system('a', 1); $y = '';", "a", False, id="behind a pattern that holds a quote"),
    pytest.param("$n = $#list; system('a', 1); # '", "a", False, id="the last index is no comment"),
    pytest.param("my $t = 'a\nb'; system('a', 1);", "a", False, id="behind a text of two lines"),
    pytest.param("if ($x eq'b') { system('a', 1) }", "a", False, id="a quote at an operator"),
    pytest.param("format X =\n@<<< it's\n$x\n.\nsystem('a', 1);", "a", False, id="behind a format"),
    pytest.param("$x = 1 << LARGE; system('a', 1);", "a", False, id="a shift is no here-document"),
    pytest.param(
        "my $c = 'ls -l |'; open(F, $c);", None, True, id="an open of a variable, and a text that is a command"
    ),
    pytest.param("my $f = IO::File->new('ls -l |');", None, True, id="IO::File of a command"),
    pytest.param("$f->open('| mail -s x');", None, True, id="a method that opens a command"),
    pytest.param("pod2usage(-verbose => 2);", "perldoc", False, id="the manual is shown by perldoc"),
]

NOTHING = r"""#!/usr/bin/perl
# system("ls")
use strict;
my %table = (system => 1, exec => 2, y => 3, s => 4, q => 5);
print $table{system}, $table{exec}, $table{y};
$sth->execute; $app->system("x"); $db->exec('select 1');
print "run `ls`, or system('ls')", q{system('x')}, 'a `b` c';
my @words = qw(system exec `ls`);
my @parts = split /'/, $text;
$text =~ s{`}{'}g; $text =~ tr/`'/''/;
open(my $in, '<', $file) or die; open(my $out, '>', "$dir/x");
open(my $child, '-|') // die; open(F, $file) or die; my $all = join('|', 'a', 'b');
$file->open('<'); my $csv = Text::CSV->new('|');
exec($^X, $0, @ARGV);
sub system { 1 }
print <<"END OF TEXT";
system("ls") `ls` it's
END OF TEXT
=pod

  system("ls")

=cut
print $a / $b, $c / $d;
__END__
system("ls");
"""


@pytest.mark.parametrize(("source", "program", "shell"), STARTS)
def test_what_starts_a_program(tmp_path: Path, source: str, program: str | None, shell: bool) -> None:
    found = facts(tmp_path, {"app.pl": source}).programs
    assert [(called.program, called.shell) for called in found] == [(program, shell)]


def test_what_only_looks_like_it(tmp_path: Path) -> None:
    assert facts(tmp_path, {"app.pl": NOTHING}).programs == ()


def test_places_are_those_of_the_source(tmp_path: Path) -> None:
    found = facts(tmp_path, {"lib/X.pm": "package X;\n=pod\n\n=cut\n\nsystem('a', 1);\n1;\n"}).programs
    assert [(called.path, called.line) for called in found] == [("lib/X.pm", 6)]


def test_the_text_keeps_its_length_and_lines() -> None:
    code = code_of(NOTHING)
    assert len(code) == len(NOTHING)
    assert [i for i, c in enumerate(code) if c == "\n"] == [i for i, c in enumerate(NOTHING) if c == "\n"]


def test_a_text_that_is_misread_counts_as_code() -> None:
    assert "system('x')" in code_of("my $a = 'x; system('x');\n")


def test_modules_of_sources_and_of_cpanfile(tmp_path: Path) -> None:
    files = {
        "app.psgi": "use Dancer2;\nuse parent 'X';\nrequire IPC::Run;\n",
        "cpanfile": "requires 'DBI';\non 'test' => sub {\n  requires 'Test::More';\n};\n",
        "t/x.t": "use Expect;\n",
        "t/lib/X.pm": "use Expect;\n",
        "tests/y.pl": "use Git;\n",
        "blib/lib/Z.pm": "use Shell;\n",
    }
    assert facts(tmp_path, files).modules == (
        ("Dancer2", "app.psgi"),
        ("IPC::Run", "app.psgi"),
        ("X", "app.psgi"),
        ("DBI", "cpanfile"),
    )


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("use parent -norequire, qw(X IPC::Run);", "IPC::Run"),
        ("use base 'Expect';", "Expect"),
        ("use POE qw(Wheel::Run Filter::Line);", "POE::Wheel::Run"),
        ("use_module('IPC::Run')->import;", "IPC::Run"),
        ("use if $^O eq 'linux', 'IPC::Run' => 'run';", "IPC::Run"),
        ('DBI->connect("dbi:ODBC:$dsn");', "DBD::ODBC"),
    ],
)
def test_modules_that_are_asked_for_otherwise(tmp_path: Path, code: str, module: str) -> None:
    assert module in dict(facts(tmp_path, {"a.pl": f"# 'Git::Wrapper'\n{code}\n"}).modules)
    assert "Git::Wrapper" not in dict(facts(tmp_path, {"a.pl": f"# 'Git::Wrapper'\n{code}\n"}).modules)


def test_perl_in_templates(tmp_path: Path) -> None:
    files = {
        "templates/a.html.ep": "<p>it's our system: `x`</p>\n%# system('a')\n% my $x = `ls`;\n<%= $y %>\n",
        "b.mas": "system\n<%perl>\nexec('gzip', $f);\n</%perl>\n<% $x %> exec\n",
    }
    found = facts(tmp_path, files).programs
    assert [(called.path, called.line, called.program) for called in found] == [
        ("b.mas", 3, "gzip"),
        ("templates/a.html.ep", 3, None),
    ]


def test_perl_in_templates_behind_the_source(tmp_path: Path) -> None:
    text = "app->start;\n__DATA__\nsystem('id');\n@@ a.html.ep\n<p>`x`</p>\n% system('gzip', 'x');\n@@ b.txt\n% exec('ls');\n"
    found = facts(tmp_path, {"a.pl": text}).programs
    assert [(called.line, called.program) for called in found] == [(6, "gzip")]


@pytest.mark.parametrize(
    "path", ["inc/X.pm", "extlib/lib/X.pm", "local/lib/perl5/X.pm", "fatlib/X.pm", "x.plx", "x.inc"]
)
def test_whatever_is_copied_is_read(tmp_path: Path, path: str) -> None:
    assert [called.path for called in facts(tmp_path, {path: "system('ls *');\n"}).programs] == [path]


@pytest.mark.parametrize("code", ['do "./a.conf";', "my $c = do($dir . '/a.conf') or die;", 'require "$dir/a.conf";'])
def test_a_file_is_source_when_another_one_includes_it(tmp_path: Path, code: str) -> None:
    files = {"a.conf": "system('ls *');\n", "b.conf": "system('ls *');\n", "c.pl": f"{code}\n"}
    assert [called.path for called in facts(tmp_path, files).programs] == ["a.conf"]


def test_a_method_starts_programs_where_its_module_is_asked_for(tmp_path: Path) -> None:
    code = "$loop->run_process(command => [1]);\nrun_cmd('git log');\nsub run_cmd { 1 }\n"
    assert facts(tmp_path, {"a.pl": code}).programs == ()
    found = facts(tmp_path, {"a.pl": f"use IO::Async::Loop; use AnyEvent::Util;\n{code}"}).programs
    assert [(called.program, called.line) for called in found] == [(None, 2), (None, 3)]


def test_a_program_without_an_ending_is_read_by_its_first_line(tmp_path: Path) -> None:
    files = {"bin/one": "#!/usr/bin/env perl\nsystem('a', 1);\n", "bin/two": "#!/bin/sh\nsystem('a', 1);\n"}
    assert [called.path for called in facts(tmp_path, files).programs] == ["bin/one"]


def test_who_looks_up_users(tmp_path: Path) -> None:
    assert facts(tmp_path, {"a.pl": "my $u =\n  getpwnam('www-data');\n"}).named == "a.pl:2"


def facts(tmp_path: Path, files: dict[str, str]) -> PerlFacts:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return perl_facts(Context(tmp_path, None), sorted(files))
