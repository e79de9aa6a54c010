package main

import (
	"os"
	"strconv"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

func broadcastWorkload() *workload {
	return &workload{
		name: "broadcast", title: "Broadcast", unit: "receipt", reference: bounds,
		metrics: []string{"rate", "cpu", "p99", "gone"}, seconds: .3,
		about: "One of 1,000 connections sends lines of 32 bytes, all are sent each line, and when " +
			"all have received it comes the next. A receipt is a line that one connection has received; " +
			"latency is that of a line to all. The loops write to each connection in turn; net has a " +
			"goroutine for each that writes; chat.Broadcast, chat.Room and net put out who does not take " +
			"what it is sent, the loops keep it. In the cells with slow readers a tenth of the " +
			"connections take 256 bytes every 100 ms, and nobody waits for them.",
		subjects: []subject{
			{name: cLoop, command: "{epoll_echo} {port} all"},
			{name: goLoop, command: "{serve} -kind raw-all -addr {addr}"},
			{name: ours, command: "{serve} -kind all -addr {addr}"},
			{name: result.Room, command: "{serve} -kind room -addr {addr}"},
			{name: netBufio, command: "{serve} -kind net-room -addr {addr}"},
		},
		cells: []cell{
			{name: "1 line", conns: 1000, depth: 1, size: 32, quick: true},
			{name: "16 lines", conns: 1000, depth: 16, size: 32},
			{name: "1 line with slow readers", conns: 1000, depth: 1, size: 32, slow: 10},
			{name: "16 lines with slow readers", conns: 1000, depth: 16, size: 32, slow: 10, quick: true},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			defer b.smallBuffers(c.slow > 0)()
			args := c.args("everyone")
			if c.slow > 0 {
				args = append(args, "-slow", strconv.Itoa(c.slow))
			}
			return b.measureLoad(s, args...)
		},
	}
}

// smallBuffers lets the system keep no more than 16 KiB for a peer that does not read, in a
// namespace of our own, until restore is called. It would keep megabytes, which take longer to fill
// than a measurement lasts.
func (b *bench) smallBuffers(wanted bool) (restore func()) {
	const file = "/proc/sys/net/ipv4/tcp_wmem"
	before, err := os.ReadFile(file)
	if !wanted || !b.run.Setup.Namespace || err != nil {
		return func() {}
	}
	os.WriteFile(file, []byte("4096 16384 16384"), 0)
	return func() { os.WriteFile(file, before, 0) }
}
