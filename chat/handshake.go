package chat

import (
	"context"
	"errors"
	"net"

	"github.com/go-asynchat/asynchat/chat/internal/coroutine"
)

// errBareEnd is the end of the connection. As io.EOF, crypto/tls would take it for the peer's word.
var errBareEnd = errors.New("connection ended")

// A handshake is that of crypto/tls, as a coroutine: a step takes what has come, and parks where
// there is no more. Steps run on the loop if that is not held up by them. Else each is an errand,
// and a worker has the handshake, the connection and taken for so long; nothing of it runs on the
// loop's goroutine, which may be locked to a thread.
type handshake struct {
	shake func(context.Context) error
	taken *taken
	co    *coroutine.Coroutine // nil: no step has begun
	in    []byte               // what has come, and crypto/tls has not taken
	eof   bool                 // and no more will come
	out   []byte               // what it says in a step of a worker
	ended bool
	err   error

	*errand            // nil: steps run on the loop
	away        bool   // with a worker, or on its way to or from one
	given       taken  // what taken was then, what it was given included
	abandoned   bool   // the channel has gone meanwhile
	cancel      func() // tells the callbacks of the configuration
	ctx         context.Context
	local, peer net.Addr
}

// do makes a step.
func (h *handshake) do() {
	if h.co == nil {
		h.co = coroutine.New(func() { h.err = h.shake(h.ctx) })
	}
	h.ended = h.co.Resume()
}

func (h *handshake) read(p []byte) (int, error) {
	for {
		switch {
		case h.taken.helloTooLong():
			return 0, errHelloTooLong
		case len(h.in) > 0:
			n := h.taken.take(p, h.in)
			h.in = h.in[n:]
			return n, nil
		case h.eof:
			return 0, errBareEnd
		case !h.co.Park():
			return 0, net.ErrClosed
		}
	}
}

// give hands the handshake, and what it is to take, to a worker.
func (h *handshake) give(in []byte) {
	h.in = append([]byte(nil), in...)
	h.given = *h.taken
	h.given.flight += int32(len(in))
	h.away = true
	h.begin()
}

// away reports whether a worker has the handshake.
func (s *secure) away() bool { return s.shake != nil && s.shake.away }

// listens reports whether input is read while a worker has the handshake. Before it is answered, a
// peer has nothing more to say but that it goes away.
func (s *secure) listens() bool { return !s.shake.given.answered && len(s.held) <= maxHello }

// discard has a step that has not begun never begin.
func (h *handshake) discard() {
	if h.away && h.drop() {
		h.away = false
	}
}

// abandon ends the handshake of a channel that has gone. What a worker has ends when it is back.
func (h *handshake) abandon() {
	h.abandoned = true
	switch {
	case h.errand == nil:
		h.end()
		return
	case !h.away:
		h.c.conn.Loop().Kernel().Background(h.end)
	}
	h.cancel()
}

func (h *handshake) end() {
	defer func() { recover() }() // the coroutine has nobody left to tell
	if h.co != nil {
		h.co.Cancel()
	}
}

func (h *handshake) lost() { h.end() }
