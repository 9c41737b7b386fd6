"""What the sources of a compiled program start, load by name and open: at the level of regular expressions, with strings and comments told apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

from minify.context.needs import native_calls
from minify.context.places import Called, Library, Lines, PathLiteral, Place, is_test
from minify.context.tests import tests
from minify.context.tree import Context

_SHELLS: Final = ("sh", "bash", "/bin/sh", "/bin/bash")


class NativeFacts(NamedTuple):
    """Programs that the sources start, libraries that they load by name, and their string literals that may be paths.

    `languages` are those of the files that were read; `looks_up` says that one asks glibc for names of hosts, users or
    character sets, for which even a static program loads libraries.
    """

    programs: tuple[Called, ...]
    loads: tuple[Library, ...]
    opened: tuple[PathLiteral, ...]
    languages: frozenset[str]
    looks_up: bool = False
    beside: tuple[Place, ...] = ()
    """Where they look up files that the build puts beside the program."""
    foreign: bool = False
    """Whether they include headers that are neither the standard's nor files of the context: what is behind these may look up names."""
    users: bool = False
    """Whether they look up users or groups by name, as daemons do that put root's rights away."""


class Rule(NamedTuple):
    """What starts a program: the pattern (its group `program` is a literal), and whether a shell does it.

    `only` is what the file must hold elsewhere, as an import. `last` is one that counts where nothing else was found: the
    import of a module that starts programs, which another file may call.
    """

    pattern: re.Pattern[str]
    shell: bool = False
    only: re.Pattern[str] | None = None
    last: bool = False


class Language(NamedTuple):
    """How a language writes comments and strings, starts programs and loads libraries by name."""

    name: str
    endings: tuple[str, ...]
    comments: str
    strings: str
    starts: tuple[Rule, ...]
    loads: tuple[tuple[re.Pattern[str], str | None], ...] = ()
    """Patterns, and the library that one stands for; None: its group `library`, or a name that is not known."""
    compiled: str = ""
    """Text that only the compiler reads: names of files in it are not opened at run time."""
    imports: str = ""
    """Statements that only name what is called elsewhere."""
    beside: str = ""
    """Calls that look up files which the build puts beside the program."""


def _rule(pattern: str, *, shell: bool = False, only: str | None = None, last: bool = False) -> Rule:
    return Rule(re.compile(pattern, re.MULTILINE), shell, re.compile(only, re.MULTILINE) if only else None, last)


def _load(pattern: str, library: str | None = None) -> tuple[re.Pattern[str], str | None]:
    return re.compile(pattern, re.MULTILINE), library


def _any(section: str, key: str) -> str:
    return f"(?:{'|'.join(native_calls(section, key))})"


_LITERAL: Final = r"\s*[(\s]\s*(?:\[\s*)?(?:c?\"(?P<program>[^\"\n]*)\")?"
_TEXT: Final = r'"(?:\\.|[^"\\])*"'
_LINE: Final = r"//[^\n]*"
_BLOCK: Final = r"/\*.*?\*/"

# A pointer to one, or a macro, is called elsewhere: no parenthesis need follow
_EXEC: Final = (
    r"\b(?:execlp?e?|execvp?e?|execvpe|execveat|fexecve|posix_spawnp?|(?:SYS|__NR)_execve(?:at)?)\b"
    r"(?:\s*\(\s*\"(?P<program>[^\"\n]*)\")?"
)
_C_STARTS: Final = (
    _rule(rf"\b(?:system|popen|_popen|wordexp)\s*(?=\(){_LITERAL}", shell=True),
    _rule(_EXEC),
    _rule(rf"\b{_any('calls', 'c')}\b"),
)
_C_LOADS: Final = (
    _load(r"\bdlm?open\s*\(\s*(?:\"(?P<library>[^\"\n]*)\")?"),
    _load(r"\b(?:QLibrary|QPluginLoader|g_module_open|lt_dlopen\w*|SDL_LoadObject)\b"),
)
_HASKELL_PROCESS: Final = rf"{_any('modules', 'haskell')}(?![\w.])"
# `import safe qualified "process" System.Process`
_HASKELL_IMPORT: Final = r"(?:^|;)[ \t]*import\s+(?:safe\s+)?(?:qualified\s+)?(?:\"[^\"\n]*\"\s+)?"
_OCAML_UNIX: Final = r"(?:\w*[uU]nix\.|UnixLabels\.)?"
_OCAML_PROCESS: Final = _any("modules", "ocaml")
# A statement goes on in lines that stand further in, and in those that end its bracket
_NIM_IMPORT: Final = r"(?:^|[;:])[ \t]*(?:import|from|include)\b(?:[^\n]|\n(?=[ \t\],\n]))*?"

