#!/bin/sh
#:
#: FAIL=tool
set -e
(cd sub && tool build)
[ -d sub ] && echo "back in $(basename "$PWD")"
VALUE=outer
(VALUE=inner; tool "$VALUE")
exec app "$VALUE"
