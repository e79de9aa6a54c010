// Command load puts load on a server that echoes CRLF lines, verifies every byte of the answers,
// and prints its measurements as one line of JSON. It is for TLS, and for machines without a C
// compiler: otherwise reference/load.c needs less CPU.
//
//	load -mode closed -conns 50 -depth 16 -size 32 -addr 127.0.0.1:7711 -pid 4711
//
// Modes: closed (each connection sends depth lines and waits for the answers), open (lines at a
// fixed rate, whether answered or not), everyone (one connection sends, all are sent each line),
// accept (connect, one line, reset, again), arrive (the same at a fixed rate, for TLS), hold
// (connect, one line each, and wait for the end of standard input).
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/hist"
	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// A job is what to do, from the command line.
type job struct {
	addr         netip.AddrPort
	pid          int // of the server, whose processor time is measured
	conns        int
	depth        int
	size         int
	rate         float64
	warm, length time.Duration
	tls          bool
	requests     string // files, in place of lines that come back
	answers      string
	inFiles      int // units

	from, to  time.Time // what is to be measured
	measuring bool
	began     time.Time     // of the time that is measured
	took      time.Duration // how long that was
	serverCPU time.Duration
	loadCPU   time.Duration
	units     int64 // lines, deliveries, connections
	latency   hist.Hist
}

// An answer is what is printed.
type answer struct {
	Units     int64         `json:"units"`
	Seconds   float64       `json:"seconds"`
	ServerCPU time.Duration `json:"server_cpu_ns"`
	LoadCPU   time.Duration `json:"load_cpu_ns"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	P999      time.Duration `json:"p999_ns"`
	Max       time.Duration `json:"max_ns"`
}

func main() {
	debug.SetGCPercent(-1) // the steady state allocates nothing
	runtime.LockOSThread()
	var j job
	mode := flag.String("mode", "closed", "closed, open, everyone, accept, arrive or hold")
	addr := flag.String("addr", "127.0.0.1:7711", "the server")
	flag.IntVar(&j.pid, "pid", os.Getpid(), "the server's process")
	flag.IntVar(&j.conns, "conns", 1, "connections")
	flag.IntVar(&j.depth, "depth", 1, "lines that are under way on a connection")
	flag.IntVar(&j.size, "size", 32, "bytes of a line, the end of it included")
	flag.Float64Var(&j.rate, "rate", 1000, "lines or connections a second, for -mode open and arrive")
	flag.DurationVar(&j.warm, "warm", 200*time.Millisecond, "time before the measurement")
	flag.DurationVar(&j.length, "length", time.Second, "time of the measurement")
	flag.BoolVar(&j.tls, "tls", false, "over TLS, of which no certificate is checked")
	flag.StringVar(&j.requests, "requests", "", "a `file` of -units requests, for -mode closed")
	flag.StringVar(&j.answers, "answers", "", "a `file` of as many answers")
	flag.IntVar(&j.inFiles, "units", 1, "in the files")
	flag.Parse()
	if err := j.run(*mode, *addr); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func (j *job) run(mode, addr string) (err error) {
	if j.addr, err = netip.ParseAddrPort(addr); err != nil {
		return err
	}
	modes := map[string]func() error{"closed": j.closed, "open": j.open, "everyone": j.everyone,
		"accept": j.accept, "hold": j.hold}
	if j.tls {
		modes = map[string]func() error{"closed": j.closedTLS, "accept": j.acceptTLS, "hold": j.holdTLS,
			"open": j.openTLS, "arrive": j.arriveTLS}
	}
	f := modes[mode]
	if f == nil || j.conns < 1 || j.depth < 1 || j.size < 4 || j.depth*j.size > maxBatch ||
		j.requests != "" && mode != "closed" {
		return fmt.Errorf("cannot do -mode %s with these flags", mode)
	}
	return f()
}

// start sets the time that is measured: after the warming up.
func (j *job) start(now time.Time) { j.from, j.to = now.Add(j.warm), now.Add(j.warm+j.length) }

// over is called now and then, begins the measurement when it is time, and reports when it has
// ended and been printed.
func (j *job) over(now time.Time) (bool, error) {
	switch {
	case !j.measuring && now.After(j.from):
		j.measuring = true
		return false, j.begin()
	case j.measuring && now.After(j.to):
		return true, j.end()
	}
	return false, nil
}

func (j *job) begin() (err error) {
	j.units, j.latency = 0, hist.Hist{}
	if j.serverCPU, err = raw.CPU(j.pid); err != nil {
		return fmt.Errorf("processor time of the server: %w", err)
	}
	j.loadCPU, _ = raw.CPU(os.Getpid())
	j.began = time.Now()
	return nil
}

func (j *job) end() error {
	j.took = time.Since(j.began)
	server, err := raw.CPU(j.pid)
	if err != nil {
		return fmt.Errorf("processor time of the server: %w", err)
	}
	own, _ := raw.CPU(os.Getpid())
	j.serverCPU, j.loadCPU = server-j.serverCPU, own-j.loadCPU
	return j.print()
}

func (j *job) print() error {
	return json.NewEncoder(os.Stdout).Encode(answer{
		Units: j.units, Seconds: j.took.Seconds(), ServerCPU: j.serverCPU, LoadCPU: j.loadCPU,
		P50: j.latency.Quantile(.5), P99: j.latency.Quantile(.99), P999: j.latency.Quantile(.999),
		Max: j.latency.Max(),
	})
}
