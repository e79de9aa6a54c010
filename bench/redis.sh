#!/usr/bin/env bash
# Measures examples/redis on one loop beside the Redis that is installed, with redis-benchmark: SET and GET, 50 clients, 16 commands at a time.
#
#	bench/redis.sh [ROUNDS] [REQUESTS]
#
# Server and client have a core each. Both servers run all the time, and are measured in turn, each round beginning with the other one: only ratios mean
# something. It prints every figure, and at the end the medians; keep them in results. Beside requests a second there is the processor time of the server
# for each, since redis-benchmark itself may be what is slow.
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-9} requests=${2:-300000}
for tool in redis-server redis-benchmark taskset; do
  command -v $tool >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
go build -o "$work/ours" ./examples/redis

taskset -c 0 "$work/ours" -addr 127.0.0.1:0 2>"$work/log" &
pid_ours=$!
port_real=$((20000 + RANDOM % 10000))
taskset -c 0 redis-server --bind 127.0.0.1 --port $port_real --save '' --appendonly no >"$work/redis.log" 2>&1 &
pid_real=$!
until grep -q '^listening' "$work/log" && redis-cli -p $port_real ping >/dev/null 2>&1; do
  kill -0 $pid_ours && kill -0 $pid_real && sleep 0.05
done
port_ours=$(sed 's/.*://' "$work/log")

cpu() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; } # milliseconds

measure() { # measure ROUND NAME COMMAND: a line with requests a second and nanoseconds of the server's time for each
  local port=port_$2 pid=pid_$2 before rate
  before=$(cpu "${!pid}")
  rate=$(taskset -c 1 redis-benchmark -p "${!port}" -t "$3" -P 16 -c 50 -n "$requests" --csv 2>"$work/err" | tail -1 | cut -d, -f2 | tr -d '"')
  [ ! -s "$work/err" ] || { cat "$work/err" >&2; exit 1; }
  echo "$1 $3 $2 $rate $((($(cpu "${!pid}") - before) * 1000000 / requests))"
}

echo "# redis: $(uname -sr), $(go version), $(redis-server --version | cut -d' ' -f1-3), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores; commit $(git rev-parse --short HEAD)"
echo "# bench/redis.sh $rounds $requests: redis-benchmark -P 16 -c 50 -n $requests, one loop"
echo "# load of the machine before: $(cut -d' ' -f1-3 /proc/loadavg)"
echo "# round command server requests/s ns-of-server/request"
order=(ours real)
for round in $(seq "$rounds"); do
  for command in set get; do
    for name in "${order[@]}"; do
      measure "$round" "$name" $command
    done
  done
  order=("${order[1]}" "${order[0]}")
done | tee "$work/figures"

awk '
  { rate[$1, $2, $3] = $4; cost[$1, $2, $3] = $5; rounds = $1 }
  function median(n, i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j-1]; j--) { t = v[j]; v[j] = v[j-1]; v[j-1] = t }
    return n % 2 ? v[(n+1)/2] : (v[n/2] + v[n/2+1]) / 2
  }
  function show(command, n, r) {
    for (r = 1; r <= rounds; r++) v[r] = rate[r, command, "ours"] / rate[r, command, "real"]
    m = median(rounds)
    printf "# %s: %.2f of the requests a second of Redis (median of %d rounds, %.2f to %.2f)", command, m, rounds, v[1], v[rounds]
    for (r = 1; r <= rounds; r++) v[r] = cost[r, command, "ours"] / (cost[r, command, "real"] ? cost[r, command, "real"] : 1)
    printf ", %.2f of the processor time for each\n", median(rounds)
  }
  END { show("set"); show("get") }
' "$work/figures"
