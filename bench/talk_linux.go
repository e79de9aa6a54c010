package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// A talk is what a load sends and what must come back, byte for byte, in place of lines that come
// back as they are: so many requests of one size, and as many answers of another.
type talk struct {
	requests, answers []byte
	units             int
	hello, welcome    []byte // sent on each connection first; what comes back ends with welcome
	before            *talk  // is had once, or nil
}

// add adds a request and its answer.
func (t *talk) add(request, answer string) {
	t.requests = append(t.requests, request...)
	t.answers = append(t.answers, answer...)
	t.units++
}

// talked returns a talk of as many requests as make returns for their numbers.
func talked(units int, make func(i int) (request, answer string)) *talk {
	t := new(talk)
	for i := range units {
		t.add(make(i))
	}
	return t
}

// args writes the talk to dir, and returns what the load has to be told.
func (t *talk) args(dir string) ([]string, error) {
	args := []string{"-units", strconv.Itoa(t.units)}
	for _, file := range []struct {
		name string
		data []byte
	}{{"requests", t.requests}, {"answers", t.answers}, {"hello", t.hello}, {"welcome", t.welcome}} {
		if file.data == nil {
			continue
		}
		path := filepath.Join(dir, file.name)
		if err := os.WriteFile(path, file.data, 0o666); err != nil {
			return nil, err
		}
		args = append(args, "-"+file.name, path)
	}
	return args, nil
}

// measureTalk is measureLoad with the talk of a cell.
func (b *bench) measureTalk(s subject, c *cell, mode string, more ...string) (values, error) {
	args, err := c.talk.args(b.dir)
	if err != nil {
		return nil, err
	}
	v, err := b.serve(s, b.serverCore, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	if c.talk.before != nil {
		if err := c.talk.before.have(v.addr); err != nil {
			return nil, err
		}
	}
	a, err := b.load(v, b.loadCore, c.args(mode, append(args, more...)...)...)
	if err != nil {
		return nil, err
	}
	return a.values(), nil
}

// have has the talk once, on a connection of its own.
func (t *talk) have(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	go conn.Write(t.requests)
	got := make([]byte, len(t.answers))
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if !bytes.Equal(got, t.answers) {
		return fmt.Errorf("%.100q came back, want %.100q", got, t.answers)
	}
	return nil
}
