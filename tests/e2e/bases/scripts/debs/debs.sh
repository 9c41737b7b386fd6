# Debian's packages as files in /stage, where another distribution has them: its libraries are in /usr/$lib.

triplet=$(uname -m)-linux-gnu
# In place of a directory in a program, which has to be as long
padding=$(printf '%16s' '' | tr ' ' /)
mkdir -p /debs
chmod 777 /debs
apt-get update -qq

# fetch NAME DEB…: the files of Debian's packages in /stage/NAME, where Red Hat has them
fetch() {
  name=$1 root=/stage/$1
  shift
  mkdir -p "$root" "/debs/$name"
  (cd "/debs/$name" && apt-get -qq -o APT::Sandbox::User=root download "$@")
  for deb in "/debs/$name"/*.deb; do dpkg-deb -x "$deb" "$root"; done
  for dir in bin sbin lib lib64; do
    if [ -d "$root/$dir" ]; then mkdir -p "$root/usr/$dir"; cp -a "$root/$dir/." "$root/usr/$dir"; rm -r "${root:?}/$dir"; fi
  done
  if [ -d "$root/usr/lib/$triplet" ]; then
    # All that libc6 has there is a link to its loader
    rm -rf "$root/usr/lib64"
    mv "$root/usr/lib/$triplet" "$root/usr/moved"
    mkdir -p "$root/usr/$lib"
    cp -a "$root/usr/moved/." "$root/usr/$lib"
    rm -r "$root/usr/moved"
  fi
  # Files that lead to the old place by their name
  find "$root" -type l | while read -r link; do
    case $(readlink "$link") in
      *$triplet*) ln -sfn "$(readlink "$link" | sed "s|lib/$triplet|$lib|")" "$link" ;;
    esac
  done
  rm -rf "$root/usr/share/lintian" "$root/usr/share/bug"
}

# borrow NAME PROGRAM…: programs of this stage with their libraries that no package has yet
borrow() {
  root=/stage/$1
  shift
  mkdir -p "$root/usr/$lib" "$root/usr/bin"
  for program; do
    cp "$(command -v "$program")" "$root/usr/bin"
    ldd "$(command -v "$program")" | sed -n 's|.*=> \(/[^ ]*\) (0x.*|\1|p' | while read -r library; do
      if ! ls /stage/*/usr/$lib/"${library##*/}" > /dev/null 2>&1; then cp "$library" "$root/usr/$lib"; fi
    done
  done
}
