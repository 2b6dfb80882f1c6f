#!/usr/bin/env bash
# bench.sh: Causeway beside Docker and Podman of Debian, each in a lab of its own, in one run; the head of
# scripts/bench/main.py names what can be chosen.
. "$(dirname "$0")/common.sh"

[ "$(id -u)" = 0 ] || exec sudo --preserve-env env "PATH=$PATH" "$PWD/scripts/bench.sh"
scripts/bench-peers.sh
BENCH_CLIENT=$(scripts/docker-cli.sh)
export BENCH_CLIENT
PYTHONDONTWRITEBYTECODE=1 exec python3 -u scripts/bench/main.py