LANGUAGES: Final = (
    Language(
        name="c",
        endings=(
            *(".c", ".h", ".cc", ".cpp", ".cxx", ".c++", ".C", ".hpp", ".hh", ".hxx", ".h++", ".H", ".m", ".mm", ".inl", ".ipp"),
            *(".tcc", ".tpp", ".txx", ".inc", ".def", ".cppm", ".ccm", ".cxxm", ".ixx", ".cu", ".cuh", ".pgc", ".rl"),
            # Code stands between what grammars say
            *(".y", ".yy", ".ypp", ".yxx", ".y++", ".l", ".ll", ".lpp", ".lxx", ".l++", ".lex", ".re2c"),
        ),
        comments=rf"{_BLOCK}|{_LINE}",
        strings=r"R\"(?P<delimiter>[^()\s\\]{0,16})\(.*?\)(?P=delimiter)\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'",
        starts=_C_STARTS,
        loads=_C_LOADS,
        compiled=r"^[ \t]*#[ \t]*(?:include|import|embed)[^\n]*",
    ),
    Language(
        name="rust",
        endings=(".rs",),
        comments=rf"{_BLOCK}|{_LINE}",
        strings=rf"b?r(?P<hashes>#*)\".*?\"(?P=hashes)|{_TEXT}|'(?:\\.[^'\n]{{0,8}}|[^'\\\n])'",
        starts=(
            _rule(_EXEC),
            _rule(rf"\blibc::(?:system|popen)\s*(?=\(){_LITERAL}", shell=True),
            _rule(r"\bfn\s+(?:system|popen)\s*\(\s*\w+\s*:\s*\*", shell=True),
            _rule(r"\b(?:Exec::shell|run_script|cmd_lib)\b", shell=True),
            _rule(rf"\b(?:Exec::cmd|duct::cmd|xshell::cmd!|\bcmd!)\s*(?=\(){_LITERAL}"),
        ),
        loads=(_load(r"\b(?:libloading|dlopen2?)::|\bLibrary::(?:new|open)\s*\(|\bdlopen\s*\("),),
        compiled=r"\b(?:include_str|include_bytes|include|embed_migrations|migrate)!\s*\([^)]*\)|#!?\[[^\]]*\]",
    ),
    Language(
        name="zig",
        endings=(".zig",),
        comments=_LINE,
        strings=r"\\\\[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'",
        starts=(
            _rule(r"\bprocess\.Child\b|\bChildProcess\b|\bprocess\.(?:execve?|spawn|replace|run)\b|\bexec(?:vp?e?|ve)Z\s*\("),
            *_C_STARTS[:2],
        ),
        loads=(_load(r"\bDynLib\b"), *_C_LOADS),
        compiled=r"@(?:import|embedFile|cInclude)\s*\([^)]*\)",
    ),
    Language(
        name="haskell",
        endings=(".hs", ".lhs", ".hsc"),
        comments=r"\{-.*?-\}|(?<![!#$%&*+./<=>?@\\^|~:-])--+(?![!#$%&*+./<=>?@\\^|~:-])[^\n]*",
        strings=r"\"(?:\\.|[^\"\\\n])*\"|(?<![\w'])'(?:\\[^'\n]{1,8}|[^'\\\n])'",
        starts=(
            _rule(
                r"\b(?:callCommand|spawnCommand|readCreateProcess\s*\(\s*shell|createProcess\s*\(\s*shell|system|shell|"
                r"shelly|inshell|inproc)\b(?:\s+\"(?P<program>[^\"\n]*)\")?",
                shell=True,
                only=_HASKELL_IMPORT + _HASKELL_PROCESS,
            ),
            _rule(
                r"\b(?:proc|rawSystem|callProcess|spawnProcess|readProcess|createProcess|withCreateProcess|readCreateProcess|readCreateProcessWithExitCode|readProcessWithExitCode|executeFile)\b(?:\s+\"(?P<program>[^\"\n]*)\")?",
                only=rf"{_HASKELL_IMPORT}(?:{_HASKELL_PROCESS}|System\.Posix\b)",
            ),
            _rule(_HASKELL_IMPORT + _HASKELL_PROCESS, last=True),
            _rule(r"\bforeign\s+import\b[^\"\n]*\"[^\"\n]*\b(?:system|popen|exec[lv]\w*|posix_spawnp?)\b[^\"\n]*\""),
        ),
        loads=(_load(_HASKELL_IMPORT + r"System\.(?:Posix\.DynamicLinker|Plugins)"),),
        imports=r"^import\b[^\n]*(?:\n[ \t]+[^\n]*)*",
        # https://cabal.readthedocs.io/en/stable/cabal-package-description-file.html#accessing-data-files-from-package-code
        beside=r"\bget(?:Data(?:FileName|Dir)|LibDir|DynLibDir|LibexecDir|SysconfDir)\b",
        compiled=r"\bembed(?:File|Dir|StringFile)\s+\"[^\"]*\"|^#[^\n]*",
    ),
    Language(
        name="ocaml",
        endings=(".ml", ".mli", ".mll", ".mly", ".mlp", ".re", ".rei"),
        comments=r"\(\*.*?\*\)",
        strings=rf"\{{(?P<quoted>[a-z_]*)\|.*?\|(?P=quoted)\}}|{_TEXT}|(?<![\w'])'(?:\\[^'\n]{{1,4}}|[^'\\\n])'",
        starts=(
            _rule(rf"\b(?:\w*Sys|Sys_unix|Ocaml_sys)\.command\b{_LITERAL}", shell=True),
            _rule(rf"\b[A-Z]\w*\.system\b{_LITERAL}", shell=True),
            _rule(rf"(?<!\.)\bsystem\b{_LITERAL}", shell=True, only=r"\bopen!?\s+\w*[uU]nix|[uU]nix\.[(\[{]"),
            _rule(rf"\bcommand{_LITERAL}", shell=True, only=r"^\s*(?:let\s+)?open!?\s+Sys\b"),
            _rule(rf"\b{_OCAML_UNIX}open_process(?:_in|_out|_full)?\b{_LITERAL}", shell=True),
            _rule(rf"\b{_OCAML_UNIX}(?:create_process(?:_env)?|open_process_args\w*|execvp?e?|execve|fork_exec)\b{_LITERAL}"),
            _rule(rf"\b(?:{_OCAML_PROCESS}|Async\.Process|Eio\.Process|Process)\.(?=[a-z(])"),
            _rule(rf"\b(?:open!?|include)\s+{_OCAML_PROCESS}\b|\bmodule\s+\w+\s*=\s*{_OCAML_PROCESS}\b", last=True),
        ),
        loads=(_load(r"\bDynlink\.|\b(?:Foreign|Dl)\.(?:foreign|dlopen)\b|\bDl\.dlopen\b"),),
    ),
    Language(
        name="swift",
        endings=(".swift",),
        comments=rf"{_BLOCK}|{_LINE}",
        strings=r'"""[\s\S]*?"""|#"[^\n]*?"#|"(?:\\.|[^"\\\n])*"',
        starts=(
            # Foundation's class however it is made: `Process()`, `.init()`, `Process.launchedProcess(…)`, `typealias Task = Process`
            _rule(r"\b(?:Process|NSTask)\b"),
            _rule(rf"\b(?:system|popen)\s*(?=\(){_LITERAL}", shell=True),
            _rule(rf"\bshellOut\s*(?=\(){_LITERAL}", shell=True),
            _rule(_EXEC),
            _rule(rf"^[ \t]*(?:@\w+[ \t]+)*import\s+{_any('modules', 'swift')}\b", last=True),
        ),
        # https://docs.swift.org/swiftpm/documentation/packagemanagerdocs/bundlingresources
        beside=r"\bBundle\.module\b",
        loads=(_load(r"\bdlopen\s*\(\s*(?:\"(?P<library>[^\"\n]*)\")?"),),
    ),
    Language(
        name="crystal",
        endings=(".cr", ".ecr"),
        # What stands in {{ }} runs when it is compiled
        comments=r"\{\{.*?\}\}|\{%.*?%\}|#(?!\{)[^\n]*",
        strings=rf"{_TEXT}|'(?:\\.[^'\n]{{0,8}}|[^'\\\n])'",
        starts=(
            _rule(r"`[^`\n]+`|%x[({\[<|]|\bsystem[ (]\s*(?:\"(?P<program>[^\"\n]*)\")?", shell=True),
            _rule(rf"\bProcess\.(?:run|new|exec)\b{_LITERAL}"),
        ),
        loads=(_load(r"\bLibC\.dlopen\b|\bCrystal::Loader\b"),),
        compiled=r"\brequire\s+\"[^\"]*\"|\bread_file\([^)]*\)|\bECR\.\w+[^\n]*",
    ),
    Language(
        name="nim",
        endings=(".nim", ".nims"),
        comments=r"#\[.*?\]#|#[^\n]*",
        strings=r'"""[\s\S]*?"""|\b[rR]"[^"\n]*"|"(?:\\.|[^"\\\n])*"|\'(?:\\[^\'\n]{1,4}|[^\'\\\n])\'',
        starts=(
            _rule(rf"\b(?:execShellCmd|execCmd|execCmdEx|execProcess|execProcesses)\b{_LITERAL}", shell=True),
            _rule(rf"\bstartProcess\b{_LITERAL}"),
            _rule(_EXEC),
            # Names are the same without their signs and capitals: exec_cmd
            _rule(r"(?i)\bexec_?shell_?cmd\b", shell=True, last=True),
            _rule(_NIM_IMPORT + rf"\b{_any('modules', 'nim')}\b(?!\s+import\s+countProcessors\s*$)", last=True),
        ),
        loads=(
            _load(r"\bloadLib(?:Pattern)?\s*\(|\{\.[^}]*\bdynlib\s*:\s*(?:\"(?P<library>[^\"\n]*)\")?"),
            # Wrappers of the standard library load what they wrap: https://nim-lang.org/docs/re.html
            _load(_NIM_IMPORT + r"\b(?:re|nre|pcre)\b", "pcre"),
            _load(_NIM_IMPORT + r"\b(?:db_sqlite|sqlite3|tiny_sqlite)\b", "sqlite3"),
            _load(_NIM_IMPORT + r"\b(?:db_postgres|postgres)\b", "pq"),
            _load(_NIM_IMPORT + r"\b(?:db_mysql|mysql|db_odbc|odbcsql)\b"),
        ),
        compiled=r"\b(?:staticRead|slurp|staticExec|gorge|gorgeEx)\s*[( ]\s*\"[^\"]*\"",
    ),
    Language(
        name="d",
        endings=(".d", ".di"),
        comments=rf"/\+.*?\+/|{_BLOCK}|{_LINE}",
        strings=rf"`[^`]*`|{_TEXT}|'(?:\\[^'\n]{{1,8}}|[^'\\\n])'",
        starts=(
            _rule(rf"\b(?:executeShell|spawnShell|pipeShell)\s*(?=\(){_LITERAL}", shell=True),
            _rule(
                rf"\b(?:execute|spawnProcess|pipeProcess)\s*(?=\(){_LITERAL}",
                only=r"\bimport\b[^;]*\bstd\.process\b",
            ),
            # What is called may have no parentheses, or another name
            _rule(
                r"\bimport\b[^;]*\bstd\.process\b(?!\s*:(?:\s|,|environment|thisProcessID|thisThreadID|\bid\b)+;)",
                last=True,
            ),
            *_C_STARTS[:2],
        ),
        loads=(
            _load(r"\bRuntime\.loadLibrary\b|\bdlopen\s*\("),
            # https://dlang.org/phobos/std_net_curl.html: libcurl is loaded when it is first used
            _load(r"\bimport\b[^;]*\bstd\.net\.curl\b", "curl"),
        ),
        compiled=r"\bimport\s*\(\s*\"[^\"]*\"\s*\)",
    ),
    Language(
        name="fortran",
        endings=tuple(e for ending in ("f", "for", "f77", "f90", "f95", "f03", "f08", "f18", "fpp", "ftn") for e in (f".{ending}", f".{ending.upper()}")),
        comments=r"![^\n]*",
        strings=r"\"[^\"\n]*\"|'[^'\n]*'",
        starts=(
            _rule(r"(?i)\bexecute_command_line\s*\(|\bsystemq*\s*\(", shell=True),
            _rule(r"(?i)\bname\s*=\s*[\"'](?:system|popen|exec[lv]\w*|posix_spawnp?)[\"']"),
        ),
    ),
)  # fmt: skip

