package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/transcript"
)

// What servers have in some worlds only.
type settings struct {
	proxied                 bool // connections begin with a PROXY header
	maxPerAddress           int
	turnsAway               bool // OnAccept does, at times
	tapped                  bool
	transcribed             bool
	maxBuffered             int64
	totalRead, totalWritten chat.Rate
	broadcasts              bool // the room says its lines by chat.Broadcast
	impatient               bool // conversations read with deadlines
	nibbles                 bool // and a few bytes of a line by themselves, which are elements then
}

func newSettings(r *rand.Rand, p *profile) (s settings) {
	some := func(n int) bool { return r.IntN(n) == 0 }
	rate := func() chat.Rate {
		return chat.Rate{PerSecond: 20_000 + r.IntN(500_000), Burst: r.IntN(2) * (1 + r.IntN(50_000))}
	}
	s.broadcasts, s.impatient = some(2), some(3)
	s.nibbles = s.impatient && some(2)
	if s.proxied = some(6); s.proxied && some(3) {
		s.maxPerAddress = 2 + r.IntN(3)
	}
	s.turnsAway, s.tapped, s.transcribed = some(16), some(6), some(8)
	if some(10) {
		s.maxBuffered = int64(100_000 + r.IntN(400_000))
	}
	if some(12) {
		p.limits.Lifetime = time.Duration(1+r.IntN(100)) * time.Second
	}
	if some(6) {
		p.limits.ReadRate, p.limits.WriteRate = rate(), rate()
	}
	if some(8) {
		s.totalRead, s.totalWritten = rate(), rate()
	}
	return s
}

// refuses reports whether servers turn somebody away.
func (p *profile) refuses() bool { return p.maxConns > 0 || p.maxPerAddress > 0 || p.turnsAway }

// calm reports whether whoever connects is served.
func (p *profile) calm() bool {
	f := &p.faults
	return !p.refuses() && p.shutdownAt == 0 && f.Break+f.Refuse+f.Abort+f.NoFiles+f.NoWatch == 0
}

func (w *world) set(s *chat.Server) {
	s.MaxConnsPerAddress = w.maxPerAddress
	s.MaxTotalBuffered = w.maxBuffered
	s.TotalReadRate, s.TotalWriteRate = w.totalRead, w.totalWritten
	if w.proxied && !w.tls {
		s.ProxyFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	if w.turnsAway {
		s.OnAccept = func(c *chat.Channel) error {
			if w.rand.IntN(4) > 0 {
				return nil
			}
			c.PushString(busy)
			return errAway
		}
	}
	switch {
	case w.tapped:
		s.Tap = w.newTap
	case w.transcribed:
		s.Tap = (&transcript.Writer{W: io.Discard}).Tap
	}
}

var errAway = errors.New("turned away")

// look fails unless the servers have counted that everything has ended.
func (w *world) look() {
	w.until("the work is done", func() bool {
		n := 0
		for _, s := range w.servers {
			st := s.Stats()
			n += st.Working + st.WorkQueue
		}
		return n == 0
	})
	for i, s := range w.servers {
		st := s.Stats()
		if w.failure == nil && (st.Connections != 0 || st.Buffered != 0 ||
			st.Accepted != st.Closed.Sum()) {
			w.fail("at the end server %d has the counts %+v", i, st)
		}
	}
}

// claim returns a PROXY header, nil if there are none in this world. It claims an address that
// stands for p, which is nil for nobody in particular, and whose own is local.
func (w *world) claim(p peer, local net.Addr) []byte {
	if !w.proxied || w.tls {
		return nil
	}
	w.claims++
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + w.claims%3)}),
		uint16(1000+w.claims))
	if p != nil {
		w.peers[from] = p
		w.own[from] = addrPort(local)
	}
	if w.rand.IntN(2) == 0 { // version 2
		head := []byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c")
		a := from.Addr().As4()
		head = append(append(head, a[:]...), 10, 1, 1, 1)
		return append(head, byte(from.Port()>>8), byte(from.Port()), 0, 25)
	}
	return fmt.Appendf(nil, "PROXY TCP4 %v 10.1.1.1 %d 25\r\n", from.Addr(), from.Port())
}

