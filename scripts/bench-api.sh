#!/usr/bin/env bash
# bench-api.sh [SECONDS]: how fast the API answers: GET /_ping, and GET /containers/json with 100 containers, by 16
# connections, in requests a second with the median and the 99th percentile of the time to a whole reply. Causeway
# beside Docker of Debian, each in a lab of its own, in turn, in one run.
. "$(dirname "$0")/common.sh"

seconds=${1:-3}
[ "$(id -u)" = 0 ] || exec sudo env "PATH=$PATH" "$PWD/scripts/bench-api.sh" "$seconds"

bin=${CAUSEWAY_BIN:-$PWD/.build/release}
bench=$PWD/.build-bench
root=$bench/root
results=$bench/results-api
cli=$(scripts/docker-cli.sh)
scripts/bench-peers.sh
rm -rf "$results"
mkdir -p "$results"
peer_path=$root/usr/sbin:$root/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin
peer_libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu

socket() { echo "/run/causeway-lab/bench-a-$1/docker.sock"; }
engine() {
  local name=$1
  shift
  DOCKER_HOST=unix://$(socket "$name") "$cli" "$@"
}

engines=()
down() {
  trap - EXIT INT TERM
  say "Taking the labs down"
  for name in causeway docker; do "$bin/causeway" lab down "bench-a-$name" -q 2>/dev/null; done
  return 0
}
trap down EXIT
trap 'exit 130' INT TERM

say "Labs and engines"
for name in causeway docker; do "$bin/causeway" lab down "bench-a-$name" -q >/dev/null 2>&1 || true; done
"$bin/causeway" lab up bench-a-causeway -q
engines+=(causeway)
archive=$bench/busybox-api.tar
engine causeway save -o "$archive" busybox
if [ -x "$root/usr/sbin/dockerd" ]; then
  LD_LIBRARY_PATH=$peer_libraries PATH=$peer_path "$bin/causeway" lab up bench-a-docker -q --no-image \
    --daemon "$root/usr/sbin/dockerd" -- --storage-driver overlay2
  engine docker load -q -i "$archive" >/dev/null
  engines+=(docker)
fi
declare -A title=([causeway]=Causeway [docker]=Docker)

say "100 containers, ten of them running"
for name in "${engines[@]}"; do
  for ((i = 1; i <= 100; i++)); do
    engine "$name" create --name "c$i" -l "n=$i" -p "$((20000 + i)):80" busybox sleep 1000 >/dev/null
  done
  # shellcheck disable=SC2046
  engine "$name" start $(seq -f 'c%g' 10) >/dev/null
  echo "  ${title[$name]}"
done

say "Load: 16 connections, three rounds of $seconds s, the engines in turn"
for round in 1 2 3; do
  for path in /_ping "/containers/json?all=1"; do
    for name in "${engines[@]}"; do
      "$bin/causeway-load" "$(socket "$name")" "$path" 16 "$seconds" >>"$results/${path//[^a-z]/}.$name"
    done
  done
done

row() { printf '%-42s %-10s %14s %12s %12s %12s\n' "$@"; }
# middle FILE COLUMN: the median of a column.
middle() { awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
table() {
  local name rate reference=
  [ -s "$results/$1.docker" ] && reference=$(middle "$results/$1.docker" 1)
  for name in "${engines[@]}"; do
    rate=$(middle "$results/$1.$name" 1)
    row "$2" "${title[$name]}" "$rate" "$(middle "$results/$1.$name" 2)" "$(middle "$results/$1.$name" 3)" \
      "$([ -n "$reference" ] && awk "BEGIN { printf \"%.2f\", $rate / $reference }" || echo -)"
  done
}

echo
row "request" engine "requests/s" "median, µs" "p99, µs" "of Docker"
table ping "GET /_ping"
table containersjsonall "GET /containers/json, 100 containers"
