package chattest_test

import (
	"fmt"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// In a program these are functions TestX(t *testing.T), and t is the argument.
var t *testing.T

func ExampleNewConn() {
	newEcho := chat.Lines(func(c *chat.Channel, line []byte) { fmt.Fprintf(c, "%s\n", line) })

	c := chattest.NewConn(t, newEcho)
	c.SendString("hel")
	c.SendString("lo\r\n")
	if got, want := string(c.Received()), "hello\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

func ExampleEverySplit() {
	c := chattest.EverySplit(t, newSession, "one\r\ntwo\r\n")
	if got, want := string(c.Received()), "one\r\ntwo\r\n"; got != want {
		t.Errorf("received %q, want %q", got, want)
	}
}

func ExampleListen() {
	l := chattest.Listen(t)
	srv := &chat.Server{Handler: newSession, Loops: 3}
	if err := srv.Serve(l); err != nil { // returns at once
		t.Fatal(err)
	}
	for range 10 {
		p := l.Dial()
		p.SendString("one\r\n")
		if got, want := string(p.Received()), "hello\r\none\r\n"; got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	}
}

func ExampleRoundTrip() {
	write := func(dst, payload []byte) ([]byte, error) {
		return terminator.AppendNetstring(dst, payload), nil
	}
	chattest.RoundTrip(t, terminator.Netstring(), write, chattest.Words(":,1", 4))
}

func ExampleSplits() {
	for pieces := range chattest.Splits([]byte("abc")) {
		fmt.Printf("%q\n", pieces)
	}
	// Output:
	// ["abc"]
	// ["a" "bc"]
	// ["ab" "c"]
	// ["a" "b" "c"]
}

func ExampleWords() {
	for word := range chattest.Words("ab", 2) {
		fmt.Printf("%q ", word)
	}
	// Output:
	// "" "a" "b" "aa" "ab" "ba" "bb"
}
