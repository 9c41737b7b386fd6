#!/bin/sh
#:
#: FAIL=app
#: FAIL=tool
set -e
app early || echo "caught"
if app question; then echo yes; else echo no; fi
app && tool chained
! app
false || true
check() {
    [ -f none ] && echo never
    echo checked
}
check
tool exact
echo reached
