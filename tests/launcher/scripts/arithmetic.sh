#!/bin/sh
#:
#: N=7
n=${N:-3}
total=0
i=1
while [ "$i" -le "$n" ]; do
    total=$((total + i * 2))
    i=$((i + 1))
done
echo "$total $((total / 3)) $((total % 3)) $((-7 / 2)) $((1 < 2)) $(( (n > 5) && 1 ))"
exit $((total % 5))
