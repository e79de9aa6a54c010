package chat_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

func TestPushesOfOneCallbackAreOneWrite(t *testing.T) { // S150, B43
	r, h := record(crlf, onFound(func(r *recorder, element string) {
		for i := range 100 {
			fmt.Fprintf(r, "%d,", i)
		}
		r.PushString("end;")
	}))
	c := chattest.NewConn(t, h)
	c.SendString("a\r\nb\r\n")
	if got := c.Writes(); got != 1 {
		t.Errorf("%d writes, want 1", got)
	}
	if got := string(c.Received()); strings.Count(got, "0,1,2,3,") != 2 ||
		strings.Count(got, "99,end;") != 2 {
		t.Errorf("received %.60q", got)
	}
	if got := r.count("drained"); got != 1 {
		t.Errorf("drained %d times, want once", got)
	}
}

func TestPushCopies(t *testing.T) { // S153, B49
	buf := []byte("first ")
	big := bytes.Repeat([]byte("x"), 100_000)
	_, h := record(crlf, onFound(func(r *recorder, _ string) {
		r.Push(buf)
		copy(buf, "second")
		r.Push(buf)
		r.Push(big)
		clear(big)
	}))
	c := chattest.NewConn(t, h)
	c.Stall()
	c.SendString("\r\n")
	c.Unstall()
	expectReceived(t, c, "first second"+strings.Repeat("x", 100_000))
}

func TestPushOfNothing(t *testing.T) { // S157
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		if err := errors.Join(r.Push(nil), r.PushString("")); err != nil {
			t.Error(err)
		}
	})
	if got := c.Writes(); got != 0 || r.count("drained") != 0 {
		t.Errorf("%d writes, %d drained; want none", got, r.count("drained"))
	}
}

func TestShortWritesKeepTheOrder(t *testing.T) { // S150, S170
	var want strings.Builder
	_, h := record(crlf, onFound(func(r *recorder, _ string) {
		for i := range 20_000 {
			line := fmt.Sprintf("line %d of many\r\n", i)
			want.WriteString(line)
			r.PushString(line)
		}
	}))
	c := chattest.NewConn(t, h)
	c.Stall()
	c.SendString("\r\n")
	for i := 1; i < 400; i++ {
		c.Accept(i * 7)
	}
	c.Unstall()
	expectReceived(t, c, want.String())
}

func TestReadingPausesWhileOutputWaits(t *testing.T) { // B42: a peer cannot make us queue by asking
	found := 0
	r, h := record(crlf, onFound(func(r *recorder, _ string) {
		found++
		r.Push(bytes.Repeat([]byte("y"), 1000))
	}))
	c := chattest.NewConn(t, h)
	c.Stall()
	for range 100 {
		c.SendString(strings.Repeat("\r\n", 1000))
	}
	if queued := r.Queued(); queued > 128<<10 {
		t.Errorf("%d bytes are queued for a peer that does not read", queued)
	}
	if found == 0 || found > 300 {
		t.Errorf("%d elements were answered, want about 200", found)
	}
	c.Unstall()
	if got := len(c.Received()); found != 100_000 || got != 100_000*1000 {
		t.Errorf("in the end %d elements were answered with %d bytes, want 100000 with 100000000", found,
			got)
	}
}

// B42: what is read of a peer that does not take its output may have to be held, so one read takes
// at most 16 KiB of it, also of a large element.
func TestReadsAreShortWhileOutputWaits(t *testing.T) {
	longest := 0
	r, h := record(terminator.Length(1<<20), onData(func(_ *recorder, data string) {
		longest = max(longest, len(data))
	}))
	c := chattest.NewConn(t, h)
	data := make([]byte, 60_000)
	c.Send(data[:20_000])
	c.Stall()
	c.Do(func() { r.Push(make([]byte, 68_000)) }) // of which less waits than the low-water mark
	for _, step := range []struct {
		name     string
		do       func()
		from, to int
	}{
		{"while output waits", func() {}, 1, 16 << 10},
		{"when it is sent", c.Unstall, 60_000, 60_000},
	} {
		step.do()
		longest = 0
		if c.Send(data); longest < step.from || longest > step.to {
			t.Errorf("%s, one read brings %d bytes; want %d to %d", step.name, longest, step.from, step.to)
		}
	}
}

