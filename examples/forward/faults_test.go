package main

import (
	"bytes"
	"errors"
	"log"
	"testing"
	"time"
)

// E18: who breaks a thousand connections gets two lines, and a number.
func TestFaultsAreBounded(t *testing.T) {
	var text bytes.Buffer
	defer log.SetOutput(log.Writer())
	defer log.SetFlags(log.Flags())
	log.SetOutput(&text)
	log.SetFlags(0)
	var f faults
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 1000 {
		f.print(now, errors.New("broken"))
		now = now.Add(time.Millisecond)
	}
	f.print(now, errors.New("late"))
	if got, want := text.String(), "broken\nlate (and 999 more)\n"; got != want {
		t.Errorf("logged %q, want %q", got, want)
	}
}
