#!/usr/bin/env bash
# test.sh [SWIFT TEST OPTIONS]: installs what is missing, builds, and runs every test, those with kernel namespaces
# included (as root). The last line counts the tests.
. "$(dirname "$0")/common.sh"

scripts/packages.sh build run lab clients
CAUSEWAY_TEST_DOCKER=$(scripts/docker-cli.sh)
CAUSEWAY_TEST_CLIENTS=$(scripts/clients.sh)
CAUSEWAY_TEST_FIREWALLD=$(scripts/firewalld.sh)
say "Building with tests (the first time takes some minutes)"
swift build --build-tests

# Labs of tests that were interrupted go, too: their names begin with this.
prefix=t-$$
clean() {
  local lab
  for lab in /run/causeway-lab/"$prefix"-*; do
    if [ -d "$lab" ]; then as_root .build/debug/causeway lab down "${lab##*/}" -q || true; fi
  done
}
trap clean EXIT
trap 'exit 130' INT TERM

# round NAME OPTIONS...: runs tests; their events go to a file of their own.
events=.build/test-events
rm -rf "$events"
mkdir -p "$events"
round() {
  local name=$1
  shift
  as_root env "CAUSEWAY_TEST_DOCKER=$CAUSEWAY_TEST_DOCKER" "CAUSEWAY_TEST_LAB=$prefix" \
    "CAUSEWAY_TEST_CLIENTS=$CAUSEWAY_TEST_CLIENTS" "CAUSEWAY_TEST_FIREWALLD=$CAUSEWAY_TEST_FIREWALLD" \
    swift test --skip-build --disable-xctest --event-stream-output-path "$events/$name.json" \
    --event-stream-version 0 "$@" || true
}

# The faults are judged by the clock, and one after another: they get the machine to themselves. So does a test that
# failed beside all the others: many wait for real packets and processes, and it counts as failed where it fails twice.
say "Testing"
if [ $# -gt 0 ]; then
  round all "$@"
else
  round all --skip FaultTests.WhyTests
  say "Testing: the fault matrix"
  round faults --filter FaultTests.WhyTests
fi
again=$(scripts/test-summary.py failed "$events"/*.json)
if [ -n "$again" ]; then
  say "Once more, by themselves: $(wc -l <<<"$again") that failed"
  # shellcheck disable=SC2046
  round again --no-parallel $(sed 's/^/--filter ^/' <<<"$again")
fi
exec scripts/test-summary.py count "$events"/*.json
