#!/bin/sh
#: N=4
printf 'plain\n'
printf '%s-%s\n' a b c
printf '%d%%\n' 5
printf "[%s]\n" "$N" "x y"
printf '%s\n' "$N" > n.txt
printf '%b\n' 'a\tb'
