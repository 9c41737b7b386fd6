#!/bin/sh
#:
#: A=set B= -- first
#: A= B=x -- '' second
app "${A:-d}" "${A-d}" "${A:+p}" "${A+p}" "${B:-${A:-deep}}" "${1:-none}" "${2-none}" "${3+three}"
app ${A:-two words} ${B-} ${UNSET:-*.txt}
echo "${C:=assigned} $C ${C:-no}"
