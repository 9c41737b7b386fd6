#!/bin/sh
#:
exec 2>&1
echo "one" >&2
exec >> log.txt
echo two
app say=three
