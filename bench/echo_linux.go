package main

import (
	"fmt"
	"strconv"
)

// echoWorkload is the closed loop: so many connections, each of which sends so many lines, waits
// for all answers, and sends the next.
func echoWorkload(servers []subject) *workload {
	w := &workload{
		name: "echo", title: "Echo", unit: "line", subjects: servers, reference: bounds,
		metrics: []string{"rate", "cpu", "p99", "p50"}, seconds: .1,
		about: "Each connection sends a batch of CRLF lines in one write, waits until all are " +
			"answered, and sends the next. A cell is connections x lines in a batch x bytes of a line. " +
			"Latency is that of a batch.",
		measure: measureEcho,
	}
	for _, conns := range []int{1, 50, 1000, 9000} {
		for _, depth := range []int{1, 16} {
			for _, size := range []int{32, 1024} {
				c := echoCell(conns, depth, size)
				switch c.name {
				case "1x1x32", "50x1x32", "50x16x1024", "1000x16x32":
					c.quick = true
				}
				w.cells = append(w.cells, c)
			}
		}
	}
	return w
}

func echoCell(conns, depth, size int) cell {
	return cell{name: fmt.Sprintf("%dx%dx%d", conns, depth, size), conns: conns, depth: depth,
		size: size, seconds: float64(conns) * 60e-6}
}

// args are the cell for the load program.
func (c *cell) args(mode string, more ...string) []string {
	return append([]string{"-mode", mode, "-conns", strconv.Itoa(c.conns),
		"-depth", strconv.Itoa(max(1, c.depth)),
		"-size", strconv.Itoa(c.size)}, more...)
}

func measureEcho(b *bench, s subject, c *cell) (values, error) {
	return b.measureLoad(s, c.args("closed")...)
}

// measureLoad starts a server, lets the load program measure it, and ends it.
func (b *bench) measureLoad(s subject, args ...string) (values, error) {
	return b.measureLoadOn(b.serverCore, s, args...)
}

// measureLoadOn is measureLoad with other cores for the server.
func (b *bench) measureLoadOn(cores []int, s subject, args ...string) (values, error) {
	v, err := b.serve(s, cores, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	a, err := b.load(v, b.loadCore, args...)
	if err != nil {
		return nil, err
	}
	return a.values(), nil
}

// acceptWorkload is connections that come and go.
func acceptWorkload(servers []subject) *workload {
	return &workload{
		name: "accept", title: "Accepting", unit: "connection", subjects: servers, reference: bounds,
		metrics: []string{"rate", "cpu", "p99"}, seconds: .1,
		about: "32 connections at a time, each for one line of 32 bytes: connect, send, receive, reset.",
		cells: []cell{{name: "32 at a time", conns: 32, size: 32, quick: true}},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureLoad(s, c.args("accept")...)
		},
	}
}
