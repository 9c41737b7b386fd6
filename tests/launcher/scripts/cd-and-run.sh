#!/bin/sh
#:
#: DIR=sub
#: DIR=none
cd "${DIR:-.}" || exit 1
pwd
echo "$PWD" | tool read
app "$PWD"
