#!/bin/bash
#: A=yes B='a b'
#: A=no
#:
if [[ $A == yes && -n $B ]]; then echo both; fi
if [[ -z $B || $A != no ]]; then echo one; fi
[[ ! -d sub ]] || echo directory
[[ $B == "a b" ]] && echo spaced
[[ "$A" =~ ^(yes|no)$ ]] && echo answer
[[ -f a.txt && ! -f none ]] && echo files
[[ $# -eq 0 ]] && echo alone
[[ "$*" == *"runserver"* ]] || echo "no runserver"
