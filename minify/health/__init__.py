"""HEALTHCHECK commands that need curl, wget, nc or a shell, as commands of the image's own runtime.

`read` says what a command asks; `python` and `node` give what follows the interpreter in an exec form, `go` and `c` the
source of a static probe, `kubernetes` and `compose` what to write where the container is run.
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
from minify.health.renderers.clang import c
from minify.health.renderers.cluster import compose, kubernetes, kubernetes_yaml
from minify.health.renderers.golang import go
from minify.health.renderers.node import node
from minify.health.renderers.python import python
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
    "c",
    "compose",
    "go",
    "kubernetes",
    "kubernetes_yaml",
    "node",
    "python",
    "read",
]
