"""Tests of minify/verify."""

from hypothesis import settings

# Files are read here, not lines of text: the long profile's number would take an hour
EXAMPLES = min(settings().max_examples, 1_000)
