package main

import (
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// spinWorkload is the echo on few connections, where a server sleeps most of the time.
func spinWorkload() *workload {
	w := &workload{
		name: "spin", title: "Spinning", unit: "line",
		metrics: []string{"rate", "cpu", "p50", "p99", "idle"}, reference: bounds, seconds: .6,
		about: "The echo with few connections: here the time goes into being put to sleep and woken, " +
			"unless the loop looks again for 50 µs before it sleeps (core.WithSpin). " +
			"CPU when idle is that of the half second behind the load.",
		subjects: append(named(echoServers, cLoop, goLoop, ours, netBufio),
			subject{name: result.Spinning, command: "{serve} -kind loop -spin 50us -addr {addr}"}),
		measure: measureSpin,
	}
	for _, conns := range []int{1, 4, 50} {
		c := echoCell(conns, 1, 32)
		c.quick = conns == 1
		w.cells = append(w.cells, c)
	}
	return w
}

func measureSpin(b *bench, s subject, c *cell) (values, error) {
	v, err := b.serve(s, b.serverCore, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	a, err := b.load(v, b.loadCore, c.args("closed")...)
	if err != nil {
		return nil, err
	}
	all := a.values()
	time.Sleep(50 * time.Millisecond) // the connections are closed
	before, err := raw.CPU(v.Process.Pid)
	if err != nil {
		return nil, err
	}
	time.Sleep(500 * time.Millisecond)
	after, err := raw.CPU(v.Process.Pid)
	all["idle"] = float64(after-before) / 5e8
	return all, err
}

// threadsWorkload is one loop with more or less freedom for Go's scheduler.
func threadsWorkload() *workload {
	w := &workload{
		name: "threads", title: "One loop and Go's scheduler", unit: "line",
		metrics: []string{"rate", "cpu", "p99"}, reference: []string{"GOMAXPROCS=1"},
		about: "The same loop, on one core: with GOMAXPROCS=1, as it is by default there; with " +
			"2, so that the runtime's other threads compete with it for the core; and with its goroutine " +
			"locked to a thread.",
		seconds: .1,
		subjects: []subject{
			{name: "GOMAXPROCS=1", command: "{serve} -kind loop -addr {addr}"},
			{name: "GOMAXPROCS=2", command: "{serve} -kind loop -procs 2 -addr {addr}"},
			{name: "locked thread, 1", command: "{serve} -kind loop -lock -addr {addr}"},
			{name: "locked thread, 2", command: "{serve} -kind loop -lock -procs 2 -addr {addr}"},
		},
		measure: measureEcho,
	}
	for _, c := range []cell{echoCell(1, 1, 32), echoCell(50, 1, 32), echoCell(50, 16, 1024),
		echoCell(1000, 1, 32)} {
		c.quick = c.name == "50x1x32"
		w.cells = append(w.cells, c)
	}
	return w
}
