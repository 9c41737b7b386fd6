#!/bin/bash
#:
tool say=a cry=b &> all.log
tool say=c &>> all.log
tool read <<< "a here string with $HOME"
echo a | tool read
printf '%s %s\n' one two three | tool read
