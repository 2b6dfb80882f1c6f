#!/usr/bin/env bash
# limit: 3600
# crash.sh: the daemon is ended with SIGKILL after every step of every operation, with both firewall back ends, and in the
# middle of the recovery from it. The next one must find all as it was before or as it is after, a second attempt must
# succeed, and nothing may be left. CAUSEWAY_CRASH_ONLY=WORDS tries the operations with these words in their names.
#
# The walk is a test (Tests/DockerClientTests/Crash); release builds have no such steps.
set -o pipefail
cd "$(dirname "$0")/../.."
swift build --build-tests || exit 1
status=0
CAUSEWAY_TORTURE=1 CAUSEWAY_TEST_DOCKER="${DOCKER_CLI:-$(scripts/docker-cli.sh)}" CAUSEWAY_TEST_LAB="${TORTURE_LAB:-tt-$$}" \
  swift test --skip-build --disable-xctest --no-parallel --filter 'CrashTests/whole' 2>&1 |
  grep --line-buffered -E '^(ROW|lost:|  [+-] |↳|.*recorded an issue)' || status=1
exit $status
