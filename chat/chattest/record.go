package chattest

import (
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// A recorder stands between a channel and its handler: it writes down what the handler is called
// with, hands it input that does not outlive the call, and knows what a channel must never do.
type recorder struct {
	tb      testing.TB
	channel *chat.Channel
	handler chat.Handler
	data    []byte // what was collected
	calls   []call
	errs    []error
	reason  error // what HandleClose got
	ended   bool
	inside  bool // a callback is running
	muted   bool // write nothing down
	guard   guard
}

// call is one callback, or some collects in a row.
type call struct {
	kind kind
	n    int // bytes of data, or the index of the error
}

type kind uint8

const (
	collect     kind = iota
	lastCollect      // within it the handler ended the channel
	found
	connect
	secured
	eof
	drained
	tooLong
	skipped
	shutdown
	timeout
	failure
	rest
	closing
)

var kindNames = [...]string{"Collect", "Collect", "Found", "Connect", "Secured", "EOF", "Drained",
	"TooLong", "Skipped", "Shutdown", "Timeout", "Error", "Rest", "Close"}

// Wrap returns h with the same recorder before it: a channel finds this method by its name, when it
// is to have another handler.
func (r *recorder) Wrap(h chat.NewHandler) chat.NewHandler { return r.wrap(h) }

// wrap returns h with r between the channel and the handler.
func (r *recorder) wrap(h chat.NewHandler) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		if r.handler = h(c); r.handler == nil {
			r.ended = true // nobody is left to be told
			return nil
		}
		r.channel = c
		if m, ok := r.handler.(interface {
			Guard(func(func(*chat.Channel, []byte)) func(*chat.Channel, []byte))
		}); ok {
			m.Guard(r.guardMessages)
		}
		return r
	}
}

// guardMessages does for the callback of chat.Lines and chat.Messages what CollectIncomingData does
// here.
func (r *recorder) guardMessages(f func(*chat.Channel, []byte)) func(*chat.Channel, []byte) {
	return func(c *chat.Channel, msg []byte) {
		lent := r.guard.lend(msg)
		defer lent.end()
		f(c, lent.data)
	}
}

// Misused is called by a channel with what is wrong with the callbacks of the handler. It is told
// once in a test, which may make the handler a thousand times.
func (r *recorder) Misused(faults []string) {
	for _, fault := range faults {
		key := toldFault{r.tb, fault}
		if _, told := toldFaults.LoadOrStore(key, true); told {
			continue
		}
		r.tb.Cleanup(func() { toldFaults.Delete(key) })
		r.tb.Errorf("chattest: a callback is never called: %s", fault)
	}
}

type toldFault struct {
	tb   testing.TB
	text string
}

var toldFaults sync.Map

// Inner returns the handler. A channel finds this method by its name, and asks the handler inside
// which methods it has: some mean something by being there.
func (r *recorder) Inner() chat.Handler { return r.handler }

func (r *recorder) HandleEOF() { r.call(eof, r.handler.(chat.EOFHandler).HandleEOF) }
func (r *recorder) HandleConnect() {
	r.call(connect, r.handler.(chat.ConnectHandler).HandleConnect)
}
func (r *recorder) HandleDrained() {
	r.call(drained, r.handler.(chat.DrainedHandler).HandleDrained)
}
func (r *recorder) HandleTooLong() {
	r.call(tooLong, r.handler.(chat.TooLongHandler).HandleTooLong)
}
func (r *recorder) HandleSkipped() {
	r.call(skipped, r.handler.(chat.SkippedHandler).HandleSkipped)
}
func (r *recorder) HandleShutdown() {
	r.call(shutdown, r.handler.(chat.ShutdownHandler).HandleShutdown)
}

func (r *recorder) HandleError(err error) {
	r.tell(failure, err, r.handler.(chat.ErrorHandler).HandleError)
}

