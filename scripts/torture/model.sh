#!/usr/bin/env bash
# limit: 1500
# model.sh: clients that create, start, stop, kill, remove, rename, connect and disconnect the same few containers and
# networks at random, with a model that every reply is held against; then everything is gone again.
. "$(dirname "$0")/shared.bash"

seconds=$(scaled 600 20)
half=$((seconds / 2))
for backend in iptables nftables; do
  lab_up "model-${backend:0:3}" -- "--firewall-backend=$backend"
  echo "a few seconds to warm up, then $half seconds with the $backend back end, seed $seed"
  "$bin/causeway-load" model "$socket" --seconds 5 --seed 1 >"$scratch/out" || true
  held >"$scratch/before"
  before=$(memory)
  code=0
  "$bin/causeway-load" model "$socket" --seconds "$half" --seed "$seed" --deadline 60 >"$scratch/out" || code=$?
  cat "$scratch/out"
  lost=$(sed -n 's/.* \([0-9]*\) contradictions$/\1/p' "$scratch/out")
  replies=$(sed -n 's/^seed [0-9]*: \([0-9]*\) replies.*/\1/p' "$scratch/out")
  [ $code = 0 ] || : "${lost:=1}"
  row "replies that contradict the model ($backend)" "${replies:-0} replies" "${lost:-1}" "seed $seed"
  if settled "$scratch/before"; then
    row "what is left when all is removed ($backend)" "${replies:-0} replies" 0 "memory $before -> $(memory) KiB"
  else
    row "what is left when all is removed ($backend)" "${replies:-0} replies" 1 "$(cat "$scratch/differences")"
  fi
  lab_down
done
