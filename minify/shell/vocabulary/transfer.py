"""curl, wget, tar, unzip, git: what comes from outside, and what is unpacked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from minify.shell.effects import ChangesNothing, Configures, Downloads, Effect, Writes
from minify.shell.options import Option, Options, below, home, names, parse, path_of, reach, unknown
from minify.shell.script import Argument, Command
from minify.shell.state import absolute
from minify.shell.words import Word

_CURL: Final = names(
    """
    -o --output -H --header -d --data --data-raw --data-binary --data-urlencode -X --request -u
    --user -A --user-agent -e --referer -b --cookie -c --cookie-jar -F --form -m --max-time
    --connect-timeout --retry --retry-delay --retry-max-time -x --proxy -w --write-out -T
    --upload-file --cacert --cert -E --key --output-dir -C --continue-at --resolve --tls-max
    --ciphers -Y --speed-limit -y --speed-time -r --range --url -K --config -D --dump-header
    --limit-rate --noproxy --proto --proto-redir --max-redirs --interface --oauth2-bearer -z
    --max-filesize
    """
)
_WGET: Final = names(
    """
    -O --output-document -P --directory-prefix -t --tries -T --timeout -U --user-agent --header -o
    --output-file -a --post-data -e --execute -w --wait --waitretry -A --accept -R --reject -D -Q
    --limit-rate --user --password --http-user --http-password --read-timeout --connect-timeout
    --dns-timeout --ca-certificate -i --input-file -l --level --cut-dirs --referer --secure-protocol
    --base --retry-on-http-error
    """
)
_STREAMS: Final = ("-", "/dev/stdout", "/dev/null", "/dev/stderr")


def _place(value: str | None, argument: Argument, command: Command, directory: str | None) -> str | None:
    """Where an option says the file goes; the directory alone where part of the name is not known."""
    if value is not None:
        return absolute(value, directory if directory is not None else command.cwd)
    return reach(argument, command)


def _written(path: str | None, url: str | None, command: Command) -> tuple[Effect, ...]:
    if path is None:
        return (Downloads(url, None, command), unknown("where the download is put is not known", command))
    return (Downloads(url, path, command), Writes(path, command))


def _basename(url: str | None) -> str | None:
    return None if url is None else urlsplit(url if "://" in url else f"http://{url}").path.rpartition("/")[2] or None


def curl(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`curl -fsSL -o /tmp/a.tgz https://example.org/a.tgz`."""
    options = parse(command.arguments, valued=_CURL)
    urls = [*options.operands, *(option.argument for option in options.all("--url"))]
    if not urls:
        return (ChangesNothing(command),)
    moved = options.find("--output-dir")
    directory = command.cwd if moved is None else absolute(moved.value, command.cwd) or ""
    outputs = list(options.all("-o", "--output"))
    effects: list[Effect] = []
    remote = options.has("-O", "--remote-name", "--remote-name-all")
    for index, operand in enumerate(urls):
        url = operand.text
        if index < len(outputs):
            output = outputs[index]
            if output.value in _STREAMS:
                effects.append(Downloads(url, None, command))
            else:
                effects += _written(_place(output.value, output.argument, command, directory), url, command)
        elif remote:
            by_server = options.has("-J", "--remote-header-name")
            effects += _remote(operand.word, url, directory, by_server, command)
        else:
            effects.append(Downloads(url, None, command))
    for option in options.all("-D", "--dump-header", "-c", "--cookie-jar"):
        path = absolute(option.value, command.cwd)
        if option.value not in _STREAMS and path is not None:
            effects.append(Writes(path, command))
    if options.has("-K", "--config"):
        effects.append(unknown("what curl's configuration file says is not known", command))
    return tuple(effects)


def _remote(word: Word, url: str | None, directory: str, named_by_server: bool, command: Command) -> tuple[Effect, ...]:
    """A download that is named as its address ends; `https://x/$V/y.tgz` is y.tgz all the same."""
    address = word.raw.strip("\"'") if url is None else url
    name = _basename(address)
    if not directory:
        return (Downloads(url, None, command), unknown("where the download is put is not known", command))
    if named_by_server or name is None or "$" in name or "`" in address:
        return (Downloads(url, directory, command), Writes(directory, command))
    path = below(directory, name)
    return (Downloads(url, path, command), Writes(path, command))


