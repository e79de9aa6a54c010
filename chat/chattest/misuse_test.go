package chattest_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// misspelt has a callback that is never called.
type misspelt struct{ chat.Handler }

func (*misspelt) HandleTimout(error) {}

// W23: a test fails once for a callback that is never called, however often its handler is made,
// and of whatever function of the kit.
func TestMisuseFailsTheTest(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler { return &misspelt{newEcho(c)} }
	for name, f := range map[string]func(tb testing.TB){
		"NewConn":    func(tb testing.TB) { chattest.NewConn(tb, h); chattest.NewConn(tb, h) },
		"EverySplit": func(tb testing.TB) { chattest.EverySplit(tb, h, "one\r\n") },
		"Pair":       func(tb testing.TB) { chattest.Pair(tb, h, h) },
		"Guard": func(tb testing.TB) {
			l := chattest.Listen(tb)
			if err := (&chat.Server{Handler: chattest.Guard(tb, h)}).Serve(l); err != nil {
				t.Fatal(err)
			}
			l.Dial()
			l.Dial()
		},
	} {
		tb := judge(t, f)
		const fault = "*chattest_test.misspelt has HandleTimout(error), " +
			"what is called is HandleTimeout(error)"
		if n := strings.Count(tb.log.String(), fault); n != 1 || !tb.failed {
			t.Errorf("%s: it is told %d times, failed %t:\n%s", name, n, tb.failed, tb.log.String())
		}
	}
}
