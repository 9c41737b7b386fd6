#!/bin/bash
#: DIR=sub
#: DIR=none
set -e
cd $DIR
ls_count=0
for f in *; do ls_count=$((ls_count + 1)); done
echo "$ls_count in ${PWD##*/}"
cd ..
app
