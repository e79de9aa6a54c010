package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

const moment = time.Millisecond

// A client may send twenty lines at once, then two in a second. What is more waits and is not lost,
// and others do not wait.
func TestFlood(t *testing.T) {
	m := meet(t, newNetwork())
	all := m.guests("ada", "bob")
	ada, bob := all[0], all[1]
	ada.Advance(time.Minute)
	var lines, want []string
	for i := range burst + 3 {
		lines = append(lines, fmt.Sprintf("PRIVMSG #go :%d", i))
		want = append(want, "ada! "+lines[i])
	}
	ada.says(lines...)
	ada.says(strings.Repeat("x", 1000), "PING end") // this costs too
	bob.hears(want[:burst]...)
	bob.says("PING x")
	bob.hears(":irc.example PONG irc.example :x")
	ada.Advance(m.pace - moment)
	bob.hears()
	ada.Advance(moment)
	bob.hears(want[burst])
	ada.Advance(2 * m.pace)
	bob.hears(want[burst+1], want[burst+2])
	ada.Advance(m.pace)
	ada.hears("417 :Input line was too long")
	ada.Advance(m.pace)
	ada.hears(":irc.example PONG irc.example :end")
	ada.says("PING again")
	ada.Advance(m.pace)
	ada.hears(":irc.example PONG irc.example :again")
	ada.Advance(time.Minute)
	ada.says(lines...)
	bob.hears(want[:burst]...)
	ada.CloseWrite() // what has been sent before is still taken
	ada.Advance(20 * time.Second)
	bob.hears(want[burst], want[burst+1], want[burst+2],
		"ada! QUIT :Remote host closed the connection")
}

// Who has sent nothing for a while is asked whether he is there, and has as long again to answer.
func TestPings(t *testing.T) {
	n := newNetwork()
	n.pingAfter = time.Hour // far more than the clocks of a channel give by themselves
	m := meet(t, n)
	all := m.guests("ada", "bob")
	ada, bob := all[0], all[1]
	ada.Advance(m.pingAfter / 2)
	ada.says("PING x")
	ada.hears(":irc.example PONG irc.example :x")
	ada.Advance(m.pingAfter/2 - moment)
	ada.hears()
	bob.hears()
	ada.Advance(moment)
	ada.hears()
	bob.hears("PING :irc.example")
	ada.Advance(m.pingAfter / 2)
	ada.hears("PING :irc.example")
	ada.says("PONG :irc.example")
	ada.Advance(m.pingAfter/2 - moment)
	bob.hears()
	ada.Advance(moment)
	bob.hears("ERROR :Closing link: 127.0.0.1 (Ping timeout)")
	ada.hears("bob! QUIT :Ping timeout")
	if !bob.Closed() || ada.Closed() {
		t.Errorf("bob is closed: %t, ada: %t", bob.Closed(), ada.Closed())
	}
}

// To be talked to is no sign of life.
func TestPingInALivelyRoom(t *testing.T) {
	m := meet(t, newNetwork())
	all := m.guests("ada", "bob")
	ada, bob := all[0], all[1]
	var heard strings.Builder
	for range 300 {
		ada.says("PRIVMSG #go :hello")
		ada.Advance(time.Second)
		heard.Write(bob.Received())
	}
	if got := heard.String(); strings.Count(got, "PING :irc.example\r\n") != 1 ||
		!strings.HasSuffix(got, "(Ping timeout)\r\n") {
		t.Errorf("bob has heard %q", got)
	}
	ada.hears("bob! QUIT :Ping timeout")
}

