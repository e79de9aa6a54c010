package chattest

import (
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// A script of Fuzz is read in pairs of bytes: what, and how much.
const (
	opSend    = iota // so many bytes and one in one piece
	opSendToo        // since it should be frequent
	opSendLong
	opStall
	opUnstall
	opAccept  // 64 times so many bytes
	opAdvance // one of advances
	opEnd     // the end of the stream if it is less than 128, else a reset; the rest is not sent
	opCount
)

var advances = [...]time.Duration{time.Millisecond, time.Second, 10 * time.Second, time.Minute,
	10 * time.Minute, 2 * time.Hour}

// The beginnings: nothing happens, small pieces, a peer that stalls, a reset, time.
var seedScripts = []string{
	"",
	string([]byte{opSend, 0, opSend, 1, opSend, 3}),
	string([]byte{opStall, 0, opSend, 5, opAccept, 1, opSend, 5, opUnstall, 0}),
	string([]byte{opSend, 7, opEnd, 200}),
	string([]byte{opSend, 4, opAdvance, 2, opSend, 4, opEnd, 0, opAdvance, 5}),
}

// cutting says how the bytes between two other events are cut.
type cutting int

const (
	asScripted cutting = iota
	asWhole
	asBytes
)

// A script is one play of a stream, and what was seen of it.
type script struct {
	*Conn
	rest     []byte
	how      cutting
	pending  []byte // sent before the next event, in one piece
	seen     []string
	atStall  int  // what had been seen when the peer stalled
	loose    bool // what is seen behind firm depends on how much output the system had taken
	firm     int
	received int
}

// comparable returns what must be equal in two plays.
func comparable(a, b *script) (x, y []string) {
	x, y = a.seen, b.seen
	if a.loose {
		x, y = x[:a.firm], y[:min(a.firm, len(y))]
	}
	if b.loose {
		x, y = x[:min(b.firm, len(x))], y[:min(b.firm, len(y))]
	}
	return x, y
}

func (s *script) play(ops []byte) {
	for ended := false; len(ops) > 1; ops = ops[2:] {
		arg := int(ops[1])
		switch ops[0] % opCount {
		case opSend, opSendToo:
			s.send(arg + 1)
		case opSendLong:
			s.send(16 * (arg + 1))
		case opStall:
			s.event("stall", s.Stall)
		case opUnstall:
			s.event("unstall", s.Unstall)
		case opAccept:
			if s.accept != everything {
				s.event("accept", func() { s.Accept(64 * arg) })
			}
		case opAdvance:
			s.advance(advances[arg%len(advances)])
		case opEnd:
			if ended {
				continue
			}
			if ended = true; arg < 128 {
				s.event("end", s.CloseWrite)
			} else {
				s.reset()
			}
			s.rest = nil
		}
	}
	s.send(len(s.rest))
	s.event("unstall", s.Unstall)
	s.event("end", s.CloseWrite)
	s.reset()
	s.look()
}

func (s *script) send(n int) {
	n = min(n, len(s.rest))
	piece := s.rest[:n]
	s.rest = s.rest[n:]
	switch s.how {
	case asScripted:
		s.Send(piece)
	case asWhole:
		s.pending = append(s.pending, piece...)
	case asBytes:
		for i := range piece {
			s.Send(piece[i : i+1])
		}
	}
}

func (s *script) event(name string, f func()) {
	if len(s.pending) > 0 {
		s.Send(s.pending)
		s.pending = nil
	}
	s.look()
	if s.accept == everything {
		s.seen = append(s.seen, "-- "+name)
		s.atStall = len(s.seen)
	}
	f()
}

// advance and reset come to a channel as far as it has come with its input. While output waits,
// that depends on the cuts.
func (s *script) advance(d time.Duration) {
	s.event(d.String(), func() { s.loosen(); s.Conn.Advance(d) })
}

func (s *script) reset() { s.event("reset", func() { s.loosen(); s.Reset() }) }

func (s *script) loosen() {
	if !s.loose && s.accept != everything && (s.Paused() || s.Queued() > 0) {
		s.loose, s.firm = true, s.atStall
	}
}

// look notes what has happened, but while the peer is stalled, when it must not be the same in
// every play until it reads again.
func (s *script) look() {
	if s.Reason() == chat.ErrSlowReader && !s.loose {
		s.loose, s.firm = true, s.atStall
	}
	if s.accept != everything {
		return
	}
	received := s.Received()
	s.received += len(received)
	s.seen = s.observe(s.seen, received)
}
