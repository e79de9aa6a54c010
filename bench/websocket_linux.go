package main

const overWebSocket = "asynchat WebSocket"

// websocketWorkload is the closed loop over WebSocket, beside our own lines.
func websocketWorkload() *workload {
	c := echoCell(50, 16, 32)
	c.quick = true
	return &workload{
		name: "websocket", title: "Echo over WebSocket", unit: "message",
		metrics: []string{"rate", "cpu", "p99"}, reference: []string{ours}, seconds: .1,
		about: "The echo, with a binary message for each line: 50 connections send 16 masked messages " +
			"of 32 bytes in one write, wait for all answers, and send the next. The reference is our " +
			"echo of lines, which have no header and no mask. gorilla/websocket runs on net/http, with a " +
			"goroutine for each connection, and nbio on one poller, where it handles the messages too.",
		subjects: append(named(echoServers, ours),
			subject{name: overWebSocket, command: "{serve} -kind websocket -addr {addr}"},
			subject{name: "gorilla/websocket", command: "{rivals} -kind gorilla -addr {addr}"},
			subject{name: "nbio", command: "{rivals} -kind nbio -addr {addr}"}),
		cells: []cell{c},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			if s.name == ours {
				return b.measureLoad(s, c.args("closed")...)
			}
			return b.measureLoad(s, c.args("closed", "-ws")...)
		},
	}
}