// Who takes a long list slowly has not been silent: what he says waits until he has taken it.
func TestPingWhileOutputWaits(t *testing.T) {
	m := meet(t, newNetwork())
	ada := m.guest("ada")
	for i := range maxRooms {
		m.rooms[fmt.Sprint("#x", i)] = &room{name: fmt.Sprint("#x", i), topic: strings.Repeat("t", 300)}
	}
	ada.Stall()
	ada.says("LIST")
	for range 30 {
		ada.Advance(20 * time.Second)
		ada.Accept(25_000) // more than MinWriteRate
	}
	if ada.Closed() {
		t.Fatal("ada is closed")
	}
	ada.Unstall()
	ada.says("PING x")
	if got := string(ada.Received()); !strings.HasSuffix(got, ":irc.example PONG irc.example :x\r\n") {
		t.Errorf("the list ends with %q", got[max(0, len(got)-100):])
	}
}

// A nick is not kept for somebody who never registers, however much he says.
func TestRegistrationTimeout(t *testing.T) {
	m := meet(t, newNetwork())
	c, silent := m.listener.Dial(), m.listener.Dial()
	c.SendString("NICK ada\r\n")
	c.Advance(registerWithin - moment)
	if silent.Closed() {
		t.Error("one who has not typed a line yet is closed")
	}
	c.SendString("PING x\r\n")
	c.Received()
	c.Advance(moment)
	got, want := string(c.Received()), "ERROR :Closing link: 127.0.0.1 (Registration timeout)\r\n"
	if got != want || !c.Closed() || len(m.nicks) > 0 {
		t.Errorf("received %q, want %q; closed is %t, left %v", got, want, c.Closed(), m.nicks)
	}
	if !silent.Closed() {
		t.Error("one who never types a line is not closed")
	}
	ada := m.guest("ada")
	ada.Advance(2 * registerWithin)
	ada.hears("PING :irc.example")
}

// One who does not read costs the room nothing, and is dropped when too much waits for him; the
// others miss no line.
func TestSlowReader(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob", "eve")
	ada, bob, eve := all[0], all[1], all[2]
	eve.Stall()
	text := strings.Repeat("x", 400)
	sent := 0
	for ; len(m.room("#go").members) == 3 && sent < 2000; sent++ {
		ada.says(fmt.Sprintf("PRIVMSG #go :%d %s", sent, text))
	}
	if bytes := sent * 450; bytes < maxOutput || bytes > 2*maxOutput {
		t.Errorf("dropped after %d bytes", bytes)
	}
	ada.hears("eve! QUIT :Max SendQ exceeded")
	ada.says("PRIVMSG #go :where is eve?")
	got := strings.Split(string(bob.Received()), "\r\n")
	if len(got) != sent+3 {
		t.Errorf("bob hears %d lines, want %d", len(got), sent+3)
	}
	for i, line := range got[:sent] {
		if !strings.Contains(line, fmt.Sprintf("PRIVMSG #go :%d x", i)) &&
			!strings.Contains(line, "eve") {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if eve.Closed() || m.user("eve") != nil || m.server.Stats().Closed[chat.ReasonSlowReader] != 1 {
		t.Error("eve is still known")
	}
}

// At a shutdown each is told that, and not who else has gone.
func TestShutdown(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob")
	looked := m.round
	m.server.BeginShutdown()
	m.listener.Advance(0)
	for _, g := range all {
		g.hears("ERROR :Closing link: 127.0.0.1 (Server shuts down)")
		if !g.Closed() {
			t.Errorf("%s is not closed", g.nick)
		}
	}
	if len(m.rooms)+len(m.nicks) > 0 {
		t.Errorf("left are %v and %v", m.rooms, m.nicks)
	}
	if m.round != looked {
		t.Error("each looked for those who know him: among twenty thousand that takes a while")
	}
}

// A fault in one command ends one client, and does not leave the lock behind.
func TestPanic(t *testing.T) {
	m := meet(t, hasty())
	all := m.guests("ada", "bob")
	s := m.user("ada")
	s.Post(func() { s.do(func() { panic("a fault") }) })
	m.listener.Advance(0)
	all[1].hears("ada! QUIT :Closed: panic")
	all[1].says("PRIVMSG #go :hello", "PING x")
	all[1].hears(":irc.example PONG irc.example :x")
}
