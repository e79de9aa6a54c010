package main

import (
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

const memoryAbout = "Growth of the server's resident memory, divided by the number of " +
	"connections, when each has had one line of 32 bytes answered and is idle. Memory of the kernel " +
	"for sockets is not in it. CPU is what the idle server uses of a core."

func memoryWorkload(servers []subject) *workload {
	return &workload{
		name: "memory", title: "Memory of idle connections", subjects: servers, reference: bounds,
		once: true, seconds: .9,
		metrics: []string{"bytes", "idle"}, about: memoryAbout,
		cells: []cell{{name: "5000", conns: 5000, size: 32, seconds: .3, quick: true},
			{name: "18000", conns: 18000, size: 32, seconds: 1.1}},
		measure: func(b *bench, s subject, c *cell) (values, error) { return b.measureMemory(s, c) },
	}
}

func tlsMemoryWorkload() *workload {
	return &workload{
		name: "memory-tls", title: "Memory of idle TLS connections", reference: []string{"net"},
		once: true, seconds: .9,
		metrics: []string{"bytes", "idle"}, about: memoryAbout + " The connections are TLS 1.3. " +
			"The CPU of most connections is measured 11 s after the last handshake. Until then, the loop " +
			"looks at the clocks that the handshakes have set, once for each connection.",
		subjects: tlsServers,
		cells: []cell{
			{name: "1000", conns: 1000, size: 32, seconds: 1, quick: true},
			{name: "5000", conns: 5000, size: 32, seconds: 4},
			{name: "18000", conns: 18000, size: 32, rest: 11 * time.Second, seconds: 25},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureMemory(s, c, "-tls")
		},
	}
}

// measureMemory lets a few connections come and go, so that what the first one costs is not divided
// among all, and then has many.
func (b *bench) measureMemory(s subject, c *cell, args ...string) (values, error) {
	v, err := b.serve(s, b.serverCore, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	few := *c
	few.conns = 10
	l, answer, err := b.startLoad(v, b.loadCore, few.args("hold", args...)...)
	if err != nil {
		return nil, err
	}
	if _, err := answer(); err != nil {
		return nil, err
	}
	l.end()
	before, err := resident(v.Process.Pid)
	if err != nil {
		return nil, err
	}
	l, answer, err = b.startLoad(v, b.loadCore, c.args("hold", args...)...)
	if err != nil {
		return nil, err
	}
	defer l.end()
	if _, err := answer(); err != nil {
		return nil, err
	}
	time.Sleep(200 * time.Millisecond)
	after, err := resident(v.Process.Pid)
	if err != nil {
		return nil, err
	}
	time.Sleep(c.rest)
	used, err := raw.CPU(v.Process.Pid)
	if err != nil {
		return nil, err
	}
	time.Sleep(500 * time.Millisecond)
	usedNow, err := raw.CPU(v.Process.Pid)
	return values{"bytes": (after - before) / float64(c.conns), "idle": float64(usedNow-used) / 5e8},
		err
}
