#!/usr/bin/env bash
# torture.sh: runs the parts in scripts/torture one after the other, each in labs of its own, and prints what was tried
# and what was lost. The exit code says whether anything was.
#
#   TORTURE=fuzz,model     runs these parts only
#   TORTURE_SCALE=10       a tenth of the whole (in percent, 100 where not given): 1,000 endpoints, one minute, ...
#   TORTURE_SEED=NUMBER    makes the same random choices again
#
# A part is a script that prints rows `ROW<tab>what<tab>tried<tab>lost<tab>note` among other lines; `# limit: SECONDS`
# in it bounds its time (1,800 where it says nothing). It takes its labs down itself; what is left is lost.
. "$(dirname "$0")/common.sh"

parts=()
for script in scripts/torture/*.sh; do
  name=$(basename "$script" .sh)
  [[ -z ${TORTURE:-} || ",$TORTURE," == *",$name,"* ]] && parts+=("$name")
done
[ ${#parts[@]} -gt 0 ] || die "no part is called '${TORTURE:-}'; there are: $(cd scripts/torture && echo *.sh | sed 's/\.sh//g')"

scripts/packages.sh build run lab clients torture
docker=$(scripts/docker-cli.sh)
say "Building (the first time takes some minutes)"
if [ -z "${CAUSEWAY_BIN:-}" ]; then swift build; fi

prefix=tt-$$
rows=$(mktemp)
child=
# Ends the part that runs, and what it has left.
end_part() {
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
  child=
  local lab left=1
  for lab in /run/causeway-lab/"$prefix"-*; do
    [ -d "$lab" ] || continue
    as_root "${CAUSEWAY_BIN:-.build/debug}/causeway" lab down "${lab##*/}" -q || true
    left=0
  done
  return $left
}
finish() {
  trap - EXIT INT TERM
  end_part || true
  rm -f "$rows"
}
trap finish EXIT
trap 'exit 130' INT TERM

# run NAME: one part; its lines come with the seconds since its begin.
run() {
  local name=$1 script=scripts/torture/$1.sh limit begin=$SECONDS code=0 pipe line
  limit=$(sed -n 's/^# limit: \([0-9]*\).*/\1/p' "$script" | head -1)
  limit=${limit:-1800}
  say "$name (at most $((limit / 60)) minutes)"
  pipe=$(mktemp -u)
  mkfifo "$pipe"
  as_root timeout -k 60 "$limit" env "CAUSEWAY_BIN=${CAUSEWAY_BIN:-$PWD/.build/debug}" "TORTURE_LAB=$prefix" \
    "TORTURE_SCALE=${TORTURE_SCALE:-100}" "TORTURE_SEED=${TORTURE_SEED:-$RANDOM}" "DOCKER_CLI=$docker" \
    bash "$script" >"$pipe" 2>&1 </dev/null &
  child=$!
  while IFS= read -r line; do
    case $line in ROW$'\t'*) printf '%s\t%s\n' "$name" "${line#ROW$'\t'}" >>"$rows" ;; esac
    printf '%5ds  %s\n' $((SECONDS - begin)) "${line//$'\t'/  }"
  done <"$pipe"
  wait "$child" || code=$?
  child=
  rm -f "$pipe"
  if [ $code = 124 ] || [ $code = 137 ]; then
    printf '%s\tits time\t%s s\t1\tit did not end by itself\n' "$name" "$limit" >>"$rows"
  elif [ $code != 0 ] && ! awk -F'\t' -v n="$name" '$1 == n && $4 != "0" { found = 1 } END { exit !found }' "$rows"; then
    printf '%s\tthe script\t1\t1\texit code %s\n' "$name" "$code" >>"$rows"
  elif [ $code = 0 ] && ! grep -q "^$name"$'\t' "$rows"; then
    printf '%s\tthe script\t1\t1\tprinted no row\n' "$name" >>"$rows"
  fi
  if end_part; then printf '%s\tits labs\t1\t1\ta lab was left up\n' "$name" >>"$rows"; fi
}

for part in "${parts[@]}"; do run "$part"; done

say "What was tried, and what was lost ($((SECONDS / 60)) minutes)"
awk -F'\t' '
  function add(a, b, c, d, e) { n++; p[n] = a; q[n] = b; t[n] = c; l[n] = d; o[n] = e
    if (length(a) > wa) wa = length(a); if (length(b) > wb) wb = length(b); if (length(c) > wc) wc = length(c) }
  BEGIN { add("part", "what", "tried", "lost", "note") }
  { add($1, $2, $3, $4, $5); if ($4 != "0") lost++ }
  END {
    for (i = 1; i <= n; i++)
      printf "%-*s  %-*s  %*s  %6s  %s\n", wa, p[i], wb, q[i], wc, t[i], l[i], o[i]
    printf "\n%d rows, %s.\n", n - 1, lost ? lost " with a loss" : "nothing lost"
    exit lost > 0
  }' "$rows"
