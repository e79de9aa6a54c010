package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A client says what its script says, and compares what comes back with it. How it does that is its
// style.
type client struct {
	w      *world
	id     int
	script *script
	input  []byte
	header []byte // of the PROXY protocol, which input begins with
	want   []byte
	ends   map[int]bool
	addr   string
	direct bool // not by the forwarder
	style  style
	loop   *core.Loop

	tries   int
	got     int
	early   []byte // what may be a refusal
	local   net.Addr
	started bool // the connection was made
	isOver  bool // the end of the connection has come
	done    bool
	outcome string
}

func asPanic(err error, target **chat.PanicError) bool { return errors.As(err, target) }

// style is how a client is made.
type style uint8

const (
	raw     style = iota // on core.Conn: what it does is its own
	channel              // a chat.Channel
	talking              // a conversation, which waits for each answer
	numStyles
)

var styleNames = [numStyles]string{"raw", "channel", "talking"}

func (w *world) newClient(i int) *client {
	r := w.rand
	c := &client{w: w, id: i, script: newScript(r, fmt.Sprint("client ", i)),
		style: style(r.IntN(int(numStyles))), direct: r.IntN(4) > 0}
	service := services[r.IntN(len(services))]
	c.script.suit(service)
	if w.tls {
		c.style = channel + style(r.IntN(2))
	}
	if service == "talk" && c.direct && w.calm() && r.IntN(2) == 0 {
		st := step{[]byte("CALL you\r\n"), []byte("CALL you\r\n")}
		c.script.steps = slices.Insert(c.script.steps, 1, st)
	}
	c.input = c.script.input()
	c.want, c.ends = c.script.want()
	c.loop = w.near[r.IntN(len(w.near))]
	if !c.direct {
		service = "forward to " + service
	}
	_, port, _ := net.SplitHostPort(w.addrs[service].String())
	c.addr = net.JoinHostPort([]string{"127.0.0.1", "localhost", "server"}[r.IntN(3)], port)
	w.k.After(milliseconds(r.IntN(2000)), func() { c.loop.Post(c.dial) })
	return c
}

func (c *client) String() string {
	how := "forwarded"
	if c.direct {
		how = "direct"
	}
	return fmt.Sprintf("client %d (%s, %s, %s, %v): sends %d bytes, has received %d of %d, try %d, "+
		"connected %t, over %t %s", c.id, styleNames[c.style], how, endingNames[c.script.end], c.local,
		len(c.input), c.got, len(c.want), c.tries, c.started, c.isOver, c.outcome)
}

const maxTries = 1000

func (c *client) dial() {
	if c.w.ending {
		c.finish("not tried any more")
		return
	}
	if c.tries++; c.tries > maxTries {
		c.w.fail("%v: was not let in", c)
		return
	}
	c.got, c.early, c.started, c.isOver, c.local = 0, nil, false, false, nil
	var err error
	switch c.style {
	case raw:
		err = c.dialRaw()
	case channel:
		err = c.dialChannel(c.newChannel)
	case talking:
		err = c.dialChannel(c.newTalking)
	}
	if err != nil {
		c.again()
	}
}

// connected is called when the connection is made.
func (c *client) connected(local net.Addr) {
	c.started = true
	if local == nil {
		return // it has been closed meanwhile
	}
	c.local = local
	if c.header = c.w.claim(c, local); c.header != nil {
		c.input = append(c.header, c.script.input()...)
	}
	c.w.peers[addrPort(local)] = c
}

func (c *client) again() {
	c.w.k.After(milliseconds(100+c.w.rand.IntN(3000)), func() { c.loop.Post(c.dial) })
}

// receive compares.
func (c *client) receive(p []byte) {
	if c.isOver || c.done {
		c.w.fail("%v: %d bytes come behind the end", c, len(p))
		return
	}
	c.w.report.Bytes += len(p)
	if c.got+len(c.early) < len(busy) &&
		bytes.HasPrefix([]byte(busy), append(bytes.Clone(c.early), p...)) {
		c.early = append(c.early, p...)
		return
	}
	p = append(c.early, p...)
	c.early = nil
	rest := c.want[c.got:]
	if len(p) > len(rest) || !bytes.Equal(p, rest[:len(p)]) {
		c.w.fail("%v: receives %s", c, difference(p, rest))
		return
	}
	c.got += len(p)
}

// difference shows the first place at which got is not what is wanted.
func difference(got, want []byte) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	const around = 40
	cut := func(p []byte) []byte { return p[max(0, min(i-around/2, len(p))):min(i+around, len(p))] }
	return fmt.Sprintf("something else %d bytes further on: %q, wanted %q", i, cut(got), cut(want))
}

func (c *client) hasAll() bool { return c.got == len(c.want) }

// over is called when the connection has ended: with nil or io.EOF in the agreed way, as far as the
// client sees.
func (c *client) over(err error) {
	if c.isOver || c.done {
		return
	}
	c.isOver = true
	clean := err == nil || err == io.EOF
	agreed := c.hasAll() && clean || c.started && c.script.end.loses() // what was queued went with it
	switch {
	case agreed:
		c.w.report.Clients++
		c.finish("as agreed")
	case bytes.Equal(c.early, []byte(busy)) && clean && c.w.refuses(), !c.started:
		c.again()
	case c.excused(err):
		c.w.report.Cut++
		c.finish("cut")
	default:
		c.w.fail("%v: the end comes too early: %v", c, err)
	}
}

// excused reports whether the connection may have been cut.
func (c *client) excused(err error) bool {
	k := c.w.k
	faults := k.Breaks() > 0 || c.w.faults.NoFiles > 0
	switch {
	case c.local == nil, k.Broken(c.local), c.w.forgiven[addrPort(c.local)]:
		return true
	case !c.direct:
		return faults || len(c.w.forgiven) > 0 || c.w.ending || c.w.refuses() || c.w.faults.Refuse > 0 ||
			c.w.faults.NoName > 0 || c.script.end.loses()
	case c.got == 0 && c.w.faults.NoFiles > 0:
		return true // turned away
	case c.got == 0 && c.w.refuses() &&
		(err == nil || isOf(err, io.EOF, syscall.ECONNRESET, syscall.EPIPE)):
		return true // the last word was lost, or was not sent in the second that there is for it
	case c.w.ending && c.got == 0:
		return true // the listener was closed before it was accepted
	case c.w.ending:
		lingered := c.w.now()-c.w.endingAt >= time.Second
		if lingered && isOf(err, syscall.ECONNRESET, syscall.EPIPE) {
			return true // who still sends then is reset, and loses what it has not read
		}
		return c.ends[c.got] && (err == nil || err == io.EOF || lingered)
	}
	return false
}

func (c *client) finish(outcome string) {
	if !c.done {
		c.done, c.outcome = true, outcome
		c.w.k.Note(c.String())
	}
}

// mayClose implements peer.
func (c *client) mayClose(a *audit, reason error) bool {
	if isOf(reason, chat.ErrRefused) {
		return a.w.refuses()
	}
	var panicked *chat.PanicError
	switch c.script.end {
	case closes:
		return isOf(reason, io.EOF) || reason == nil // with HandleEOF the server ends it
	case halfCloses, rests:
		return isOf(reason, io.EOF) || reason == nil
	case unfinished:
		return isOf(reason, io.ErrUnexpectedEOF) || reason == nil
	case quits, halfQuits:
		return reason == nil
	case tooLong:
		return isOf(reason, chat.ErrTooLong)
	case drops:
		return reason == nil
	case dies:
		return asPanic(reason, &panicked)
	}
	return false
}
