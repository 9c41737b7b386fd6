#!/bin/bash
#: NAME='Hello World' LIST=a,b,c
#:
echo "${NAME^^} ${NAME,,} ${NAME^} ${NAME:0:5} ${NAME:6} ${NAME/o/0} ${NAME//o/0} ${LIST//,/ }"
for item in ${LIST//,/ }; do echo "- $item"; done
[[ $NAME == Hello* ]] && echo greets
[[ $LIST =~ ^[a-z](,[a-z])*$ ]] || echo "no list"
