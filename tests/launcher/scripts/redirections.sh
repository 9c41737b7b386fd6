#!/bin/sh
#:
#: FAIL=tool
tool say=out cry=err > both.log 2>&1
tool say=out cry=err > out.log 2> err.log
tool say=more >> out.log 2>/dev/null
{ echo grouped; tool say=inside; } >> out.log
echo quiet > /dev/null
tool cry=hidden 2>/dev/null || echo "failed quietly"
tool read < a.txt
echo "to stderr" >&2
echo "to stderr too" 1>&2
tool cry=shown 2>&1
