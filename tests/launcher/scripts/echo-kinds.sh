#!/bin/sh
#: V='back\nslash' W='-n'
#: V='\c cut'
echo "a\tb" 'c\nd' e\\f
echo -n "no newline"
echo
echo "$V|"
echo "x" "$V" y
echo
echo "" " " "  two"
