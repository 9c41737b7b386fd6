#!/bin/sh
# Makes Arch's packages of Debian's and installs some of them below /out with pacman itself; the others are a repository beside
# pacman's settings.
set -eu
lib=lib
. /debs.sh
kept=/out/etc/pacman.d/stand-in
mkdir -p /packages

# pack NAME VERSION SUMMARY [LINE OF .PKGINFO…]: a package of /stage/NAME
pack() {
  name=$1 version=$2 summary=$3
  shift 3
  if [ -d "/stage/$name/usr/sbin" ] && [ ! -L "/stage/$name/usr/sbin" ]; then
    mkdir -p "/stage/$name/usr/bin"
    cp -a "/stage/$name/usr/sbin/." "/stage/$name/usr/bin"
    rm -r "/stage/$name/usr/sbin"
  fi
  {
    printf 'pkgname = %s\npkgbase = %s\npkgver = %s-1\npkgdesc = %s\narch = %s\n' "$name" "$name" "$version" "$summary" "$(uname -m)"
    printf 'builddate = 0\npackager = a stand-in, of a package of Debian\nsize = %s\nlicense = of the sources\n' "$(du -sb "/stage/$name" | cut -f 1)"
    for line; do echo "$line"; done
  } > "/stage/$name/.PKGINFO"
  tar -C "/stage/$name" --owner 0 --group 0 -cf "/packages/$name-$version-1-$(uname -m).pkg.tar" .PKGINFO \
    $(cd "/stage/$name" && find . -mindepth 1 -maxdepth 1 ! -name .PKGINFO | sed 's|^\./||')
}

# -- what is in the image --------------------------------------------------------------------------
root=/stage/filesystem
mkdir -p $root
cd $root
mkdir -p boot dev etc home mnt opt proc run srv/http sys usr/bin usr/include usr/lib usr/local/bin usr/local/lib usr/local/share usr/share/man \
  usr/src var/cache var/empty var/lib var/local var/log var/opt var/spool
install -d -m 750 root
install -d -m 1777 tmp var/tmp
for row in bin=usr/bin sbin=usr/bin lib=usr/lib lib64=usr/lib usr/sbin=bin usr/lib64=lib var/run=../run; do ln -s "${row#*=}" "${row%%=*}"; done
printf 'root:x:0:0::/root:/usr/bin/bash\nbin:x:1:1::/:/usr/bin/nologin\nhttp:x:33:33::/srv/http:/usr/bin/nologin\nnobody:x:65534:65534:Kernel Overflow User:/:/usr/bin/nologin\n' > etc/passwd
printf 'root:x:0:root\nbin:x:1:\ntty:x:5:\nhttp:x:33:\nnobody:x:65534:\n' > etc/group
cat > usr/lib/os-release << 'EOF'
NAME="Arch Linux"
PRETTY_NAME="Arch Linux"
ID=arch
BUILD_ID=rolling
VERSION_ID=20261101.0.444444
HOME_URL="https://archlinux.org/"
EOF
ln -s ../usr/lib/os-release etc/os-release
printf 'passwd: files\ngroup: files\nhosts: files dns\n' > etc/nsswitch.conf
printf 'include /etc/ld.so.conf.d/*.conf\n' > etc/ld.so.conf
mkdir etc/ld.so.conf.d
pack filesystem 2025.05.03 'Base files'
mkdir -p /stage/iana-etc/etc
cp /etc/services /etc/protocols /stage/iana-etc/etc
pack iana-etc 20250612 'Ports and protocols'
mkdir -p /stage/tzdata/usr/share
cp -a /usr/share/zoneinfo /stage/tzdata/usr/share/zoneinfo
pack tzdata 2025b 'Time zones'
fetch glibc libc6 libc-bin
rm -rf /stage/glibc/etc
# Where iconv looks by itself; the loader knows /usr/lib
if [ -e /stage/glibc/usr/lib/libc.so.6 ]; then sed -i "s|/usr/lib/$triplet/|/usr/lib$padding//|g" /stage/glibc/usr/lib/libc.so.6; fi
pack glibc 2.41 'The GNU C library' 'depend = tzdata' 'depend = filesystem'
fetch ncurses ncurses-base libtinfo6 libncursesw6
pack ncurses 6.5 'ncurses' 'depend = glibc'
fetch readline libreadline8t64
pack readline 8.2 'readline' 'depend = glibc' 'depend = ncurses'
fetch bash bash
rm -rf /stage/bash/etc
ln -s bash /stage/bash/usr/bin/sh
pack bash 5.2.37 'The shell' 'provides = sh' 'depend = readline' 'depend = glibc'
for row in acl=libacl1 attr=libattr1 libselinux=libselinux1 pcre2=libpcre2-8-0 gmp=libgmp10 libcap=libcap2 zlib=zlib1g gcc-libs=libgcc-s1 \
  zstd=libzstd1; do
  fetch "${row%%=*}" "${row#*=}"
  pack "${row%%=*}" 1.0 "The library ${row%%=*}" 'depend = glibc'
