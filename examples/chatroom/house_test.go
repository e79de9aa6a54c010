package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// A party is a server in memory, with two loops.
type party struct {
	*house
	t      *testing.T
	l      *chattest.Listener
	server *chat.Server
}

func newParty(t *testing.T) *party {
	p := &party{house: newHouse(3), t: t, l: chattest.Listen(t)}
	h := func(c *chat.Channel) chat.Handler { return p.newSession(c) }
	p.server = &chat.Server{Handler: chattest.Guard(t, h), Limits: limits, Loops: 2}
	require.NoError(t, p.server.Serve(p.l))
	return p
}

// guest lets somebody in who has read all that comes at the door.
func (p *party) guest(name string) *chattest.Peer {
	c := p.l.Dial()
	c.SendString(name + "\n")
	c.Received()
	return c
}

func expect(t *testing.T, c *chattest.Peer, want ...string) {
	t.Helper()
	all := ""
	for _, line := range want {
		all += line + "\r\n"
	}
	if got := string(c.Received()); got != all {
		t.Errorf("received\n%swant\n%s", got, all)
	}
}

// Who says too much at a time is not read for a while. Nothing is lost, and the others can go on.
func TestFlood(t *testing.T) {
	p := newParty(t)
	ann, bob := p.guest("ann"), p.guest("bob")
	ann.SendString(strings.Repeat("x\n", 30))
	heard := func() int { return strings.Count(string(bob.Received()), "ann: x\r\n") }
	if n := heard(); n != burst {
		t.Errorf("%d lines at once, want %d", n, burst)
	}
	bob.SendString("stop it\n")
	if got := string(ann.Received()); !strings.HasSuffix(got, "[lobby] bob: stop it\r\n") {
		t.Errorf("ann has heard %q", got)
	}
	p.l.Advance(interval - 1)
	if n := heard(); n != 0 {
		t.Errorf("%d lines too early", n)
	}
	p.l.Advance(1)
	if n := heard(); n != 1 {
		t.Errorf("%d lines after %v, want 1", n, interval)
	}
	p.l.Advance(8 * interval)
	if n := heard(); n != 8 {
		t.Errorf("%d lines after eight times that, want 8", n)
	}
	// Lines that are too long count, too, and so does what goes nowhere.
	p.l.Advance(time.Minute)
	ann.Received()
	ann.SendString(strings.Repeat(strings.Repeat("y", 2*maxText)+"\n/dance\n", 30))
	if n := strings.Count(string(ann.Received()), "-- "); n != burst {
		t.Errorf("%d answers at once, want %d", n, burst)
	}
}

// Who does not read is put out. The room has waited for nobody, and has lost nothing.
func TestSlowReader(t *testing.T) {
	p := newParty(t)
	ann, bob := p.guest("ann"), p.guest("bob")
	bob.Stall()
	line := strings.Repeat("x", 500)
	const talkers = 40
	for i := range talkers {
		p.guest(fmt.Sprintf("t%d", i)).SendString(strings.Repeat(line+"\n", burst))
	}
	got := string(ann.Received())
	if n := strings.Count(got, line); n != talkers*burst {
		t.Errorf("ann has heard %d messages of %d", n, talkers*burst)
	}
	if n := strings.Count(got, "[lobby] -- bob has gone (reads too slowly)\r\n"); n != 1 {
		t.Errorf("ann was told %d times that bob has gone", n)
	}
	ann.SendString("/who\n")
	if got := string(ann.Received()); strings.Contains(got, "bob") {
		t.Errorf("bob is still there: %s", got)
	}
}

func TestHistory(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	ann.SendString("one\ntwo\n/me waves\n/who\nthree\n/join den\nin the den\n/part den\n/join den\n")
	expect(t, ann, "[lobby] ann: one", "[lobby] ann: two", "[lobby] * ann waves",
		"[lobby] -- here: ann", "[lobby] ann: three", "[den] -- ann has joined", "[den] -- here: ann",
		"[den] ann: in the den", "[den] -- ann has left", "-- you talk in lobby",
		"[den] -- ann has joined", "[den] -- here: ann")
	// With the last one who leaves a room it is forgotten.
	bob := p.l.Dial()
	bob.SendString("bob\n")
	expect(t, bob, "-- welcome; what is your name?", "[lobby] -- said before:",
		"[lobby] ann: two", "[lobby] * ann waves", "[lobby] ann: three", "[lobby] -- bob has joined",
		"[lobby] -- here: ann, bob")
}

func TestHistoryIsBounded(t *testing.T) {
	h := history{most: 1000}
	for i := range 3000 {
		h.add(event{Kind: said, From: "ann", Text: strings.Repeat("x", i%maxText)})
		size := 0
		for _, e := range h.events {
			size += cost(e)
		}
		if size > maxHistory || size != h.size || len(h.events) > 1000 {
			t.Fatalf("%d events of %d bytes, counted as %d", len(h.events), size, h.size)
		}
	}
	if len(h.events) < 100 {
		t.Errorf("only %d events are left", len(h.events))
	}
	none := history{}
	if none.add(event{Kind: said}); len(none.events) > 0 {
		t.Error("no history has an event")
	}
}

