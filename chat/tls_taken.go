package chat

import "errors"

const (
	recordHeader = 5
	// uselessRecord is how many elements a TLS record counts as that brings no data, such as one that
	// changes keys: it takes about 20 µs.
	uselessRecord = 32
	// maxHello is how much of a handshake a peer may send before it is answered. A ClientHello has one
	// or two KiB.
	maxHello = 16<<10 + 512
	// handshakeHeld is what a handshake in progress keeps beside what has come: most of it the stack
	// of its coroutine.
	handshakeHeld = 8 << 10
	// readAhead is what crypto/tls has room for behind a record.
	readAhead = 512
)

var errHelloTooLong = errors.New("chat: the ClientHello has more than 16 KiB")

// taken is what crypto/tls has taken of the input. It gets one record at a time, so that what it
// holds is known.
type taken struct {
	answered bool   // it has said something
	settled  bool   // the handshake is done
	length   uint16 // of the record in progress, behind the header
	got      int32  // bytes of that, and of its header
	records  uint32 // whole ones
	flight   int32  // bytes since it has said something, in a handshake; later, room when idle
	room     int32  // of its buffer, which only grows
}

// take copies to p what crypto/tls may have of in, and returns how much that is.
func (t *taken) take(p, in []byte) (n int) {
	for t.got < recordHeader && n < min(len(p), len(in)) {
		p[n] = in[n]
		if t.got >= recordHeader-2 {
			t.length = t.length<<8 | uint16(in[n])
		}
		t.got++
		n++
	}
	if t.got >= recordHeader {
		size := recordHeader + int32(t.length)
		k := copy(p[n:], in[n:][:min(len(in)-n, int(size-t.got))])
		n += k
		t.room = max(t.room, size+readAhead)
		if t.got += int32(k); t.got == size {
			t.got = 0
			t.records++
		}
	}
	if !t.settled {
		t.flight += int32(n)
	}
	return n
}

// answer says that crypto/tls has said something.
func (t *taken) answer() {
	if !t.settled {
		t.answered, t.flight = true, 0
	}
}

// settle says that the handshake is done: what crypto/tls keeps now it keeps while it is idle.
func (t *taken) settle() { t.settled, t.flight = true, t.room }

// helloTooLong reports whether the peer has not been answered yet, and has sent too much.
func (t *taken) helloTooLong() bool { return !t.answered && t.flight > maxHello }

// heldBytes returns how much is kept for TLS, about, beside what an idle channel needs for it.
func (s *secure) heldBytes() int {
	n := s.wire.Held() + len(s.held)
	t := &s.taken
	if s.away() {
		t = &s.shake.given
	}
	switch {
	case s.securing:
		n += handshakeHeld + int(t.room) + int(t.flight-t.got)
	case t.got > 0 || t.room > t.flight:
		n += int(t.room)
	}
	return n
}
