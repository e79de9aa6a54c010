package chat_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// sessionState is a state that has every optional method, and notes its calls.
type sessionState struct {
	*chat.Channel
	calls   []string
	drained int // its place depends on the split
}

func (s *sessionState) note(what ...any)      { s.calls = append(s.calls, fmt.Sprintln(what...)) }
func (s *sessionState) HandleConnect()        { s.note("connect") }
func (s *sessionState) HandleRest(p []byte)   { s.note("rest", string(p)) }
func (s *sessionState) HandleEOF()            { s.note("EOF"); s.CloseWhenDone() }
func (s *sessionState) HandleDrained()        { s.drained++ }
func (s *sessionState) HandleTooLong()        { s.note("too long") }
func (s *sessionState) HandleSkipped()        { s.note("skipped") }
func (s *sessionState) HandleClose(err error) { s.note("close", err) }

func (s *sessionState) message(msg []byte) {
	s.note("got", string(msg))
	s.PushString("ok\n")
}

// A session has the optional methods of its state, and its own for a rest: with a recorder before
// it, whatever the terminator, in every split.
func TestSessionHasTheMethodsOfItsState(t *testing.T) {
	for name, tt := range map[string]struct {
		size   int64
		stream string
		want   []string
	}{
		"lines": {0, "one\n" + "123456789\n" + "tw", []string{
			"connect\n", "got one\n", "too long\n", "skipped\n", "rest tw\n", "EOF\n",
			"close <nil>\n"}},
		"lengths": {4, "four" + "fi", []string{
			"connect\n", "got four\n", "rest fi\n", "EOF\n", "close <nil>\n"}},
		"too large": {9, "123456789" + "12", []string{
			"connect\n", "too long\n", "skipped\n", "rest 12\n", "EOF\n", "close <nil>\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			end := terminator.String("\n")
			if tt.size > 0 {
				end = terminator.Length(tt.size)
			}
			for split := range len(tt.stream) + 1 {
				var s *sessionState
				c := chattest.NewConn(t, chat.Session(end, func(c *chat.Channel) *sessionState {
					c.SetMaxElement(5, true)
					s = &sessionState{Channel: c}
					return s
				}, (*sessionState).message))
				c.SendString(tt.stream[:split])
				c.SendString(tt.stream[split:])
				c.CloseWrite()
				require.Equal(t, tt.want, s.calls, "split at %d", split)
				require.Equal(t, len(c.Received()) > 0, s.drained > 0)
			}
		})
	}
}

// A state without methods has none: EOF closes, and a line over the limit too.
func TestSessionOfAPlainState(t *testing.T) {
	count := chat.Session(terminator.Line(), func(*chat.Channel) *int { return new(int) },
		func(n *int, msg []byte) { *n += len(msg) })
	c := chattest.NewConn(t, count)
	c.SendString("one\n")
	require.False(t, c.Closed())
	c.CloseWrite()
	require.True(t, c.Closed())
}

// A panic of f closes the channel alone, and the state is told.
func TestSessionPanics(t *testing.T) {
	var reason error
	c := chattest.NewConn(t, chat.Session(terminator.Line(),
		func(*chat.Channel) *error { return &reason }, func(*error, []byte) { panic("on purpose") }))
	c.SendString("\n")
	require.True(t, c.Closed())
}

type told struct {
	*chat.Channel
	why *error
}

func (s told) HandleError(err error)    { s.PushString("sorry") }
func (s told) HandleClose(reason error) { *s.why = reason }

func TestSessionIsToldOfItsPanic(t *testing.T) {
	var reason error
	c := chattest.NewConn(t, chat.Session(terminator.Line(),
		func(c *chat.Channel) told { return told{c, &reason} },
		func(told, []byte) { panic("on purpose") }))
	c.SendString("\n")
	require.Equal(t, "sorry", string(c.Received()))
	var panicked *chat.PanicError
	require.True(t, errors.As(reason, &panicked))
}
