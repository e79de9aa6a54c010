package chattest_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// A sayer takes "n", a line, and then n bytes, and says them back.
type sayer struct {
	*chat.Channel
	chat.Collector
	inBody  bool
	forgets bool // ExpectMore behind the line
	tooMuch bool // and not behind the bytes
}

func (s *sayer) FoundTerminator() {
	data := s.Take()
	if s.inBody = !s.inBody; s.inBody {
		if !s.forgets {
			s.ExpectMore()
		}
		n, _ := terminator.ParseLength(data, 100)
		s.SetTerminator(terminator.Length(n))
		return
	}
	if s.tooMuch {
		s.ExpectMore()
	}
	s.Push(data)
	s.SetTerminator(terminator.String("\r\n"))
}

// A decider has a HandleEOF of its own.
type decider struct{ sayer }

func (d *decider) HandleEOF() {}

func newSayer(change func(*sayer)) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.String("\r\n"))
		s := &sayer{Channel: c}
		change(s)
		return s
	}
}

// A request that ends too early for the channel is found, wherever it begins, and so is one that
// does not end; what is right passes.
func TestEveryEnd(t *testing.T) {
	const before, request = "1\r\nx", "5\r\nhello"
	right := newSayer(func(*sayer) {})
	chattest.EveryEnd(t, right, "", request)
	chattest.EveryEnd(t, right, before, request)
	chattest.EveryEnd(t, chat.Lines(func(*chat.Channel, []byte) {}), "", "one line\r\n")
	quits := chat.Lines(func(c *chat.Channel, _ []byte) { c.CloseWhenDone() })
	chattest.EveryEnd(t, quits, "", "quit\r\n")
	for name, tt := range map[string]struct {
		h               chat.NewHandler
		before, request string
		want            string
	}{
		"forgotten": {newSayer(func(s *sayer) { s.forgets = true }), before, request,
			`ExpectMore is missing behind "5\r\n" of "5\r\nhello"`},
		"too much": {newSayer(func(s *sayer) { s.tooMuch = true }), "", request,
			`expects more behind a whole request: "5\r\nhello"`},
		"half a request before": {right, "5\r\nhe", request,
			`expects more behind a whole request: "5\r\nhe"`},
		"two requests": {right, "", request + request,
			`ExpectMore is missing behind "5\r\nhello" of "5\r\nhello5\r\nhello"`},
		"decides for itself": {func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.String("\r\n"))
			return &decider{sayer{Channel: c}}
		}, "", request, "HandleEOF"},
	} {
		tb := judge(t, func(tb testing.TB) { chattest.EveryEnd(tb, tt.h, tt.before, tt.request) })
		if !tb.failed || !strings.Contains(tb.log.String(), tt.want) {
			t.Errorf("%s: failed is %t, with %q; want %q", name, tb.failed, tb.log.String(), tt.want)
		}
	}
}
