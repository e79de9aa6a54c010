package chat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// An addressee answers each piece of its input, and gets news meanwhile. A HandleDrained would keep
// the channel from the short way of settle.
type addressee struct {
	*chat.Channel
	*chattest.Conn
	*testing.T
	reason error
}

func addressed(t *testing.T) *addressee {
	a := &addressee{T: t, reason: chattest.ErrOpen}
	a.Conn = chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
		a.Channel = c
		c.SetTerminator(crlf)
		setLimits(c, func(l *chat.Limits) { l.FirstTimeout, l.IdleTimeout = 10*time.Second, time.Minute })
		return struct {
			chat.Handler
			chat.CloseHandler
		}{a, a}
	})
	return a
}

func (a *addressee) CollectIncomingData(p []byte) { a.Push(p) }
func (a *addressee) FoundTerminator()             {}
func (a *addressee) HandleClose(err error)        { a.reason = err }

// told passes d, with something pushed each second and, after the calls, at the end.
func (a *addressee) told(d time.Duration, before ...func()) {
	a.Helper()
	for ; d > time.Second; d -= time.Second {
		a.Advance(time.Second)
		a.Do(func() { a.PushString("news\n") })
	}
	a.Advance(d)
	a.Do(func() {
		for _, f := range before {
			f()
		}
		a.PushString("news\n")
	})
	require.ErrorIs(a, a.reason, chattest.ErrOpen)
}

func (a *addressee) endsAfter(d time.Duration, reason error) {
	a.Helper()
	a.Advance(d - 1)
	require.ErrorIs(a, a.reason, chattest.ErrOpen, "before %s", d)
	a.Advance(1)
	require.ErrorIs(a, a.reason, reason, "after %s", d)
}

// News before the first element, by the short way of settle, move the clock of idleness only.
func TestToldBeforeFirstElement(t *testing.T) {
	for name, play := range map[string]func(a *addressee){
		"it says nothing": func(a *addressee) {
			a.told(7 * time.Second)
			a.endsAfter(3*time.Second, chat.ErrFirstTimeout)
		},
		"it has more time": func(a *addressee) {
			a.told(7*time.Second, func() {
				setLimits(a.Channel, func(l *chat.Limits) { l.FirstTimeout = 20 * time.Second })
			})
			a.endsAfter(20*time.Second, chat.ErrFirstTimeout)
		},
		"there is no clock of the first element any more": func(a *addressee) {
			a.told(7*time.Second, func() {
				setLimits(a.Channel, func(l *chat.Limits) { l.FirstTimeout = chat.NoLimit })
			})
			a.endsAfter(time.Minute, chat.ErrIdle)
		},
		"there is no element any more": func(a *addressee) {
			a.told(7*time.Second, func() { a.SetTerminator(terminator.None) })
			a.endsAfter(time.Minute, chat.ErrIdle)
		},
		"the clock has stood still": func(a *addressee) {
			a.told(7 * time.Second)
			a.Do(a.PauseReading)
			a.told(time.Hour)
			a.told(time.Second, a.ResumeReading)
			a.endsAfter(3*time.Second, chat.ErrFirstTimeout)
		},
		"bytes came that are elements": func(a *addressee) {
			a.told(7*time.Second, func() { a.SetTerminator(terminator.None) })
			a.SendString("x")
			a.Do(func() { a.SetTerminator(crlf) })
			a.told(30 * time.Second)
			a.endsAfter(time.Minute, chat.ErrIdle)
		},
	} {
		t.Run(name, func(t *testing.T) { play(addressed(t)) })
	}
}
