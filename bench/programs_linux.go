package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// The workloads of this file have loads that others have written.

// handlerWorkload is one http.Handler on two servers, with wrk as the load.
func handlerWorkload() *workload {
	const page = "<!doctype html><title>hello</title><p>hello, world"
	return &workload{
		name: "handler", title: "One http.Handler", unit: "request", reference: []string{"net/http"},
		needs: []string{"wrk"}, metrics: []string{"rate", "cpu", "p99"}, seconds: 1.4,
		about: "wrk with 100 connections that are kept alive, on a ServeMux with a page of 50 bytes: " +
			"on the server of net/http, and on ours (web.Handler), which runs each request on a goroutine.",
		subjects: []subject{
			{name: "net/http", command: "{serve} -kind net-http-handler -addr {addr}"},
			{name: ours, command: "{serve} -kind http -addr {addr}"},
		},
		cells:   []cell{{name: "a page", file: "hello", conns: 100, quick: true}},
		prepare: func(b *bench, _ *workload, c *cell) error { return os.MkdirAll(b.folder(), 0o777) },
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureWrk(s, c, []byte(page))
		},
	}
}

// smtpWorkload is mail from smtp-source of Postfix.
func smtpWorkload() *workload {
	return &workload{
		name: "smtp", title: "examples/smtpd beside go-smtp", unit: "mail", once: true, seconds: 1.5,
		reference: []string{"go-smtp"}, needs: []string{"smtp-source"},
		metrics: []string{"rate", "cpu"},
		about: "smtp-source sends mails of 4 KiB in 20 sessions. Both servers write each into a file " +
			"of a Maildir, and sync the file and its folder before they accept the mail.",
		subjects: []subject{
			{name: "go-smtp", command: "{rivals} -kind smtp -addr {addr}"},
			{name: ours, command: "{smtpd} -dir {dir}/Maildir -addr {addr}"},
		},
		cells: []cell{{name: "20 sessions", conns: 20, size: 4096, quick: true}},
		measure: func(b *bench, s subject, c *cell) (values, error) {
			v, err := b.serve(s, b.serverCore, b.dir)
			if err != nil {
				return nil, err
			}
			defer os.RemoveAll(filepath.Join(b.dir, "Maildir"))
			defer v.end()
			mails := 1 + int(2000*b.flags.length.Seconds())
			u, err := b.runLoad(v, b.tools.Path["smtp-source"], "-d", "-s", strconv.Itoa(c.conns),
				"-m", strconv.Itoa(mails), "-l", strconv.Itoa(c.size), "-f", "a@example.com",
				"-t", "b@example.com", fmt.Sprintf("inet:%s", v.addr))
			if err != nil {
				return nil, err
			}
			return u.values(float64(mails)), nil
		},
	}
}
