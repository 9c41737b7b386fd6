#!/bin/bash
#:
#: FAIL=app
set -o pipefail
app say=piped | tool read
echo "status $?"
tool say=x exit=2 | app read
echo "status $?"