done
fetch openssl libssl3t64
sed -i "s|/usr/lib/ssl|/etc/ssl////|g; s|/usr/lib/$triplet/|/usr/lib$padding//|g" /stage/openssl/usr/lib/libcrypto.so.3
pack openssl 3.5.1 'OpenSSL' 'depend = glibc' 'provides = libssl.so=3-64'
root=/stage/ca-certificates
mkdir -p $root/etc/ca-certificates/extracted $root/etc/ssl/certs
cat /usr/share/ca-certificates/*/*.crt > $root/etc/ca-certificates/extracted/tls-ca-bundle.pem
ln -s ../../ca-certificates/extracted/tls-ca-bundle.pem $root/etc/ssl/certs/ca-certificates.crt
ln -s ../ca-certificates/extracted/tls-ca-bundle.pem $root/etc/ssl/cert.pem
pack ca-certificates 20240618 'Certificates'
for row in coreutils=coreutils sed=sed grep=grep findutils=findutils tar=tar; do
  fetch "${row%%=*}" "${row#*=}"
  pack "${row%%=*}" 9.0 "${row%%=*}" 'depend = glibc'
done
borrow pacman pacman
fetch pacman pacman-package-manager
mkdir -p /stage/pacman/etc/pacman.d /stage/pacman/var/lib/pacman /stage/pacman/var/cache/pacman/pkg
cat > /stage/pacman/etc/pacman.conf << 'EOF'
[options]
Architecture = auto
SigLevel = Never
# As the image has it
NoExtract = usr/share/help/* usr/share/gtk-doc/html/* usr/share/doc/*
[extra]
Server = file:///etc/pacman.d/stand-in
EOF
pack pacman 7.0.0 'The package manager' 'depend = bash' 'depend = glibc' 'depend = coreutils'

# -- what can be installed -------------------------------------------------------------------------
fetch lua lua5.4 liblua5.4-0
ln -s lua5.4 /stage/lua/usr/bin/lua
rm -rf /stage/lua/usr/share/binfmts
pack lua 5.4.7 'Lua' 'depend = readline' 'provides = lua-abi=5.4'
mkdir -p /stage/lua-serpent/usr/share/lua/5.4
cp /serpent.lua /stage/lua-serpent/usr/share/lua/5.4
pack lua-serpent 0.30 'Writes tables of Lua' 'depend = lua-abi=5.4'
fetch sqlite libsqlite3-0 sqlite3
pack sqlite 3.46.1 'SQLite' 'depend = readline' 'depend = zlib'

inside='filesystem iana-etc tzdata glibc ncurses readline bash acl attr libselinux pcre2 gmp libcap zlib gcc-libs zstd openssl ca-certificates
  coreutils sed grep findutils tar pacman'
mkdir -p /out/var/lib/pacman
set --
for name in $inside; do set -- "$@" /packages/"$name"-[0-9]*.pkg.tar; done
printf '[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n' > /tmp/pacman.conf
pacman --config /tmp/pacman.conf --root /out --dbpath /out/var/lib/pacman --cachedir /tmp --noconfirm --noscriptlet -U "$@"
mkdir -p $kept
for file in /packages/*.pkg.tar; do
  base=${file##*/}
  name=$(echo "${base%.pkg.tar}" | sed 's/-[^-]*-[^-]*-[^-]*$//')
  case " $(echo $inside) " in *" $name "*) ;; *) cp "$file" $kept ;; esac
done
repo-add -q $kept/extra.db.tar.gz $kept/*.pkg.tar
chroot /out ldconfig
chroot /out pacman -Qo /usr/bin/bash
