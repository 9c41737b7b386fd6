#!/bin/sh
#:
#: FAIL=app
app one
echo "first: $?"
app two || echo "failed with $?"
if ! app three; then echo "not three"; fi
app four && echo four ok
! app five
echo "negated: $?"
false
status=$?
echo "kept $status"
exit $status
