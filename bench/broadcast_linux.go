package main

func broadcastWorkload() *workload {
	return &workload{
		name: "broadcast", title: "Broadcast", unit: "receipt", reference: bounds,
		metrics: []string{"rate", "cpu", "p99"}, seconds: .3,
		about: "One of 1,000 connections sends lines of 32 bytes, all are sent each line, and when " +
			"all have received it comes the next. A receipt is a line that one connection has received; " +
			"latency is that of a line to all. The loops write to each connection in turn; net has a " +
			"goroutine for each that writes, so that one slow reader does not hold up the others at once; " +
			"chat.Broadcast bounds what waits for a slow reader.",
		subjects: []subject{
			{name: cLoop, command: "{epoll_echo} {port} all"},
			{name: goLoop, command: "{serve} -kind raw-all -addr {addr}"},
			{name: ours, command: "{serve} -kind all -addr {addr}"},
			{name: netBufio, command: "{serve} -kind net-all -addr {addr}"},
		},
		cells: []cell{
			{name: "1 line", conns: 1000, depth: 1, size: 32, quick: true},
			{name: "16 lines", conns: 1000, depth: 16, size: 32},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureLoad(s, c.args("everyone")...)
		},
	}
}
