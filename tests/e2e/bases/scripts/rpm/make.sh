#!/bin/sh
# Makes RPMs of Debian's packages, in the layout of Fedora and Red Hat (/usr/lib64, /etc/pki), and installs some of them below
# /out with a real database; the others lie beside dnf's settings, where its stand-in finds them.
set -eu
kept=/out/etc/dnf/stand-in
lib=lib64
. /debs.sh
mkdir -p /rpms

# pack NAME VERSION SUMMARY [LINE OF THE SPEC…]: an RPM of /stage/NAME
pack() {
  name=$1 version=$2 summary=$3
  shift 3
  {
    printf 'Name: %s\nVersion: %s\nRelease: 1\nSummary: %s\nLicense: of the sources\n' "$name" "$version" "$summary"
    for line; do echo "$line"; done
    printf '%%description\n%s: a stand-in, of a package of Debian\n%%install\ncp -a /stage/%s/. %%{buildroot}\n%%files\n' "$summary" "$name"
    find "/stage/$name" -mindepth 1 \( -type d -printf '%%%%dir %%%%attr(%m,root,root) "/%P"\n' \) -o -printf '"/%P"\n'
  } | sed 's/^%%/%/; s/ %%attr/ %attr/' > "/tmp/$name.spec"
  rpmbuild --quiet -bb --define "_rpmdir /rpms" --define "_topdir /tmp/rpmbuild" --define 'debug_package %{nil}' \
    --define '__os_install_post %{nil}' --define '_build_id_links none' --define '_binary_payload w1.gzdio' "/tmp/$name.spec"
}

# -- what is in the image --------------------------------------------------------------------------
root=/stage/filesystem
mkdir -p $root
cd $root
mkdir -p afs boot dev etc home media mnt opt proc run srv sys usr/bin usr/lib usr/lib64 usr/libexec usr/local/bin usr/local/lib \
  usr/local/share usr/share usr/share/licenses usr/src var/cache var/lib var/log var/opt var/spool
if [ "$1" = fedora ]; then ln -s bin usr/sbin; else mkdir -p usr/sbin; fi
install -d -m 555 root
install -d -m 1777 tmp var/tmp
for dir in bin sbin lib lib64; do ln -s usr/$dir $dir; done
ln -s ../run var/run
pack filesystem 3.18 'The basic directory layout'

mkdir -p /stage/setup/etc
cat > /stage/setup/etc/passwd << 'EOF'
root:x:0:0:Super User:/root:/bin/bash
bin:x:1:1:bin:/bin:/usr/sbin/nologin
daemon:x:2:2:daemon:/sbin:/usr/sbin/nologin
nobody:x:65534:65534:Kernel Overflow User:/:/usr/sbin/nologin
EOF
printf 'root:x:0:\nbin:x:1:\ndaemon:x:2:\ntty:x:5:\nnobody:x:65534:\n' > /stage/setup/etc/group
printf 'root:!unprovisioned::0:99999:7:::\n' > /stage/setup/etc/shadow
chmod 000 /stage/setup/etc/shadow
cp /etc/services /etc/protocols /stage/setup/etc
printf '/bin/sh\n/bin/bash\n' > /stage/setup/etc/shells
printf 'export PATH\n' > /stage/setup/etc/profile
pack setup 2.15.0 'Users, groups and services' 'Requires: filesystem'

mkdir -p /stage/"$1"-release/usr/lib /stage/"$1"-release/etc
cp /os-release /stage/"$1"-release/usr/lib/os-release
ln -s ../usr/lib/os-release /stage/"$1"-release/etc/os-release
sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /os-release > /stage/"$1"-release/etc/redhat-release
pack "$1"-release "$2" 'Release files'

fetch glibc libc6
mv /stage/glibc/etc /stage/glibc/usr/etc 2> /dev/null || true
mkdir -p /stage/glibc/etc/ld.so.conf.d
rm -rf /stage/glibc/usr/etc
printf 'include ld.so.conf.d/*.conf\n' > /stage/glibc/etc/ld.so.conf
# Debian's ldconfig knows it by another name
printf '/lib64\n' > /stage/glibc/etc/ld.so.conf.d/lib64.conf
# Where the loader and iconv look by themselves
for file in /stage/glibc/usr/lib64/ld-linux-*.so.* /stage/glibc/usr/lib64/libc.so.6; do
  if [ ! -L "$file" ]; then sed -i "s|/usr/lib/$triplet/|/usr/lib64$padding|g; s|/lib/$triplet/|/lib64$padding|g" "$file"; fi
