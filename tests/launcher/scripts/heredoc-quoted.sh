#!/bin/sh
#: NAME=x
cat <<'EOF' > plain.txt
$NAME stays, `so does this` and \this
EOF
cat <<-EOF
	tabs are gone: $NAME
	  but not blanks
	EOF
tool read <<EOF
input for $NAME
EOF
