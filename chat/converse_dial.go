package chat

import (
	"context"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// Dial connects to a stream address and returns when the connection is made, including a TLS
// handshake. The new conversation belongs to the same function, which can use several
// conversations, one after the other or by Select. It is closed when the function returns.
func (v *Conversation) Dial(network, addr string) (*Conversation, error) {
	return v.DialWith(&Dialer{}, network, addr)
}

// DialWith connects as Dial does, with the settings of d.
func (v *Conversation) DialWith(d *Dialer, network, addr string) (*Conversation, error) {
	if v.plain != nil {
		return dialPlain(d, network, addr)
	}
	if err := v.enterAlone(); err != nil {
		return nil, err
	}
	defer v.leave()
	var w *Conversation
	_, err := d.Dial(context.Background(), v.c.Loop(), network, addr, func(c *Channel) Handler {
		w = newConversation(c)
		w.runner = v.runner
		if v.thread != nil {
			newThread(w)
			w.Context() // as for the conversation of a goroutine
		}
		return (*convHandler)(w)
	})
	if err != nil {
		return nil, err
	}
	v.runner.others = append(v.runner.others, w)
	for !w.connected {
		if err := w.wait(forConnect, v.read); err != nil {
			w.drop()
			return nil, err
		}
	}
	return w, nil
}

// drop closes what could not be made.
func (v *Conversation) drop() {
	v.c.close(nil)
	v.runner.forget(v)
}

// Select waits until one of the conversations has input or has ended, and returns its index. If
// this does not happen before the deadline, it returns os.ErrDeadlineExceeded; the zero value means
// no deadline. All conversations must belong to the same function. It does not work over a
// net.Conn.
func Select(deadline time.Time, among ...*Conversation) (int, error) {
	if len(among) == 0 || among[0].plain != nil {
		return -1, core.ErrUnsupported
	}
	owner := among[0].runner.conv
	if err := owner.enterAlone(); err != nil {
		return -1, err
	}
	defer owner.leave()
	late, over := false, false
	defer func() { over = true }()
	if !deadline.IsZero() {
		defer owner.c.conn.Timeout(deadline.Sub(owner.c.Loop().Now()), func() {
			for _, v := range among {
				v.lastLook(forInput, &over)
			}
			if !over {
				late = true
				owner.runner.resume()
			}
		})()
	}
	for {
		for i, v := range among {
			if v.ready() {
				return i, nil
			}
		}
		if late {
			return -1, os.ErrDeadlineExceeded
		}
		for _, v := range among {
			v.waits = forInput
			if v.c.input.phase == idle {
				v.c.scheduleRescan() // for an end that has come meanwhile
			}
		}
		owner.runner.park()
		for _, v := range among {
			v.waits = nothing
		}
		if err := owner.runner.err; err != nil {
			return -1, err
		}
	}
}

// ready reports whether a read would find something.
func (v *Conversation) ready() bool {
	return v.err != nil || v.eof || len(v.input()) > 0 || len(v.c.unconsumed) > 0
}