# Rust's standard library looks hosts up by getaddrinfo
_LOOKS_UP: Final = re.compile(
    r"\b(?:getaddrinfo|getnameinfo|gethostby\w+|getpw\w+|getgr\w+|getserv\w+|getproto\w+|iconv_open|initgroups|getnet\w+|glob|setlocale|newlocale)\s*\(|"
    r"\b(?:ToSocketAddrs|to_socket_addrs|TcpStream|UdpSocket|TcpListener|lookup_host|reqwest|hyper|tokio::net)\b"
)
_USERS: Final = re.compile(rf"\b(?:{_any('symbols', 'users')}|{_any('calls', 'users')})\s*\(")
_INCLUDED: Final = re.compile(r"^[ \t]*#[ \t]*include\s*<([^>\n]+)>", re.MULTILINE)
_STANDARD: Final = re.compile(_any("headers", "standard"))
_BY_ENDING: Final = {ending: language for language in LANGUAGES for ending in language.endings}
_PATH: Final = re.compile(r"\"((?:\.{0,2}/)?[\w.+@-]+(?:/[\w.+@-]+)*/?)\"")


def native_facts(context: Context, files: Sequence[str], named: Set[str] = frozenset()) -> NativeFacts:
    """Read the sources of compiled languages among some files of the context.

    `system("ls")` is a program started by a shell; `execvp(argv[0], argv)` one whose name is not known. `named` are files and
    directories that the build names: what it compiles is no test, whatever it is called.
    """
    programs: list[Called] = []
    loads: list[Library] = []
    opened: list[PathLiteral] = []
    languages: set[str] = set()
    beside: list[Place] = []
    looks_up = foreign = main = users = False
    unused = tests(context, files, sorted(named))
    for path in files:
        language = _language(path)
        if language is None:
            continue
        text = context.read_text(path)
        if text is None:
            continue
        languages.add(language.name)
        if _build_script(path, context):
            continue
        code = _without_comments(text, language)
        if language.name == "rust":
            code = _without_tests(code)
        looks_up = looks_up or _LOOKS_UP.search(code) is not None
        lines, in_tests = Lines(code), path in unused and _in_tests(path, named)
        users = users or _USERS.search(code) is not None
        if language.name == "c" and not in_tests:
            main = main or _MAIN.search(code) is not None
        if language.name == "c":
            foreign = foreign or any(
                not _STANDARD.fullmatch(header) and not any(other.endswith(f"/{header}") for other in files)
                for header in _INCLUDED.findall(code)
            )
        if language.beside:
            beside += [Place(path, lines.at(m.start()), in_tests) for m in re.finditer(language.beside, code)]
        for start, program, shell in (*_started(code, language), *(_rust(code) if language.name == "rust" else ())):
            programs.append(
                Called(
                    program=program or None,
                    shell=shell or program in _SHELLS,
                    path=path,
                    line=lines.at(start),
                    in_tests=in_tests,
                )
            )
        for pattern, library in language.loads:
            for match in pattern.finditer(code):
                name = library or match.groupdict().get("library")
                loads.append(Library(name, "dlopen", path, lines.at(match.start()), in_tests))
        at_run_time = _blank(re.compile(language.compiled, re.MULTILINE), code) if language.compiled else code
        opened += [
            PathLiteral(match[1], path, lines.at(match.start()), in_tests)
            for match in _PATH.finditer(at_run_time)
            if "/" in match[1] or "." in match[1]
        ]
    facts = NativeFacts(
        tuple(programs), tuple(loads), tuple(opened), frozenset(languages), looks_up, tuple(beside), foreign, users
    )
    # A program has a function of that name: where no other source has one, it is among what looks like tests
    return facts if main or languages != {"c"} else _all_count(facts)


