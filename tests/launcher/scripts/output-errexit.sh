#!/bin/bash
#:
#: FAIL=tool
set -e
export PLAIN="$(tool say=exported)"
VALUE=$(tool say=value)
echo "$VALUE"
exec app "$VALUE"
