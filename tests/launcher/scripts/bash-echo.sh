#!/bin/bash
#: V='back\nslash'
echo "a\tb"
echo -e "a\tb\x" | tool read
echo -e "left\033[0m"
echo -n a; echo -ne "b\n"
echo "$V"
echo $'tab\there' "it's"