func TestMaxOutput(t *testing.T) { // S152, B42
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Stall()
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.MaxOutput = 1000 })
		if err := r.PushString(strings.Repeat("x", 200_000)); err != nil {
			t.Errorf("one push of any size is taken by a queue below the limit: %v", err)
		}
		if err := r.PushString("y"); err != chat.ErrSlowReader {
			t.Errorf("Push = %v, want ErrSlowReader", err)
		}
		if err := r.PushString("z"); err != chat.ErrClosed {
			t.Errorf("Push = %v, want ErrClosed", err)
		}
	})
	r.expect(t, "connect, close "+chat.ErrSlowReader.Error())
}

func TestFastReaderIsNotSlow(t *testing.T) { // what the system takes does not count
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		setLimits(r.Channel, func(l *chat.Limits) { l.MaxOutput = 60_000 })
		for range 120 {
			if err := r.PushString(strings.Repeat("x", 1000)); err != nil {
				t.Fatal(err)
			}
		}
	})
	if got := len(c.Received()); got != 120_000 {
		t.Errorf("received %d bytes, want 120000", got)
	}
}

type countingProducer struct {
	pieces []string
	asked  int
	closed int
	last   error
}

func (p *countingProducer) More() ([]byte, error) {
	p.asked++
	if len(p.pieces) == 0 {
		return nil, p.last
	}
	piece := p.pieces[0]
	p.pieces = p.pieces[1:]
	if piece == "wait" {
		return nil, fifo.ErrNotReady
	}
	return []byte(piece), nil
}

func (p *countingProducer) Close() error { p.closed++; return nil }

func TestProducerInOrder(t *testing.T) { // S159, S160
	p := &countingProducer{pieces: []string{"b", "c"}, last: io.EOF}
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		r.PushString("a")
		r.PushProducer(p)
		r.PushString("d")
		r.CloseWhenDone()
	})
	expectReceived(t, c, "abcd")
	if p.closed != 1 || !c.Closed() {
		t.Errorf("producer closed %d times, channel closed %v; want once, true", p.closed, c.Closed())
	}
}

func TestProducerThatWaits(t *testing.T) { // S166, B47
	p := &countingProducer{pieces: []string{"a", "wait", "b"}, last: io.EOF}
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() { r.PushProducer(p); r.PushString("c") })
	expectReceived(t, c, "a")
	if asked := p.asked; asked != 2 {
		t.Errorf("asked %d times before Resume, want 2: it must not be polled", asked)
	}
	c.Do(r.ResumeProducer)
	expectReceived(t, c, "bc")
}

func TestProducerThatFails(t *testing.T) { // S163, B48
	p := &countingProducer{pieces: []string{"a"}, last: errors.New("disk on fire")}
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() { r.PushProducer(p) })
	expectReceived(t, c, "a")
	r.expect(t, "connect, error fifo: producer: disk on fire, close fifo: producer: disk on fire")
	if p.closed != 1 {
		t.Errorf("closed %d times, want once", p.closed)
	}
}

func TestProducerIsClosedWithTheChannel(t *testing.T) { // B48
	for name, end := range map[string]func(*chattest.Conn, *recorder){
		"close":   func(c *chattest.Conn, r *recorder) { c.Do(func() { r.Close() }) },
		"discard": func(c *chattest.Conn, r *recorder) { c.Do(r.DiscardBuffers) },
		"reset":   func(c *chattest.Conn, r *recorder) { c.Reset() },
	} {
		p := &countingProducer{pieces: []string{strings.Repeat("x", 200_000), "more"}, last: io.EOF}
		r, h := record(crlf)
		c := chattest.NewConn(t, h)
		c.Stall()
		c.Do(func() { r.PushProducer(p) })
		end(c, r)
		if p.closed != 1 {
			t.Errorf("%s: producer closed %d times, want once", name, p.closed)
		}
	}
}

func TestProducerPushedTooLateIsClosed(t *testing.T) {
	p := &countingProducer{}
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.Do(func() {
		r.CloseWhenDone()
		if err := r.PushProducer(p); err != chat.ErrClosed || p.closed != 1 {
			t.Errorf("PushProducer = %v, closed %d times; want ErrClosed, once", err, p.closed)
		}
	})
}

func TestHandleDrainedMayPush(t *testing.T) {
	left := 1000
	_, h := record(crlf, onEvent(func(r *recorder, event string) {
		if (event == "connect" || event == "drained") && left > 0 {
			left--
			r.PushString("z")
		}
	}))
	c := chattest.NewConn(t, h)
	expectReceived(t, c, strings.Repeat("z", 1000))
}
