#!/usr/bin/env bash
# All checks, as CI runs them. "-full" runs the heavy proofs whole instead of at a tenth.
set -u
cd "$(dirname "$0")/.." || exit 1
export ASYNCHAT_FOREIGN=1 # with the browsers, clients, servers and load generators of others
whole=()
[ "${1:-}" = -full ] && export ASYNCHAT_FULL=1 && whole=(-count=1) # or results of a run at a tenth would be taken for it
spec=5
[ ${#whole[@]} -eq 0 ] || spec=6
failed=()

step() { # step NAME COMMAND...: runs it, and goes on to the next if it fails
  local name=$1 start=$SECONDS
  shift
  if "$@"; then
    echo "ok    $name ($((SECONDS - start)) s)"
  else
    echo "FAIL  $name"
    failed+=("$name")
  fi
}

formatted() {
  local files
  files=$(gofmt -l .)
  [ -z "$files" ] || { echo "not gofmt-ed: $files"; return 1; }
}

# Everything with its tests is compiled and vetted, and one program linked: to link all of them takes as long again.
vet_os() { GOOS=$1 GOARCH=$2 go vet ./... && GOOS=$1 GOARCH=$2 go build -o /dev/null ./examples/httpd; }
# Only what knows of systems, and what that needs: half of the time, most of which is the standard library's.
vet_core() { GOOS=$1 GOARCH=$2 go vet ./core/... ./chat/...; }
build_os() { GOOS=$1 GOARCH=$2 go build ./core/... ./chat; }

# The examples' tests start programs that read the variable, so what was cached without it does not count.
# Of the examples those of which a poller can make a difference, and with one poller.
test_poller() { # test_poller POLLER FLAGS PACKAGE...
  local flags=$2
  ASYNCHAT_POLLER=$1 GOFLAGS="-count=1 $flags" go test -skip 'SMTP|POP3|NNTP|Redis|Memc|Irc|Chatroom|FTP|MQTT|InBrowser|Little|LargeFile|UnderAb' \
    ./core/... ./chat/... "${@:3}"
}

# kqueue on the model of it in core/internal/poll/kqueuemodel, once with all that a kqueue can have and once, for core, with the least.
test_kqueue() { GOFLAGS=-tags=kqueuemodel go vet ./core/... && test_poller kqueue -tags=kqueuemodel; }
test_bare_kqueue() { ASYNCHAT_POLLER=kqueue go test -count=1 -tags=kqueuemodel,kqueuebare ./core/... ./chat; }

# A few measurements of the least kind: that the servers start, the load verifies and the page is written.
bench() {
  local out
  out=$(mktemp -d) &&
    go run ./bench -quick -only echo/1x1x32,bulk/1x48,post -out "$out" >"$out/log" 2>&1 &&
    test -s "$out/performance.md" ||
    { cat "$out/log"; return 1; }
  rm -r "$out"
}

no_sleeps() {
  ! grep -rn 'time\.Sleep' --include='*_test.go' .
}

# A number of inputs, not a time: at its end the go command at times reports "context deadline exceeded" as a failure.
fuzz() { # fuzz PACKAGE: each of its targets
  local target
  for target in $(grep -rhoE '^func Fuzz[A-Za-z0-9_]*' "$1"/*_test.go 2>/dev/null | sed 's/func //' | sort); do
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-4000x}" "$1" || return 1
  done
}

benchmarks() { go test -run '^$' -bench . -benchtime 1x $(grep -rlE '^func Benchmark' --include='*_test.go' . | xargs -n1 dirname | sort -u); }

# But for what runs on one goroutine, and without the programs of others, which go test has run. A package may take longer than ten minutes where two
# processors are shared.
race() { env -u ASYNCHAT_FOREIGN go test -race -shuffle=on -timeout 20m $(go list ./... | grep -vE '/(docs|bench/spec)$'); }

# One seed is one run, also on the race build.
same_logs() { cmp <(go run ./bench/sim -start 0 -seeds 20 -digests) <(go run -race ./bench/sim -start 0 -seeds 20 -digests); }

# The next Go, which the go command gets as a module.
newer_go() {
  local GOTOOLCHAIN=${NEWER_GO:-go1.27.3} says
  export GOTOOLCHAIN
  says=$(cd / && go version 2>&1) || { echo "skip  $GOTOOLCHAIN: $(tail -n 1 <<<"$says")"; return 0; }
  go vet ./terminator ./fifo ./core ./chat && go test ./terminator ./fifo ./core ./chat
}

step "gofmt" formatted
step "no time.Sleep in tests" no_sleeps
step "go vet" go vet ./...
for system in freebsd/386 solaris/amd64 windows/amd64; do # which between them have all files of what is built on core
  step "go vet and go build $system" vet_os "${system%/*}" "${system#*/}"
done
for system in darwin/arm64 netbsd/amd64 linux/386; do # and these those of core
  step "go vet $system" vet_core "${system%/*}" "${system#*/}"
done
for system in darwin/amd64 freebsd/amd64 openbsd/amd64 dragonfly/amd64 illumos/amd64 linux/arm64; do
  step "go build $system" build_os "${system%/*}" "${system#*/}"
done
step "go test" go test "${whole[@]}" ./...
step "go test, poller poll" test_poller poll "" ./examples/...
if [ "$(go env GOOS)" = linux ]; then
  step "go test, poller kqueue" test_kqueue
  step "go test, poller kqueue without its extras" test_bare_kqueue
fi
step "go test -race" race
for package in $(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do
  step "fuzz $package" fuzz "$package"
done
step "specification, sequences of $spec" go test -count=1 -v -timeout 3h ./bench/spec -spec.length="$spec"
step "simulation, the race build's logs" same_logs
step "simulation, 1,000 seeds" go run -tags=invariants ./bench/sim -start 1000 -seeds 1000
[ ${#whole[@]} -eq 0 ] || step "simulation, new seeds" go run ./bench/sim -minutes "${SIMMINUTES:-5}"
step "benchmarks run" benchmarks
if [ "$(go env GOOS)" = linux ]; then
  step "bench" bench
fi
step "go test windows/amd64 under wine" bash docs/wine.sh
step "go test under gVisor" bash docs/gvisor.sh
step "go vet and go test, a newer Go" newer_go

if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed: %s\n' "${failed[@]}"
  exit 1
fi
echo "all checks passed"