_MAIN: Final = re.compile(r"\b(?:w?main|WinMain)\s*\(")
_CODE: Final = frozenset({"src", "source", "Sources", "Source", "lib", "app", "cmd"})
# What these are called by is a matter of the program, where they lie among its code
_TOPICS: Final = frozenset(
    {"testing", "spec", "e2e", "fixtures", "doc", "docs", "example", "examples", "benchmark", "benchmarks"}
)


def _in_tests(path: str, named: Set[str]) -> bool:
    among_code = not _CODE.isdisjoint(path.split("/")[:-1])
    return is_test(path, named | _TOPICS if among_code else named)


def _all_count(facts: NativeFacts) -> NativeFacts:
    return facts._replace(
        programs=tuple(one._replace(in_tests=False) for one in facts.programs),
        loads=tuple(one._replace(in_tests=False) for one in facts.loads),
        opened=tuple(one._replace(in_tests=False) for one in facts.opened),
        beside=tuple(one._replace(in_tests=False) for one in facts.beside),
    )


def _language(path: str) -> Language | None:
    # `configure` makes main.c of main.c.in
    name = path.rpartition("/")[2].removesuffix(".in")
    _, dot, ending = name.rpartition(".")
    return _BY_ENDING.get(f".{ending}") if dot else None


def _build_script(path: str, context: Context) -> bool:
    """Whether a file only runs when the project is built: build.rs beside Cargo.toml, build.zig, Setup.hs, Package.swift."""
    directory, _, name = path.rpartition("/")
    beside = f"{directory}/Cargo.toml" if directory else "Cargo.toml"
    if name == "build.rs":
        return context.exists(beside)
    return name in ("build.zig", "Setup.hs", "Package.swift", "config.nims") or name.endswith(".nims")


