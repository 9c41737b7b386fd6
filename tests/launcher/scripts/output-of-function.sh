#!/bin/sh
#:
#: KIND=x
describe() {
    echo "kind of $1"
    [ -n "$KIND" ] && return 4
    SIDE=effect
}
text=$(describe thing)
echo "$text status $? ${SIDE:-none}"
app "$(describe "$KIND")"
