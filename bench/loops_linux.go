package main

import (
	"runtime"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// loopsWorkload is one loop and two, both with all cores, which they share with the load.
func loopsWorkload() *workload {
	w := &workload{
		name: "loops", title: "One loop and two", unit: "line",
		metrics: []string{"rate", "room", "cpu", "p99"}, reference: []string{"1 loop"}, seconds: .1,
		shared: true,
		about: "Server and load, which is two processes here, may both use all cores; on two cores " +
			"that leaves about one for either, and the system decides who gets it. An echo costs its load " +
			"as much as its server, so there is hardly room for a second loop: room is how many times the " +
			"rate of one loop the two cores could do at most, by what server and load use of them together.",
		subjects: []subject{{name: "1 loop", command: "{echo} -loops 1 -addr {addr}"},
			{name: "2 loops", command: "{echo} -loops 2 -addr {addr}"}},
		measure: measureLoops,
	}
	for _, c := range []cell{echoCell(50, 1, 32), echoCell(50, 16, 1024), echoCell(1000, 1, 32)} {
		c.quick = c.name == "50x1x32"
		w.cells = append(w.cells, c)
	}
	return w
}

func measureLoops(b *bench, s subject, c *cell) (values, error) {
	cores := raw.Cores()
	v, err := b.serve(s, cores, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	half := *c
	half.conns = max(1, c.conns/2)
	l1, answer1, err := b.startLoad(v, cores, half.args("closed")...)
	if err != nil {
		return nil, err
	}
	defer l1.end()
	l2, answer2, err := b.startLoad(v, cores, half.args("closed")...)
	if err != nil {
		return nil, err
	}
	defer l2.end()
	a1, err := answer1()
	if err != nil {
		return nil, err
	}
	a2, err := answer2()
	if err != nil {
		return nil, err
	}
	sum := a1
	sum.Units += a2.Units
	sum.P99 = max(a1.P99, a2.P99)
	sum.LoadCPU += a2.LoadCPU
	return withRoom(sum.values()), nil
}

// withRoom adds how many times as much all cores could do at most, at the cost that server and load
// have now.
func withRoom(v values) values {
	v["room"] = float64(runtime.NumCPU()) / (v["busy"] + v["load"])
	return v
}

// handshakesWorkload is connections over TLS that come and go: there the server has most of the
// work.
func handshakesWorkload() *workload {
	serve := "{serve} -kind tls -rsa 3072 -addr {addr} -loops "
	return &workload{
		name: "handshakes", title: "TLS handshakes on one loop and two", unit: "connection",
		metrics: []string{"rate", "room", "cpu", "p99"}, reference: []string{"1 loop"}, seconds: .4,
		shared: true,
		about: "32 connections at a time, each with a whole handshake of TLS 1.3, one line, and a " +
			"reset. The server has an RSA key of 3,072 bits, so that it has most of the work. Server " +
			"and load may use all cores; net has a goroutine for each connection. Room is as above.",
		subjects: []subject{
			{name: "1 loop", command: serve + "1"},
			{name: "2 loops", command: serve + "2"},
			{name: netBufio, command: "{serve} -kind net-tls -rsa 3072 -addr {addr}"},
		},
		cells: []cell{{name: "32 at a time", conns: 32, depth: 1, size: 32, quick: true}},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			cores := raw.Cores()
			v, err := b.serve(s, cores, "")
			if err != nil {
				return nil, err
			}
			defer v.end()
			a, err := b.load(v, cores, c.args("accept", "-tls")...)
			if err != nil {
				return nil, err
			}
			return withRoom(a.values()), nil
		},
	}
}
