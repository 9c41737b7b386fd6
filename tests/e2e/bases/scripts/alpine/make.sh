#!/bin/sh
# Compiles against musl what stands in for Alpine's packages, and lays out the root of the image in /out: each package
# is a folder that becomes a record of apk's database and, for those that are not in the image, an archive beside apk's settings.
set -eu
triplet=$(uname -m)
kept=/out/etc/apk/stand-in
db=/out/lib/apk/db/installed
mkdir -p /build /out $kept /out/lib/apk/db

# musl's compiler driver knows no kernel headers
for headers in linux asm-generic mtd; do ln -s /usr/include/$headers /usr/include/$triplet-linux-musl/$headers; done
ln -s /usr/include/$triplet-linux-gnu/asm /usr/include/$triplet-linux-musl/asm

unpacked() {
  mkdir -p "/build/$1"
  tar -xf /source/"$1"/*.orig.tar.* -C "/build/$1"
  cd "/build/$1"
  # Some archives have a folder around everything
  if [ "$(ls | wc -l)" = 1 ]; then cd ./*; fi
}

# package NAME VERSION DESCRIPTION DEPENDS PROVIDES WHERE: what lies in /stage/NAME, installed or kept
package() {
  root=/stage/$1
  mkdir -p "$root"
  {
    printf 'C:Q1%s\nP:%s\nV:%s\nA:%s\n' "$(printf '%s-%s' "$1" "$2" | openssl sha1 -binary | base64)" "$1" "$2" "$triplet"
    printf 'S:%s\nI:%s\nT:%s\nU:https://example.invalid/\nL:of the sources\no:%s\n' \
      "$(du -sb "$root" | cut -f 1)" "$(du -sb "$root" | cut -f 1)" "$3" "$1"
    if [ -n "$4" ]; then printf 'D:%s\n' "$4"; fi
    if [ -n "$5" ]; then printf 'p:%s\n' "$5"; fi
    cd "$root"
    find . -mindepth 1 -type d | sort | while read -r dir; do
      printf 'F:%s\n' "${dir#./}"
      mode=$(stat -c %a "$dir")
      if [ "$mode" != 755 ]; then printf 'M:0:0:%s\n' "$mode"; fi
      find "$dir" -mindepth 1 -maxdepth 1 ! -type d | sort | while read -r file; do
        printf 'R:%s\n' "${file##*/}"
        if [ ! -L "$file" ] && [ -x "$file" ]; then printf 'a:0:0:%s\n' "$(stat -c %a "$file")"; fi
      done
    done
    echo
  } > "/tmp/$1.record"
  if [ "$6" = installed ]; then
    cp -a "$root/." /out
    cat "/tmp/$1.record" >> $db
  else
    tar -cf "$kept/$1.tar" -C "$root" .
    cp "/tmp/$1.record" "$kept/$1.record"
  fi
}

# -- what is in the image --------------------------------------------------------------------------
base=/stage/alpine-baselayout
mkdir -p $base
cd $base
mkdir -p bin dev etc/apk etc/profile.d home lib media mnt opt proc run sbin srv sys usr/bin usr/lib usr/local/bin usr/local/lib \
  usr/local/share usr/sbin usr/share var/cache var/empty var/lib var/local var/log var/mail var/opt var/spool
install -d -m 700 root
install -d -m 1777 tmp var/tmp
ln -s ../run var/run
cat > etc/passwd << 'EOF'
root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
nobody:x:65534:65534:nobody:/:/sbin/nologin
EOF
cat > etc/group << 'EOF'
root:x:0:root
bin:x:1:root,bin,daemon
daemon:x:2:root,bin,daemon
adm:x:4:root,daemon
tty:x:5:
nogroup:x:65533:
nobody:x:65534:
EOF
cat > etc/shadow << 'EOF'
root:*::0:::::
nobody:!::0:::::
EOF
chmod 640 etc/shadow
cp /etc/services /etc/protocols etc
printf '/bin/sh\n/bin/ash\n' > etc/shells
printf 'localhost\n' > etc/hostname
printf 'export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n' > etc/profile
cat > etc/nsswitch.conf << 'EOF'
# musl itself does not support NSS, however some third-party DNS
# implementations use the nsswitch.conf file to determine what
# policy to follow.
hosts: files dns
EOF
package alpine-baselayout 3.7.0-r0 'Base directories and files' /bin/sh '' installed

mkdir -p /stage/alpine-release/etc
cat > /stage/alpine-release/etc/os-release << EOF
NAME="Alpine Linux"
ID=alpine
VERSION_ID=$1
PRETTY_NAME="Alpine Linux v${1%.*}"
HOME_URL="https://alpinelinux.org/"
EOF
printf '%s\n' "$1" > /stage/alpine-release/etc/alpine-release
package alpine-release "$1-r0" 'Release of the system' '' '' installed

