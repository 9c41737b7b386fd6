"""Shell texts by a grammar: a number in, a small script out, the same one each time."""

from __future__ import annotations

import random
from collections.abc import Callable

NAMES = ("A", "B", "N", "PORT", "ARGS", "EMPTY", "LIST", "UNSET")
VALUES = (
    "",
    "x",
    "a b",
    "  lead",
    "trail ",
    "*.txt",
    "8000",
    "5",
    "-n",
    "a/b/c.tar.gz",
    "back\\tslash",
    "é",
    "A=B",
    "q'q",
    'd"d',
    "?.txt",
    "none*",
    "07",
)
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"PORT": "8000", "ARGS": "--one --two", "LIST": "a b c", "A": "alpha", "N": "3", "EMPTY": ""},
    {"PORT": "", "ARGS": "  *.txt  x ", "LIST": "a.txt", "A": "a b", "B": "b*", "N": "07"},
    {"PORT": "80 90", "ARGS": "-v", "A": "back\\nslash", "B": "q'u\"o", "N": "x", "EMPTY": " "},
)
ARGUMENTS: tuple[list[str], ...] = ([], ["serve"], ["a b", "", "--flag"], ["-x", "*.txt", "last one", "4"])


class Texts:
    """Makes texts; `bash` allows what only bash reads."""

    def __init__(self, seed: int, *, bash: bool) -> None:
        self.random = random.Random(seed)
        self.bash = bash
        self.functions: list[str] = []
        self.depth = 0
        self.in_loop = False
        self.in_function = False
        self.strict = False
        self.loops = 0

    def pick(self, *options: Callable[[], str] | str) -> str:
        chosen = self.random.choice(options)
        return chosen if isinstance(chosen, str) else chosen()

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def script(self) -> str:
        lines = []
        if self.maybe(0.3):
            lines.append("set -e")
        # A here-document that uses what is not set leaves an empty file behind, a launcher none
        self.strict = self.maybe(0.15)
        if self.strict:
            lines.append("set -u")
        if self.maybe(0.3):
            lines += [self.function("greet"), ""]
        lines += [self.command() for _ in range(self.random.randint(1, 6))]
        if self.maybe(0.3):
            lines.append(
                self.pick('exec app "$@"', "exec app $ARGS", 'exec "$@"', "app last", "exec gunicorn -b :$PORT")
            )
        return "\n".join(lines) + "\n"

    # Words

    def name(self) -> str:
        return self.random.choice(NAMES)

    def literal(self) -> str:
        return self.pick(
            "x",
            "a.txt",
            "sub",
            "--opt",
            "8000",
            "/dev/null",
            "a/b.c",
            "é",
            "w0rd",
            ".",
            "say=hello",
            "exit=3",
            "cry=oops",
        )

    def expansion(self) -> str:
        name = self.name()
        return self.pick(
            f"${name}", f"${{{name}}}", f"${{{name}:-{self.plain()}}}", f"${{{name}-{self.plain()}}}",
            f"${{{name}:+{self.plain()}}}", f"${{{name}+{self.plain()}}}", f"${{{name}:={self.plain()}}}",
            f"${{{name}#*[a-m]}}", f"${{{name}##*/}}", f"${{{name}%.*}}", f"${{{name}%%[!a-z]*}}", f"${{{name}#a}}", f"${{{name}%?}}",
            f"${{#{name}}}", "$1", "${1:-none}", "$#", "$?", "${2#-}", "${1+set}", f"${{{name}:-\"q d\"}}",
            f"$(app say={self.plain()})", "$(echo hi)", f"$(echo ${name})", "$(cat a.txt)", "$(printf '%s' x)", "$(basename a/b.c .c)", "$(dirname /x/y)",
            lambda: f"$(({self.number()}))", *(["$(greet x)"] if self.functions and not self.in_function and not self.strict else []),
            *(self.bash_expansions(name) if self.bash else ()),
        )  # fmt: skip

    def bash_expansions(self, name: str) -> tuple[str, ...]:
        return (
            f"${{{name}/a/Z}}",
            f"${{{name}//[a-c]/_}}",
            f"${{{name}:1:2}}",
            f"${{{name}^^}}",
            f"${{{name},,}}",
            f"${{{name}:0:1}}",
        )

    def number(self) -> str:
        return self.pick(
            "1 + 2", "2 * 3 - 1", "7 / 2", "7 % 3", "(1 + 2) * 3", "5 > 3", "1 && 0", "-4 + 1", "$# + 1", "I + 1", "!0"
        )

    def plain(self) -> str:
        return self.random.choice(("y", "fall", "a.b", "1"))

    def word(self) -> str:
        """One word, quoted or not."""
        return self.pick(
            self.literal, self.literal,
            lambda: f'"{self.expansion()}"', lambda: f'"{self.literal()} {self.expansion()}"', self.expansion,
            lambda: f"{self.pick('x', '--o=', ':', 'p/')}{self.expansion()}", "'single $A \\n'", '"dou\\"ble \\$A"', r"es\ caped",
            '"$@"', "$@", '"$*"', "$*", "*.txt", "sub/*", "none*.x", '""', "~", lambda: f'"{self.expansion()}{self.expansion()}"',
        )  # fmt: skip

    def words(self, least: int = 0, most: int = 3) -> str:
        return " ".join(self.word() for _ in range(self.random.randint(least, most)))

    # Commands

    def redirects(self) -> str:
        return self.pick(
            "",
            "",
            "",
            "",
            " > out",
            " >> out",
            " 2> /dev/null",
            " > /dev/null 2>&1",
            " >&2",
            " 2>&1",
            " > out 2>&1",
            " < a.txt read",
        )

    def program(self) -> str:
        prefix = self.pick("", "", "", f"{self.name()}={self.word_for_value()} ")
        return f"{prefix}{self.pick('app', 'app', 'gunicorn', './bin/none', 'nosuch', 'tool')} {self.words()}{self.redirects()}"

    def word_for_value(self) -> str:
        return self.pick(self.literal, lambda: f'"{self.expansion()}"', self.expansion, "'a b'", '""', "*.txt")

    def assignment(self) -> str:
        name = self.name()
        return self.pick(
            f"{name}={self.word_for_value()}", f"export {name}={self.word_for_value()}", f"export {name}", f"unset {name}",
            f"{name}={self.word_for_value()}; export {name}", f"{name}=$(app say=out exit={self.random.choice('0002')})",
            "I=0", "I=$((I + 1))", "I=1; I=$((I * 2))", f": \"${{{name}:={self.plain()}}}\"",
        )  # fmt: skip

    def test(self) -> str:
        name = self.name()
        word = self.pick(f'"${name}"', f'"${name}"', f"${name}", '"$1"', "$#", "$?", f'"${{{name}:-3}}"')
        tests = [
            f"[ -n {word} ]", f"[ -z {word} ]", f"[ {word} = {self.plain()} ]", f"[ {word} != alpha ]", f"[ {word} ]",
            f"[ {word} -gt 2 ]", f"[ {word} -eq 3 ]", f"[ ! {word} = x ]", "[ -f a.txt ]", "[ -d sub ]", "[ -e none ]", "[ -x run.me ]",
            f"[ -f {word} ]", "[ $# -gt 0 ]", f"test {word} = x", f'[ -n {word} -a -f a.txt ]', f'[ -z {word} -o -d none ]', "[ -s a.txt ]",
        ]  # fmt: skip
        if self.bash:
            tests += [
                f"[[ -n ${name} ]]", f"[[ ${name} == a* ]]", f"[[ ${name} != *b ]]", f'[[ ${name} == "a*" ]]',
                f"[[ ${name} =~ ^[0-9]+$ ]]", f"[[ -f a.txt && -n ${name} ]]", f"[[ -z ${name} || $1 == serve ]]", "((1 + 1))", "[[ ! -d sub ]]",
            ]  # fmt: skip
        return self.random.choice(tests)

    def condition(self) -> str:
        if self.depth > 3:
            return self.test()
        self.depth += 1
        found = self.pick(
            self.test, self.test, self.test, lambda: f"app {self.words()}", "true", "false", lambda: f"! {self.test()}",
            lambda: f"{self.test()} && {self.test()}", lambda: f"{self.test()} || app exit=1", lambda: f"{self.assignment()}",
            lambda: f"echo {self.words()}; {self.test()}", "command -v app > /dev/null", "cd none 2> /dev/null", "mkdir sub 2>/dev/null",
            'echo "$A" | grep -q alpha', lambda: f"{{ {self.simple()}; {self.test()}; }}",
        )  # fmt: skip
        self.depth -= 1
        return found

    def simple(self) -> str:
        return self.pick(
            self.program, self.program, self.assignment, self.assignment,
            lambda: f"echo {self.words()}{self.pick('', '', ' > out', ' >> out', ' >&2', ' > /dev/null')}",
            lambda: f"echo {self.pick('-n', '-e', '-ne')} {self.words(1)}", lambda: f'printf "%s|%s\\n" {self.word()} end',
            lambda: f"echo {self.pick('a', '$A', 'x')} | tool read", "mkdir -p x/y", "rm -f a.txt none", "rm -rf sub", "touch t", "ln -sf a.txt l", "cp a.txt copy", "mv b.txt moved",
            "chmod 600 a.txt", "chmod +x a.txt", "cat a.txt", "cat none", "> made", ": > made", "rm none", "mkdir sub", "cp none copy",
            lambda: f"set -- {self.words()}", "shift" if self.bash else "[ $# -eq 0 ] || shift", "cd sub", "cd none", "cd", "pwd", "true", "false",
            lambda: f"cat <<EOF\nvalue {self.expansion()} \\$A\nend\nEOF", lambda: f"cat > here <<EOF\n{self.plain() if self.strict else self.expansion()}\nEOF",
            "umask 027; touch u", lambda: f"{self.test()}",
            *([self.bash_only] if self.bash else []), *([lambda: f"greet {self.words()}"] * 2 if self.functions and not self.in_function else []),
            *(["break", "continue"] if self.in_loop else []), *([self.leave] if self.maybe(0.3) else []),
        )  # fmt: skip

    def leave(self) -> str:
        return self.pick("exit 4", "exit", *(["return 3", "return"] if self.in_function else []))

    def bash_only(self) -> str:
        return self.pick(
            "echo {1..3}", "tool x{a,b}", "app &> out", 'cat <<< "$A"', "echo $'a\\tb'", f"A+={self.plain()}"
        )

    def command(self) -> str:
        if self.depth > 2:
            return self.simple()
        self.depth += 1
        found = self.pick(
            self.simple, self.simple, self.simple, self.simple, self.simple, self.simple,
            lambda: f"{self.condition()} && {self.simple()}", lambda: f"{self.condition()} || {self.simple()}",
            lambda: f"{self.test()} && {self.program()} || {self.simple()}",
            self.branch, self.loop, self.case, lambda: f"{{ {self.command()}\n{self.command()}\n}}{self.pick('', '', ' > grouped', ' >&2', ' 2>/dev/null')}",
            lambda: f"({self.simple()}\n{self.simple()})", lambda: f"{self.simple()}\necho status $?", lambda: f"! {self.condition()}",
        )  # fmt: skip
        self.depth -= 1
        return found

    def branch(self) -> str:
        code = f"if {self.condition()}; then\n{self.command()}\n"
        if self.maybe(0.4):
            code += f"elif {self.condition()}; then\n{self.command()}\n"
        if self.maybe(0.6):
            code += f"else\n{self.command()}\n"
        return code + "fi"

    def loop(self) -> str:
        outer, self.in_loop = self.in_loop, True
        # Each loop counts for itself, or it might never end
        self.loops += 1
        count = f"C{self.loops}"
        body = self.command()
        found = self.pick(
            lambda: f'for W in {self.words(1)}; do\necho "$W"\n{body}\ndone',
            lambda: f"for W; do\n{body}\ndone",
            lambda: f"{count}=0\nwhile [ ${count} -lt 3 ]; do\n{count}=$(({count} + 1))\n{body}\ndone",
            lambda: f'{count}=0\nuntil [ "${count}" -ge 2 ]; do\n{count}=$(({count} + 1))\n{body}\ndone',
            lambda: f"{count}=3\nwhile :; do\n{count}=$(({count} - 1))\n[ ${count} -gt 0 ] || break\n{body}\ndone",
        )
        self.in_loop = outer
        return found

    def case(self) -> str:
        return (
            f"case {self.pick('$A', '$1', '$PORT', '$ARGS')} in\n{self.pick('a*|x', '8000', 'serve|start', '-*', '?')})\n{self.command()}\n;;\n"
            f"{self.pick('*b*', '[0-9]*', 'a?c', '*.txt')})\n{self.command()}\n;;\n"
            + self.pick("", f"*)\n{self.command()}\n;;\n")
            + "esac"
        )

    def function(self, name: str) -> str:
        self.in_function = True
        self.depth += 1
        body = "\n".join(self.command() for _ in range(self.random.randint(1, 3)))
        if self.maybe(0.4):
            body = f"local L={self.word_for_value()}\n" + body
        self.depth -= 1
        self.in_function = False
        self.functions.append(name)
        return f"{name}() {{\n{body}\n}}"
