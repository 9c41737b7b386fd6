"""HEALTHCHECK commands that need curl, wget, nc or a shell, as commands of the image's own runtime.

`read` says what a command asks. In `renderers`, `python` and `node` give what follows the interpreter in an exec form, `golang`
and `clang` the source of a static probe, `cluster` what to write where the container is run.
"""

from minify.health.plan import (
    Check,
    Contains,
    FileCheck,
    HealthPlan,
    HttpCheck,
    Obstacle,
    Statuses,
    TcpCheck,
)
from minify.health.read import read
from minify.health.text import Environment, Text

__all__ = [
    "Check",
    "Contains",
    "Environment",
    "FileCheck",
    "HealthPlan",
    "HttpCheck",
    "Obstacle",
    "Statuses",
    "TcpCheck",
    "Text",
    "read",
]
