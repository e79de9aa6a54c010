package main

import "fmt"

const overWebSocket = "asynchat WebSocket"

// websocketWorkload is the closed loop over WebSocket, beside our own lines.
func websocketWorkload() *workload {
	c := echoCell(50, 16, 32)
	c.quick, c.talk = true, messages(32)
	return &workload{
		name: "websocket", title: "Echo over WebSocket", unit: "message",
		metrics: []string{"rate", "cpu", "p99"}, reference: []string{ours}, seconds: .1,
		needs: []string{cLoad},
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
			return b.measureTalk(s, c, "closed")
		},
	}
}

const upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" +
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// messages are binary ones of a client, of up to 125 bytes, all masked with one key, and the same
// as those of a server.
func messages(size int) *talk {
	const key = "\x37\xfa\x21\x3d"
	t := talked(1024, func(i int) (request, answer string) {
		message := fmt.Appendf(nil, "%0*d", size, i)
		answer = "\x82" + string([]byte{byte(size)}) + string(message)
		for i := range message {
			message[i] ^= key[i%4]
		}
		return "\x82" + string([]byte{0x80 | byte(size)}) + key + string(message), answer
	})
	t.hello, t.welcome = []byte(upgrade), []byte("\r\n\r\n")
	return t
}