func TestNames(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	c := p.l.Dial()
	c.Received()
	const rule = "-- a name is 1 to 20 of a-z, 0-9, - and _, and begins with a letter; " +
		"what is your name?"
	for _, tt := range []struct{ name, want string }{
		{"ANN", "-- ANN is taken; what is your name?"},
		{"", rule},
		{strings.Repeat("x", maxName+1), rule},
		{"\u0430nn", rule}, // a Cyrillic a
	} {
		c.SendString(tt.name + "\n")
		expect(t, c, tt.want)
	}
	c.SendString("7up\nhello\n")
	if expect(t, c, "-- goodbye"); !c.Closed() {
		t.Error("open after five attempts")
	}
	bob := p.guest("bob")
	bob.SendString("/nick ann\n/nick a.b\n/nick BOB\n/nick eve\n/nick bob\n")
	expect(t, bob, "-- ann is taken", strings.TrimSuffix(rule, "; what is your name?"),
		"[lobby] -- bob is now BOB", "[lobby] -- BOB is now eve", "[lobby] -- eve is now bob")
	p.guest("eve") // which is free again
	ann.Received()
	ann.SendString("/who\n")
	expect(t, ann, "[lobby] -- here: ann, bob, eve")
}

func TestRooms(t *testing.T) {
	p := newParty(t)
	ann := p.guest("ann")
	ann.SendString("/join a\n/join b\n/join c\n/join d\n")
	ann.Received()
	ann.SendString("/join e\n/join ../x\n/join LOBBY\nhello\n/part\n/part lobby\nin d?\n")
	expect(t, ann, "-- you are in enough rooms; /part one of them", "-- "+errName.Error(),
		"-- you talk in lobby", "[lobby] ann: hello",
		"[lobby] -- ann has left", "-- you talk in d", "-- you are not in lobby", "[d] ann: in d?")
	ann.SendString("/part a\n/part b\n/part c\n/part d\nhello?\n/who\n/part\n/nick eve\n/join d\n")
	ann.Received()
	p.Lock()
	defer p.Unlock()
	if len(p.rooms) != 2 || p.rooms[lobby] == nil || p.rooms["d"] == nil {
		t.Errorf("there are %d rooms", len(p.rooms))
	}
}

// However somebody goes, the others hear why, once, and nothing is left behind.
func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		end  func(p *party, bob *chattest.Peer)
		last string // that bob hears
		want string // that ann hears
	}{
		{func(_ *party, bob *chattest.Peer) { bob.SendString("bye\n/quit and thanks\nno\n") },
			"[lobby] bob: bye\r\n-- goodbye\r\n",
			"[lobby] bob: bye\r\n[lobby] -- bob has gone (and thanks)\r\n"},
		{func(_ *party, bob *chattest.Peer) { bob.SendString("bye\nand"); bob.CloseWrite() },
			"[lobby] bob: bye\r\n", "[lobby] bob: bye\r\n[lobby] -- bob has gone\r\n"},
		{func(_ *party, bob *chattest.Peer) { bob.Reset() }, "",
			"[lobby] -- bob has gone (the connection has broken)\r\n"},
		{func(p *party, bob *chattest.Peer) {
			p.l.Advance(time.Hour)
			for range 2 { // ann stays awake
				p.house.users["ann"].self[0].SetLimits(chat.Limits{IdleTimeout: chat.NoLimit})
				p.l.Advance(time.Hour)
			}
		}, "-- you have been silent for too long\r\n", "[lobby] -- bob has gone (has fallen asleep)\r\n"},
	} {
		p := newParty(t)
		ann, bob := p.guest("ann"), p.guest("bob")
		bob.SendString("/join den\n")
		ann.Received()
		bob.Received()
		bob.SendString("/join lobby\n")
		bob.Received()
		tt.end(p, bob)
		p.l.Advance(time.Second)
		if got := string(bob.Received()); got != tt.last {
			t.Errorf("bob has heard %q, want %q", got, tt.last)
		}
		if got := string(ann.Received()); got != tt.want {
			t.Errorf("ann has heard %q, want %q", got, tt.want)
		}
		if !bob.Closed() || len(p.users) != 1 || len(p.rooms) != 1 || len(p.rooms[lobby].lines) != 1 {
			t.Errorf("bob is closed: %t, %d users, %d rooms", bob.Closed(), len(p.users), len(p.rooms))
		}
	}
}

func TestShutdown(t *testing.T) {
	p := newParty(t)
	ann, bob := p.guest("ann"), p.l.Dial()
	bob.Received()
	p.server.BeginShutdown()
	p.l.Advance(5 * time.Second)
	expect(t, ann, "-- the server shuts down")
	expect(t, bob, "-- the server shuts down")
	if !ann.Closed() || !bob.Closed() || len(p.users) > 0 {
		t.Errorf("closed: %t and %t; %d users", ann.Closed(), bob.Closed(), len(p.users))
	}
}

// No byte of somebody's reaches the terminals of others that does anything there.
func TestClean(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain text", "plain text"},
		{" \t spaces\u00a0\u3000 ", "spaces"},
		{"\x1b]0;title\x07\x1b[2J\x08\x7f", "]0;title[2J"},
		{"C1: \u009b2J\u0085", "C1: 2J"},
		{"\u202egnissorc\u2066 zero\u200bwidth \ufeff", "gnissorc zerowidth"},
		{"lines\u2028and\u2029paragraphs", "linesandparagraphs"},
		{"\U000e0041tags \ue000private", "tags private"},
		{"\xff\xc0\xaf \xed\xa0\x80", "\ufffd\ufffd\ufffd \ufffd\ufffd\ufffd"},
		{"grüß Gott, 你好, שלום", "grüß Gott, 你好, שלום"},
		{"👩\u200d🚀 می\u200cخواهم e\u0301", "👩\u200d🚀 می\u200cخواهم e\u0301"},
		{strings.Repeat("\xff", maxText), strings.Repeat("\ufffd", maxText/3)},
	} {
		if got := clean(tt.in); got != tt.want {
			t.Errorf("clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
