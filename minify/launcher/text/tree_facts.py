"""What stands in a part of a text: what reads `$?`, which variables are set."""

from __future__ import annotations

from minify.launcher.text import tree


def reads_status(command: tree.Command) -> bool:
    """Whether a command reads `$?` before it runs anything of its own."""
    if isinstance(command, tree.Simple):
        name = command.words[0].static if command.words else None
        bare = name in ("exit", "return") and len(command.words) == 1
        return bare or mentions_status((command.assignments, command.words, command.redirects))
    if isinstance(command, tree.AndOr):
        return reads_status(command.first)
    if isinstance(command, tree.Pipeline):
        return any(reads_status(one) for one in command.commands)
    if isinstance(command, tree.If):
        return reads_status_first(command.branches[0][0])
    if isinstance(command, tree.Loop):
        return reads_status_first(command.condition)
    if isinstance(command, tree.For):
        return mentions_status(command.words) or reads_status_first(command.body)
    if isinstance(command, tree.Case):
        return mentions_status(command.word) or any(reads_status_first(body) for _, body, _ in command.arms)
    if isinstance(command, tree.Group):
        return reads_status_first(command.body)
    if isinstance(command, tree.Conditional):
        return mentions_status(command.words)
    return isinstance(command, tree.Compute) and "$?" in command.text


def reads_status_first(sequence: tree.Sequence) -> bool:
    return bool(sequence.items) and reads_status(sequence.items[0].command)


def mentions_status(node: object) -> bool:
    return any(isinstance(one, tree.Parameter) and one.name == "?" for one in tree.nodes(node)) or any(
        isinstance(one, tree.Arithmetic) and "$?" in one.text for one in tree.nodes(node)
    )


def unset_names(node: object) -> set[str]:
    """The variables that are unset, or made local, somewhere in a node."""
    return {
        (word.static or word.raw).partition("=")[0]
        for one in tree.nodes(node)
        if isinstance(one, tree.Simple) and one.words and one.words[0].static in ("unset", "local", "read")
        for word in one.words[1:]
    }


def assigned_names(node: object) -> list[str]:
    names = [one.name for one in tree.nodes(node) if isinstance(one, tree.Assignment | tree.For)]
    names += [one.name for one in tree.nodes(node) if isinstance(one, tree.Parameter) and one.operator in ("=", ":=")]
    for one in tree.nodes(node):
        if (
            isinstance(one, tree.Simple)
            and one.words
            and one.words[0].static in ("export", "unset", "read", ".", "source")
        ):
            names += [(word.static or word.raw).partition("=")[0] for word in one.words[1:]]
    return names
