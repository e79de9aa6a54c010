package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// maxWaiting bytes of an answer wait for the loop, and in the queue, before its handler waits too.
const maxWaiting = 64 << 10

// A run is a handler of net/http at work on a request. The handler is on a goroutine of its own,
// not in work of Channel.Go: that holds the input, and so would neither bring it a body nor notice
// that the client has gone.
type run struct {
	handler http.Handler
	request *http.Request
	cancel  context.CancelCauseFunc
	body    body

	// The loop's.
	session   *session
	begun     bool
	expected  bool         // to answer at once: Loop.Expect
	gone      bool         // the client has ended its direction
	patience  *core.Timer  // until the handler is slow
	limits    *chat.Limits // of the connection, while the handler is slow
	deadlines deadlines
	detach    func() bool // of a hijack that waits for the output; it reports whether it is done

	mu      sync.Mutex
	room    sync.Cond
	out     outbox
	posted  bool  // the loop will come for it
	sending bool  // the channel has a file, for which the handler waits
	done    bool  // that is all
	begins  bool  // the answer has begun
	ending  bool  // the server shuts down
	over    error // why nothing more can be sent
	keep    bool  // with done: the connection may go on
	code    int   // with done: for the log
	size    int64
}

func newRun(s *session, h http.Handler, u *url.URL) *run {
	r := &run{handler: h, session: s, ending: s.ending}
	r.room.L = &r.mu
	r.body.set(r, s.Exchange)
	local := context.WithValue(context.Background(), http.LocalAddrContextKey, s.LocalAddr())
	ctx, cancel := context.WithCancelCause(local)
	r.cancel = cancel
	r.request = newRequest(ctx, s.Exchange, u, &r.body)
	return r
}

// begin lets the handler work.
func (r *run) begin() {
	s := r.session
	r.begun = true
	r.expect(true)
	if idle := s.Limits().IdleTimeout; idle > 0 {
		r.patience = s.Loop().After(idle/2, r.becomeSlow)
	}
	go r.work()
}

// beginUnlessBegun is called after the input that came together with the head. So a body that is
// whole is known to be so before its handler answers, and does not end the connection.
func (r *run) beginUnlessBegun() {
	if s := r.session; !r.begun && s.Exchange != nil && s.run == r && !s.Closed() {
		r.begin()
	}
}

// becomeSlow takes the clock of idle clients away: this one waits for us.
func (r *run) becomeSlow() {
	s := r.session
	kept := s.Limits()
	r.limits = &kept
	l := kept
	l.IdleTimeout = chat.NoLimit
	s.SetLimits(l)
	r.expect(false)
}

// expect says whether the loop may look for the answer before it sleeps.
func (r *run) expect(yes bool) {
	if r.expected == yes {
		return
	}
	r.expected = yes
	if yes {
		r.session.Loop().Expect(1)
	} else {
		r.session.Loop().Expect(-1)
	}
}

// work is the goroutine.
func (r *run) work() {
	returned := false
	w := newResponse(r)
	defer func() {
		v := recover()
		r.cancel(nil)
		if !returned {
			r.panicked(w, v)
		}
	}()
	r.handler.ServeHTTP(w, r.request)
	r.cancel(nil)
	r.body.Close()
	w.finish()
	returned = true
}

// panicked ends the connection of a handler that has ended by a panic, or with its goroutine.
func (r *run) panicked(w *response, v any) {
	w.release()
	if v == nil {
		v = "runtime.Goexit was called"
	}
	s := r.session
	if err, ok := v.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
		s.Loop().Logger().Error(fmt.Sprintf("web: panic of a handler: %v", v),
			"remote", r.request.RemoteAddr, "stack", string(debug.Stack()))
	}
	if !w.hijacked {
		s.Post(func() { s.Channel.Close() })
	}
}

// send has the loop send head and body, which is in space, or is copied. It waits while too much
// waits for the client. Any goroutine of the handler may call it.
func (r *run) send(head, body []byte, space *buffer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.out.size >= maxWaiting && r.over == nil {
		r.room.Wait()
	}
	if r.over != nil {
		return r.over
	}
	r.begins = true
	r.out.add(head)
	r.out.lend(body, space)
	r.post()
	return nil
}

// sendBefore sends an answer before the answer, of a status of 1xx.
func (r *run) sendBefore(head string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.begins && r.over == nil {
		r.out.add([]byte(head))
		r.post()
	}
}

// end is the last send.
func (r *run) end(code int, size int64, keep bool, head, body []byte, space *buffer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.code, r.size, r.keep = true, code, size, keep && r.over == nil
	if r.over == nil { // or something before it is missing
		r.out.add(head)
		r.out.lend(body, space)
		r.over = errReturned
	}
	r.post()
}

func (r *run) post() {
	if !r.posted {
		r.posted = true
		if r.session.Post(r.take) != nil {
			r.posted = false
		}
	}
}

// shutsDown reports whether the answer is the last of its connection.
func (r *run) shutsDown() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ending
}

// The side of the loop.

// take pushes what the handler has written, if the queue is not too long. If it is, take is called
// again by HandleDrained.
func (r *run) take() {
	c := r.session.Channel
	r.mu.Lock()
	r.posted = false
	if c.Queued() >= maxWaiting && !r.done {
		r.mu.Unlock()
		r.account()
		return
	}
	out, done := r.takeOut()
	r.room.Broadcast()
	r.mu.Unlock()
	r.expect(false)
	out.push(c)
	r.account()
	if r.detach != nil && r.detach() {
		r.detach = nil
		return
	}
	if done {
		r.finished()
	}
}

// finished goes on with the next request.
func (r *run) finished() {
	s := r.session
	if s.Closed() {
		return
	}
	r.stop()
	s.record(Head{Code: r.code, Type: "known", Size: r.size})
	keep := r.keep && !s.ending && !r.gone
	switch {
	case s.state == running:
	case s.state == inBody && s.need <= maxSkipped && !s.expects:
		s.state = skipping // up to the end that is set
	default:
		keep = false
	}
	s.end()
	s.ResumeReading()
	switch {
	case !keep:
		s.state = streaming
		s.CloseWhenDone()
	case s.state == running:
		s.nextRequest()
	}
}

// stop takes back what was done for a handler that takes its time.
func (r *run) stop() {
	r.expect(false)
	r.deadlines.end()
	if r.patience != nil {
		r.patience.Stop()
	}
	if r.limits != nil {
		r.session.SetLimits(*r.limits)
	}
}

// clientEnded is called when the client has ended its direction: most that do have gone.
func (r *run) clientEnded() {
	r.gone = true
	r.body.end(io.ErrUnexpectedEOF)
	r.cancel(io.EOF)
}

// closed is called when the connection is. The handler goes on, and everything fails for it.
func (r *run) closed(reason error) {
	r.expect(false)
	r.deadlines.end()
	if r.patience != nil {
		r.patience.Stop()
	}
	if reason == nil {
		reason = chat.ErrClosed
	}
	r.body.end(reason)
	r.cancel(reason)
	r.mu.Lock()
	r.over = cmp.Or(r.over, reason)
	r.room.Broadcast()
	r.mu.Unlock()
	if r.detach != nil {
		r.detach()
	}
}

// shutDown has the answer be the last one.
func (r *run) shutDown() {
	r.mu.Lock()
	r.ending = true
	r.mu.Unlock()
}
