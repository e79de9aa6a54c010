package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/core/simkernel"
)

func TestServersAreJoined(t *testing.T) {
	w := newWorld(t, nil)
	w.nats()
	paris := w.node("paris")
	w.run(time.Second)
	ann := w.person(paris, "ann")
	w.run(time.Second)
	ann.heard()
	rome := w.node("rome")
	w.run(time.Second)
	ann.expect("-- the server rome is here too; people: 0")
	bob := w.person(rome, "Bob")
	w.run(time.Second)
	ann.expect("[lobby] -- Bob@rome has joined")
	bob.expect("-- welcome; what is your name?", "[lobby] -- Bob has joined",
		"[lobby] -- here: ann@paris, Bob")
	ann.say("hello", "/me waves", "/msg bob psst", "/msg bob@rome again", "/msg BOB@paris no")
	bob.expect("[lobby] ann@paris: hello", "[lobby] * ann@paris waves", "[ann@paris -> you] psst",
		"[ann@paris -> you] again")
	ann.expect("[lobby] ann: hello", "[lobby] * ann waves", "[you -> Bob@rome] psst",
		"[you -> Bob@rome] again", "-- nobody is called BOB@paris")
	// The same name elsewhere is somebody else, and a third server learns of all at once.
	cyd := w.person(w.node("oslo"), "ann")
	w.run(time.Second)
	cyd.say("/who", "/msg ann@paris hello me")
	cyd.expect("-- welcome; what is your name?", "[lobby] -- ann has joined", "[lobby] -- here: ann",
		"-- the server paris is here too; people: 1", "-- the server rome is here too; people: 1",
		"[lobby] -- here: ann, ann@paris, Bob@rome", "[you -> ann@paris] hello me")
	bob.say("/msg ann which", "/nick rob", "/join den", "/part lobby", "/part den", "/join lobby")
	bob.expect("-- the server oslo is here too; people: 1", "-- who is meant: ann@oslo, ann@paris?",
		"[lobby] -- Bob is now rob", "[den] -- rob has joined",
		"[den] -- here: rob", "[lobby] -- rob has left", "-- you talk in den", "[den] -- rob has left",
		"[lobby] -- said before:", "[lobby] ann@paris: hello", "[lobby] * ann@paris waves",
		"[lobby] -- rob has joined", "[lobby] -- here: ann@oslo, ann@paris, rob")
	bob.say("/quit until tomorrow")
	ann.expect("-- the server oslo is here too; people: 1", "[ann@oslo -> you] hello me",
		"[lobby] -- Bob@rome is now rob@rome", "[lobby] -- rob@rome has left",
		"[lobby] -- rob@rome has joined", "[lobby] -- rob@rome has gone (until tomorrow)")
}

