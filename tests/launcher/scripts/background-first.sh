#!/bin/bash
#:
tool one exit=3 &
/bin/sleep 2 &
wait -n
echo "first: $?"
exit 5