def _tokens(language: Language) -> re.Pattern[str]:
    pattern = _TOKENS.get(language.name)
    if pattern is None:
        pattern = re.compile(f"(?P<comment>{language.comments})|{language.strings}", re.DOTALL)
        _TOKENS[language.name] = pattern
    return pattern


_TOKENS: dict[str, re.Pattern[str]] = {}


def _without_comments(text: str, language: Language) -> str:
    """Comments go, their newlines stay: an offset's line is still the same. What looks like one in a string stays."""
    return _tokens(language).sub(lambda m: "\n" * m[0].count("\n") if m["comment"] is not None else m[0], text)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


# Code may stand in these: "#{`date`}" of Crystal, "\(system("date"))" of Swift
_CODE_INSIDE: Final = re.compile(r"#\{|\\\(|\n")


def _started(code: str, language: Language) -> Iterator[tuple[int, str | None, bool]]:
    quoted = [m.span() for m in _tokens(language).finditer(code) if not _CODE_INSIDE.search(m[0])]
    called = _blank(re.compile(language.imports, re.MULTILINE), code) if language.imports else code
    found = False
    for rule in language.starts:
        if (rule.last and found) or (rule.only is not None and not rule.only.search(code)):
            continue
        # An import that says it all stands for itself
        for match in rule.pattern.finditer(called if rule.only is not None else code):
            if not any(start < match.start() < end for start, end in quoted):
                found = True
                yield match.start(), match.groupdict().get("program"), rule.shell


