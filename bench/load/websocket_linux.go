package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// maxMessage is the size of the largest message whose length is in one byte.
const maxMessage = 125

// masked returns the same lines as binary messages of a client, all masked with one key.
func masked(l *lines) *lines {
	const key = "\x37\xfa\x21\x3d"
	return l.framed("\x82"+string([]byte{0x80 | byte(l.size)})+key,
		func(i int) byte { return key[i%4] })
}

// unmasked returns them as those of a server.
func unmasked(l *lines) *lines {
	return l.framed("\x82"+string([]byte{byte(l.size)}), func(int) byte { return 0 })
}

func (l *lines) framed(header string, mask func(i int) byte) *lines {
	f := &lines{size: l.size + len(header)}
	for at := 0; at < l.wrap; at += l.size {
		f.ring = append(f.ring, header...)
		for i, b := range l.ring[at : at+l.size] {
			f.ring = append(f.ring, b^mask(i))
		}
	}
	f.wrap = len(f.ring)
	f.repeat()
	return f
}

// upgrade makes a WebSocket of a connection, which blocks.
func upgrade(fd int) error {
	_, err := raw.Write(fd, []byte("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
	if err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	var head []byte
	buf := make([]byte, 1024)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		n, err := raw.Read(fd, buf)
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("upgrade: %w", err)
		}
		head = append(head, buf[:n]...)
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("upgrade: %.100q", head)
	}
	return nil
}
