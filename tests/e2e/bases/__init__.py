"""Stand-ins of public base images under their real names, made where no image registry is reachable.

`python -m tests.e2e.bases --core` makes what the quick end-to-end tests need, `--slow` what is compiled from source.
Each image is one entry of bases.yaml or slow.yaml; packages come from the build machine's own Debian, PyPI and npm
settings. `pytest tests/e2e/bases` compares what was made with what is published (published.yaml).
"""