_COMMAND: Final = re.compile(r"(?P<before>[\w:]*?)\b(?P<name>\w+)::new\s*\(\s*(?:\"(?P<program>[^\"\n]*)\")?")
_PROCESS: Final = re.compile(
    r"\bprocess::(?:\{[^}]*?\bCommand\b(?:\s+as\s+(\w+))?[^}]*\}|Command\b(?:\s+as\s+(\w+))?|\*)"
)
_OTHER: Final = re.compile(
    r"\buse\s+(?!std\b|tokio\b|async_process\b|async_std\b|smol\b)[\w:]+::(?:\{[^;]*\bCommand\b[^;]*\}|Command)\s*;"
)


def _rust(code: str) -> Iterator[tuple[int, str | None, bool]]:
    """`Command::new("git")` of std or tokio; that of clap describes a command line."""
    imported = _PROCESS.search(code)
    names = {"Command", *(n for match in _PROCESS.finditer(code) for n in match.groups() if n)}
    other = imported is None and _OTHER.search(code) is not None
    found = False
    for match in _COMMAND.finditer(code):
        if match["name"] not in names:
            continue
        before = match["before"]
        if "process" in before or (not other and not before.startswith("clap::")):
            found = True
            yield match.start(), match["program"], False
    if imported is not None and not found and not imported[0].endswith("*"):
        # It may be made elsewhere, of a name that is not seen here
        yield imported.start(), None, False


