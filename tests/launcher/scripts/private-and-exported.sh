#!/bin/sh
#:
#: PRIVATE=from-outside LATER=x
PRIVATE=inside
tool one
export SHARED=yes
LATER=now
tool two
export LATER
tool three
unset SHARED
SHARED=again
exec app "$PRIVATE" "$SHARED"
