package main

import (
	"bytes"
	"fmt"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// bodiesWorkload is bodies of an announced length, in both directions.
func bodiesWorkload() *workload {
	w := &workload{
		name: "bodies", title: "Bodies of an announced length", unit: "transfer",
		metrics: []string{"rate", "cpu", "p99"}, reference: []string{netBufio}, seconds: .1,
		about: "8 connections; each sends a line with a length, and so many bytes behind it, and waits " +
			"for a line (put), or gets so many bytes, each of which is compared (get). The handler takes " +
			"a body as it comes, under terminator.Length; the conversation and net read it into a buffer. " +
			"None keeps it.",
		subjects: []subject{
			{name: netBufio, command: "{serve} -kind bodies-net -addr {addr}"},
			{name: result.Handler, command: "{serve} -kind bodies -addr {addr}"},
			{name: conversation, command: "{serve} -kind bodies-conversation -addr {addr}"},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureTalk(s, c, "closed")
		},
	}
	for _, size := range []int{16, 1024} {
		name, n := fmt.Sprintf("%d KiB", size), size<<10
		body := string(bytes.Repeat([]byte("0123456789abcdef"), n/16))
		put, get := new(talk), new(talk)
		put.add(fmt.Sprintf("put %d\r\n", n)+body, "ok\r\n")
		get.add(fmt.Sprintf("get %d\r\n", n), body)
		w.cells = append(w.cells,
			cell{name: "put " + name, conns: 8, depth: 1, size: 32, talk: put, quick: size == 16},
			cell{name: "get " + name, conns: 8, depth: 1, size: 32, talk: get, quick: size == 16})
	}
	return w
}

// bodiesTLSWorkload is the same over TLS.
func bodiesTLSWorkload() *workload {
	w := bodiesWorkload()
	w.name, w.title = "bodies-tls", "Bodies of an announced length, over TLS"
	w.metrics = []string{"cpu", "rate", "p99"}
	w.about = "The same over TLS 1.3. The load is crypto/tls: what tells is the server's time."
	for i := range w.subjects {
		w.subjects[i].command += " -secure"
	}
	w.measure = func(b *bench, s subject, c *cell) (values, error) {
		return b.measureTalk(s, c, "closed", "-tls")
	}
	return w
}

// mailboxWorkload is texts that a dot ends.
func mailboxWorkload() *workload {
	w := &workload{
		name: "mailbox", title: "Texts that a dot ends", unit: "text",
		metrics: []string{"rate", "cpu", "p99"}, reference: []string{netBufio}, seconds: .1,
		about: "50 connections; each sends a text that a dot on a line of its own ends, as a mail, and " +
			"waits for a line. The server takes each whole text into memory, without the stuffed dots, " +
			"and refuses a bare CR or LF. net is textproto.DotReader, which does not.",
		subjects: []subject{
			{name: netBufio, command: "{serve} -kind mail-net -addr {addr}"},
			{name: result.Messages, command: "{serve} -kind mail -addr {addr}"},
			{name: conversation, command: "{serve} -kind mail-conversation -addr {addr}"},
		},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureTalk(s, c, "closed")
		},
	}
	line := string(bytes.Repeat([]byte("mail"), 19)) + "\r\n"
	for _, lines := range []int{12, 210} {
		t, text := new(talk), ""
		for i := range lines {
			if i%10 == 9 {
				text += ".."
			}
			text += line
		}
		t.add(text+".\r\n", "250 taken\r\n")
		w.cells = append(w.cells, cell{name: fmt.Sprintf("%d KiB", (len(text)+512)>>10), conns: 50,
			depth: 1, size: 32, talk: t, quick: lines > 12})
	}
	return w
}
