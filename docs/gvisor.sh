#!/usr/bin/env bash
# Runs the tests of the packages under gVisor, a kernel that is not Linux: in Go, in a process, with a network of its own. Where there is no runsc it
# says so and does nothing. What differs is in the table below, which may only shrink: a test in it that passes is a failure too.
set -u
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- ./core ./core/simkernel ./chat ./terminator ./fifo

command -v runsc >/dev/null || { echo "skip  the tests under gVisor: no runsc"; exit 0; }

# What fails and is gVisor's (docs/platforms.md), a subtest a line.
known='
TestPollers/epoll/unixgram/EmptyDatagram
TestPollers/poll/unixgram/EmptyDatagram
TestPollers/epoll/unixgram/Truncated
TestPollers/poll/unixgram/Truncated
TestPollers/epoll/unixgram/DatagramLevel
TestPollers/poll/unixgram/DatagramLevel
TestPollers/epoll/unixgram/ConnectedDatagrams
TestPollers/poll/unixgram/ConnectedDatagrams
TestPollers/epoll/unixgram/ConnectedHearsItsPeer
TestPollers/poll/unixgram/ConnectedHearsItsPeer
TestPollers/epoll/unixgram/FullPeerCloses
TestReadFrom/unixgram/epoll
TestReadFrom/unixgram/poll
TestWriteTo/unixgram/epoll
TestWriteTo/unixgram/poll
TestPacketBatches/unixgram/epoll
TestPacketBatches/unixgram/poll
TestWriteToWouldBlock/epoll
TestPipeWithoutReader/epoll
TestTerminal/epoll
TestTerminal/poll
TestPollers/epoll/LocalOfDatagram
TestPollers/poll/LocalOfDatagram
TestReportLocal/epoll
TestReportLocal/poll
TestOutOfBand/epoll
TestOutOfBand/poll
TestPeerCredentialsOfAnotherProcess/epoll
TestPeerCredentialsOfAnotherProcess/poll
'
# Not run: what measures CPU time, of which gVisor tells too little; memory and cost, and what is in memory and takes long, where the kernel is no matter.
unmeasured='TurnBesideIdleConnections|EventAllocs|PacketAllocs|CommandsCost|Linear[A-Za-z]*|LongTerminatorByteByByte|HeldIsMemory|ConnIsSmall'
unmeasured+='|FastPathsAreAsTheLongOnes|Dialogues|ReadingPausesWhileOutputWaits'
# Nor these, which would wait for ever: shutdown(2) on a listener wakes nobody there.
unmeasured+='|ServeEndsWithItsListener|ServeEndsWithOneOfItsListeners|StartLogsThatItsListenerHasFailed'

pattern() { # pattern LINE...: what go test makes of "a/b" and "c", each name whole
  printf '%s\n' "$@" | sed -E 's,([^/]+),^\1$,g' | paste -sd'|'
}
known_pattern=$(pattern $known)
# These fail now and then, and are not run: see there.
at_times=$(pattern TestPollers/epoll/DualStack TestPollers/poll/DualStack TestPollers/epoll/tcp/Backlog TestPollers/poll/tcp/Backlog TestOneFunctionAtAllEnds/a_failed_Flush)

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
set -o pipefail
under_gvisor() { runsc --rootless --network=none --platform=ptrace do "$@" 2>&1 | cat; } # in one file, one stream would overwrite the other
under_gvisor /bin/true 2>"$scratch/log" || { echo "skip  the tests under gVisor: runsc does not run here"; tail -n 3 "$scratch/log"; exit 0; }

# A system that is traced step by step is slow, and some tests know how long a thing may take: what fails is tried once more, and its name printed.
tests() { (cd "$1" && under_gvisor "$scratch/test" "${own[@]}" -test.timeout 5m -test.skip "$known_pattern|$at_times|^Test($unmeasured)\$") >"$scratch/log" 2>&1; }
tests_of_known() { (cd "$package" && under_gvisor "$scratch/test" "${own[@]}" -patience 1s -test.v -test.timeout 5m -test.run "$known_pattern") >"$scratch/log" 2>&1; }
fails() { grep -qE -- "^ *--- FAIL: $1 " "$scratch/log"; }

status=0
for package in "$@"; do
  go test -c -o "$scratch/test" "$package" || { status=1; continue; }
  [ -e "$scratch/test" ] || continue # no tests
  start=$SECONDS
  own=() # flags of the tests of core
  [ "$package" != ./core ] || own=(-vague)
  if tests "$package" || { grep -E -- '^ *--- FAIL' "$scratch/log" && tests "$package"; }; then
    echo "ok    $package under gVisor ($((SECONDS - start)) s)"
  else
    cat "$scratch/log"
    echo "FAIL  $package under gVisor"
    status=1
  fi
  if [ "$package" = ./core ]; then # those that are known to fail are all of core; they need not wait for minutes
    tests_of_known
    for test in $known; do
      fails "$test" && continue
      tests_of_known; fails "$test" && continue # by chance, once
      grep -E -- "^ *--- [A-Z]+: $test " "$scratch/log"
      echo "FAIL  $test is known to fail under gVisor, and did not: its line in docs/gvisor.sh can go"
      status=1
    done
  fi
  rm -f "$scratch/test"
done
exit $status
