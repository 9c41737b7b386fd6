#!/bin/sh
#:
#: MODE=both
set -e
tool one say=1 &
sleep 0.5
if [ "$MODE" = both ]; then
    tool two exit=4
fi
exec app three
