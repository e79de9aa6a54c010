package main

import "github.com/go-asynchat/asynchat/bench/internal/result"

// waysWorkload compares the ways to write a protocol.
func waysWorkload() *workload {
	w := &workload{
		name: "ways", title: "Ways of writing", unit: "line",
		metrics: []string{"rate", "cpu", "p99"}, seconds: .1, reference: []string{result.Messages},
		about: "The same echo by Messages and Lines, by a handler with a buffer of its own, by Reads, " +
			"by Session, as a coroutine on the loop (Converse), and as a goroutine that asks the loop " +
			"for each operation (Threaded), beside a goroutine of package net.",
		subjects: []subject{
			{name: result.Messages, command: "{serve} -kind messages -addr {addr}"},
			{name: result.Lines, command: "{serve} -kind lines -addr {addr}"},
			{name: result.Handler, command: "{serve} -kind handler -addr {addr}"},
			{name: result.Reads, command: "{serve} -kind reads -addr {addr}"},
			{name: result.Session, command: "{serve} -kind session -addr {addr}"},
			{name: conversation, command: "{serve} -kind conversation -addr {addr}"},
			{name: result.Threaded, command: "{serve} -kind threaded -addr {addr}"},
			{name: netBufio, command: "{serve} -kind net -addr {addr}"},
		},
		measure: measureEcho,
	}
	for _, c := range []cell{echoCell(1, 1, 32), echoCell(50, 1, 32), echoCell(50, 16, 32),
		echoCell(1000, 1, 32)} {
		c.quick = c.name == "50x1x32"
		w.cells = append(w.cells, c)
	}
	return w
}
