package chat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// CloseWhenDone waits for work also where our direction has ended before it began.
func TestCloseWhenDoneBehindCloseWrite(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.HoldWork()
	c.Do(func() {
		r.CloseWrite()
		r.Go(func() func() { return func() { r.note("done") } })
	})
	if !c.Closed() {
		t.Error("work holds up the end of our direction, which came before it")
	}
	c.Do(r.CloseWhenDone)
	c.FinishWork()
	c.CloseWrite()
	r.expect(t, "connect, done, close <nil>")
}

// What nobody will get does not keep a channel that is to end and has been reset.
func TestHalfADelimiterAtAReset(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.HoldWork()
	c.SendString("a\r")
	c.Do(func() {
		r.Go(func() func() { return nil })
		r.CloseWhenDone()
	})
	c.Reset()
	if !r.Closed() {
		t.Error("the channel is open, though a reset has broken it")
	}
}

// Work that has not begun when a read fails is done, also if the channel is to end.
func TestWaitingWorkOutlivesAReset(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.HoldWork()
	done := 0
	c.Do(func() {
		r.CloseWrite()
		for range 2 {
			r.Go(func() func() { return func() { done++ } })
		}
		r.CloseWhenDone()
	})
	c.Reset()
	if r.Closed() {
		t.Error("closed while work waits")
	}
	for c.FinishWork() {
	}
	if done != 2 || !r.Closed() {
		t.Errorf("%d of 2 works are done, closed is %t", done, r.Closed())
	}
}

// Whoever holds the input of a channel that breaks has all of IdleTimeout, whatever was used.
func TestBreakGivesTheWholeIdleTime(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.SendString("x\r\n")
	c.Advance(chat.DefaultLimits().IdleTimeout - time.Second)
	c.Do(r.PauseReading)
	c.SendString("y\r\n")
	c.Reset()
	c.Advance(chat.DefaultLimits().IdleTimeout - 1)
	if r.Closed() {
		t.Fatal("closed before the time is up")
	}
	c.Advance(1)
	if !r.Closed() {
		t.Error("open after IdleTimeout")
	}
}

// What has come of an element that SetTerminator ends from outside is none, also under None.
func TestReplacedElementIsNone(t *testing.T) {
	r, h := record(crlf)
	c := chattest.NewConn(t, h)
	c.SendString("a")
	c.Do(func() { r.SetTerminator(terminator.None) })
	c.Advance(chat.DefaultLimits().FirstTimeout)
	c.Do(func() { r.SetTerminator(crlf) })
	c.Advance(chat.DefaultLimits().FirstTimeout - 1)
	if r.Closed() {
		t.Fatal("the clock of the first element does not begin with its terminator")
	}
	c.Advance(1)
	if err := c.Reason(); !errors.Is(err, chat.ErrFirstTimeout) {
		t.Errorf("closed for %v, want ErrFirstTimeout", err)
	}
}
