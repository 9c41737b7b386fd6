"""Images built on another stand-in: the steps of a recipe become a Dockerfile that the engine builds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.e2e.bases.recipes import RecipeError, steps_of

# Also on bookworm, whose apt has no `dist-clean`.
_CLEAN: Final = "rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/cache/ldconfig/aux-cache"

Placer = Callable[[str, str, Path], None]


def write_context(details: Mapping[str, Any], place: Placer, folder: Path) -> str:
    """Writes the Dockerfile and what it copies; gives the Dockerfile's text.

    `{env: {A: b}}` becomes `ENV A="b"`, `{packages: [git]}` a RUN, `{add: {npm: x@1, to: /x/}}` a COPY,
    `{copy: {from: localhost/built/x, path: /x/, to: /}}` a COPY --from. With `root: /out` the steps fill that folder, which is all
    of the image, and `env` is what the image sets.
    """
    lines = [f"FROM {details['from']}{' AS made' if 'root' in details else ''}"]
    for number, (kind, value) in enumerate(steps_of(details)):
        match kind:
            case "env":
                lines += [f"ENV {name}={_quoted(text)}" for name, text in value.items()]
            case "packages":
                lines.append(_install(value))
            case "run":
                lines.append(_run(value))
            case "add":
                added = dict(value)
                to = added.pop("to")
                ((source, name),) = added.items()
                part = f"add{number}"
                (folder / part).mkdir()
                place(source, str(name), folder / part)
                lines.append(f"COPY {part}/ {to}")
            case "copy":
                lines.append(f"COPY --from={value['from']} {value['path']} {value['to']}")
            case "write":
                part = f"write{number}"
                path = folder / part
                path.write_text(value["text"])
                path.chmod(int(str(value.get("mode", "0644")), 8))
                lines.append(f"COPY {part} {value['path']}")
            case _:
                raise RecipeError(f"no step is called {kind}")
    if "root" in details:
        lines += ["FROM scratch", f"COPY --from=made {details['root']}/ /"]
    lines += [f"ENV {name}={_quoted(text)}" for name, text in details.get("env", {}).items()]
    lines += [f"EXPOSE {port}" for port in details.get("expose", ())]
    if "stopsignal" in details:
        lines.append(f"STOPSIGNAL {details['stopsignal']}")
    if "workdir" in details:
        lines.append(f"WORKDIR {details['workdir']}")
    if "user" in details:
        lines.append(f"USER {shlex.quote(details['user'])}")
    if "entrypoint" in details:
        lines.append(f"ENTRYPOINT {json.dumps(details['entrypoint'])}")
    if "cmd" in details:
        lines.append(f"CMD {json.dumps(details['cmd'])}")
    return _written(lines, folder)


def write_compile_context(details: Mapping[str, Any], place: Placer, folder: Path) -> str:
    """The Dockerfile of what is compiled: after `prepare`, which some need, the script is run in the first source's folder, /out becomes the image."""
    ((suite, packages),) = details["source"].items()
    for package in packages:
        (folder / "source" / package).mkdir(parents=True)
        place("source", f"{suite}:{package}", folder / "source" / package)
    lines = [
        f"FROM {details['from']} AS build",
        _install(details["packages"]),
        *([_run(details["prepare"])] if "prepare" in details else []),
        "COPY source/ /source/",
        "WORKDIR /build",
        *(f"ENV {name}={_quoted(text)}" for name, text in details.get("env", {}).items()),
        _run(f"tar -xf /source/{packages[0]}/*.orig.tar.* --strip-components=1\n{details['script']}"),
        "FROM scratch",
        f"LABEL version={_quoted(_upstream(folder / 'source' / packages[0]))}",
        "COPY --from=build /out/ /",
    ]
    return _written(lines, folder)


def _upstream(folder: Path) -> str:
    """`2.4.68` of a folder with `apache2_2.4.68.orig.tar.gz`."""
    (archive,) = folder.glob("*_*.orig.tar.*")
    return archive.name.partition("_")[2].partition(".orig.")[0]


def _install(packages: Sequence[str]) -> str:
    return (
        "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "
        f"--no-install-recommends {' '.join(packages)} && {_CLEAN}"
    )


def _run(script: str) -> str:
    return "RUN " + json.dumps(["/bin/sh", "-euxc", script])


def _written(lines: Sequence[str], folder: Path) -> str:
    text = "\n".join(lines) + "\n"
    (folder / "Dockerfile").write_text(text)
    return text


def _quoted(text: object) -> str:
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
