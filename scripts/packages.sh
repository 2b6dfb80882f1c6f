#!/usr/bin/env bash
# packages.sh PURPOSE...: installs the Debian packages for these purposes, those that are missing only.
#   build   what the compiler links with
#   run     what the daemon runs containers with
#   bench   what makes the load
#   clients what the real clients of the tests are set up with
#   torture what looks inside for `make torture`
#   lab     what a lab is made of, and the witnesses of the walkthrough and the tests
. "$(dirname "$0")/common.sh"

declare -A packages=(
  [build]="libarchive-dev libsqlite3-dev pkg-config"
  [run]="crun conmon iptables golang-github-containers-common tini"
  [lab]="iproute2 dnsmasq-base busybox-static bridge-utils tcpdump iputils-ping net-tools procps curl zstd bzip2 xz-utils libcap2-bin nftables python3 docker-registry openssl"
  [bench]="wrk iperf3 strace python3"
  [clients]="python3-venv"
  [torture]="conntrack e2fsprogs"
)

missing=()
for purpose in "$@"; do
  for package in ${packages[$purpose]:?"no such purpose: $purpose"}; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "Installing ${#missing[@]} packages: ${missing[*]}"
install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
as_root "${install[@]}" || { as_root apt-get update -q; as_root "${install[@]}"; }
