#!/usr/bin/env bash
# fuzz.sh: rows for the table of `make torture`: what libFuzzer tried, a minute for each way in.
exec env ROWS=1 "$(dirname "$0")/../fuzz.sh" "$@"
