#!/bin/sh
#: BASE=b
#:
MODE=once tool one
MODE="$BASE" LEVEL='a b' tool two
env EXTRA=1 tool three
tool four
NODE_ENV=production exec app