_TESTS: Final = re.compile(r"#\[cfg\(test\)\]\s*(?:pub\s+)?mod\s+\w+\s*\{")


def _without_tests(code: str) -> str:
    """Rust's test modules go: they are compiled for `cargo test` only."""
    match = _TESTS.search(code)
    if match is None:
        return code
    depth, position = 1, match.end()
    rust = next(language for language in LANGUAGES if language.name == "rust")
    strings = [m.span() for m in _tokens(rust).finditer(code, match.end())]
    inside = iter([*strings, (len(code), len(code))])
    start, end = next(inside)
    while position < len(code) and depth:
        if position >= start:
            position = end
            start, end = next(inside, (len(code), len(code)))
            continue
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        position += 1
    gone = code[match.start() : position]
    return code[: match.start()] + "\n" * gone.count("\n") + _without_tests(code[position:])


Reader = Callable[[str], Iterator[str]]


def dependencies(context: Context, files: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The libraries that manifests and lock files name, by the language's own registry: `{"crates": ("serde", "tokio")}`."""
    found: dict[str, dict[str, None]] = {}
    for path in files:
        name = path.rpartition("/")[2]
        for registry, wanted, reader in _MANIFESTS:
            if wanted.fullmatch(name) and (text := context.read_text(path)) is not None:
                found.setdefault(registry, {}).update(dict.fromkeys(reader(text)))
    return {registry: tuple(names) for registry, names in found.items()}


def _locked(text: str) -> Iterator[str]:
    yield from re.findall(r'^name = "([^"]+)"', text, re.MULTILINE)


def _cargo(text: str) -> Iterator[str]:
    """The names below `[dependencies]`, less those of tests and builds."""
    section = ""
    for line in text.split("\n"):
        heading = re.match(r"\s*\[+([^\]]+)\]", line)
        if heading is not None:
            section = heading[1].strip()
            parts = section.split(".")
            if len(parts) > 1 and parts[-2] == "dependencies":
                yield parts[-1].strip('"')
        elif section.endswith("dependencies") and "dev-" not in section and "build-" not in section:
            named = re.match(r"\s*\"?([\w-]+)\"?\s*(?:=|\.)", line)
            if named is not None:
                yield named[1]


def _haskell(text: str) -> Iterator[str]:
    for block in re.findall(
        r"(?im)^[ \t]*(?:build-depends|dependencies):((?:[^\n]*\n?)(?:[ \t]+[^\n:]*\n?|\n)*)", text
    ):
        yield from re.findall(r"(?:^|[,\n-])\s*([a-zA-Z][\w-]*)", block)


def _ocaml(text: str) -> Iterator[str]:
    for block in re.findall(r"\((?:libraries|depends)\s([^()]*(?:\([^()]*\)[^()]*)*)\)", text):
        yield from re.findall(r"[a-z][\w.-]*", block)
    if re.search(r"\(sites\b|\(dune_site\b|\bdune-site\b", text):
        yield "dune-site"


def _shards(text: str) -> Iterator[str]:
    yield from re.findall(r"(?m)^  ([\w-]+):\s*$", text)


def _nimble(text: str) -> Iterator[str]:
    for line in re.findall(r"(?m)^\s*requires\s*\(?([^\n]*(?:,\s*\n[^\n]*)*)", text):
        yield from re.findall(r"\"([\w-]+)", line)


def _dub(text: str) -> Iterator[str]:
    yield from re.findall(r'"([\w:-]+)"\s*:\s*(?:"|\{\s*"version)', text)
    yield from re.findall(r'(?m)^\s*dependency\s+"([\w:-]+)"', text)


_MANIFESTS: Final[tuple[tuple[str, re.Pattern[str], Reader], ...]] = (
    ("crates", re.compile(r"Cargo\.lock"), _locked),
    ("crates", re.compile(r"Cargo\.toml"), _cargo),
    ("hackage", re.compile(r".*\.cabal|package\.yaml"), _haskell),
    ("opam", re.compile(r"dune|dune-project|.*\.opam"), _ocaml),
    ("shards", re.compile(r"shard\.(?:yml|lock)"), _shards),
    ("nimble", re.compile(r".*\.nimble"), _nimble),
    ("dub", re.compile(r"dub\.(?:json|sdl|selections\.json)"), _dub),
)
