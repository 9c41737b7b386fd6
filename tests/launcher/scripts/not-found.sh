#!/bin/sh
#:
nosuch-program a b
echo "status $?"
./a.txt
echo "status $?"
nosuch-program 2>/dev/null || app fallback
exec nosuch-either
