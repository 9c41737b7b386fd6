#!/bin/sh
#:
tool one exit=3 &
pid=$!
app two
wait $pid
echo "waited: $?"
tool three &
wait
echo "all: $?"
