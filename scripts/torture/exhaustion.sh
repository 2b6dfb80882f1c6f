#!/usr/bin/env bash
# limit: 1200
# exhaustion.sh: no space, no inodes, no descriptors, no memory, a state file that is read-only or damaged. What fails
# must say why, what runs must run on, and all must work again as soon as there is enough, without a restart.
. "$(dirname "$0")/shared.bash"

# refused WORDS COMMAND...: counts a loss where a command succeeds, or says something else than these words.
lost=0 tried=0
refused() {
  local words=$1
  shift
  tried=$((tried + 1))
  if timeout 30 "$bin/causeway" -H "unix://$socket" "$@" >"$scratch/out" 2>&1 || ! grep -qi "$words" "$scratch/out"; then
    lost=$((lost + 1))
    echo "  not refused with '$words': $*: $(head -c 300 "$scratch/out")"
  fi
}
# works COMMAND...: counts a loss where a command fails.
works() {
  tried=$((tried + 1))
  if ! timeout 30 "$bin/causeway" -H "unix://$socket" "$@" >"$scratch/out" 2>&1; then
    lost=$((lost + 1))
    echo "  failed: $*: $(head -c 300 "$scratch/out")"
  fi
}
# holds WHAT COMMAND...: counts a loss where a shell command fails.
holds() {
  tried=$((tried + 1))
  local what=$1
  shift
  if ! "$@" >/dev/null 2>&1; then
    lost=$((lost + 1))
    echo "  does not hold: $what"
  fi
}
# end WHAT NOTE: the row.
end() {
  row "$1" "$tried checks" "$lost" "$2"
  lost=0 tried=0
}
alive() { kill -0 "$1"; }
pid_of() { engine inspect -f '{{.State.Pid}}' "$1"; }
all_works() {
  works run --rm busybox true
  works network create after
  works run -d --name after --network after busybox sleep 1000
  works exec after true
  works rm -f after
  works network rm after
}

# MARK: space and inodes

for kind in space inodes; do
  [ $kind = space ] && disk=size=24m || disk=size=64m,nr_inodes=1500
  lab_up "$kind"
  mountpoint -q "$data_folder" || die "the data is not on a disk of its own"
  works run -d --name stays busybox sh -c 'while :; do date; sleep 0.2; done'
  pid=$(pid_of stays)
  if [ $kind = space ]; then
    dd if=/dev/zero "of=$data_folder/ballast" bs=4k count=8000 2>/dev/null || true
  else
    mkdir "$data_folder/ballast"
    (cd "$data_folder/ballast" && seq 2000 | xargs touch 2>/dev/null) || true
  fi
  for command in "run -d --name new busybox sleep 1000" "create busybox true" "tag busybox another"; do
    # shellcheck disable=SC2086
    refused "no space left on device" $command
  done
  [ $kind = inodes ] || refused "no space left on device" network create new
  holds "the container runs on" alive "$pid"
  works exec stays true
  works ps -a
  works network ls
  works stop -t 0 stays
  works rm -f stays
  rm -rf "$data_folder/ballast"
  all_works
  end "no $kind left below the data root" "$disk"
  lab_down
done
disk=

# MARK: descriptors

echo "descriptors"
limit=256
soft=$(ulimit -Sn) hard=$(ulimit -Hn)
ulimit -Sn $limit
# Only the daemon gets the limit: raising it again takes a right that not every machine gives.
lab_up files --daemon "$(
  printf '#!/bin/sh\nulimit -n %s\nexec "%s/causewayd" "$@"\n' $limit "$bin" >"$scratch/causewayd"
  chmod +x "$scratch/causewayd"
  echo "$scratch/causewayd"
)"
ulimit -Sn "$soft"
works run -d --name stays busybox sleep 1000
pid=$(pid_of stays)
python3 - "$socket" "$scratch/held" <<'PYTHON' &
import os, socket, sys, time
held = []
while len(held) < 400:
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(2)
    try:
        one.connect(sys.argv[1])
        held.append(one)
    except OSError:
        time.sleep(0.02)
        if os.path.exists(sys.argv[2]): break
open(sys.argv[2], "w").close()
time.sleep(20)
PYTHON
holder=$!
for ((i = 0; i < 100; i++)); do [ -e "$scratch/held" ] && break; sleep 0.1; done
: >"$scratch/held"
refused "too many connections" ps
used() { awk '{ print $14 + $15 }' "/proc/$(daemon_pid)/stat"; }
before=$(used)
sleep 1
holds "the daemon does not spin" test $(($(used) - before)) -lt 30
holds "the container runs on" alive "$pid"
kill $holder
wait $holder 2>/dev/null || true
sleep 1
all_works
works rm -f stays
end "no descriptors left: 400 idle clients" "limit $limit of $hard"
lab_down

# MARK: memory

