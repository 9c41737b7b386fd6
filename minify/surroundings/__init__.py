"""What stands around a Dockerfile in its repository and uses the image that it builds: compose files, manifests, CI files.

A health check by curl in compose.yaml, a preStop hook through a shell, `docker exec web bash` in a Makefile: each works
with the old image and fails with one that has no shell. They are found here, with their lines and what to write instead;
the Dockerfile is changed by nothing here.
"""

from minify.surroundings.findings import Finding, Surroundings
from minify.surroundings.look import look, targets

__all__ = ["Finding", "Surroundings", "look", "targets"]
