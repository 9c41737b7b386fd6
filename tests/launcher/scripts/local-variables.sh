#!/bin/bash
#: name=outer
#:
show() { echo "name is ${name:-unset}"; }
change() {
    local name="$1"
    local count=0
    show
    count=$((count + 1))
    tool "$name" "$count"
}
change inner
show
