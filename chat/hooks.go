package chat

import (
	"context"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/fifo"
)

// What package chattest puts between a channel and a handler, a kernel or a listener is found by
// these methods. Each is asked for in one place.
type (
	// A wrapper is a handler that stands before another. Wrap puts it before the next one, too.
	wrapper interface {
		Inner() Handler
		Wrap(NewHandler) NewHandler
	}
	// A producerWatcher is a kernel that sees what becomes of the producers.
	producerWatcher interface {
		WatchProducer(fifo.Producer) fifo.Producer
	}
	// A turner is a kernel that turns all loops on it, until ctx is done.
	turner interface {
		Turn(ctx context.Context) error
	}
	// A loopHost is a listener that brings the loops on which it is to be served, at least n.
	loopHost interface {
		Loops(n int) ([]*core.Loop, error)
	}
)

// A gatherer is a handler that gathers elements. forget drops what there is of one: DiscardBuffers,
// or a TLS handshake, begins anew.
type gatherer interface{ forget() }

// An unfinisher is a handler that gathers elements. unfinished returns what there is of one.
type unfinisher interface{ unfinished() []byte }

// A borrower is a handler that does not copy an element which came in one piece. own makes a copy,
// since FoundTerminator does not follow at once.
type borrower interface{ own() }

// A rester is a handler that keeps memory for elements that come together. rest is called when
// nothing more is delivered for now.
type rester interface{ rest() }

// A stateful handler has the methods of two others: of what gathers for it, and of its state.
type stateful interface{ parts() (gathers, state any) }

// as returns the handler as a T, if it is one. A wrapper has every method, and is a T if the
// handler inside is; so has a stateful one, which is a T if one of its parts is.
// HandleClose is for all.
func as[T any](h Handler) (T, bool) {
	t, ok := h.(T)
	if !ok {
		return t, false
	}
	h = inner(h)
	if s, is := h.(stateful); is {
		gathers, state := s.parts()
		if _, ok = gathers.(T); !ok {
			_, ok = state.(T)
		}
		return t, ok
	}
	_, ok = h.(T)
	return t, ok
}

// own returns what the user has made of a handler.
func own(h Handler) any {
	h = inner(h)
	if s, ok := h.(stateful); ok {
		_, state := s.parts()
		return state
	}
	return h
}

func inner(h Handler) Handler {
	if w, ok := h.(wrapper); ok {
		return w.Inner()
	}
	return h
}
