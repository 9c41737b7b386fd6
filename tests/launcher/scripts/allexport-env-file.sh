#!/bin/sh
#:
set -a
A=1
B="two words"
set +a
C=3
exec app "$A" "$B" "$C"
