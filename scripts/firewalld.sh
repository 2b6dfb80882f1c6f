#!/usr/bin/env bash
# firewalld.sh: prints a folder with the files of a firewalld and of what it needs beside what is installed: Debian's
# packages, fetched into .build-tools without installing them (the package would start it, and close this machine).
# Prints nothing where they are not to be had: the tests with firewalld are left out then.
. "$(dirname "$0")/common.sh"

tree=$PWD/.build-tools/firewalld
if [ ! -e "$tree/complete" ]; then
  say "Fetching firewalld (Debian's packages, not installed)" >&2
  missing() {
    apt-get install -s -q --no-install-recommends firewalld dbus-daemon 2>/dev/null | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
  }
  rm -rf "$tree"
  mkdir -p "$tree/usr" "$tree/packages"
  (
    cd "$tree/packages"
    read -ra names < <(missing | tr '\n' ' ') || true
    [ ${#names[@]} = 0 ] || apt-get download -q "${names[@]}" || { as_root apt-get update -q && apt-get download -q "${names[@]}"; }
    for package in *.deb; do [ ! -e "$package" ] || dpkg-deb -x "$package" "$tree"; done
  ) >&2 || exit 0
  [ -e "$tree/usr/sbin/firewalld" ] || [ -e /usr/sbin/firewalld ] || exit 0
  rm -rf "$tree/packages"
  touch "$tree/complete"
fi
echo "$tree"
