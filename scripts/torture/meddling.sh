#!/usr/bin/env bash
# meddling.sh: others change the host's network, twenty rounds of each with either back end; each has to be noticed and
# brought back, by the median within 100 ms of the end of the command, with others' rules untouched.
# limit: 1200
. "$(dirname "$0")/shared.bash"

rounds=$(scaled 20 3)
bar=100

# The watch is measured from outside: a program that looks at the kernel over and over, from the command's end until it
# is as before. It prints milliseconds, or 'lost' after five seconds.
cat >"$scratch/round.py" <<'PY'
import subprocess, sys, time
command, check = sys.argv[1:3]
def fine(): return subprocess.run(check, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
for _ in range(100):
    if fine(): break
    time.sleep(0.05)
subprocess.run(command, shell=True, check=True)
begin = time.monotonic()
while not fine():
    if time.monotonic() - begin > 5: sys.exit(print("lost"))
print("%.1f" % ((time.monotonic() - begin) * 1000))
PY

# try NAME COMMAND CHECK: the rounds of one kind.
try() {
  local name=$1 command=$2 check=$3 i
  : >"$scratch/times"
  for ((i = 0; i < rounds; i++)); do
    on_host python3 "$scratch/round.py" "$command" "$check" >>"$scratch/times" || echo lost >>"$scratch/times"
    # Slower than what the daemon takes for a fight.
    sleep 0.3
  done
  local lost median slow
  lost=$(grep -c lost "$scratch/times" || true)
  median=$(grep -v lost "$scratch/times" | sort -n | awk '{ t[NR] = $1 } END { print NR ? t[int((NR + 1) / 2)] : "none" }')
  [ "$median" != none ] || median=5000
  slow=$(exceeds "$median" $bar)
  row "$backend: $name" "$rounds" $((lost + slow)) "median $median ms (at most $bar)"
}

# holds ADDRESS OBJECT...: whether rules in a chain or table of nft's name it. Not `grep -q`: nft writes on, and a pipe
# that is closed early fails.
holds() { on_host nft list "${@:2}" | grep -F "$1" >/dev/null; }

for backend in iptables nftables; do
  lab_up "md-${backend:0:3}" -- --ipv6 "--firewall-backend=$backend"
  engine run -d --name web -p 8080:80 busybox sh -c 'httpd -f -h /' >/dev/null
  cable=$(on_host ip -o link show type veth master docker0 | sed -E 's/^[0-9]+: ([^@]+)@.*/\1/')
  up='ip -o link show DEV | grep -q "[<,]UP[,>]"'
  plugged="ip -o link show $cable | grep -q 'master docker0'"
  on_host nft 'add table inet others; add chain inet others c { type filter hook forward priority 5; }; add rule inet others c ip daddr 192.0.2.7 drop'
  if [ $backend = iptables ]; then
    rules='iptables -C FORWARD -o docker0 -j DOCKER && iptables -S DOCKER | grep -q 172.17.0.2'
    ports='iptables -t nat -S DOCKER | grep -q 8080'
    on_host iptables -t mangle -A FORWARD -d 192.0.2.8 -j DROP
    try 'iptables -F' 'iptables -F' "$rules"
    try 'iptables -t nat -F' 'iptables -t nat -F' "$ports"
    try 'FORWARD policy' 'iptables -P FORWARD ACCEPT' 'iptables -S FORWARD | grep -q -- "-P FORWARD DROP"'
    on_host iptables -t mangle -C FORWARD -d 192.0.2.8 -j DROP && kept=0 || kept=1
  else
    ports='nft list map ip causeway translations_any_address | grep -q 8080'
    rules="$ports && nft list chain ip causeway forward | grep -q goto"
    on_host nft 'add rule ip causeway DOCKER-USER ip daddr 192.0.2.8 drop'
    try 'nft flush chain' 'nft flush chain ip causeway forward' "$rules"
    holds 192.0.2.8 chain ip causeway DOCKER-USER && kept=0 || kept=1
    try 'nft delete table' 'nft delete table ip causeway' "$rules"
  fi
  holds 192.0.2.7 table inet others || kept=1
  row "$backend: others' rules, and the user's, after all that" 3 "$kept" ''
  try 'nft flush ruleset' 'nft flush ruleset' "$rules && $ports"
  try 'bridge set down' 'ip link set docker0 down' "${up/DEV/docker0}"
  try 'cable set down' "ip link set $cable down" "${up/DEV/$cable}"
  try 'cable out of its bridge' "ip link set $cable nomaster" "$plugged"
  try 'cable deleted' "ip link del $cable" "$plugged && ${up/DEV/$cable}"
  try 'bridge deleted' 'ip link del docker0' "${up/DEV/docker0} && $plugged"
  try 'address removed' 'ip addr del 172.17.0.1/16 dev docker0' 'ip addr show docker0 | grep -q 172.17.0.1/16'
  try 'route removed' 'ip route del 172.17.0.0/16 dev docker0' 'ip route | grep -q "172.17.0.0/16 dev docker0"'
  try 'ip_forward off' 'sysctl -qw net.ipv4.ip_forward=0' 'grep -q 1 /proc/sys/net/ipv4/ip_forward'

  # All stands: the container answers, published ports do, and the journal knows who did what.
  lost=0
  on_host ping -c 3 -i 0.2 -W 2 172.17.0.2 >/dev/null || lost=1
  nsenter --net="${host%-host}-inet" curl -s -o /dev/null -m 3 http://198.51.100.2:8080/ || [ $? = 22 ] || lost=$((lost + 1))
  events=$(engine events --network --until 0s --filter event=meddled | wc -l)
  [ "$events" -gt "$rounds" ] || lost=$((lost + 1))
  grep -q 'by="nft (process' "$run_folder/causewayd.log" || lost=$((lost + 1))
  row "$backend: the container and its port answer, events and journal tell" 4 "$lost" "$events events kept"
  lab_down
done
