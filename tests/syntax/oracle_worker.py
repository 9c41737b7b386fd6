"""BuildKit's parser in a process of its own: one JSON text a line in, one JSON answer a line out.

The package is a Go shared object, and two of those in one process clash.
"""

from __future__ import annotations

import json
import sys


def answer(text: str) -> object:
    """A list of commands, a dict with BuildKit's error, None for what the package cannot tell."""
    import dockerfile

    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError as error:
        return {"error": str(error)}
    except UnicodeDecodeError:
        # BuildKit cut a character in two; the package cannot hand that on.
        return None
    return [
        {
            "keyword": command.cmd or "",
            "inner": command.sub_cmd,
            "json": command.json,
            "lines": [command.start_line, command.end_line],
            "flags": command.flags,
            "words": command.value,
            "heredocs": [[doc.name, doc.file_descriptor, doc.content] for doc in command.heredocs],
        }
        for command in commands
    ]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
