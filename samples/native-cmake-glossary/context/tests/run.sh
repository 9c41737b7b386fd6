#!/bin/sh
# Not part of the image: a quick look after a build on one's own machine.
set -e
build/glossaryd --check data/glossary.yaml