mkdir -p /stage/musl/lib /stage/musl-utils/usr/bin /stage/musl-utils/sbin
cp "$(readlink -f /lib/ld-musl-$triplet.so.1)" /stage/musl/lib/ld-musl-$triplet.so.1
ln -s ld-musl-$triplet.so.1 /stage/musl/lib/libc.musl-$triplet.so.1
package musl 1.2.5-r10 'C library' '' "so:libc.musl-$triplet.so.1=1" installed
printf '#!/bin/sh\nexec /lib/ld-musl-%s.so.1 --list "$@"\n' "$triplet" > /stage/musl-utils/usr/bin/ldd
printf '#!/bin/sh\nexit 0\n' > /stage/musl-utils/sbin/ldconfig
chmod 755 /stage/musl-utils/usr/bin/ldd /stage/musl-utils/sbin/ldconfig
package musl-utils 1.2.5-r10 'Programs of the C library' "so:libc.musl-$triplet.so.1" 'libc-utils=0.7.2-r5 cmd:ldd cmd:ldconfig' installed

unpacked busybox
make -s defconfig > /dev/null
# Hardware, consoles, disks and servers: nobody asks a container for them, and they take longest
grep -hoE '^//config:config [A-Z0-9_]+' console-tools/*.c e2fsprogs/*.c mailutils/*.c miscutils/*.c modutils/*.c networking/*.c \
    networking/udhcp/*.c printutils/*.c runit/*.c selinux/*.c sysklogd/*.c util-linux/*.c util-linux/volume_id/*.c | sed 's/.* //' \
  | grep -vxE 'CLEAR|RESET|CROND|CRONTAB|LESS|MAN|STRINGS|TIME|TS|BC|DC|HOSTNAME|DNSDOMAINNAME|NC|NETCAT|NSLOOKUP|PING|PING6|SSL_CLIENT|TELNET|TRACEROUTE|WGET|FLOCK|GETOPT|HEXDUMP|XXD|MORE|REV|SETPRIV|SETSID|CAL|FEATURE.*' \
  | while read -r name; do sed -i "s/^CONFIG_$name=y/# CONFIG_$name is not set/" .config; done
sed -i -E 's/^CONFIG_(DPKG|DPKG_DEB|RPM|RPM2CPIO)=y/# CONFIG_\1 is not set/' .config
sed -i -E 's/^CONFIG_EXTRA_CFLAGS=.*/CONFIG_EXTRA_CFLAGS="-O1"/' .config
yes '' | make -s CC=musl-gcc HOSTCC=gcc oldconfig > /dev/null
make -s -j "$(nproc)" CC=musl-gcc HOSTCC=gcc
install -D busybox /stage/busybox/bin/busybox
mkdir -p /stage/busybox-binsh/bin
ln -s busybox /stage/busybox-binsh/bin/sh
package busybox 1.37.0-r18 'Many programs in one' "so:libc.musl-$triplet.so.1" 'cmd:busybox' installed
package busybox-binsh 1.37.0-r18 'busybox as /bin/sh' busybox '/bin/sh cmd:sh' installed
# The package's own script makes the links: no package has them, as in Alpine
/stage/busybox/bin/busybox --list-full | while read -r link; do
  mkdir -p "/out/$(dirname "$link")"
  [ -e "/out/$link" ] || ln -s /bin/busybox "/out/$link"
done

unpacked zlib
CC=musl-gcc ./configure --prefix=/usr > /dev/null
make -s -j "$(nproc)" libz.a libz.so.1.3.1
make -s install DESTDIR=/stage/zlib-dev > /dev/null
mkdir -p /stage/zlib/usr/lib
mv /stage/zlib-dev/usr/lib/libz.so.1* /stage/zlib/usr/lib
rm -r /stage/zlib-dev/usr/share
package zlib 1.3.1-r2 'Compression library' "so:libc.musl-$triplet.so.1" 'so:libz.so.1=1.3.1' installed

