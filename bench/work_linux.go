package main

import (
	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

const netWork = "net, with work"

// workWorkload is the echo of servers that have something to do for each line.
func workWorkload() *workload {
	w := &workload{
		name: "work", title: "Work for each line", unit: "line",
		metrics: []string{"rate", "cpu", "p99"}, seconds: .1,
		about: "The echo with a piece of work for each line, which takes next to no time: in the " +
			"callback, by Channel.Go, by chat.Do, by Await of a conversation, and in a Threaded one, " +
			"beside a goroutine of package net for each connection, and gnet with its pool of goroutines.",
		subjects: []subject{
			{name: netWork, command: "{serve} -kind net-work -addr {addr}"},
			{name: "asynchat callbacks", command: "{serve} -kind work -addr {addr}"},
			{name: "asynchat Go", command: "{serve} -kind go -addr {addr}"},
			{name: "asynchat Do", command: "{serve} -kind do -addr {addr}"},
			{name: "asynchat Await", command: "{serve} -kind await -addr {addr}"},
			{name: result.Threaded, command: "{serve} -kind threaded-work -addr {addr}"},
			{name: "gnet, with its pool", command: "{rivals} -kind gnet-work -addr {addr}"},
		},
		reference: []string{netWork},
		measure:   measureEcho,
	}
	for _, c := range []cell{echoCell(1, 1, 32), echoCell(50, 1, 32), echoCell(50, 16, 32)} {
		c.quick = c.name == "50x1x32"
		w.cells = append(w.cells, c)
	}
	return w
}

// workCoresWorkload is the same with all cores for the server, one of which the load has too.
func workCoresWorkload() *workload {
	w := workWorkload()
	w.shared = true
	w.name, w.title = "work-cores", "Work for each line, on all cores"
	w.about = "The same, while the server may use all cores, of which the load shares one."
	w.measure = func(b *bench, s subject, c *cell) (values, error) {
		return b.measureLoadOn(raw.Cores(), s, c.args("closed")...)
	}
	return w
}
