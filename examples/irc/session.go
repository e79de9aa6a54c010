package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	burst          = 20          // lines that a client may send at once
	registerWithin = time.Minute // until then a nick may be taken by somebody who never comes
	maxOutput      = 256 << 10   // bytes that wait for a client; one for whom more do is dropped
)

// A session is one client. What others see of it is written under the lock of the network and, but
// for the rooms it is in, on its own loop, where it can be read without the lock.
type session struct {
	*chat.Channel
	net    *network
	host   string
	nick   string // empty: none yet
	user   string // empty: no USER yet
	real   string
	since  time.Time
	spoke  time.Time
	away   string // the reason; empty: it is there
	joined bool   // it is registered: others can see it
	left   bool   // it has quit, nobody sees it any more

	// Those are written by others too: who throws it out, who looks for acquaintances.
	in  []*member
	met uint64 // the round in which it was last found

	// Those are of its loop only.
	line     []byte
	password string
	agreeing bool // on capabilities: it registers at CAP END
	leaving  bool // it closes behind the command in progress
	strikes  chat.Budget
	heard    time.Time
	paid     time.Time // the time for which its lines have been paid
	holds    int       // the reasons not to read
	clock    *core.Timer
}

func (n *network) newSession(c *chat.Channel) chat.Handler {
	now := c.Loop().Now()
	s := &session{Channel: c, net: n, host: hostOf(c.RemoteAddr()), since: now, spoke: now, heard: now}
	c.SetTerminator(terminator.Line())
	c.SetMaxElement(maxLine, true)
	s.clock = c.After(registerWithin, s.tick)
	return s
}

func (s *session) CollectIncomingData(data []byte) { s.line = append(s.line, data...) }

func (s *session) FoundTerminator() {
	line := string(s.line)
	s.line = s.line[:0]
	s.pay()
	if other := chat.ForeignProtocol([]byte(line)); other != "" { // a page may post commands
		s.do(func() { s.quit("This is not " + other) })
		return
	}
	// What is a line end to another client would be a line in our name.
	if strings.ContainsAny(line, "\r\x00") {
		s.do(func() { s.reply(400, "* :There is a CR or NUL in the line") })
		return
	}
	verb, params := parse(line)
	if verb != "" {
		s.do(func() { commands.Call(&call{s, strings.ToUpper(verb), params}, []byte(verb)) })
	}
}

// HandleTooLong answers for a line of which the rest is skipped: half a line is no command, but no
// reason to end either.
func (s *session) HandleTooLong() {
	s.line = s.line[:0]
	s.pay()
	s.do(func() { s.reply(417, ":Input line was too long") })
}

// do runs f under the lock. What it replies is sent as one push: a list of any length is taken,
// where line by line it would fill the queue over its limit.
func (s *session) do(f func()) {
	n := s.net
	n.mu.Lock()
	defer n.mu.Unlock() // f may panic, and others live on
	n.out = n.out[:0]
	f()
	s.flush()
	if cap(n.out) > maxOutput {
		n.out = nil
	}
	if s.leaving {
		s.CloseWhenDone()
	}
}

// flush sends what was replied.
func (s *session) flush() {
	s.Push(s.net.out)
	s.net.out = s.net.out[:0]
}

// pay makes a client that sends too fast wait. RFC 1459 has it so: each line costs some time, and
// who is too far ahead is not read until the time has come. Nothing is lost, and the flood backs up
// where it comes from.
func (s *session) pay() {
	s.heard = s.Loop().Now()
	if s.paid.Before(s.heard) {
		s.paid = s.heard
	}
	s.paid = s.paid.Add(s.net.pace)
	if early := s.paid.Sub(s.heard) - (burst-1)*s.net.pace; early > 0 {
		s.hold()
		s.After(early, s.release)
	}
}

func (s *session) hold() {
	if s.holds++; s.holds == 1 {
		s.PauseReading()
	}
}

func (s *session) release() {
	if s.holds--; s.holds == 0 {
		s.ResumeReading()
	}
}

// tick is the end of a client that has not registered in time. One that has been silent is asked
// whether it is there, and has as long again to answer. The channel's IdleTimeout is no clock for
// that: it begins anew whenever something is sent, and in a lively room that is always.
func (s *session) tick() {
	if !s.joined {
		s.do(func() { s.quit("Registration timeout") })
		return
	}
	now, limit := s.Loop().Now(), s.net.pingAfter
	if s.Queued() > 0 { // it is not read while it does not take what it gets, and StallTimeout runs
		s.heard = now
	}
	switch silent := now.Sub(s.heard); {
	case silent >= 2*limit:
		s.do(func() { s.quit("Ping timeout") })
	case silent >= limit:
		s.PushString("PING :" + s.net.name + "\r\n")
		s.clock.Reset(2*limit - silent)
	default:
		s.clock.Reset(limit - silent)
	}
}

func (s *session) HandleTimeout(reason error) {
	s.do(func() { s.farewell(whyGone(reason)) })
}

func (s *session) HandleShutdown() {
	s.do(func() {
		s.net.down = true
		s.quit("Server shuts down")
	})
}

var _ chat.CloseHandler = (*session)(nil)

func (s *session) HandleClose(reason error) {
	s.clock.Stop()
	s.do(func() { s.leave(whyGone(reason)) })
}

func (s *session) quit(reason string) {
	s.farewell(reason)
	s.leaving = true
}

// farewell takes leave of the others and of the client.
func (s *session) farewell(reason string) {
	s.leave(reason)
	s.net.out = appendLine(s.net.out, "ERROR :Closing link: %s (%s)", s.host, reason)
}

// whyGone is the reason of a close, in the words that IRC has for it.
func whyGone(err error) string {
	switch r := chat.ReasonOf(err); r {
	case chat.ReasonSlowReader, chat.ReasonStalled:
		return "Max SendQ exceeded"
	case chat.ReasonPeerReset:
		return "Connection reset by peer"
	case chat.ReasonPeerClosed, chat.ReasonPeerAborted, chat.ReasonClosedHere:
		return "Remote host closed the connection"
	default:
		return "Closed: " + r.String()
	}
}

// reply appends a numeric to the answer.
func (s *session) reply(code int, format string, args ...any) {
	s.net.out = s.appendReply(s.net.out, code, format, args...)
}

func (s *session) appendReply(dst []byte, code int, format string, args ...any) []byte {
	return appendLine(dst, ":%s %03d %s "+format,
		append([]any{s.net.name, code, cmp.Or(s.nick, "*")}, args...)...)
}