done
cat > /stage/glibc/etc/nsswitch.conf << 'EOF'
passwd:     files
shadow:     files
group:      files
hosts:      files dns
EOF
pack glibc 2.41 'The GNU C library' 'Requires: setup'
fetch glibc-common libc-bin
rm -f /stage/glibc-common/etc/ld.so.conf /stage/glibc-common/etc/nsswitch.conf /stage/glibc-common/etc/default/nss
rm -rf /stage/glibc-common/etc/ld.so.conf.d
pack glibc-common 2.41 'Programs and locales of the C library' 'Requires: glibc'

fetch ncurses-base ncurses-base
pack ncurses-base 6.5 'Descriptions of terminals'
fetch ncurses-libs libtinfo6
pack ncurses-libs 6.5 'ncurses' 'Requires: ncurses-base'
fetch bash bash
rm -rf /stage/bash/etc
ln -s bash /stage/bash/usr/bin/sh
pack bash 5.2.37 'The shell' 'Provides: /bin/sh' 'Provides: /bin/bash' 'Requires: filesystem'
for row in libacl=libacl1 libattr=libattr1 libselinux=libselinux1 pcre2=libpcre2-8-0 gmp=libgmp10 libcap=libcap2 zlib=zlib1g \
  libgcc=libgcc-s1 libzstd=libzstd1; do
  fetch "${row%%=*}" "${row#*=}"
  pack "${row%%=*}" 1.0 "The library ${row%%=*}"
done
fetch openssl-libs libssl3t64
mkdir -p /stage/openssl-libs/etc/pki/tls
sed -i "s|/usr/lib/ssl|/etc/pki/tls|g; s|/usr/lib/$triplet/|/usr/lib64$padding|g" /stage/openssl-libs/usr/lib64/libcrypto.so.3
printf 'openssl_conf = default_modules\n[default_modules]\nssl_conf = ssl_module\n[ssl_module]\nsystem_default = crypto_policy\n[crypto_policy]\n.include = /etc/crypto-policies/back-ends/opensslcnf.config\n' \
  > /stage/openssl-libs/etc/pki/tls/openssl.cnf
