#!/usr/bin/env bash
# in-root.sh ROOT COMMAND...: runs a program of another system that lies unpacked in a folder, with that folder as its
# root: mounts of its own, control groups as the machine has them (less cgroup2 beside version 1, which crun refuses),
# the labs' folders in their places, and a /run and a /dev/shm that nobody else sees. Keeps its process id.
set -euo pipefail
root=$(realpath "$1")
shift
exec unshare --mount --propagation private bash -c '
  root=$1
  shift
  mount --rbind "$root" "$root"
  cd "$root"
  mount --rbind /proc proc
  mount --rbind /dev dev
  mount -t tmpfs tmpfs dev/shm
  mount -t sysfs sysfs sys
  mount --rbind /sys/fs/cgroup sys/fs/cgroup
  if mountpoint -q sys/fs/cgroup/unified; then umount sys/fs/cgroup/unified; fi
  mount -t tmpfs -o mode=755 tmpfs run
  for folder in run/causeway-lab var/lib/causeway-lab; do
    mkdir -p "/$folder" "$folder"
    mount --rbind "/$folder" "$folder"
  done
  if [ -n "${BENCH_RESOLVER:-}" ]; then mount --bind "$BENCH_RESOLVER" etc/resolv.conf; fi
  mkdir -p .old
  pivot_root . .old
  umount -l /.old
  exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
' - "$root" "$@"