def wget(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`wget -qO- https://example.org | tar xz`; without -O the name is that of the address."""
    options = parse(command.arguments, valued=_WGET)
    output = options.find("-O", "--output-document")
    moved = options.find("-P", "--directory-prefix")
    directory = command.cwd if moved is None else absolute(moved.value, command.cwd) or ""
    effects: list[Effect] = []
    if options.has("--spider"):
        return (ChangesNothing(command),)
    if options.has("-i", "--input-file"):
        return (
            (Writes(directory, command),)
            if directory
            else (unknown("where the download is put is not known", command),)
        )
    for operand in options.operands:
        url = operand.text
        if output is not None and output.value in _STREAMS:
            effects.append(Downloads(url, None, command))
        elif output is not None:
            effects += _written(_place(output.value, output.argument, command, None), url, command)
        elif options.has("-r", "--recursive", "-m", "--mirror"):
            effects += _remote(operand.word, None, directory, True, command)
        else:
            # The query is part of the name that wget chooses
            by_server = options.has("--content-disposition") or "?" in operand.word.raw
            effects += _remote(operand.word, url, directory, by_server, command)
    return tuple(effects) or (ChangesNothing(command),)


_TAR: Final = names(
    """
    -f --file -C --directory --strip-components --exclude -T --files-from -X --exclude-from -I
    --use-compress-program --transform --xform --owner --group --mode --one-top-level --to-command
    -b --wildcards-match -H --format --mtime --sort
    """
)


def tar(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`tar -xzf a.tgz -C /opt --strip-components=1`; the first word may be letters without a dash."""
    arguments = command.arguments
    first = arguments[0].text if arguments else None
    if first and re.fullmatch(r"[a-zA-Z]+", first):
        arguments = arguments[1:]
        # In the old style the values follow in the order of their letters
        takers = [letter for letter in first if letter in "fCTXIbHK"]
        taken = list(zip(takers, arguments, strict=False))
        given = [Option(f"-{letter}", None, command.arguments[0]) for letter in first if letter not in takers]
        given += [Option(f"-{letter}", value.text, value) for letter, value in taken]
        rest = parse(arguments[len(taken) :], valued=_TAR)
        options = Options((*given, *rest.given), rest.operands)
    else:
        options = parse(arguments, valued=_TAR)
    if options.has("-t", "--list"):
        return (ChangesNothing(command),)
    if options.has("-c", "--create", "-r", "--append", "-u", "--update"):
        output = options.find("-f", "--file")
        if output is None or output.value == "-":
            return (ChangesNothing(command),)
        path = reach(output.argument, command)
        return (Writes(path, command),) if path else (unknown("which archive is written is not known", command),)
    if options.has("-x", "--extract", "--get"):
        if options.has("-O", "--to-stdout"):
            return (ChangesNothing(command),)
        if options.has("-P", "--absolute-names", "--to-command"):
            return (unknown("where it unpacks to is not known", command),)
        moved = options.all("-C", "--directory")
        path = command.cwd or None
        for option in moved:
            path = absolute(option.value, path or "") if option.value is not None else reach(option.argument, command)
        return (Writes(path, command),) if path else (unknown("where it unpacks to is not known", command),)
    return (unknown("what this tar command does is not known", command),)


def unzip(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`unzip -q a.zip -d /opt`."""
    options = parse(command.arguments, valued=("-d", "-x", "-P"))
    if options.has("-l", "-t", "-p", "-Z", "-v"):
        return (ChangesNothing(command),)
    moved = options.find("-d")
    path = reach(moved.argument, command) if moved else command.cwd
    return (Writes(path, command),) if path else (unknown("where it unpacks to is not known", command),)


def seven_zip(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`7z x -o/opt a.7z`."""
    if command.args[:1] not in (("x",), ("e",)):
        return (unknown("what this 7z command does is not known", command),)
    moved = next((text[2:] for text in command.args if text and text.startswith("-o")), ".")
    path = absolute(moved, command.cwd)
    return (Writes(path, command),) if path else (unknown("where it unpacks to is not known", command),)


def compress(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`gunzip a.gz`, `xz -d a.xz`: beside the file; its output, where it is told to print."""
    options = parse(command.arguments, valued=("-S", "-T", "--threads"))
    if options.has("-c", "--stdout", "--to-stdout", "-l", "-t") or not options.operands:
        return (ChangesNothing(command),)
    effects: list[Effect] = []
    for operand in options.operands:
        path = reach(operand, command)
        where = path.rpartition("/")[0] or "/" if path else None
        effects.append(Writes(where, command) if where else unknown("which file is written is not known", command))
    return tuple(effects)


_GIT: Final = (
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "-b",
    "--branch",
    "--depth",
    "-j",
    "--jobs",
    "-o",
    "--origin",
    "--reference",
    "--filter",
)


def git(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`git clone --depth 1 https://example.org/a.git /src`."""
    options = parse(command.arguments, valued=_GIT)
    moved = options.find("-C")
    cwd = command.cwd if moved is None else absolute(moved.value, command.cwd) or ""
    action, *rest = options.operands or (None,)
    match action and action.text:
        case "clone":
            return _clone(rest, cwd, command)
        case "config":
            return _config(
                [argument.text for argument in rest],
                options.has("--global"),
                options.has("--system"),
                cwd,
                command,
                env,
            )
        case "lfs" if [argument.text for argument in rest[:1]] == ["install"]:
            return (Writes(below(home(env), ".gitconfig"), command),)
        case "init" if rest:
            path = absolute(rest[0].text, cwd)
            return (
                (Writes(path, command),) if path else (unknown("where the repository is made is not known", command),)
            )
        case (
            None
            | "log"
            | "rev-parse"
            | "status"
            | "describe"
            | "show"
            | "ls-remote"
            | "diff"
            | "ls-files"
            | "branch"
            | "remote"
            | "tag"
            | "version"
            | "rev-list"
            | "cat-file"
            | "archive"
            | "grep"
        ):
            if action and action.text == "remote" and not cwd:
                return (unknown("which repository it works on is not known", command),)
            return (ChangesNothing(command),)
        case _:
            # checkout, submodule, fetch, reset, apply, pull, …: the work tree
            return (Writes(cwd, command),) if cwd else (unknown("which repository it works on is not known", command),)


def _clone(arguments: list[Argument], cwd: str, command: Command) -> tuple[Effect, ...]:
    url = arguments[0].text if arguments else None
    path: str | None
    if len(arguments) > 1:
        target = arguments[1]
        path = absolute(target.text, cwd) if target.text is not None else reach(target, command)
    else:
        name = (_basename(url.rstrip("/")) if url else None) or (url or "").rpartition(":")[2].rpartition("/")[2]
        if not name and arguments:
            raw = arguments[0].word.raw.strip("\"'").rstrip("/").rpartition("/")[2]
            name = raw if "$" not in raw else ""
        path = absolute(name.removesuffix(".git") or None, cwd) if name else (cwd or None)
    return _written(path, url, command)


def _config(
    texts: list[str | None], user: bool, system: bool, cwd: str, command: Command, env: Mapping[str, str]
) -> tuple[Effect, ...]:
    path = "/etc/gitconfig" if system else below(home(env), ".gitconfig") if user else cwd and below(cwd, ".git/config")
    if not path:
        return (unknown("which repository it works on is not known", command),)
    written = Writes(path, command)
    if not texts or texts[0] is None:
        return (written,)
    return (
        Configures(tool="git", name=texts[0], value=texts[1] if len(texts) > 1 else None, command=command),
        written,
    )


def gpg(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`gpg --dearmor -o /usr/share/keyrings/x.gpg`, `gpg --recv-keys` below GNUPGHOME."""
    valued = (
        "-o",
        "--output",
        "--homedir",
        "--keyserver",
        "--keyring",
        "--recv-keys",
        "--keyserver-options",
        "-r",
        "--primary-keyring",
        "--pinentry-mode",
        "--passphrase",
        "-u",
    )
    options = parse(command.arguments, valued=valued)
    effects: list[Effect] = []
    for option in options.all("-o", "--output", "--keyring"):
        if option.value == "-":
            continue
        path = reach(option.argument, command)
        effects.append(Writes(path, command) if path else unknown("which file gpg writes is not known", command))
    # Whatever it is asked, it makes its home
    chosen = options.value("--homedir") or env.get("GNUPGHOME") or below(home(env), ".gnupg")
    return (*effects, Writes(chosen, command))


def rsync(command: Command, env: Mapping[str, str]) -> tuple[Effect, ...]:
    """`rsync -a src/ /dst`."""
    options = parse(
        command.arguments,
        valued=("-e", "--rsh", "--exclude", "--include", "-f", "--filter", "--exclude-from"),
    )
    target = path_of(options.operands[-1], command) if len(options.operands) > 1 else None
    return (Writes(target, command),) if target else (unknown("where rsync copies to is not known", command),)
