#!/bin/sh
#:
mkdir -p one/two three
touch one/file
echo text > one/two/t.txt
cp one/two/t.txt three/
mv three/t.txt three/moved.txt
ln -s moved.txt three/link
ln -sf ../one/file three/link
rm -f one/file none
rm -rf one/two
chmod 750 three
chmod +x a.txt
[ -x a.txt ] && [ -L three/link ] && [ ! -e one/two ] && echo right
rm none
echo "status $?"
mkdir three
echo "status $?"
