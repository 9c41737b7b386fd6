#!/bin/sh
#: NAME='Zoë' EMOJI='🚀'
#:
# Grüße
echo "🏥 Iniciando… $NAME $EMOJI"
app "é$NAME" '…'
case $NAME in Zo*) echo "Zo" ;; esac