pack openssl-libs 3.5.1 'OpenSSL' 'Requires: ca-certificates' 'Requires: crypto-policies'
mkdir -p /stage/crypto-policies/etc/crypto-policies/back-ends /stage/crypto-policies/usr/share/crypto-policies/DEFAULT
printf 'CipherString = @SECLEVEL=2:kEECDH:kRSA\nTLS.MinProtocol = TLSv1.2\n' > /stage/crypto-policies/usr/share/crypto-policies/DEFAULT/opensslcnf.txt
ln -s /usr/share/crypto-policies/DEFAULT/opensslcnf.txt /stage/crypto-policies/etc/crypto-policies/back-ends/opensslcnf.config
printf 'DEFAULT\n' > /stage/crypto-policies/etc/crypto-policies/config
pack crypto-policies 20250402 'What cryptography may be used'
root=/stage/ca-certificates
mkdir -p $root/etc/pki/ca-trust/extracted/pem $root/etc/pki/ca-trust/source/anchors $root/etc/pki/tls/certs $root/etc/ssl
cat /usr/share/ca-certificates/*/*.crt > $root/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
ln -s /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem $root/etc/pki/tls/cert.pem
ln -s /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem $root/etc/pki/tls/certs/ca-bundle.crt
ln -s ../pki/tls/certs $root/etc/ssl/certs
pack ca-certificates 2025.2.80 'Certificates' 'Requires: bash'
mkdir -p /stage/tzdata/usr/share
cp -a /usr/share/zoneinfo /stage/tzdata/usr/share/zoneinfo
pack tzdata 2025b 'Time zones'
fetch coreutils coreutils
pack coreutils 9.7 'The basic programs'
fetch sed sed
pack sed 4.9 'sed'
fetch grep grep
pack grep 3.11 'grep'
for row in readline=libreadline8t64 libffi=libffi8 bzip2-libs=libbz2-1.0 xz-libs=liblzma5 expat=libexpat1 sqlite-libs=libsqlite3-0 \
  libuuid=libuuid1; do
  fetch "${row%%=*}" "${row#*=}"
  pack "${row%%=*}" 1.0 "The library ${row%%=*}"
done
borrow rpm-libs rpm rpmkeys
rm -r /stage/rpm-libs/usr/bin
pack rpm-libs 4.20.1 'Libraries of rpm'
fetch rpm rpm rpm-common
rm -rf /stage/rpm/usr/lib64/rpm-plugins
pack rpm 4.20.1 'The package manager' 'AutoReq: no' 'Requires: rpm-libs'
borrow libcurl-minimal curl
rm -r /stage/libcurl-minimal/usr/bin
pack libcurl-minimal 8.14.1 'Libraries of curl'
mkdir -p /stage/curl-minimal/usr/bin
cp "$(command -v curl)" /stage/curl-minimal/usr/bin
pack curl-minimal 8.14.1 'Fetches'
mkdir -p /stage/"$3"/usr/bin /stage/"$3"/etc/dnf /stage/"$3"/etc/yum.repos.d
install -m 755 /dnf /stage/"$3"/usr/bin/"$3"
if [ "$3" = dnf ]; then ln -s dnf /stage/dnf/usr/bin/yum; fi
printf '[main]\ngpgcheck=1\n' > /stage/"$3"/etc/dnf/dnf.conf
printf '[base]\nname=base\n' > /stage/"$3"/etc/yum.repos.d/base.repo
pack "$3" 4.20.0 'The package manager' 'Requires: rpm'

# -- what can be installed -------------------------------------------------------------------------
fetch findutils findutils
pack findutils 4.10.0 'find and xargs'
fetch tar tar
pack tar 1.35 'tar'
fetch python3-libs libpython3.13-minimal libpython3.13-stdlib media-types
pack python3-libs 3.13.5 'Libraries of Python'
fetch python3 python3.13-minimal
ln -s python3.13 /stage/python3/usr/bin/python3
rm -rf /stage/python3/usr/share/binfmts
pack python3 3.13.5 'Python' 'Requires: python3-libs'
fetch lua-libs liblua5.4-0
pack lua-libs 5.4.7 'Library of Lua'
fetch lua lua5.4
ln -s lua5.4 /stage/lua/usr/bin/lua
rm -rf /stage/lua/usr/share/binfmts
# An alternative, as of Java or Python
mkdir -p /stage/lua/etc/alternatives
ln -s /usr/bin/lua5.4 /stage/lua/etc/alternatives/luai
ln -s /etc/alternatives/luai /stage/lua/usr/bin/luai
pack lua 5.4.7 'Lua' 'Provides: lua(abi) = 5.4'
mkdir -p /stage/lua-serpent/usr/share/lua/5.4
cp /serpent.lua /stage/lua-serpent/usr/share/lua/5.4
pack lua-serpent 0.30 'Writes tables of Lua' 'Requires: lua(abi) = 5.4' 'BuildArch: noarch'
inside="filesystem setup $1-release glibc glibc-common ncurses-base ncurses-libs bash libacl libattr libselinux pcre2 gmp libcap zlib libgcc
  libzstd openssl-libs crypto-policies ca-certificates tzdata coreutils sed grep bzip2-libs
  expat libffi sqlite-libs xz-libs rpm-libs rpm libcurl-minimal curl-minimal $3"
if [ "$3" = dnf ]; then inside="$inside findutils tar"; fi
mkdir -p /out/var/lib/rpm
rpm --root /out --initdb
# By names, not by the loader's: what Debian links otherwise is in rpm-libs
set --
for name in $inside; do set -- "$@" /rpms/*/"$name"-[0-9]*.rpm; done
rpm --root /out --install --nodeps --nosignature --nodigest "$@"
mkdir -p $kept
for file in /rpms/*/*.rpm; do
  name=$(rpm -qp --nosignature --queryformat '%{NAME}' "$file")
  # Minimal images lack the two
  case " $(echo $inside | sed 's/ findutils tar//') " in *" $name "*) ;; *) cp "$file" "$kept/$name.rpm" ;; esac
done
chroot /out ldconfig
chroot /out rpm -q glibc
chroot /out rpm -qf /usr/bin/bash
