#!/usr/bin/env bash
# limit: 3000
# soak-containers.sh: 500 containers at once on one bridge, all of which answer each other's pings by way of the bridge;
# then all go; then a crash of the daemon under half as many. Nothing may leak, the last must start as fast as the first.
. "$(dirname "$0")/shared.bash"

count=$(scaled 500 50)
growth=24576 # KiB, after all are gone
for backend in iptables nftables; do
  lab_up "many-${backend:0:3}" -- "--firewall-backend=$backend"
  half=$count
  [ "$backend" = nftables ] && half=$((count / 2)) && publish=--publish || publish=
  echo "warming up, $backend back end"
  "$bin/causeway-load" containers "$socket" --count 30 >"$scratch/out"
  addresses_ready
  "$bin/causeway-load" clear "$socket"
  sleep 1
  held >"$scratch/before"
  before=$(memory)
  echo "starting $half containers $publish"
  # shellcheck disable=SC2086
  "$bin/causeway-load" containers "$socket" --count "$half" $publish | tee "$scratch/out"
  slower=$(slowdown "$scratch/out")
  row "time of a start, last 50 : first 50 ($backend)" "$half containers" "$(exceeds "$slower" 1.5)" "$slower"
  row "memory that a container takes of the daemon ($backend)" "$half containers" 0 \
    "$((($(memory) - before) / half)) KiB"

  echo "pinging all from one"
  silent=$(engine exec load-0 sh -c "for n in \$(seq 2 $((half + 1))); do
    ping -c 1 -W 2 172.17.\$((n / 256)).\$((n % 256)) >/dev/null 2>&1 || echo \$n; done" | wc -l)
  row "containers that do not answer on the bridge ($backend)" "$half containers" "$silent" ""

  echo "removing them"
  "$bin/causeway-load" clear "$socket"
  if settled "$scratch/before"; then lost=0; else lost=1; fi
  row "what the containers leave ($backend)" "$half containers" $lost "$(cat "$scratch/differences")"
  after=$(memory)
  row "memory that the daemon grows by ($backend)" "$half containers" "$(exceeds $((after - before)) $growth)" \
    "$before -> $after KiB"

  half=$((half / 2))
  echo "starting $half, killing the daemon under them, and starting it again"
  "$bin/causeway-load" containers "$socket" --count "$half" >"$scratch/out"
  kill -9 "$(daemon_pid)"
  begin=${EPOCHREALTIME/./}
  "$bin/causeway" lab restart "$lab" >/dev/null
  took=$(((${EPOCHREALTIME/./} - begin) / 1000))
  running=$(engine ps -q | wc -l)
  row "containers lost by a crash of the daemon ($backend)" "$half containers" $((half - running)) "back after $took ms"
  "$bin/causeway-load" clear "$socket"
  if settled "$scratch/before"; then lost=0; else lost=1; fi
  row "what the containers leave after the crash ($backend)" "$half containers" $lost "$(cat "$scratch/differences")"
  lab_down
done
