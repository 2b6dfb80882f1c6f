#!/usr/bin/env bash
# bench-ports.sh [RUNS]: what a published port costs: to publish one more with 0, 100 and 1,000 there, to publish 1,000
# at once, and to pass through the first and the thousandth. Causeway with both firewall back ends beside Docker of
# Debian, each in a lab of its own, in one run.
. "$(dirname "$0")/common.sh"

runs=${1:-7}
seconds=2
[ "$(id -u)" = 0 ] || exec sudo env "PATH=$PATH" "$PWD/scripts/bench-ports.sh" "$runs"

bin=${CAUSEWAY_BIN:-$PWD/.build/release}
bench=$PWD/.build-bench
root=$bench/root
results=$bench/results-ports
cli=$(scripts/docker-cli.sh)
scripts/bench-peers.sh
rm -rf "$results"
mkdir -p "$results"

export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
peer_path=$root/usr/sbin:$root/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin
lab() { env -u LD_LIBRARY_PATH "$bin/causeway" lab "$@"; }
engine() {
  local name=$1
  shift
  DOCKER_HOST=unix:///run/causeway-lab/bench-p-$name/docker.sock "$cli" "$@"
}
outside() {
  local name=$1
  shift
  nsenter --net="/run/netns/causeway-bench-p-$name-inet" "$@"
}

engines=()
down() {
  trap - EXIT INT TERM
  say "Taking the labs down"
  for name in iptables nftables docker; do lab down "bench-p-$name" -q 2>/dev/null; done
  return 0
}
trap down EXIT
trap 'exit 130' INT TERM

say "Labs and engines"
for name in iptables nftables docker; do lab down "bench-p-$name" -q >/dev/null; done
for name in iptables nftables; do
  lab up "bench-p-$name" -q -- "--firewall-backend=$name"
  engines+=("$name")
done
archive=$bench/busybox-ports.tar
engine iptables save -o "$archive" busybox
if [ -x "$root/usr/sbin/dockerd" ]; then
  PATH=$peer_path "$bin/causeway" lab up bench-p-docker -q --no-image --daemon "$root/usr/sbin/dockerd" -- \
    --storage-driver overlay2
  engine docker load -q -i "$archive" >/dev/null
  engines+=(docker)
fi
declare -A title=([iptables]="Causeway, iptables" [nftables]="Causeway, nftables" [docker]="Docker")

# timed COMMAND...: wall time in microseconds.
timed() {
  local begin end
  begin=${EPOCHREALTIME/./}
  "$@" >/dev/null 2>&1 || return 1
  end=${EPOCHREALTIME/./}
  echo $((end - begin))
}

# start ENGINE OPTIONS...: how long `docker start` takes for a container with these options.
start() {
  local name=$1 id
  shift
  id=$(engine "$name" create "$@" busybox sleep 1000)
  timed engine "$name" start "$id"
  engine "$name" rm -f "$id" >/dev/null
}

# memory ENGINE: KiB that its processes on the lab's host hold, shared pages counted once.
memory() {
  local pid sum=0 pss
  for pid in $(ip netns pids "causeway-bench-p-$1-host"); do
    pss=$(sed -n 's/^Pss: *\([0-9]*\).*/\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
    sum=$((sum + ${pss:-0}))
  done
  echo "$sum"
}

served="mkdir -p /w; echo ok > /w/index.html; exec httpd -f -p 80 -h /w"
for present in 0 100 1000; do
  say "docker start with one port, $present published already ($runs runs)"
  for name in "${engines[@]}"; do
    if [ "$present" -gt 0 ]; then
      # The first and the last of the range lead to web servers: one container for the ends, one for those between.
      last=$((10000 + present - 1))
      before=$(memory "$name")
      timed engine "$name" run -d --name many -p "10001-$((last - 1)):10001-$((last - 1))" busybox sleep 1000 \
        >"$results/all.$present.$name"
      after=$(memory "$name")
      echo "$((after - before))" >"$results/memory.$present.$name"
      engine "$name" run -d --name ends -p 10000:80 -p "$last:80" busybox sh -c "$served" >/dev/null
    fi
    for ((i = 1; i <= runs; i++)); do
      start "$name" -p 9000:80 >>"$results/one.$present.$name"
      start "$name" >>"$results/none.$present.$name"
    done
    if [ "$present" = 1000 ]; then
      for round in 1 2 3; do
        for port in 10000 "$last"; do
          outside "$name" env -u LD_LIBRARY_PATH wrk -t1 -c8 -d"${seconds}s" -H 'Connection: close' \
            "http://198.51.100.2:$port/" 2>/dev/null |
            sed -n 's/^Requests\/sec: *//p' >>"$results/rate.$port.$name"
        done
      done
    fi
    if [ "$present" -gt 0 ]; then
      timed engine "$name" rm -f many ends >"$results/remove.$present.$name"
    fi
    echo "  ${title[$name]}"
  done
done

stat() {
  sort -n "$1" | awk -v d="${2:-1000}" '{ v[NR] = $1 / d } END {
    m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
    printf "%.1f %.1f %.1f", m, v[1], v[NR] }'
}
row() { printf '%-44s %-20s %10s %18s %10s\n' "$@"; }
# table FILE TITLE [DIVISOR]: medians with minimum and maximum, and the ratio to Docker's.
table() {
  local name reference= median low high ratio
  [ -s "$results/$1.docker" ] && read -r reference _ <<<"$(stat "$results/$1.docker" "${3:-1000}")"
  for name in "${engines[@]}"; do
    [ -s "$results/$1.$name" ] || continue
    read -r median low high <<<"$(stat "$results/$1.$name" "${3:-1000}")"
    ratio=$([ -n "$reference" ] && awk "BEGIN { printf \"%.2f\", $median / $reference }" || echo -)
    row "$2" "${title[$name]}" "$median" "$low – $high" "$ratio"
  done
}

echo
row "time, ms" engine median "min – max" "of Docker"
for present in 0 100 1000; do
  table "none.$present" "start without a port, $present published"
  table "one.$present" "start with one port, $present published"
done
table all.1000 "run with a range of 998 ports"
table remove.1000 "remove it, and one with 2 ports"
echo
row "memory, MiB" engine median "min – max" "of Docker"
table memory.1000 "998 ports add" 1024
echo
row "requests a second" engine median "min – max" "of Docker"
table rate.10000 "through the first port of 1,000" 1
table rate.10999 "through the last port of 1,000" 1
