#!/usr/bin/env bash
# demo.sh: from a fresh clone to a container that reaches the internet: installs what is missing, builds, makes a lab,
# and walks through it twice: with the docker command line, then with Causeway's own. Nothing stays behind.
. "$(dirname "$0")/common.sh"

lab=demo
bin=.build/debug
client=${1:-both} # docker, causeway or both

scripts/packages.sh build run lab
say "Building (the first time takes some minutes)"
swift build --product causewayd
swift build --product causeway
swift build --product causeway-walkthrough

down() { as_root "$bin/causeway" lab down "$lab" -q || true; }
trap down EXIT
trap 'exit 130' INT TERM

# walk NAME PATH: a fresh lab, and the walkthrough in it.
walk() {
  say "A lab for $1"
  as_root "$bin/causeway" lab down "$lab" -q >/dev/null 2>&1 || true
  as_root "$bin/causeway" lab up "$lab"
  as_root "$bin/causeway-walkthrough" "$lab" "$1" "$2"
}

failed=0
if [ "$client" != causeway ]; then
  docker=$(scripts/docker-cli.sh)
  walk docker "$docker" || failed=1
fi
if [ "$client" != docker ]; then walk causeway "$PWD/$bin/causeway" || failed=1; fi

if [ $failed = 0 ]; then say "Every row passes."; else say "A row failed: see the table above."; fi
exit $failed
