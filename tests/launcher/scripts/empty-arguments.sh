#!/bin/sh
#:
#: E= B=' ' T='one two' G='*.txt'
app $E "$E" $B "$B" x$E $T pre$T $G "$G" x$G
app $E
tool "$@" $*
