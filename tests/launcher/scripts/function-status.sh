#!/bin/sh
#:
#: FAIL=tool
ready() {
    tool check
}
always() { return 3; }
if ready; then echo ready; else echo "not ready"; fi
always
echo "always $?"
always || echo "or $?"
ready && always
