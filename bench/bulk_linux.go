package main

import (
	"fmt"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bulkSinks are the servers that count CRLF lines, each with one event loop if it has any.
var bulkSinks = []subject{
	{name: netBufio, command: "{serve} -kind bulk-net -addr {addr}"},
	{name: cLoop, command: "{bulk_sink} {port}"},
	{name: result.Lines, command: "{serve} -kind bulk-lines -addr {addr}"},
	{name: result.Messages, command: "{serve} -kind bulk-messages -addr {addr}"},
	{name: result.Handler, command: "{serve} -kind bulk-handler -addr {addr}"},
	{name: "asynchat Collector", command: "{serve} -kind bulk-collector -addr {addr}"},
	{name: result.Reads, command: "{serve} -kind bulk-reads -addr {addr}"},
	{name: conversation, command: "{serve} -kind bulk-conversation -addr {addr}"},
	{name: result.Threaded, command: "{serve} -kind bulk-threaded -addr {addr}"},
	{name: result.Gnet, command: "{rivals} -kind gnet-bulk -addr {addr}"},
}

// bulkWorkload is input alone: few connections that stream lines, and nothing to send but the count
// at the end. Its load is a program in C that sends without a copy, or it would be the bottleneck.
func bulkWorkload() *workload {
	w := &workload{
		name: "bulk", title: "Bulk input", unit: "line",
		subjects: bulkSinks, needs: []string{cLoad},
		reference: []string{netBufio}, also: cLoop, metrics: []string{"rate", "load"}, seconds: .1,
		about: "Each connection streams CRLF lines, as fast as the server takes them. The server takes " +
			"each whole line and counts it. At the end its counts of lines and bytes are compared with " +
			"what was sent. A cell is connections x bytes of a line. net is a bufio.Scanner. Handler " +
			"appends to a buffer of its own, which it uses again. Collector takes each line, and so " +
			"allocates it. A share of the load over 0.9 is in bold: there the load may be the limit.",
		measure: measureBulk,
	}
	for _, c := range []cell{
		{conns: 1, size: 48}, {conns: 1, size: 4096}, {conns: 8, size: 4096}, {conns: 1, size: 32768},
	} {
		c.name, c.quick = fmt.Sprintf("%dx%d", c.conns, c.size), c.size == 48
		w.cells = append(w.cells, c)
	}
	return w
}

func measureBulk(b *bench, s subject, c *cell) (values, error) {
	all, err := b.measureLoad(s, c.args("stream")...)
	for _, latency := range []string{"p50", "p99", "p999", "max"} {
		delete(all, latency)
	}
	return all, err
}
