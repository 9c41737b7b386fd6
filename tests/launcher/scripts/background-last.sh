#!/bin/sh
#:
#: CODE=7
tool one &
sleep 0.5
app two exit="${CODE:-0}"
