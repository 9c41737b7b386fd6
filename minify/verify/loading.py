"""Every module that the application's sources import is loaded in both images, by the interpreter that runs it there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from minify.verify.ask import Ask
from minify.verify.clues import clues
from minify.verify.differences import short
from minify.verify.engine import Engine, Progress, Start, silent
from minify.verify.imports import Modules, Wanted, modules
from minify.verify.interpreters import Interpreter, any_interpreter, interpreter_of, is_shell_script
from minify.verify.module_loader import Loaded, load
from minify.verify.subject import Subject
from minify.verify.verdict import Finding, Section, Verdict

__all__ = ["Modules", "compare", "modules"]

NAME: Final = "loading"
_NAMED: Final = 8


def compare(
    engine: Engine, before: Subject, after: Subject, wanted: Modules, ask: Ask, progress: Progress = silent
) -> Section:
    """What loads in the original must load in the new image: `compare(engine, original, new, modules(context), Ask())`."""
    notes = [f"not read, and so not loaded: {_some(wanted.unread)}"] if wanted.unread else []
    old = _interpreter(before, wanted, ask)
    if old is None:
        return Section.of(NAME, "nothing to load: neither Python nor Node runs the program", (), notes)
    names = wanted.wanted.get(old.language, ())
    if not names:
        return Section.of(NAME, f"nothing to load: the sources import no {old.language} modules", (), notes)
    new = interpreter_of(after.image.configuration, after.filesystem, ask.command)
    if new is None or new.language != old.language:
        new = any_interpreter(after.image.configuration, after.filesystem, old.language)
    if new is None:
        return _no_interpreter(before, old, notes)
    if after.filesystem.exists(old.folder):
        # Both are asked the same: a launcher lies elsewhere than what it starts
        new = replace(new, folder=old.folder)
    progress(f"loading {len(names)} {old.language} modules in both images")
    with ThreadPoolExecutor(2) as pool:
        loaded = pool.map(lambda one, found: _load(engine, one, found, names, ask), (before, after), (old, new))
        first, second = loaded
    lost = [one for one in names if _lost(one, first, second)]
    findings = [_finding(one, first, second, before) for one in lost if not one.development]
    left = [one.name for one in lost if one.development]
    if left:
        notes.append(f"left out, as the manifest names them for development only: {_some(left)}")
    both = [one for one in names if _loads(one, first) and one.name not in left]
    total = Finding(
        what=f"{old.language} modules",
        verdict=Verdict.SAME,
        before=f"{len(both)} load",
        after=f"{sum(_loads(one, second) for one in both)} of them load",
    )
    neither = [one.name for one in names if not one.guarded and not _loads(one, first) and not _loads(one, second)]
    if neither:
        notes.append(f"imported by the sources and loadable in neither image: {_some(neither)}")
    unknown = [one.name for one in both if one.name not in second]
    if unknown:
        what = f"{len(unknown)} modules"
        findings.append(Finding(what=what, verdict=Verdict.INCONCLUSIVE, detail=f"not reached: {_some(unknown)}"))
    gone = [one.what for one in findings if one.verdict is Verdict.DIFFERENT]
    summary = f"{_some(gone)} no longer loads" if len(gone) == 1 else f"{_some(gone)} no longer load"
    return Section.of(
        NAME, summary if gone else f"{len(both)} {old.language} modules load as before", (total, *findings), notes
    )


def _interpreter(subject: Subject, wanted: Modules, ask: Ask) -> Interpreter | None:
    configuration, files = subject.image.configuration, subject.filesystem
    found = interpreter_of(configuration, files, ask.command)
    if found is None and is_shell_script(configuration, files, ask.command):
        # What a script of many lines starts is not read: the interpreter on PATH that has sources to run
        languages = [language for language, names in wanted.wanted.items() if names]
        others = (any_interpreter(configuration, files, language) for language in languages)
        found = next((one for one in others if one is not None), None)
    return found


def _load(
    engine: Engine, subject: Subject, interpreter: Interpreter, names: Sequence[Wanted], ask: Ask
) -> Mapping[str, Loaded]:
    return load(
        interpreter.language,
        interpreter.folder,
        names,
        lambda argv: engine.run(
            subject.image.id,
            Start(entrypoint=interpreter.path, command=argv, env=ask.env, arguments=ask.run_args, limits=ask.limits),
        ),
    )


def _loads(one: Wanted, loaded: Mapping[str, Loaded]) -> bool:
    return one.name in loaded and not loaded[one.name].error


def _lost(one: Wanted, old: Mapping[str, Loaded], new: Mapping[str, Loaded]) -> bool:
    return _loads(one, old) and one.name in new and not _loads(one, new)


def _finding(one: Wanted, old: Mapping[str, Loaded], new: Mapping[str, Loaded], before: Subject) -> Finding:
    error = new[one.name].error
    found = clues(error, before.filesystem, before.image.configuration.workdir or "/")
    repair = tuple(dict.fromkeys(path for clue in found for path in clue.repair))
    lacking = f"; the new image lacks {', '.join(clue.what for clue in found)}" if found else ""
    return Finding(
        what=one.name,
        verdict=Verdict.DIFFERENT,
        before="loads",
        after=short(error),
        detail=f"imported in {one.path}:{one.line}{lacking}",
        repair=repair or _origin(old[one.name].origin, before),
    )


def _origin(path: str, before: Subject) -> tuple[str, ...]:
    """The module itself, where the original has it: its package's folder or its file."""
    above, mark, below = path.rpartition("/node_modules/")
    if mark:
        count = 2 if below.startswith("@") else 1
        path = f"{above}{mark}{'/'.join(below.split('/')[:count])}"
    elif posixpath.basename(path).startswith("__init__."):
        path = posixpath.dirname(path)
    return (path,) if path.startswith("/") and before.filesystem.exists(path) else ()


def _no_interpreter(before: Subject, old: Interpreter, notes: Sequence[str]) -> Section:
    target = before.filesystem.resolve(old.path) or old.path
    finding = Finding(
        what=f"{old.language} interpreter",
        verdict=Verdict.DIFFERENT,
        before=old.path,
        after="not there",
        repair=tuple(dict.fromkeys((old.path, target))),
    )
    return Section.of(NAME, f"the new image has no {old.language} interpreter", [finding], notes)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
