# Shared by the parts of `make torture`; source it first. Needs root. What a part makes it registers with `at_end`.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
[ "$(id -u)" = 0 ] || die "this needs root: run it by make torture"

bin=${CAUSEWAY_BIN:-$PWD/.build/debug}
scale=${TORTURE_SCALE:-100}
seed=${TORTURE_SEED:-$RANDOM}
scratch=$(mktemp -d)

# row WHAT TRIED LOST NOTE: a line of the table.
row() { printf 'ROW\t%s\t%s\t%s\t%s\n' "$@"; }
# scaled NUMBER [LEAST]: as much of it as is asked for.
scaled() {
  local number=$(($1 * scale / 100)) least=${2:-1}
  echo $((number < least ? least : number))
}

# MARK: labs

last_lines=()
# at_end COMMAND LINE: runs when the part ends, however it does; the last one first.
at_end() { last_lines=("$1" ${last_lines[@]+"${last_lines[@]}"}); }
clean_up() {
  trap - EXIT INT TERM
  local line
  for line in ${last_lines[@]+"${last_lines[@]}"}; do eval "$line" || true; done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# lab_up SUFFIX [OPTIONS...]: a lab of its own, named in $lab, with its daemon; $socket and $host lead there. Where
# $disk is set, its data is on a tmpfs with these options.
disk=
lab_up() {
  local suffix=$1
  lab=${TORTURE_LAB:-tt}-$1
  shift
  socket=/run/causeway-lab/$lab/docker.sock
  host=/run/netns/causeway-$lab-host
  run_folder=/run/causeway-lab/$lab
  data_folder=/var/lib/causeway-lab/$lab/data
  "$bin/causeway" lab down "$lab" -q >/dev/null 2>&1 || true
  at_end "'$bin/causeway' lab down '$lab' -q"
  local more=()
  if [ -n "$disk" ]; then
    data_folder=$scratch/$suffix-disk
    mkdir -p "$data_folder"
    mount -t tmpfs -o "$disk" tmpfs "$data_folder"
    # After the lab, which has mounts below.
    last_lines+=("umount -l '$data_folder'")
    more=(--data-root "$data_folder")
    [[ " $* " == *" -- "* ]] || more=(-- "${more[@]}")
  fi
  "$bin/causeway" lab up "$lab" -q "$@" "${more[@]}"
}
lab_down() { "$bin/causeway" lab down "$lab" -q; }
# engine ARGUMENTS...: the command line, against the lab's daemon.
engine() { "$bin/causeway" -H "unix://$socket" "$@"; }
daemon_pid() { cat "$run_folder/causewayd.pid"; }
on_host() { nsenter --net="$host" "$@"; }

# MARK: what a daemon holds

# held: what could leak, a line each: `what number`. Memory apart (`memory`).
held() {
  local pid
  pid=$(daemon_pid)
  echo "descriptors $(ls "/proc/$pid/fd" | wc -l)"
  echo "threads $(ls "/proc/$pid/task" | wc -l)"
  echo "children $(cat /proc/"$pid"/task/*/children 2>/dev/null | wc -w)"
  echo "namespaces $(ls "$run_folder/exec/netns" 2>/dev/null | wc -l)"
  echo "mounts $(grep -c "$lab/" /proc/self/mountinfo || true)"
  echo "conmons $(pgrep -fc "^[^ ]*conmon .*$run_folder/" || true)"
  echo "cables $(on_host ip -o link show type veth 2>/dev/null | wc -l)"
  echo "links $(on_host ip -o link 2>/dev/null | wc -l)"
  echo "addresses $(on_host ip -o addr 2>/dev/null | wc -l)"
  echo "neighbours $(on_host ip neigh show | grep -c ' docker0 \| br-' || true)"
  echo "routes $(($(on_host ip route show table all | wc -l) + $(on_host ip -6 route show table all | wc -l)))"
  echo "rules $(on_host iptables-save 2>/dev/null | grep -c '^-A')"
  echo "elements $(on_host nft list ruleset 2>/dev/null | grep -v '^#' | wc -w)"
  echo "bundles $(ls "$run_folder/exec/bundles" 2>/dev/null | wc -l)"
  echo "files $(find "$run_folder/exec" "$data_folder/containers" "$data_folder/state" 2>/dev/null | wc -l)"
  echo "overlays $(ls "$data_folder/overlay" 2>/dev/null | wc -l)"
  echo "connections $(on_host conntrack -L 2>/dev/null | grep -c 'src=172\.' || true)"
}
# memory: KiB of the daemon, proportional.
memory() { awk '/^Pss:/ { s += $2 } END { print s }' "/proc/$(daemon_pid)/smaps_rollup"; }
# settled FILE: waits until `held` prints what is in FILE, or for 20 seconds; what is removed goes a moment later.
# Descriptors and threads may be a few more or less: connections end, and pools breathe.
settled() {
  local i
  for ((i = 0; i < 100; i++)); do
    held >"$scratch/now"
    differences "$1" "$scratch/now" >"$scratch/differences"
    [ -s "$scratch/differences" ] || return 0
    sleep 0.2
  done
  return 1
}
# addresses_ready: waits until no address of the host is tentative. A bridge's own IPv6 address has its route only after
# duplicate address detection, which needs a carrier: to be called while containers are there.
addresses_ready() {
  local i
  for ((i = 0; i < 50; i++)); do
    [ -n "$(on_host ip -6 -o addr show tentative)" ] || return 0
    sleep 0.2
  done
  echo "an address of the host stays tentative: $(on_host ip -6 -o addr show tentative)" >&2
  return 1
}
differences() {
  join "$1" "$2" | awk '{ d = $3 - $2; slack = ($1 == "descriptors" || $1 == "threads") ? 8 : 0
    if (d > slack || (slack == 0 && d < 0)) printf "%s %d -> %d  ", $1, $2, $3 }'
}

# MARK: times

# slowdown FILE: the ratio that causeway-load has printed there first.
slowdown() { sed -n 's/.*ratio \([0-9.]*\)$/\1/p' "$1" | head -1; }
# median FILE: the median that causeway-load has printed there first, in milliseconds.
median() { sed -n 's/.*; median \([0-9.]*\) ms.*/\1/p' "$1" | head -1; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
# exceeds NUMBER LIMIT: 1 where it does, 0 where not.
exceeds() { awk "BEGIN { print ($1 > $2) ? 1 : 0 }"; }
