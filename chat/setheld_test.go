package chat_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// What a handler says that it holds counts as what the channel holds: in Stats, and when all hold
// too much.
func TestSetHeld(t *testing.T) {
	var reasons []error
	s := &chat.Server{MaxTotalBuffered: 100_000, Handler: func(c *chat.Channel) chat.Handler {
		return chat.Session(crlf, func(*chat.Channel) *holdsMuch {
			return &holdsMuch{Channel: c, reasons: &reasons}
		}, func(k *holdsMuch, line []byte) {
			n, err := strconv.Atoi(string(line))
			require.NoError(t, err)
			k.SetHeld(n)
			k.PushLine("held")
		})(c)
	}}
	l := served(t, s, 1)
	held := func(want int64) {
		t.Helper()
		if got := s.Stats().Buffered; got != want {
			t.Errorf("%d bytes are held, want %d", got, want)
		}
	}
	a, b := l.Dial(), l.Dial()
	a.SendString("60000\r\n")
	held(60_000)
	a.SendString("70000\r\n")
	a.SendString("60000\r\n")
	b.SendString("30000\r\n")
	held(90_000)
	b.SendString("0\r\n")
	held(60_000)
	b.SendString("-1\r\n")
	held(60_000)
	if len(reasons) != 0 {
		t.Fatalf("closed with %v", reasons)
	}
	b.SendString("50000\r\n") // it is a that holds most
	held(50_000)
	if !a.Closed() || b.Closed() || len(reasons) != 1 || reasons[0] != chat.ErrOverloaded {
		t.Errorf("closed are %t and %t, with %v", a.Closed(), b.Closed(), reasons)
	}
	b.CloseWrite()
	held(0)
}

type holdsMuch struct {
	*chat.Channel
	reasons *[]error
}

func (k *holdsMuch) HandleClose(err error) { *k.reasons = append(*k.reasons, err) }
