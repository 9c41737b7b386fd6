"""Start scripts of interpreters: what they call is named once, with a reason."""

from __future__ import annotations

from minify.image.start_scripts import start_script, start_scripts


def test_every_row_has_a_shell_and_reasons() -> None:
    for row in start_scripts():
        needed = dict(row.needs())
        assert list(needed)[: len(row.shells)] == list(row.shells)
        assert all(reason and not reason.endswith(".") for reason in needed.values())


def test_a_program_is_found_by_each_of_its_names() -> None:
    for row in start_scripts():
        assert all(start_script(name) is row for name in row.starts)
