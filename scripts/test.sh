#!/usr/bin/env bash
# test.sh [SWIFT TEST OPTIONS]: installs what is missing, builds, and runs every test, those with kernel namespaces
# included (as root). The last line counts the tests.
. "$(dirname "$0")/common.sh"

scripts/packages.sh build run lab clients
CAUSEWAY_TEST_DOCKER=$(scripts/docker-cli.sh)
CAUSEWAY_TEST_CLIENTS=$(scripts/clients.sh)
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

say "Testing"
log=.build/test.log
status=0
as_root env "CAUSEWAY_TEST_DOCKER=$CAUSEWAY_TEST_DOCKER" "CAUSEWAY_TEST_LAB=$prefix" \
  "CAUSEWAY_TEST_CLIENTS=$CAUSEWAY_TEST_CLIENTS" \
  swift test --skip-build --disable-xctest "$@" 2>&1 | tee "$log" || status=1

count() { grep -aE "^$1" "$log" | grep -avcE '^. Test run with ' || true; }
printf '\n%s passed, %s failed, %s skipped\n' \
  "$(count '✔ Test .* passed after ')" "$(count '✘ Test .* failed after ')" "$(count '➜ Test .* skipped')"
exit $status
