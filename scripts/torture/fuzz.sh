#!/usr/bin/env bash
# fuzz.sh: libFuzzer with every way in for strangers' bytes, a minute each at full scale.
# limit: 5400
each=$((60 * ${TORTURE_SCALE:-100} / 100))
exec env ROWS=1 "SECONDS_EACH=$((each > 5 ? each : 5))" "$(dirname "$0")/../fuzz.sh"
