package web

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
)

// Hijack gives the connection to the handler, by [chat.Channel.Detach], once what was written is
// sent. The Reader has what the client has sent after its request. In a test without sockets and on
// Windows, Detach is not possible: Hijack returns an error then, and the handler may still answer.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, http.ErrHijacked
	}
	if w.wrote {
		if err := w.flush(); err != nil {
			return nil, nil, err
		}
	}
	given := make(chan detached, 1)
	if err := w.run.session.Post(func() { w.run.giveAway(given) }); err != nil {
		return nil, nil, err
	}
	d := <-given
	if d.err != nil {
		return nil, nil, d.err
	}
	w.hijacked = true
	in := bufio.NewReader(io.MultiReader(bytes.NewReader(d.unread), d.conn))
	if len(d.unread) > 0 {
		in.Peek(min(len(d.unread), in.Size())) // so that Buffered says how much there is
	}
	return d.conn, bufio.NewReadWriter(in, bufio.NewWriter(d.conn)), nil
}

// errReturned is what a handler gets that uses its response after it has returned: the connection
// has another request then.
var errReturned = errors.New("web: the handler has returned")

type detached struct {
	conn   net.Conn
	unread []byte
	err    error
}

// giveAway detaches the channel as soon as what was written is sent.
func (r *run) giveAway(to chan<- detached) {
	if s := r.session; s.Exchange == nil || s.run != r {
		to <- detached{err: errReturned}
		return
	}
	r.detach = func() (done bool) {
		var d detached
		if d.conn, d.unread, d.err = r.session.Detach(); d.err != nil && r.session.Queued() > 0 &&
			!r.session.Closed() {
			return false // HandleDrained comes
		}
		if d.err == nil {
			r.stop()
			r.session.end()
		}
		to <- d
		return true
	}
	r.take()
}