group=/sys/fs/cgroup/memory/causeway-$lab
if mkdir "$group" 2>/dev/null; then
  at_end "for p in \$(cat '$group/cgroup.procs'); do echo \$p >'${group%/*}/cgroup.procs'; done; rmdir '$group'"
  lab_up memory
  echo "memory"
  # What a process has already is another group's: the daemon is to begin in this one.
  echo $((96 << 20)) >"$group/memory.limit_in_bytes"
  kill -9 "$(daemon_pid)"
  (
    echo $BASHPID >"$group/cgroup.procs"
    exec "$bin/causeway" lab restart "$lab" >/dev/null
  )
  works run -d --name stays busybox sleep 1000
  pid=$(pid_of stays)
  engine save -o "$scratch/image.tar" busybox
  for ((i = 0; i < 10; i++)); do works load -i "$scratch/image.tar"; done
  holds "thousands of requests in 96 MiB" "$bin/causeway-load" api "$socket" /containers/json 32 3
  works run --rm busybox true
  end "memory: a daemon that has 96 MiB" "$(($(cat "$group/memory.max_usage_in_bytes") >> 20)) MiB at most"

  # As little as it holds at the moment, and more clients than ever: the kernel kills it.
  daemon=$(daemon_pid)
  for ((i = 0; i < 10; i++)); do
    echo 1 >"$group/memory.force_empty" 2>/dev/null || true
    echo $(($(cat "$group/memory.usage_in_bytes") + 65536)) >"$group/memory.limit_in_bytes" 2>/dev/null || true
    timeout 5 "$bin/causeway-load" api "$socket" /containers/json 200 2 >/dev/null 2>&1 || true
    alive "$daemon" 2>/dev/null || break
  done
  killed="it held out; ended by kill -9"
  if ! alive "$daemon" 2>/dev/null; then killed="killed by the kernel"; fi
  kill -9 "$daemon" 2>/dev/null || true
  "$bin/causeway" lab restart "$lab" >/dev/null
  holds "the container runs on" alive "$pid"
  holds "it is found again" test "$(pid_of stays)" = "$pid"
  works exec stays true
  works rm -f stays
  all_works
  end "memory: a daemon that dies for want of it" "$killed"
  lab_down
else
  row "memory" 0 0 "no memory control group can be made here"
fi

# MARK: the state file

# damage KIND: does it to the state of a daemon that was killed, which has one container running and one that has ended.
damage() {
  local file=$data_folder/causeway.db
  case $1 in
    "cut short") truncate -s 5000 "$file"; rm -f "$file-wal" ;;
    garbage) head -c 65536 /dev/urandom >"$file"; rm -f "$file-wal" ;;
    "zero bytes") : >"$file"; rm -f "$file-wal" ;;
    gone) rm -f "$file" "$file-wal" "$file-shm" ;;
    "a log of garbage") head -c 32768 /dev/urandom >"$file-wal" ;;
  esac
}
lab_up state
works network create net
works run -d --name runs --network net -p 8080:80 busybox httpd -f -p 80
engine run --name ended busybox sh -c 'exit 5' || true
facts() {
  engine inspect -f '{{.Id}} {{.State.Status}} {{.State.Pid}} {{.State.ExitCode}}' runs ended
  engine inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' runs
  engine network inspect -f '{{.Id}}' net
}
facts >"$scratch/facts"
pid=$(pid_of runs)
for kind in "cut short" garbage "zero bytes" gone "a log of garbage"; do
  echo "state: $kind"
  kill -9 "$(daemon_pid)"
  damage "$kind"
  holds "the daemon starts" "$bin/causeway" lab restart "$lab"
  facts >"$scratch/now" 2>&1 || true
  holds "everything is known again" diff "$scratch/facts" "$scratch/now"
  holds "the container runs on" alive "$pid"
  holds "its port is answered" on_host timeout 5 bash -c 'exec 3<>/dev/tcp/198.51.100.2/8080'
  works exec runs true
  all_works
  holds "the log says so" grep -q "is damaged" "$run_folder/causewayd.log"
done
holds "what was damaged is kept aside" test "$(ls "$data_folder" | grep -c 'causeway.db.damaged-[0-9TZ]*$')" -ge 2
end "a state file that is damaged" "cut short, garbage, empty, gone, a log of garbage"

echo "state: damaged while in use"
head -c 65536 /dev/urandom | dd "of=$data_folder/causeway.db" conv=notrunc 2>/dev/null
head -c 65536 /dev/urandom | dd "of=$data_folder/causeway.db-wal" conv=notrunc 2>/dev/null
all_works
facts >"$scratch/now" 2>&1 || true
holds "everything is known still" diff "$scratch/facts" "$scratch/now"
end "a state file that is damaged under a running daemon" ""

echo "state: read-only"
kill -9 "$(daemon_pid)"
mount --bind "$data_folder" "$data_folder"
at_end "umount -l '$data_folder' 2>/dev/null"
mount -o remount,ro,bind "$data_folder"
if "$bin/causeway" lab restart "$lab" >"$scratch/out" 2>&1; then
  lost=1
elif ! grep -qi "read-only" "$scratch/out"; then
  lost=1
  cat "$scratch/out"
fi
tried=1
holds "the container runs on" alive "$pid"
umount -l "$data_folder"
holds "the daemon starts when it may write" "$bin/causeway" lab restart "$lab"
facts >"$scratch/now" 2>&1 || true
holds "everything is known again" diff "$scratch/facts" "$scratch/now"
all_works
works rm -f runs ended
end "a data root that is read-only" ""
lab_down
