package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/examples/internal/nats"
)

const far = "00000000000000ff" // the process that sends the packets

// joinedParty is a party with a link that hears what the test says.
func joinedParty(t *testing.T) (p *party, hear func(k packet), ann *chattest.Peer) {
	p = newParty(t)
	loops, err := p.l.Loops(1)
	require.NoError(t, err)
	l := newLink(p.house, &nats.Client{Loop: loops[0]}, "0000000000000001", "here")
	ann = p.guest("ann")
	return p, func(k packet) {
		if k.From == "" {
			k.From, k.Name = far, "far"
		}
		b, err := json.Marshal(k)
		require.NoError(t, err)
		l.hear(b)
		p.l.Advance(0)
	}, ann
}

func says(text string) event { return event{Kind: said, Room: lobby, From: "bob", Text: text} }

// Events are heard once and in order, however they come.
func TestPacketsInOrder(t *testing.T) {
	_, hear, ann := joinedParty(t)
	hear(packet{What: events, Number: 4, Head: 4, Events: []event{says("before the state")}})
	hear(packet{What: state, Head: 4, Users: map[string][]string{"bob": {lobby}}})
	expect(t, ann, "-- the server far is here too; people: 1")
	for _, k := range []packet{
		{Number: 5, Head: 6, Events: []event{says("5"), says("6")}},
		{Number: 6, Head: 6, Events: []event{says("6")}},
		{Number: 8, Head: 8, Events: []event{says("8")}}, // 7 is missing
		{Number: 5, Head: 8, Events: []event{says("5"), says("6"), says("7"), says("8")}},
		{Number: 7, Head: 9, Events: []event{says("7"), says("8"), says("9")}},
		{Number: 1, Head: 9},
		{Number: 0, Head: 9, Events: []event{says("0")}},
	} {
		k.What = events
		hear(k)
	}
	hear(packet{What: state, Head: 9, Users: map[string][]string{}}) // older than what is known
	hear(packet{What: events, Number: 10, Head: 10, Events: []event{says("10")}})
	var want []string
	for i := 5; i <= 10; i++ {
		want = append(want, fmt.Sprintf("[lobby] bob@far: %d", i))
	}
	expect(t, ann, want...)
}

// Nothing that another process sends does harm here.
func TestPacketsOfStrangers(t *testing.T) {
	p, hear, ann := joinedParty(t)
	for _, raw := range []string{"", "x", "[]", `{"what":"state"}`, `{"from":1}`,
		`{"what":"events","number":-1}`} {
		p.link.hear([]byte(raw))
	}
	hear(packet{What: state, From: "short", Name: "far", Head: 1})
	hear(packet{What: state, From: far, Name: "f\x1b[2J", Head: 1})
	hear(packet{What: state, From: p.link.id, Name: "far", Head: 1})
	if len(p.link.peers) != 0 {
		t.Errorf("%d processes are known", len(p.link.peers))
	}
	many := map[string][]string{}
	for i := range maxUsers + 1 {
		many[fmt.Sprintf("u%d", i)] = nil
	}
	hear(packet{What: state, Head: 1, Users: many})
	hear(packet{What: state, Head: 1, Users: map[string][]string{"bob": {lobby}, "e\x1bve": {lobby},
		"eve": {"l\x00"}, "cyd": {"a", "b", "c", "d", "e", "f"}}})
	ann.Received()
	bad := []event{
		{Kind: said, Room: lobby, From: "nobody", Text: "not there"},
		{Kind: said, Room: lobby, From: "b\x1bob", Text: "x"},
		{Kind: said, Room: "\x1b", From: "bob", Text: "x"},
		{Kind: joined, Room: lobby, From: "\x1b[2J"},
		{Kind: joined, From: "eve"},
		{Kind: said, Room: "elsewhere", From: "bob", Text: "x"},
		{Kind: "no such", Room: lobby, From: "bob", Text: "x"},
		{Kind: noted, Room: lobby, From: "bob", Text: "I am the server"},
		{Kind: welcomed, Room: lobby, From: "bob", Text: "x"},
		{Kind: renamed, From: "bob", To: "b\r\nob"},
		{Kind: whispered, From: "bob", To: "ann", At: far, Text: "for somebody else"},
		{Kind: whispered, From: "bob", To: "nobody", At: p.link.id, Text: "x"},
		{Kind: said, Room: lobby, From: "bob", Text: "clear\x1b[2J\r\nthis",
			Names: []string{"\x1b"}, Old: true},
		{Kind: said, Room: lobby, From: "bob", Text: strings.Repeat("x", 10*maxText)},
		{Kind: quitted, From: "bob", Text: "\x07"},
		{Kind: said, Room: lobby, From: "bob", Text: "a ghost"},
	}
	hear(packet{What: events, Number: 2, Head: 17, Events: bad})
	expect(t, ann, "[lobby] bob@far: clear[2Jthis", "[lobby] bob@far: "+strings.Repeat("x", maxText),
		"[lobby] -- bob@far has gone")
	for i := range 2 * maxUsers {
		hear(packet{What: events, Number: uint64(18 + i), Head: uint64(18 + i),
			Events: []event{{Kind: joined, Room: "x", From: fmt.Sprintf("u%d", i)}}})
	}
	for i := range 20 {
		hear(packet{What: events, Number: uint64(18 + 2*maxUsers + i), Head: 1,
			Events: []event{{Kind: joined, Room: fmt.Sprintf("x%d", i), From: "u1"}}})
	}
	if far := p.link.peers[far]; len(far.users) > maxUsers || len(far.users["u1"].rooms) > maxRooms {
		t.Errorf("%d users, %d rooms of one", len(far.users), len(far.users["u1"].rooms))
	}
	for i := range 2 * maxPeers {
		hear(packet{What: alive, From: fmt.Sprintf("%016x", i+1000), Name: "x"})
	}
	if len(p.link.peers) != maxPeers {
		t.Errorf("%d processes are known, want %d", len(p.link.peers), maxPeers)
	}
}

func TestLog(t *testing.T) {
	var l eventLog
	if list, ok := l.from(1); len(list) != 0 || !ok {
		t.Errorf("of an empty log: %v, %t", list, ok)
	}
	for i := range 3 * maxLog {
		l.add(event{Text: fmt.Sprint(i + 1)})
	}
	for _, tt := range []struct {
		number uint64
		ok     bool
	}{{0, false}, {1, false}, {2 * maxLog, false}, {2*maxLog + 1, true}, {3 * maxLog, true},
		{3*maxLog + 1, true}, {3*maxLog + 2, false}} {
		list, ok := l.from(tt.number)
		if ok != tt.ok || ok && tt.number <= 3*maxLog && list[0].Text != fmt.Sprint(tt.number) {
			t.Errorf("from(%d) = %d events, %t", tt.number, len(list), ok)
		}
	}
	if list, _ := l.from(2*maxLog + 1); len(list) > maxBatch/100 || len(list) < maxBatch/200 {
		t.Errorf("a batch of %d events", len(list))
	}
	for range maxLog {
		l.add(event{Text: strings.Repeat("x", maxText)})
	}
	if l.size > maxLogBytes || len(l.events) < 1000 {
		t.Errorf("%d events, %d bytes", len(l.events), l.size)
	}
}