// While NATS is away a server goes on, and says so once. What was said meanwhile comes to the
// others when it is back: once, and in order.
func TestOutage(t *testing.T) {
	w := newWorld(t, nil)
	s := w.nats()
	paris, rome := w.node("paris"), w.node("rome")
	w.run(time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	w.middle.Post(s.Kill)
	w.run(time.Second)
	ann.heard()
	bob.heard()
	cyd := w.person(paris, "cyd")
	w.run(time.Minute)
	ann.expect("[lobby] -- cyd has joined")
	cyd.expect("-- welcome; what is your name?", "-- "+lostText, "[lobby] -- cyd has joined",
		"[lobby] -- here: ann, cyd")
	ann.say("one", "/msg bob psst", "two", "/nick eve")
	bob.say("three")
	ann.expect("[lobby] ann: one",
		"-- nobody here is called bob, and the link to the other servers is lost", "[lobby] ann: two",
		"[lobby] -- ann is now eve")
	bob.expect("[lobby] bob: three")
	cyd.heard()
	w.nats()
	w.run(15 * time.Second)
	const back = "-- the link to the other servers is back"
	ann.expect(back, "[lobby] bob@rome: three")
	cyd.expect(back, "[lobby] bob@rome: three")
	bob.expect(back, "[lobby] -- cyd@paris has joined", "[lobby] ann@paris: one",
		"[lobby] ann@paris: two", "[lobby] -- ann@paris is now eve@paris")
	bob.say("four", "/who")
	bob.expect("[lobby] bob: four", "[lobby] -- here: bob, cyd@paris, eve@paris")
	ann.expect("[lobby] bob@rome: four")
}

// Without NATS from the start it is the same.
func TestWithoutNATS(t *testing.T) {
	w := newWorld(t, nil)
	paris, rome := w.node("paris"), w.node("rome")
	w.run(30 * time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	ann.say("hello?")
	ann.expect("-- welcome; what is your name?", "-- "+lostText, "[lobby] -- ann has joined",
		"[lobby] -- here: ann", "[lobby] ann: hello?")
	bob.heard()
	w.nats()
	w.run(15 * time.Second)
	ann.expect("-- the link to the other servers is back", "-- the server rome is here too; people: 1")
	ann.say("hello!")
	bob.expect("-- the link to the other servers is back",
		"-- the server paris is here too; people: 1", "[lobby] ann@paris: hello!")
}

// What a server does not remember any more is lost, and said to be; who is there is known all the
// same.
func TestTooMuchForTheLog(t *testing.T) {
	w := newWorld(t, nil)
	s := w.nats()
	paris, rome := w.node("paris"), w.node("rome")
	w.run(time.Second)
	ann, bob := w.person(paris, "ann"), w.person(rome, "bob")
	w.run(time.Second)
	w.middle.Post(s.Kill)
	w.run(time.Second)
	bob.heard()
	for range 2200 { // two events each
		w.people.Post(func() { ann.PushString("/nick ann\n/me waves\n") })
		w.run(time.Second)
	}
	ann.say("/join den", "/join lobby")
	if ann.heard(); len(paris.link.log.events) > maxLog || paris.link.log.size > maxLogBytes {
		t.Errorf("the log has %d events, %d bytes", len(paris.link.log.events), paris.link.log.size)
	}
	w.nats()
	w.run(15 * time.Second)
	ann.say("here I am")
	bob.expect("-- the link to the other servers is back",
		"-- the server paris has said more than it remembers; some of it is lost",
		"[lobby] ann@paris: here I am")
	bob.say("/join den")
	bob.expect("[den] -- bob has joined", "[den] -- here: ann@paris, bob")
}

// The users of a server that goes, or is not heard any more, do not count.
func TestServersGo(t *testing.T) {
	w := newWorld(t, nil)
	w.nats()
	paris, rome, oslo := w.node("paris"), w.node("rome"), w.node("oslo")
	w.run(time.Second)
	ann := w.person(paris, "ann")
	w.person(rome, "bob")
	w.person(oslo, "cyd")
	w.run(time.Second)
	ann.heard()
	rome.server.BeginShutdown()
	w.run(3 * time.Second)
	closed := false
	rome.link.client.Loop.Post(func() { rome.link.close(func() { closed = true }) })
	w.run(10 * time.Second)
	ann.expect("[lobby] -- bob@rome has gone", "-- the server rome has gone")
	if !closed {
		t.Error("the link has not ended")
	}
	oslo.link.client.Loop.Post(func() { oslo.link.client.Close(nil) }) // without a word
	w.run(20 * time.Second)
	ann.say("/who", "/msg cyd hello")
	ann.expect("-- the server oslo is not heard any more", "[lobby] -- here: ann",
		"-- nobody is called cyd")
	w.run(forgetAfter)
	if n := len(paris.link.peers); n != 0 {
		t.Errorf("%d servers are remembered", n)
	}
}

// Whatever the network does, and NATS: all who are in the room hear all messages of each other once
// and in order; their own at once.
func TestJoinedUnderFaults(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t, r)
		s := w.nats()
		var people []*person
		for _, name := range []string{"paris", "rome", "oslo"} {
			n := w.node(name)
			for i := range 3 {
				people = append(people, w.person(n, fmt.Sprintf("%s%d", name, i)))
			}
		}
		w.run(2 * time.Second)
		// The people are connected: from now on only the links break, with NATS, or on the way to it.
		w.k.Inject(r, simkernel.Faults{Short: 0.2, Again: 0.1, Late: 0.2, Reorder: 0.2, Break: 0.5,
			Refuse: 0.2, Latency: 100 * time.Millisecond})
		const lines = 12
		for i := range lines {
			if i%4 == 1 {
				w.middle.Post(s.Kill)
			}
			for _, p := range people {
				w.people.Post(func() { fmt.Fprintf(p, "line %02d\n", i) })
				w.run(time.Duration(r.IntN(300)) * time.Millisecond)
			}
			if i%4 == 2 {
				s = w.nats()
			}
		}
		w.k.Inject(r, simkernel.Faults{})
		w.run(time.Minute)
		for i, p := range people {
			for _, other := range people {
				name := other.name(i/3 == slices.Index(people, other)/3)
				var want []string
				for i := range lines {
					want = append(want, fmt.Sprintf("[lobby] %s: line %02d", name, i))
				}
				var got []string
				for _, line := range p.lines {
					if strings.Contains(line, " "+name+": line") {
						got = append(got, line)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("seed %d: %s has heard of %s\n  %s", seed, p.name(true), name,
						strings.Join(got, "\n  "))
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}
