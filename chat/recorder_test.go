package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// A recorder writes down every callback. Neighbouring collects are joined: only their bytes are
// promised.
type recorder struct {
	*chat.Channel
	log      []string
	pending  string
	onFound  func(r *recorder, element string)
	onData   func(r *recorder, data string)
	onEvent  func(r *recorder, event string)
	element  string
	collects int
}

func record(t terminator.Terminator, set ...func(*recorder)) (*recorder, chat.NewHandler) {
	r := &recorder{}
	for _, f := range set {
		f(r)
	}
	return r, func(c *chat.Channel) chat.Handler {
		r.Channel = c
		c.SetTerminator(t)
		return r
	}
}

func (r *recorder) CollectIncomingData(data []byte) {
	r.collects++
	if len(data) == 0 {
		r.note("empty collect")
	}
	r.pending += string(data)
	r.element += string(data)
	if r.onData != nil {
		r.onData(r, string(data))
	}
	for i := range data { // whoever keeps the slice notices
		data[i] = 0xDB
	}
}

func (r *recorder) FoundTerminator() {
	r.note("found")
	element := r.element
	r.element = ""
	if r.onFound != nil {
		r.onFound(r, element)
	}
}

func (r *recorder) HandleConnect()      { r.note("connect") }
func (r *recorder) HandleDrained()      { r.note("drained") }
func (r *recorder) HandleError(e error) { r.note("error " + firstLine(e)) }
func (r *recorder) HandleClose(e error) { r.note("close " + firstLine(e)) }

func firstLine(err error) string {
	line, _, _ := strings.Cut(fmt.Sprint(err), "\n")
	return line
}

func (r *recorder) note(event string) {
	if r.pending != "" {
		r.log = append(r.log, fmt.Sprintf("%q", r.pending))
		r.pending = ""
	}
	r.log = append(r.log, event)
	if r.onEvent != nil {
		r.onEvent(r, event)
	}
}

// events returns the log, but for drained, which most tests do not look at.
func (r *recorder) events() string {
	if r.pending != "" {
		r.log = append(r.log, fmt.Sprintf("%q", r.pending))
		r.pending = ""
	}
	var kept []string
	for _, e := range r.log {
		if e != "drained" {
			kept = append(kept, e)
		}
	}
	return strings.Join(kept, ", ")
}

func (r *recorder) count(event string) (n int) {
	for _, e := range r.log {
		if e == event {
			n++
		}
	}
	return n
}

func (r *recorder) expect(t *testing.T, want string) {
	t.Helper()
	if got := r.events(); got != want {
		t.Errorf("events:\n got %s\nwant %s", got, want)
	}
}

func expectReceived(t *testing.T, c *chattest.Conn, want string) {
	t.Helper()
	if got := string(c.Received()); got != want {
		t.Errorf("peer received %.200q, want %.200q", got, want)
	}
}

func onFound(f func(r *recorder, element string)) func(*recorder) {
	return func(r *recorder) { r.onFound = f }
}

func onData(f func(r *recorder, data string)) func(*recorder) {
	return func(r *recorder) { r.onData = f }
}

func onEvent(f func(r *recorder, event string)) func(*recorder) {
	return func(r *recorder) { r.onEvent = f }
}

var crlf = terminator.String("\r\n")

// setLimits changes some limits of a channel.
func setLimits(c *chat.Channel, change func(*chat.Limits)) {
	l := c.Limits()
	change(&l)
	c.SetLimits(l)
}
