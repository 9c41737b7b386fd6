#!/bin/sh
#: S=text N=5
#: S= N=abc
#:
[ -z "$S" ] && echo empty
[ "$S" ] && echo filled
[ -n "$S" -a -f a.txt ] && echo "filled and there"
[ "$S" = text -o -d sub ] && echo either
[ "$N" -gt 3 ] 2>/dev/null && echo big
[ ! -f none ] && echo missing
[ -s a.txt ] && [ -d sub ] && [ -x run.me ] && [ -r a.txt ] && echo all
test "$S" != other && echo differs
[ "x$S" = "x" ] && echo guarded
[ $# -eq 0 ] && echo alone
exit 0
