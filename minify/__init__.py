"""Dockerfiles in, smaller Dockerfiles that still work out.

>>> from minify import api  # doctest: +SKIP
>>> outcome = api.fix("Dockerfile")  # doctest: +SKIP
"""

__version__ = "0.1.0"
