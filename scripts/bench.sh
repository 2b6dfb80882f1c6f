#!/usr/bin/env bash
# bench.sh [RUNS]: Causeway beside Docker and Podman of Debian, in one run: each engine in a lab of its own, the runs
# interleaved so that what disturbs the machine disturbs all. Prints medians with minimum and maximum.
. "$(dirname "$0")/common.sh"

runs=${1:-15}
containers=5
[ "$(id -u)" = 0 ] || exec sudo env "PATH=$PATH" "$PWD/scripts/bench.sh" "$runs"

bin=${CAUSEWAY_BIN:-$PWD/.build/release}
bench=$PWD/.build-bench
root=$bench/root
results=$bench/results
cli=$(scripts/docker-cli.sh)
scripts/bench-peers.sh
rm -rf "$results"
mkdir -p "$results"

export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
peer_path=$root/usr/sbin:$root/usr/bin:$root/usr/libexec/podman:$root/usr/lib/podman:/usr/sbin:/usr/bin:/sbin:/bin
lab() { env -u LD_LIBRARY_PATH "$bin/causeway" lab "$@"; }
socket() { echo "unix:///run/causeway-lab/bench-$1/docker.sock"; }

# MARK: what has to go again, whatever happens

had=()
for path in /run/docker /run/containerd /run/containers /run/netavark /dev/shm/libpod_lock /run/libpod; do
  [ -e "$path" ] && had+=("$path")
done
down() {
  trap - EXIT INT TERM
  say "Taking the labs down"
  [ -e /run/netns/causeway-bench-podman-host ] && podman rm -af -t 0 >/dev/null 2>&1
  for engine in causeway docker podman; do lab down "bench-$engine" -q 2>/dev/null; done
  for path in /run/docker /run/containerd /run/containers /run/netavark /dev/shm/libpod_lock /run/libpod; do
    [[ " ${had[*]} " == *" $path "* ]] || rm -rf "$path"
  done
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} + 2>/dev/null
  return 0
}
trap down EXIT
trap 'exit 130' INT TERM

# MARK: the engines

mounts=/run/causeway-lab/bench-podman/mounts
podman() {
  nsenter --net=/run/netns/causeway-bench-podman-host --mount="$mounts/podman" env "PATH=$peer_path" \
    "CONTAINERS_CONF=$bench/containers.conf" "CONTAINERS_REGISTRIES_CONF=/dev/null" \
    "$root/usr/bin/podman" --root /var/lib/causeway-lab/bench-podman/podman \
    --runroot /run/causeway-lab/bench-podman/podman --tmpdir /run/causeway-lab/bench-podman/tmp \
    --storage-driver overlay --log-level error "$@"
}
# engine NAME ARGUMENTS: the same command line for each.
engine() {
  local name=$1
  shift
  case $name in
    causeway) DOCKER_HOST=$(socket causeway) "$cli" "$@" ;;
    own) DOCKER_HOST=$(socket causeway) "$bin/causeway" "$@" ;;
    docker) DOCKER_HOST=$(socket docker) "$cli" "$@" ;;
    podman) podman "${@/#busybox/$podman_image}" ;;
  esac
}

say "Labs and engines"
for name in causeway docker podman; do lab down "bench-$name" -q >/dev/null; done
lab up bench-causeway -q
engines=(causeway own)
archive=$bench/busybox.tar
engine causeway save -o "$archive" busybox
echo "  Causeway $("$bin/causewayd" --version | head -1)"
if [ -x "$root/usr/sbin/dockerd" ]; then
  PATH=$peer_path "$bin/causeway" lab up bench-docker -q --no-image --daemon "$root/usr/sbin/dockerd" -- \
    --storage-driver overlay2
  engine docker load -q -i "$archive" >/dev/null
  engines+=(docker)
  echo "  Docker $(engine docker version --format '{{.Server.Version}}')"
fi
if [ -x "$root/usr/bin/podman" ]; then
  lab up bench-podman -q --no-daemon
  mkdir -p "$mounts"
  mount --bind "$mounts" "$mounts"
  mount --make-private "$mounts"
  touch "$mounts/podman"
  unshare --mount="$mounts/podman" --propagation slave \
    sh -c 'if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi'
  # Limits that need no right to raise any; and no cgroup2 beside version 1, which crun refuses.
  cat >"$bench/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
helper_binaries_dir = ["$root/usr/lib/podman", "$root/usr/libexec/podman"]
conmon_env_vars = ["PATH=$peer_path", "LD_LIBRARY_PATH=$LD_LIBRARY_PATH"]
conmon_path = ["$(command -v conmon)"]
[network]
network_backend = "netavark"
network_config_dir = "/var/lib/causeway-lab/bench-podman/networks"
CONF
  # Podman gives what it loads a registry's name, which one depends on the archive.
  podman_image=$(podman load -q -i "$archive" | sed -n 's/^Loaded image: //p' | head -1)
  if [ -n "$podman_image" ]; then
    engines+=(podman)
    echo "  Podman $(podman version --format '{{.Client.Version}}')"
  else
    echo "  Podman does not run here"
  fi
fi

# MARK: time

# once ENGINE OPTIONS...: wall time of one run, in microseconds.
once() {
  local name=$1 begin end
  shift
  begin=${EPOCHREALTIME/./}
  engine "$name" run --rm "$@" busybox true >/dev/null 2>&1 || return 1
  end=${EPOCHREALTIME/./}
  echo $((end - begin))
}