mkdir -p /stage/ca-certificates-bundle/etc/ssl/certs
cat /usr/share/ca-certificates/*/*.crt > /stage/ca-certificates-bundle/etc/ssl/certs/ca-certificates.crt
ln -s certs/ca-certificates.crt /stage/ca-certificates-bundle/etc/ssl/cert.pem
package ca-certificates-bundle 20250911-r0 'Certificates' '' '' installed

mkdir -p /stage/apk-tools
install -D -m 755 /apk /stage/apk-tools/sbin/apk
package apk-tools 2.14.9-r2 'The package manager' "musl zlib ca-certificates-bundle so:libc.musl-$triplet.so.1" 'cmd:apk' installed
printf '%s\n' alpine-baselayout alpine-release apk-tools busybox libc-utils > /out/etc/apk/world
printf 'https://dl-cdn.alpinelinux.org/alpine/v%s/main\n' "${1%.*}" > /out/etc/apk/repositories
printf '%s\n' "$triplet" > /out/etc/apk/arch

# -- what can be installed -------------------------------------------------------------------------
package zlib-dev 1.3.1-r2 'Headers' zlib 'pc:zlib=1.3.1' kept

mkdir -p /stage/musl-dev/usr
cp -a /usr/include/$triplet-linux-musl /stage/musl-dev/usr/include
find /stage/musl-dev/usr/include -type l -delete
mkdir -p /stage/musl-dev/usr/lib
cp -a /usr/lib/$triplet-linux-musl/*.[ao] /stage/musl-dev/usr/lib
ln -s ../../lib/ld-musl-$triplet.so.1 /stage/musl-dev/usr/lib/libc.so
package musl-dev 1.2.5-r10 'Headers' musl '' kept

# A small C compiler under the name of a large one
unpacked tcc
./configure --cc=musl-gcc --config-musl --prefix=/usr --crtprefix=/usr/lib --libpaths=/usr/lib:/lib --elfinterp=/lib/ld-musl-$triplet.so.1 > /dev/null
make -s -j "$(nproc)" tcc libtcc1.a
make -s install DESTDIR=/stage/gcc > /dev/null
rm -rf /stage/gcc/usr/share /stage/gcc/usr/lib/*.a /stage/gcc/usr/include
for name in gcc cc; do ln -s tcc /stage/gcc/usr/bin/$name; done
package gcc 14.2.0-r6 'TinyCC stands in for GCC' "musl so:libc.musl-$triplet.so.1" 'cmd:gcc cmd:cc' kept

unpacked lua5.4
make -s -C src -j "$(nproc)" CC='musl-gcc -std=gnu99' MYCFLAGS='-DLUA_USE_POSIX -DLUA_USE_DLOPEN -fPIC' MYLIBS=-ldl liblua.a > /dev/null
mkdir -p /stage/lua5.4-libs/usr/lib /stage/lua5.4/usr/bin /stage/lua5.4/usr/share/man/man1
musl-gcc -shared -Wl,-soname,liblua-5.4.so.0 -o /stage/lua5.4-libs/usr/lib/liblua-5.4.so.0 -Wl,--whole-archive src/liblua.a -Wl,--no-whole-archive -lm
musl-gcc -O2 -DLUA_USE_POSIX -DLUA_USE_DLOPEN -o /stage/lua5.4/usr/bin/lua5.4 src/lua.c /stage/lua5.4-libs/usr/lib/liblua-5.4.so.0
cp doc/lua.1 /stage/lua5.4/usr/share/man/man1/lua5.4.1
package lua5.4-libs 5.4.7-r0 'Library of Lua' "so:libc.musl-$triplet.so.1" 'so:liblua-5.4.so.0=0' kept
package lua5.4 5.4.7-r0 'Lua' "so:libc.musl-$triplet.so.1 so:liblua-5.4.so.0" 'cmd:lua5.4' kept
# A package of scripts: nothing but its dependency says that it needs Lua
mkdir -p /stage/lua5.4-serpent/usr/share/lua/5.4
cp /serpent.lua /stage/lua5.4-serpent/usr/share/lua/5.4/serpent.lua
package lua5.4-serpent 0.30-r2 'Writes tables of Lua: a stand-in of the same name' lua5.4 '' kept

unpacked tini
mkdir -p /stage/tini/sbin
printf '#define TINI_VERSION "0.19.0"\n#define TINI_GIT ""\n' > src/tiniConfig.h
musl-gcc -O2 -include libgen.h -DPR_SET_CHILD_SUBREAPER=36 -o /stage/tini/sbin/tini src/tini.c
package tini 0.19.0-r3 'An init process' "so:libc.musl-$triplet.so.1" 'cmd:tini' kept

mkdir -p /stage/ca-certificates/etc/ca-certificates/update.d /stage/ca-certificates/usr/share/ca-certificates/mozilla \
  /stage/ca-certificates/usr/local/share/ca-certificates /stage/ca-certificates/usr/sbin
cp /usr/share/ca-certificates/mozilla/*.crt /stage/ca-certificates/usr/share/ca-certificates/mozilla
printf '#!/bin/sh\ncat /usr/share/ca-certificates/*/*.crt /usr/local/share/ca-certificates/*.crt 2> /dev/null > /tmp/certs || true\nmv /tmp/certs /etc/ssl/certs/ca-certificates.crt\n' \
  > /stage/ca-certificates/usr/sbin/update-ca-certificates
chmod 755 /stage/ca-certificates/usr/sbin/update-ca-certificates
package ca-certificates 20250911-r0 'Certificates one by one' 'ca-certificates-bundle /bin/sh' 'cmd:update-ca-certificates' kept

mkdir -p /stage/tzdata/usr/share
cp -a /usr/share/zoneinfo /stage/tzdata/usr/share/zoneinfo
package tzdata 2025b-r0 'Time zones' '' '' kept

mkdir -p /stage/curl/usr/bin
printf '#!/bin/sh\n# A stand-in: the last word is the address\nfor url; do :; done\nexec wget -q -O - "$url"\n' > /stage/curl/usr/bin/curl
chmod 755 /stage/curl/usr/bin/curl
package curl 8.14.1-r1 'busybox fetches for it' 'ca-certificates-bundle /bin/sh' 'cmd:curl' kept
