#!/bin/sh
#:
#: FAIL=tool
version=$(tool say=1.2.3 2>/dev/null)
echo "version <$version> status $?"
app --version="$version" "$(tool say='two  words')" $(tool say='two  words')
lines="$(cat b.txt)"
echo "$lines"
major=${version%%.*}
[ "$major" = 1 ] && echo "one"
