package main

import (
	"strconv"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// arrivals is how many connections with a handshake come in a second.
const arrivals = 300

// besideWorkload is an established echo, alone and while others make handshakes. On the core of the
// load, what measures goes before everybody, and what makes the handshakes behind.
func besideWorkload() *workload {
	return &workload{
		name: "beside", title: "An echo beside TLS handshakes", unit: "line",
		metrics:   []string{"p99", "p50", "busy", "load"},
		reference: []string{result.Quiet}, seconds: .8, shared: true,
		about: "1,000 lines of 32 bytes a second, at random times, on one established TLS connection: " +
			"alone, and while 300 connections a second come, each with a whole handshake of TLS 1.3, one " +
			"line, and a reset. The server has an RSA key of 2,048 bits and one loop. A cell is its cores " +
			"and GOMAXPROCS; the load has the second core, of which a server of two cores takes what is " +
			"left. CertificateFiles has the key behind a callback. net has a goroutine for each connection.",
		subjects: []subject{
			{name: result.Quiet, command: "{serve} -kind tls -rsa 2048 -addr {addr}"},
			{name: result.Busy, command: "{serve} -kind tls -rsa 2048 -addr {addr}"},
			{name: "CertificateFiles", command: "{serve} -kind tls -rsa 2048 -files -addr {addr}"},
			{name: netBufio, command: "{serve} -kind net-tls -rsa 2048 -addr {addr}"},
		},
		cells: []cell{
			{name: "1 core", procs: 1},
			{name: "1 core, GOMAXPROCS 2", procs: 2},
			{name: result.TwoCores, quick: true},
		},
		measure: measureBeside,
	}
}

func measureBeside(b *bench, s subject, c *cell) (values, error) {
	cores := b.serverCore
	if c.procs == 0 {
		cores = raw.Cores()
	} else {
		s.command += " -procs " + strconv.Itoa(c.procs)
	}
	v, err := b.serve(s, cores, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	length := 2 * b.flags.length
	echo := []string{"-tls", "-mode", "open", "-rate", "1000", "-length", length.String()}
	if s.name == result.Quiet {
		a, err := b.load(v, b.loadCore, echo...)
		if err != nil {
			return nil, err
		}
		return a.values(), nil
	}
	l, answer, err := b.startLoad(v, b.loadCore, "-tls", "-mode", "arrive", "-conns", "64",
		"-rate", strconv.Itoa(arrivals), "-length", (length + b.warm()).String())
	if err != nil {
		return nil, err
	}
	defer l.end()
	a, err := b.load(v, b.loadCore, echo...)
	if err != nil {
		return nil, err
	}
	others, err := answer() // an error if they were fewer
	if err != nil {
		return nil, err
	}
	all := a.values()
	all["load"] += others.values()["load"]
	return all, nil
}
