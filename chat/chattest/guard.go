package chattest

import (
	"sync"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// A guard lends input to a callback and overwrites it when the callback has returned, so that who
// keeps the slice finds garbage. The garbage is other each time: it depends on the number of
// pieces, and a test that compares cuts sees that.
type guard struct{ loans byte }

var scratch = sync.Pool{New: func() any { return new([]byte) }}

// A loan is a slice that a callback has for the length of its call.
type loan struct {
	g    *guard
	buf  *[]byte
	data []byte
}

// lend copies data to memory of its own.
func (g *guard) lend(data []byte) loan {
	buf := scratch.Get().(*[]byte)
	*buf = append((*buf)[:0], data...)
	return loan{g, buf, *buf}
}

// end fills the slice with a byte that is no ASCII, at first 0xDB.
func (l loan) end() {
	b := 0x80 | (0x5B + 37*l.g.loans)
	l.g.loans++
	for i := range l.data {
		l.data[i] = b
	}
	scratch.Put(l.buf)
}

// Guard adds the checks of a [Side] to the handlers of h, for channels that the test does not make
// itself, such as those of a server. The slice with the input is overwritten when the callback
// returns, and a callback after HandleClose or within another one fails the test.
func Guard(tb testing.TB, h chat.NewHandler) chat.NewHandler {
	return func(c *chat.Channel) chat.Handler {
		r := &recorder{tb: tb, muted: true}
		return r.wrap(h)(c)
	}
}
