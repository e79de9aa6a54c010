package main

import (
	"crypto/tls"
	"io"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// openTLS is the open loop over TLS, on one connection and at a rate that leaves the server idle
// most of the time. It sleeps between two lines, since its core has other load too, before which
// it goes where it may. Latency counts from the write, or from when the line was due, if the answer
// before came later than that.
func (j *job) openTLS() error {
	raw.GoFirst()
	c := &crowd{job: j, lines: newLines(j.size)}
	fd, err := c.dial(0)
	if err != nil {
		return err
	}
	conn := tls.Client(blocking{fd: fd}, clientConfig())
	off, now, due := int64(0), time.Now(), time.Time{}
	line := func() error {
		began := due
		if early := time.Until(due); early > 0 {
			raw.Sleep(early)
			began = time.Now()
		}
		err := echoTLS(conn, c.lines, off, j.size)
		now = time.Now()
		off += int64(j.size)
		j.latency.Add(now.Sub(began))
		j.units++
		return err
	}
	if err := line(); err != nil { // with the handshake
		return err
	}
	gap := gaps(j.rate)
	j.start(now)
	for due = now; ; due = due.Add(gap()) {
		if err := line(); err != nil {
			return err
		}
		if done, err := j.over(now); done || err != nil {
			return err
		}
	}
}

// A blocking is a connection whose reads block the thread, without Go's scheduler and poller.
type blocking struct {
	net.Conn
	fd int
}

func (b blocking) Read(p []byte) (int, error) {
	n, err := raw.Read(b.fd, p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (b blocking) Write(p []byte) (int, error) { return raw.Write(b.fd, p) }
