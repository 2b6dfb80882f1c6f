#!/usr/bin/env bash
# bench-peers.sh: brings Debian's docker.io, podman and what belongs to them into .build-bench/root without installing them, since
# installing would start a daemon in the machine's own network. Prints nothing where they are there.
. "$(dirname "$0")/common.sh"

bench=$PWD/.build-bench
root=$bench/root
[ -e "$bench/complete-2" ] && exit 0
say "Fetching Docker and Podman of Debian (not installed; kept in .build-bench)"
rm -rf "$root"
mkdir -p "$bench/packages" "$root"
cd "$bench/packages"
wanted=(docker.io containerd runc libdevmapper1.02.1 podman netavark aardvark-dns libgpgme11 libassuan0 libsubid4
  libseccomp2 containernetworking-plugins)
for package in "${wanted[@]}"; do
  apt-get download -q "$package" >/dev/null 2>&1 || {
    as_root apt-get update -q >/dev/null
    apt-get download -q "$package" >/dev/null 2>&1 || { echo "  $package: not to be had"; continue; }
  }
  dpkg-deb -x "$package"_*.deb "$root"
  echo "  ${package}"
done
touch "$bench/complete-2"
