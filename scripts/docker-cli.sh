#!/usr/bin/env bash
# docker-cli.sh: prints the path of a docker command line: the one on PATH, else Debian's, fetched into .build-tools
# without installing it (the package would also start a daemon of its own).
. "$(dirname "$0")/common.sh"

command -v docker && exit 0
tools=$PWD/.build-tools
cli=$tools/usr/bin/docker
if [ ! -x "$cli" ]; then
  say "Fetching the docker command line (Debian's package docker.io, not installed)" >&2
  mkdir -p "$tools"
  (cd "$tools" && { apt-get download -q docker.io || { as_root apt-get update -q; apt-get download -q docker.io; }; }) >&2
  dpkg-deb -x "$tools"/docker.io_*.deb "$tools"
fi
echo "$cli"
