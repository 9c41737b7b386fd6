"""Tests of minify/syntax."""
