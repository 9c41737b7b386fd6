#!/bin/sh
#: A='a b' B='"q"' C="it's" D='$x `y` \z'
app "$A" $A '$A' "\$A" \$A "${A}s" a"$A"b 'it'"'"'s' "$B" "$C" "$D" "" '' ~ "~" \* '*' a\ b
