package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
)

// hold makes the connections, has one line of each answered, says so, and keeps them until standard
// input ends.
func (j *job) hold() error {
	c, err := j.newCrowd()
	if err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	return j.wait(len(c.conns))
}

func (j *job) wait(held int) error {
	j.units = int64(held)
	if err := j.print(); err != nil {
		return err
	}
	io.Copy(io.Discard, os.Stdin)
	return nil
}

// holdTLS is hold over TLS. Of each connection only the descriptor is kept, so that this process
// stays small.
func (j *job) holdTLS() error {
	l := newLines(j.size)
	held := make([]*os.File, 0, j.conns)
	for i := range j.conns {
		conn, err := dialTLS(j.addr.String())
		if err == nil {
			err = echoTLS(conn, l, l.place(i), j.size)
		}
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		tcp := conn.NetConn().(*net.TCPConn)
		file, err := tcp.File()
		tcp.Close() // which is not the end of it: file is another descriptor of the same connection
		if err != nil {
			return err
		}
		held = append(held, file)
	}
	return j.wait(len(held))
}

// dialTLS connects and shakes hands, with TLS 1.3 and no look at the certificate.
func dialTLS(addr string) (*tls.Conn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.(*net.TCPConn).SetLinger(0)
	secure := tls.Client(conn, clientConfig())
	return secure, secure.Handshake()
}

func clientConfig() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
}

// echoTLS sends n bytes of the stream and verifies the answer.
func echoTLS(conn net.Conn, l *lines, off int64, n int) error {
	if _, err := conn.Write(l.at(off, n)); err != nil {
		return err
	}
	buf := make([]byte, n)
	if _, err := io.ReadFull(conn, buf); err != nil {
		return err
	}
	return l.check(buf, off)
}
