package main

import (
	"bytes"
	"testing"
	"time"
)

// The load sees an answer that is wrong in one byte, of another connection, or of another time.
func TestCheck(t *testing.T) {
	for _, size := range []int{4, 32, 1024} {
		l := newLines(size)
		if n := bytes.Count(l.ring[:l.wrap], []byte("\r\n")); n != l.wrap/size {
			t.Fatalf("size %d: %d line ends in %d lines", size, n, l.wrap/size)
		}
		off := l.place(7) + int64(l.wrap) - 10 // over the end of the ring
		good := bytes.Clone(l.at(off, 16*size))
		if err := l.check(good, off); err != nil {
			t.Errorf("size %d: the right answer: %v", size, err)
		}
		for _, i := range []int{0, len(good) / 2, len(good) - 1} {
			bad := bytes.Clone(good)
			bad[i] ^= 1
			if l.check(bad, off) == nil {
				t.Errorf("size %d: byte %d is wrong, and nobody sees it", size, i)
			}
		}
		if size > 4 && (l.check(good, off+int64(size)) == nil || l.place(1) == l.place(2)) {
			t.Errorf("size %d: an answer of another time or connection is taken", size)
		}
	}
}

// A long piece is compared as a whole, however often it goes round the ring.
func TestCheckLong(t *testing.T) {
	l := newLines(32)
	long := bytes.Repeat(l.ring[:l.wrap], 3)
	if err := l.check(long, 0); err != nil {
		t.Error(err)
	}
	long[len(long)-1] ^= 1
	if l.check(long, 0) == nil {
		t.Error("the last byte is wrong, and nobody sees it")
	}
}

// What is pushed first is popped first, also while the ring grows.
func TestQueue(t *testing.T) {
	var q queue
	at := func(i int) time.Time { return time.Unix(int64(i), 0) }
	pushed, popped := 0, 0
	for range 50 {
		for range 2 {
			q.push(at(pushed))
			pushed++
		}
		if got := q.pop(); got != at(popped) {
			t.Fatalf("pop %d = %v", popped, got)
		}
		popped++
	}
	for ; popped < pushed; popped++ {
		if got := q.pop(); got != at(popped) {
			t.Fatalf("pop %d = %v", popped, got)
		}
	}
}
