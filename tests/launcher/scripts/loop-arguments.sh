#!/bin/sh
#:
#: -- a 'b c' '' '*.txt'
for arg in "$@"; do
    echo "arg: <$arg>"
done
for arg; do printf '%s,' "$arg"; done
echo
for word in $*; do echo "word: $word"; done
for file in *.txt none*; do
    [ -e "$file" ] || continue
    echo "file: $file"
done
exit $#