# publishes ENGINE: whether a port that it publishes is really answered, seen from the lab's internet. An engine that
# takes the option and does nothing is not timed with it.
publishes() {
  local id lab answered=1
  lab=bench-${1/own/causeway}
  id=$(engine "$1" run -d -p 8080:80 busybox httpd -f -p 80 2>/dev/null) || return 1
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    nsenter --net="/run/netns/causeway-$lab-inet" busybox nc -w 1 198.51.100.2 8080 </dev/null >/dev/null 2>&1 &&
      answered=0 && break
    sleep 0.1
  done
  engine "$1" rm -f "$id" >/dev/null
  return $answered
}

declare -A options=([default]="" [none]="--network none" [port]="-p 8080:80")
workloads=(default none port)
say "Timing 'run --rm busybox true', $runs runs each, interleaved"
for workload in "${workloads[@]}"; do
  for name in "${engines[@]}"; do
    [ "$workload" != port ] || publishes "$name" || touch "$results/$workload.$name.refused"
    # shellcheck disable=SC2086
    once "$name" ${options[$workload]} >/dev/null || touch "$results/$workload.$name.refused"
  done
done
for ((i = 1; i <= runs; i++)); do
  for workload in "${workloads[@]}"; do
    for name in "${engines[@]}"; do
      [ -e "$results/$workload.$name.refused" ] && continue
      # shellcheck disable=SC2086
      once "$name" ${options[$workload]} >>"$results/$workload.$name" || touch "$results/$workload.$name.refused"
    done
  done
  printf '\r  %d of %d' "$i" "$runs"
done
echo

# MARK: memory

# memory ENGINE: KiB that its processes on the lab's host hold: proportional (shared pages counted once), resident.
memory() {
  local pid pss=0 rss=0 line
  for pid in $(ip netns pids "causeway-bench-$1-host"); do
    while read -r line; do
      case $line in
        Pss:*) pss=$((pss + $(tr -dc 0-9 <<<"$line"))) ;;
        Rss:*) rss=$((rss + $(tr -dc 0-9 <<<"$line"))) ;;
      esac
    done < <(cat "/proc/$pid/smaps_rollup" 2>/dev/null)
  done
  echo "$pss $rss"
}

say "Memory: the daemon idle, and with $containers containers"
for name in "${engines[@]}"; do
  [ "$name" = own ] && continue
  sleep 2
  memory "$name" >"$results/idle.$name"
  for ((i = 0; i < containers; i++)); do engine "$name" run -d busybox sleep 1000 >>"$results/ids.$name"; done
  sleep 2
  memory "$name" >"$results/busy.$name"
  # shellcheck disable=SC2046
  engine "$name" rm -f $(cat "$results/ids.$name") >/dev/null
done

# MARK: the table

# stat FILE: median, minimum and maximum in milliseconds.
stat() {
  sort -n "$1" | awk '{ v[NR] = $1 / 1000 } END {
    m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
    printf "%.1f %.1f %.1f", m, v[1], v[NR] }'
}
declare -A title=([causeway]="Causeway" [own]="Causeway, own CLI" [docker]="Docker" [podman]="Podman")
declare -A row=([default]="run --rm busybox true" [none]="the same, --network none" [port]="the same, -p 8080:80")

printf '\n%-28s %-18s %10s %18s %10s\n' "time, ms" "engine" "median" "min – max" "of Docker"
for workload in "${workloads[@]}"; do
  reference=
  [ -s "$results/$workload.docker" ] && read -r reference _ <<<"$(stat "$results/$workload.docker")"
  for name in "${engines[@]}"; do
    if [ -e "$results/$workload.$name.refused" ]; then
      printf '%-28s %-18s %10s\n' "${row[$workload]}" "${title[$name]}" "n/a"
      continue
    fi
    read -r median low high <<<"$(stat "$results/$workload.$name")"
    ratio=$([ -n "$reference" ] && awk "BEGIN { printf \"%.2f\", $median / $reference }" || echo -)
    printf '%-28s %-18s %10s %18s %10s\n' "${row[$workload]}" "${title[$name]}" "$median" "$low – $high" "$ratio"
    [ "$workload.$name" = default.causeway ] && time_ratio=$ratio
  done
done

printf '\n%-28s %-18s %10s %18s %10s\n' "memory, MiB" "engine" "PSS" "RSS" "of Docker"
reference=0
[ -s "$results/idle.docker" ] && read -r reference _ <"$results/idle.docker"
for name in "${engines[@]}"; do
  [ "$name" = own ] && continue
  read -r pss rss <"$results/idle.$name"
  ratio=$(awk "BEGIN { print ($reference > 0) ? sprintf(\"%.2f\", $pss / $reference) : \"-\" }")
  awk -v t="${title[$name]}" -v p="$pss" -v r="$rss" -v q="$ratio" \
    'BEGIN { printf "%-28s %-18s %10.1f %18.1f %10s\n", "daemon, idle", t, p / 1024, r / 1024, q }'
  [ "$name" = causeway ] && memory_ratio=$ratio
done
for name in "${engines[@]}"; do
  [ "$name" = own ] && continue
  read -r pss rss <"$results/idle.$name"
  read -r busy_pss busy_rss <"$results/busy.$name"
  awk -v t="${title[$name]}" -v p="$((busy_pss - pss))" -v r="$((busy_rss - rss))" -v n="$containers" \
    'BEGIN { printf "%-28s %-18s %10.1f %18.1f\n", "each running container adds", t, p / n / 1024, r / n / 1024 }'
done
printf '\nBars: time %s of Docker (at most 0.30), daemon %s of dockerd and containerd (at most 0.30).\n' \
  "${time_ratio:--}" "${memory_ratio:--}"
