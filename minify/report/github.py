"""Annotations of GitHub's runners: one workflow command a change."""

from __future__ import annotations

from collections.abc import Sequence

from minify.edit import Safety
from minify.report.reported import Reported, clean, relative, results


def render(files: Sequence[Reported]) -> str:
    """`::warning file=Dockerfile,line=3,endLine=3,title=dockminify: apt-lists::the package lists are of no use …`"""
    out = []
    for reported in files:
        for result in results(reported):
            kind = "error" if result.safety is None else "notice" if result.safety is Safety.DISPLAY else "warning"
            properties = {
                "file": relative(result.path),
                "line": str(result.line),
                "endLine": str(result.last),
                "title": f"dockminify: {result.code}",
            }
            said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
            out.append(f"::{kind} {said}::{_data(result.message)}\n")
    return "".join(out)


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
