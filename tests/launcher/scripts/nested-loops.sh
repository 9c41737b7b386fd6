#!/bin/bash
#:
for a in 1 2 3; do
    for b in x y; do
        [ "$a$b" = 2x ] && continue
        [ "$a" = 3 ] && break
        echo "$a$b"
    done
done
for n in {1..3} {a,b}c; do echo "n$n"; done
until [ "${done:-no}" = yes ]; do done=yes; echo once; done
