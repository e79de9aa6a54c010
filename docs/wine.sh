#!/usr/bin/env bash
# Cross-builds the tests of the packages for Windows and runs them under wine, in a prefix of its own that is removed again. Where there is no
# wine that runs Go programs, it says so and does nothing.
set -u
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- ./core ./core/simkernel ./chat ./chat/chattest ./terminator ./fifo

command -v wineserver >/dev/null || { echo "skip  the tests for Windows: no wine"; exit 0; }

# What cannot pass, most of it for want of something in wine 8 (docs/platforms.md):
#   RefusedPacket, DatagramRefused: the error of a refused datagram is lost, and no poll tells it to one who wants nothing
#   NoDestination, Multicast: other error numbers than Windows has; interfaces have the names of Linux
#   AdoptPacket: net.ListenPacket fails, SIO_UDP_NETRESET is missing
#   CommandsCost, Linear, LongTerminatorByteByByte measure CPU time, which wine reports in steps that are too large; WatchdogSleeps, in which a call of wine may take too long
wine_lacks='^Test(RefusedPacket|Multicast|AdoptPacket|CommandsCost|Linear|LongTerminatorByteByByte|WatchdogSleeps)$|^TestPollers$/^afd$/^udp$/^(DatagramRefused|NoDestination)$'

scratch=$(mktemp -d) || exit 1
export WINEPREFIX=$scratch/prefix WINEDEBUG=-all DISPLAY=
trap 'wineserver -k 2>/dev/null; wineserver -w; rm -rf "$scratch"' EXIT # the server of this prefix only

wineboot -i >/dev/null 2>&1 || { echo "wine makes no prefix"; exit 1; }
wineserver -w

# Go starts with a random number, for which wine 8 lacks the library. It has the function, under another name.
system32=$WINEPREFIX/drive_c/windows/system32
if [ ! -e "$system32/bcryptprimitives.dll" ]; then
  command -v x86_64-w64-mingw32-ld >/dev/null ||
    { echo "skip  the tests for Windows: wine has no bcryptprimitives.dll, and there is no binutils-mingw-w64-x86-64 to make it"; exit 0; }
  printf 'LIBRARY bcryptprimitives.dll\nEXPORTS\nProcessPrng=advapi32.SystemFunction036\n' >"$scratch/forward.def"
  x86_64-w64-mingw32-ld -shared --dll -o "$system32/bcryptprimitives.dll" "$scratch/forward.def" || exit 1
fi

# Go deletes what is in a directory by a call of Windows 10 that wine 8 does not know, or every t.TempDir with a file in it fails. For file systems
# without that call Go has another way, which a variable of its own tests chooses.
at=$(go env GOROOT)/src/internal/syscall/windows/at_windows.go
sed 's/^var TestDeleteatFallback bool$/var TestDeleteatFallback = true/' "$at" >"$scratch/at_windows.go"
printf '{"Replace": {"%s": "%s"}}\n' "$at" "$scratch/at_windows.go" >"$scratch/overlay.json"

status=0
for package in "$@"; do
  GOOS=windows GOARCH=amd64 go test -c -overlay "$scratch/overlay.json" -o "$scratch/test.exe" "$package" || status=1
  [ -e "$scratch/test.exe" ] || continue # no tests
  start=$SECONDS
  if (cd "$package" && wine "$scratch/test.exe" -test.shuffle on -test.timeout 5m -test.skip "$wine_lacks") >"$scratch/log" 2>&1; then
    echo "ok    $package under wine ($((SECONDS - start)) s)"
  else
    tr -d '\r' <"$scratch/log"
    echo "FAIL  $package under wine"
    status=1
  fi
  rm -f "$scratch/test.exe"
done
exit $status
