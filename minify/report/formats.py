"""The reports of `fix`, `check` and `review` that are one text: chosen by name, loaded when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minify.report.reported import Reported


def render(name: str, files: Sequence[Reported], templates: Path | None = None) -> str:
    """`render("sarif", [Reported(path="Dockerfile", outcome=outcome)])`; one of diff, html, sarif, github, gitlab, markdown."""
    match name:
        case "diff":
            return "".join(reported.outcome.patch.unified() for reported in files if reported.outcome is not None)
        case "html":
            return _html(files, templates)
        case "sarif":
            from minify.report import sarif

            return sarif.render(files)
        case "github":
            from minify.report import github

            return github.render(files)
        case "gitlab":
            from minify.report import gitlab

            return gitlab.render(files)
        case "markdown":
            from minify.report import markdown

            return markdown.render(files, templates)
        case _:
            raise AssertionError(name)


def _html(files: Sequence[Reported], templates: Path | None) -> str:
    from minify.report.html import page
    from minify.report.page_data import data, refused
    from minify.review.changes import changes_of

    said = []
    for reported in files:
        if reported.outcome is None:
            assert reported.error is not None
            said.append(refused(reported.path, str(reported.error), reported.error.line))
        else:
            said.append(data(reported.outcome, changes_of(reported.outcome, reported.wish), reported.verification))
    return page(said, templates=templates)