// ownOf returns the address behind one that was claimed.
func (w *world) ownOf(from netip.AddrPort) netip.AddrPort {
	if own, ok := w.own[from]; ok {
		return own
	}
	return from
}

// newTap makes a tap that compares what goes by with what a client says, and is to be answered.
func (w *world) newTap(c *chat.Channel) chat.Tap {
	from := addrPort(c.RemoteAddr())
	var seen [2][]byte
	return func(d chat.Direction, p []byte) {
		seen[d] = append(seen[d], p...)
		client, ok := w.peers[from].(*client)
		if !ok {
			return
		}
		want := client.script.input()
		if d == chat.DirectionSent {
			want = client.want
		}
		if !bytes.HasPrefix(want, seen[d]) && !bytes.HasPrefix([]byte(busy), seen[d]) {
			w.fail("%v: the tap sees %s (direction %v)", client, difference(seen[d], want), d)
		}
	}
}

// readLine reads a line, perhaps with deadlines that are too short for it, and a few bytes of it by
// a read of another kind.
func (a *audit) readLine(v *chat.Conversation) ([]byte, error) {
	w := a.w
	if !w.impatient {
		return v.ReadUntil(crlf)
	}
	defer v.SetReadDeadline(zeroTime)
	var begun []byte
	for {
		v.SetReadDeadline(v.Loop().Now().Add(milliseconds(1 + w.rand.IntN(200))))
		if !bytes.HasSuffix(begun, []byte("\r")) {
			line, err := v.ReadUntil(crlf)
			if err == nil {
				return append(begun, line...), nil
			} else if err != os.ErrDeadlineExceeded {
				return nil, err
			}
			if !w.nibbles || w.rand.IntN(2) == 0 {
				continue
			}
		}
		var one [1]byte
		n, err := v.Read(one[:])
		begun = append(begun, one[:n]...)
		if line, ok := bytes.CutSuffix(begun, []byte("\r\n")); ok {
			return line, nil
		}
		if err != nil && err != os.ErrDeadlineExceeded {
			return nil, err
		}
	}
}

// newLines makes a session of chat.Lines, which knows only what fits into a line.
func (w *world) newLines(c *chat.Channel) chat.Handler {
	s := &lines{audit: w.newAudit("lines", c)}
	s.Handler = chat.Lines(s.line)(c)
	limited := w.limits.Lifetime > 0 || w.maxBuffered > 0
	if !limited && w.rand.IntN(2) == 0 { // it takes whole lines, and nobody hears of its end
		s.began = true
		delete(w.open, s.audit)
		return s.Handler
	}
	return s
}

type lines struct {
	chat.Handler
	*audit
}

func (s *lines) HandleConnect() {
	defer s.enter("HandleConnect")()
	s.connected()
}

func (s *lines) HandleClose(err error) {
	defer s.enter("HandleClose")()
	s.ended(err)
}

func (s *lines) line(c *chat.Channel, line []byte) {
	defer s.enter("a line")()
	s.input(len(line))
	verb, arg, _ := bytes.Cut(line, []byte(" "))
	n, _ := numbers(string(arg))
	switch string(verb) {
	case "HELLO":
		c.Push(append(line[:len(line):len(line)], "\r\n"...))
	case "ECHO":
		c.Push(append(arg[:len(arg):len(arg)], "\r\n"...))
	case "GET":
		fmt.Fprintf(c, "GET %d\r\n", n)
		c.Push(pattern(min(max(n, 0), maxData)))
	case "WAIT":
		c.PauseReading()
		c.After(milliseconds(n), func() {
			fmt.Fprintf(c, "WAIT %d\r\n", n)
			c.ResumeReading()
		})
	case "BUSY":
		s.w.takeTime()
		c.PushString("BUSY\r\n")
	case "LAST":
		s.words++
	case "QUIT":
		c.PushString("BYE\r\n")
		c.CloseWhenDone()
		s.finished = true
	default:
		c.PushString("ERR\r\n")
	}
}

var zeroTime time.Time
