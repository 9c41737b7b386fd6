#!/bin/bash
#:
#: NAME=n
#: NAME=n -- one two
set -euo pipefail
echo "for $NAME"
echo "first: ${1:-none}, ${2:-none}"
app "$NAME" ${EXTRA:-} "${1-}"
