#!/usr/bin/env bash
# limit: 3000
# soak-endpoints.sh: attaches and detaches 10,000 endpoints of running containers. Nothing may leak, and neither the
# attaching nor the start of a container may become slower.
. "$(dirname "$0")/shared.bash"

count=$(scaled 10000 400)
growth=16384 # KiB that the daemon may grow by: allocators keep some of what a burst took
for backend in iptables nftables; do
  lab_up "soak-${backend:0:3}" -- "--firewall-backend=$backend"
  half=$((count / 2))
  echo "warming up, $backend back end"
  "$bin/causeway-load" endpoints "$socket" --count 800 >"$scratch/out"
  "$bin/causeway-load" containers "$socket" --count 20 >"$scratch/out"
  addresses_ready
  "$bin/causeway-load" clear "$socket"
  sleep 1
  held >"$scratch/before"
  before=$(memory)
  "$bin/causeway-load" containers "$socket" --count 50 >"$scratch/starts-before"
  "$bin/causeway-load" clear "$socket"
  echo "attaching and detaching $half endpoints"
  "$bin/causeway-load" endpoints "$socket" --count "$half" | tee "$scratch/out"
  "$bin/causeway-load" containers "$socket" --count 50 >"$scratch/starts-after"
  "$bin/causeway-load" clear "$socket"
  slower=$(slowdown "$scratch/out")
  row "time of an attachment, last 50 : first 50 ($backend)" "$half endpoints" "$(exceeds "$slower" 1.5)" "$slower"
  slower=$(ratio "$(median "$scratch/starts-after")" "$(median "$scratch/starts-before")")
  row "time of a start, after : before ($backend)" "50 starts each" "$(exceeds "$slower" 1.5)" "$slower"
  if settled "$scratch/before"; then lost=0; else lost=1; fi
  row "what an endpoint leaves ($backend)" "$half endpoints" $lost "$(cat "$scratch/differences")"
  after=$(memory)
  row "memory that the daemon grows by ($backend)" "$half endpoints" "$(exceeds $((after - before)) $growth)" \
    "$before -> $after KiB"
  lab_down
done
