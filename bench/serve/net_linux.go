package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// serveNet is what a careful programmer writes with the standard library. It has no limits and no
// timeouts, which would cost it two calls of SetDeadline a batch.
func serveNet(addr string) error {
	return each(addr, func(conn net.Conn) func() { return func() { echo(conn, nil) } })
}

// echo sends every line back, or what work, if there is any, returns for it. It flushes when no
// whole line is left in the buffer: once for a batch.
func echo(conn io.ReadWriteCloser, work func([]byte) []byte) {
	defer conn.Close()
	r, w := bufio.NewReader(conn), bufio.NewWriter(conn)
	for {
		line, err := readLine(r)
		if err != nil {
			return
		}
		if work != nil {
			line = work(line)
		}
		if _, err := w.Write(line); err != nil {
			return
		}
		if rest, _ := r.Peek(r.Buffered()); bytes.IndexByte(rest, '\n') < 0 {
			if w.Flush() != nil {
				return
			}
		}
	}
}

// readLine returns a line that "\r\n" ends, valid until the next one is read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err == nil && bytes.HasSuffix(line, []byte("\r\n")) {
		return line, nil
	}
	long := bytes.Clone(line)
	for err == nil || err == bufio.ErrBufferFull {
		if line, err = r.ReadSlice('\n'); len(long)+len(line) > 64<<10 {
			return nil, bufio.ErrTooLong
		}
		if long = append(long, line...); err == nil && bytes.HasSuffix(long, []byte("\r\n")) {
			return long, nil
		}
	}
	return nil, err
}

func serveNetHTTP(addr string) error {
	return http.ListenAndServe(addr, http.FileServer(http.Dir(".")))
}
