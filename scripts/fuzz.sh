#!/usr/bin/env bash
# fuzz.sh [WAY…]: libFuzzer with each way in for strangers' bytes (Tests/FuzzTests), or with those named.
#   SECONDS_EACH   how long each is tried, 60 where nothing is said
#   KEEP=1         adds to the kept corpus what reaches further, the smallest first
#   ROWS=1         prints a row for the table of `make torture` after each
# What breaks one stays as .build-fuzz/crashes/WAY-…, and goes into the corpus with its mend.
. "$(dirname "$0")/common.sh"

each=${SECONDS_EACH:-60}
build=$PWD/.build-fuzz
corpus=$PWD/Tests/FuzzTests/Corpus
fuzzer=$build/release/causeway-fuzz

say "Building with libFuzzer's and AddressSanitizer's instruments (the first time takes many minutes)" >&2
mkdir -p "$build"
CAUSEWAY_FUZZ=1 swift build -c release --product causeway-fuzz --scratch-path "$build" \
  -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld >"$build/build.log" 2>&1 ||
  { tail -n 40 "$build/build.log" >&2; die "the fuzzer does not build"; }

ways=("$@")
[ ${#ways[@]} -gt 0 ] || mapfile -t ways < <("$fuzzer")
mkdir -p "$build/crashes"
# A gigabyte at most (a half is AddressSanitizer's own), ten seconds for an input, 16 KiB an input: what needs more is a finding.
# What Swift keeps for good looks like a leak, to libFuzzer after an input and to AddressSanitizer at the end.
quiet=ASAN_OPTIONS=detect_leaks=0
bounds=(-rss_limit_mb=1024 -timeout=10 -max_len=16384 -print_final_stats=1 -detect_leaks=0)
lost=0
for way in "${ways[@]}"; do
  found=$build/found/$way
  mkdir -p "$found"
  say "$way: $each seconds" >&2
  log=$build/$way.log
  status=0
  as_root env "$quiet" "CAUSEWAY_FUZZ_WAY=$way" "$fuzzer" "${bounds[@]}" -max_total_time="$each" -artifact_prefix="$build/crashes/$way-" \
    "$found" "$corpus/$way" >"$log" 2>&1 || status=$?
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  covered=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
  [ "$status" = 0 ] || { lost=$((lost + 1)); grep -m 3 -E 'Fatal error|ERROR|SUMMARY' "$log" >&2 || true; }
  note="${covered:-0} places reached, ${memory:-?} MB at most, ${each} s"
  if [ -n "${ROWS:-}" ]; then
    printf 'ROW\tfuzz %s\t%s\t%s\t%s\n' "$way" "${tried:-0}" "$([ "$status" = 0 ] && echo 0 || echo 1)" "$note"
  else
    printf '%-14s %10s inputs  %s  %s\n' "$way" "${tried:-0}" "$([ "$status" = 0 ] && echo good || echo BROKEN)" "$note"
  fi
  if [ -n "${KEEP:-}" ]; then
    kept=$(mktemp -d "$build/kept-XXXX")
    as_root env "$quiet" "CAUSEWAY_FUZZ_WAY=$way" "$fuzzer" "${bounds[@]}" -merge=1 "$kept" "$corpus/$way" "$found" >"$log.merge" 2>&1
    # What is there stays; the smallest of the rest are added: 10, and 12 KB at most.
    total=0
    added=0
    while read -r size file; do
      name=$(sha1sum "$file" | cut -c 1-12)
      [ ! -e "$corpus/$way/$name" ] || continue
      total=$((total + size))
      added=$((added + 1))
      [ "$total" -le 12000 ] && [ "$added" -le 10 ] || break
      cp "$file" "$corpus/$way/$name"
    done < <(find "$kept" -type f -printf '%s %p\n' | sort -n)
    rm -rf "$kept"
  fi
done
[ "$lost" = 0 ] || die "$lost ways in broke: see .build-fuzz/crashes"