func (r *recorder) HandleRest(p []byte) {
	lent := r.guard.lend(p)
	defer lent.end()
	r.tell(rest, fmt.Errorf("%q", p), func(error) {
		r.handler.(chat.RestHandler).HandleRest(lent.data[:len(p):len(p)])
	})
}

func (r *recorder) HandleSecured(state tls.ConnectionState) {
	r.call(secured, func() { r.handler.(chat.SecuredHandler).HandleSecured(state) })
}

func (r *recorder) HandleTimeout(reason error) {
	r.tell(timeout, reason, r.handler.(chat.TimeoutHandler).HandleTimeout)
}

func (r *recorder) FoundTerminator() { r.call(found, r.handler.FoundTerminator) }

func (r *recorder) CollectIncomingData(data []byte) {
	r.enter(collect)
	defer r.leave()
	if len(data) == 0 {
		r.tb.Errorf("chattest: CollectIncomingData without data")
	}
	if !r.muted {
		r.data = append(r.data, data...)
		if n := len(r.calls); n > 0 && r.calls[n-1].kind == collect {
			// A stream in single bytes needs no more memory than one that is whole.
			r.calls[n-1].n += len(data)
		} else {
			r.calls = append(r.calls, call{collect, len(data)})
		}
	}
	lent := r.guard.lend(data)
	defer lent.end()
	open := !r.muted && r.channel.Push(nil) == nil
	r.handler.CollectIncomingData(lent.data[:len(data):len(data)])
	if open && r.channel.Push(nil) != nil {
		r.calls[len(r.calls)-1].kind = lastCollect
	}
}

func (r *recorder) HandleClose(reason error) {
	defer func() { r.reason, r.ended = reason, true }()
	if h, ok := r.handler.(chat.CloseHandler); ok {
		r.tell(closing, reason, h.HandleClose)
	} else {
		r.enter(closing)
		r.leave()
	}
}

func (r *recorder) call(k kind, f func()) {
	r.enter(k)
	defer r.leave()
	if !r.muted {
		r.calls = append(r.calls, call{k, 0})
	}
	f()
}

func (r *recorder) tell(k kind, err error, f func(error)) {
	r.enter(k)
	defer r.leave()
	if !r.muted {
		r.calls = append(r.calls, call{k, len(r.errs)})
		r.errs = append(r.errs, err)
	}
	f(err)
}

// enter looks whether a callback may come now.
func (r *recorder) enter(k kind) {
	if r.ended {
		r.tb.Errorf("chattest: %s is called after HandleClose", kindNames[k])
	}
	if r.inside {
		r.tb.Errorf("chattest: %s is called from within another callback", kindNames[k])
	}
	r.inside = true
}

func (r *recorder) leave() { r.inside = false }

// take returns what was written down, and forgets it. Collects with nothing else between them are
// joined. To be compared, it leaves out what depends on the cuts: when output was drained, and the
// data within which the handler ended the channel, since what was in the same piece is in it.
func (r *recorder) take(toCompare bool) []string {
	var list []string
	data, collected := r.data, 0
	flush := func() {
		if collected > 0 {
			list = append(list, fmt.Sprintf("Collect %q", data[:collected]))
			data, collected = data[collected:], 0
		}
	}
	for _, c := range r.calls {
		switch {
		case toCompare && c.kind == drained:
			continue
		case toCompare && c.kind == lastCollect:
			data, collected = data[collected+c.n:], 0
			continue
		case c.kind <= lastCollect:
			collected += c.n
			continue
		}
		flush()
		if c.kind >= timeout && c.kind <= closing {
			list = append(list, kindNames[c.kind]+" "+describe(r.errs[c.n]))
		} else {
			list = append(list, kindNames[c.kind])
		}
	}
	flush()
	r.data, r.calls, r.errs = nil, nil, nil
	return list
}

// describe returns the first line of err, "nil" if there is none.
func describe(err error) string {
	if err == nil {
		return "nil"
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
