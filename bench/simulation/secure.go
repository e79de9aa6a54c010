package sim

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A secure peer speaks TLS, and is hostile with it: what it sends are records, whole or in part, in
// its own time.
type secure struct {
	*hostile
	kind   secureKind
	client *tls.Conn
	in     []byte // for crypto/tls
	out    []byte // of it
	step   func() (struct{}, bool)
	wait   func() bool // nil: the handshake is over
	log    secrets
	most   int // that is sent of out at once
	pause  time.Duration
}

type secureKind uint8

const (
	tlsHello     secureKind = iota // sends a ClientHello byte by byte
	tlsHalfHello                   // half of it, and stays
	tlsCutHello                    // half of it, and ends or resets
	tlsDrips                       // its first record byte by byte
	tlsDripsOn                     // its second, behind a request
	tlsCuts                        // ends or resets in the middle of a record
	tlsEnds                        // ends without close_notify
	tlsTiny                        // a record for each byte
	tlsUpdates                     // asks for new keys without end, and reads nothing
	numSecureKinds
)

var secureNames = [numSecureKinds]string{"tlsHello", "tlsHalfHello", "tlsCutHello", "tlsDrips",
	"tlsDripsOn", "tlsCuts", "tlsEnds", "tlsTiny", "tlsUpdates"}

// updates is how many of them a peer tries to send: their answers would take more than is held for
// anybody.
const updates = 10_000

func (h *hostile) dialSecure() error {
	s := &secure{hostile: h, kind: h.secure, most: 1 << 20}
	s.client = tls.Client((*pipe)(s), &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &s.log,
		MinVersion: tls.VersionTLS13})
	next, _ := iter.Pull(func(yield func(struct{}) bool) {
		s.wait = func() bool { return yield(struct{}{}) }
		if err := s.client.Handshake(); err == nil {
			s.secured()
		}
		s.wait = nil
	})
	s.step = next
	conn, err := core.Dial(h.loop, "tcp", h.addr, s, core.Readable)
	h.conn = conn
	return err
}

// pipe is the connection as crypto/tls sees it.
type pipe secure

func (p *pipe) Write(b []byte) (int, error) {
	p.out = append(p.out, b...)
	return len(b), nil
}

func (p *pipe) Read(b []byte) (int, error) {
	for len(p.in) == 0 {
		if p.wait == nil || !p.wait() {
			return 0, net.ErrClosed
		}
	}
	n := copy(b, p.in)
	p.in = p.in[n:]
	return n, nil
}

func (p *pipe) Close() error                     { return nil }
func (p *pipe) LocalAddr() net.Addr              { return p.local }
func (p *pipe) RemoteAddr() net.Addr             { return nil }
func (p *pipe) SetDeadline(time.Time) error      { return nil }
func (p *pipe) SetReadDeadline(time.Time) error  { return nil }
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

func (s *secure) HandleConnect() {
	if s.local = s.conn.LocalAddr(); s.local == nil {
		return
	}
	s.opened = s.w.now()
	s.w.peers[addrPort(s.local)] = s
	s.step() // to where it waits for an answer
	switch s.kind {
	case tlsHello:
		s.most, s.pause = 1, 400*time.Millisecond
	case tlsHalfHello, tlsCutHello:
		s.out = s.out[:len(s.out)/2]
	}
	s.send()
}

// secured makes what follows the handshake.
func (s *secure) secured() {
	line := []byte("ECHO " + strings.Repeat("d", 50) + "\r\n")
	switch s.kind {
	case tlsDrips:
		s.send()
		s.client.Write(line)
		s.most, s.pause = 1, 3*time.Second
	case tlsDripsOn:
		s.client.Write([]byte("HELLO\r\n"))
		s.send()
		s.client.Write(line)
		s.most, s.pause = 1, 3*time.Second
	case tlsCuts:
		s.client.Write(line)
		s.out = s.out[:len(s.out)-1-s.w.rand.IntN(40)]
	case tlsEnds:
		s.client.Write([]byte("HELLO\r\nECHO un"))
	case tlsTiny:
		for range 200 {
			for _, b := range line {
				s.client.Write([]byte{b})
			}
		}
	case tlsUpdates:
		s.conn.SetWant(0)
		s.out = append(s.out, s.log.updates(updates)...)
	}
}

func (s *secure) String() string {
	return fmt.Sprintf("hostile %d (%s, %v, since %v)", s.id, secureNames[s.kind], s.local, s.opened)
}

func (s *secure) HandleRead() {
	n, err := s.conn.Recv(s.loop.ReadBuffer())
	s.in = append(s.in, s.loop.ReadBuffer()[:n]...)
	if err != nil {
		s.conn.Close()
		return
	}
	if s.wait != nil && n > 0 {
		s.step()
		s.send()
	}
}

func (s *secure) HandleWrite() { s.send() }

// send sends what there is, in its own time.
func (s *secure) send() {
	if s.conn.Closed() {
		return
	}
	n, err := s.conn.Send(s.out[:min(len(s.out), s.most)])
	s.out = s.out[n:]
	s.sent += n
	switch {
	case err != nil:
		s.conn.Close()
	case len(s.out) == 0:
		s.conn.SetWant(s.conn.Want() &^ core.Writable)
		s.said()
	case s.pause > 0:
		s.conn.SetWant(s.conn.Want() &^ core.Writable)
		s.conn.After(s.pause, s.send)
	default:
		s.conn.SetWant(s.conn.Want() | core.Writable)
	}
}

// said ends what is to be cut.
func (s *secure) said() {
	if s.kind != tlsCutHello && s.wait != nil {
		return // the handshake goes on
	}
	switch s.kind {
	case tlsCutHello, tlsCuts, tlsEnds:
		if s.id%2 == 0 {
			s.conn.SetOption(core.Linger, 0)
			s.conn.Close()
		} else {
			s.conn.CloseWrite()
		}
	}
}

func (s *secure) HandleClose(error) {
	if wait := s.wait; wait != nil {
		s.wait = nil
		s.in = nil
		s.step() // the handshake fails
	}
}

// mayClose implements peer.
func (s *secure) mayClose(a *audit, reason error) bool {
	w := s.w
	if isOf(reason, chat.ErrRefused) {
		return w.refuses()
	}
	var failed *chat.HandshakeError
	handshake := errors.As(reason, &failed) || isOf(reason, chat.ErrHandshakeTimeout)
	inTime := w.isDue(chat.DefaultLimits().HandshakeTimeout, a.opened) &&
		w.now()-a.opened <= chat.DefaultLimits().HandshakeTimeout+slack+w.lag
	cut := isOf(reason, chat.ErrTruncated, io.EOF, io.ErrUnexpectedEOF) || broke(reason)
	switch s.kind {
	case tlsHello, tlsHalfHello:
		return handshake && inTime
	case tlsCutHello:
		return handshake || cut
	case tlsDrips, tlsDripsOn:
		switch {
		case handshake: // a short write has left some of it to drip
			return inTime
		case s.kind == tlsDripsOn:
			return isOf(reason, chat.ErrTooSlow, chat.ErrIdle) &&
				w.now()-a.last <= chat.DefaultLimits().IdleTimeout+slack+w.lag
		}
		return isOf(reason, chat.ErrFirstTimeout, chat.ErrTooSlow) &&
			w.now()-a.opened <= 2*chat.DefaultLimits().ElementTimeout+slack+w.lag
	case tlsUpdates:
		return len(s.out) > 0
	case tlsCuts, tlsEnds: // which may be before the server knows of the end of the handshake
		return cut || handshake
	}
	return true
}
