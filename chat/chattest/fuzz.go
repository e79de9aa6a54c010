package chattest

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// Fuzz is the whole body of a fuzz target for a protocol:
//
//	func FuzzSession(f *testing.F) { chattest.Fuzz(f, newSession, "HELO a\r\nQUIT\r\n") }
//
// An input is a stream and a script. The script decides where the stream is split, and adds events:
// the peer stalls, reads on, ends its stream or resets the connection, or time passes. Each input
// is played with the splits of the script, without them, and byte by byte with short writes. The
// test fails on a panic, on results that depend on the splits, on a callback after HandleClose or
// within another one, and on a producer that is not closed exactly once. It also fails if the
// channel never becomes quiet, or needs far more memory than its input and output explain. corpus
// has the first streams; each is tried with a few scripts.
func Fuzz(f *testing.F, h chat.NewHandler, corpus ...string) {
	for _, stream := range append(corpus, "") {
		for _, script := range seedScripts {
			f.Add([]byte(stream), []byte(script))
		}
	}
	f.Fuzz(func(t *testing.T, stream, script []byte) { playScript(t, h, stream, script) })
}

const (
	maxStream = 4 << 10 // longer inputs hold nothing new
	maxScript = 256
)

// playScript is one input of Fuzz.
func playScript(tb testing.TB, h chat.NewHandler, stream, script []byte) {
	tb.Helper()
	stream, script = stream[:min(len(stream), maxStream)], script[:min(len(script), maxScript)]
	want := runScript(tb, h, stream, script, asWhole)
	for _, how := range []cutting{asScripted, asBytes} {
		got := runScript(tb, h, stream, script, how)
		if g, w := comparable(got, want); !slices.Equal(g, w) {
			tb.Fatalf("chattest: the result depends on the cuts; stream %q, script %v:\n%s", stream,
				script, compare(g, w))
		}
	}
}

func runScript(tb testing.TB, h chat.NewHandler, stream, ops []byte, how cutting) *script {
	tb.Helper()
	panics := new(panicSpotter)
	w := newWorld(tb)
	w.newLoop(slog.New(panics))
	if how == asBytes {
		w.kernel.short = shortWrites(uint64(len(stream)))
	}
	defer w.close()
	before := allocated()
	s := &script{Conn: w.connect(h), rest: stream, how: how}
	s.play(ops)
	if s.Reason() == ErrOpen { // it holds input that came before the reset
		s.Conn.Advance(max(chat.DefaultLimits().IdleTimeout, s.channel.Limits().IdleTimeout))
		s.look()
	}
	if s.Reason() == ErrOpen {
		tb.Fatalf("chattest: the channel lives on after its connection was reset; stream %q, script %v",
			stream, ops)
	}
	var panicked *chat.PanicError
	if errors.As(s.Reason(), &panicked) || panics.text != "" {
		tb.Fatalf("chattest: panic; stream %q, script %v:\n%s", stream, ops, panics.text)
	}
	got, most := allocated()-before, uint64(4<<20+64*(len(stream)+s.received))
	if how == asWhole && got > most {
		tb.Fatalf("chattest: %d bytes of memory for a stream of %d and answers of %d; stream %q, "+
			"script %v", got, len(stream), s.received, stream, ops)
	}
	return s
}

// allocated returns how many bytes have been allocated up to now, freed or not: what does not
// depend on the garbage collector.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// panicSpotter is where the loop logs: a panic in a timer of the loop's own closes no channel, and
// is told nowhere else.
type panicSpotter struct{ text string }

func (p *panicSpotter) Enabled(context.Context, slog.Level) bool { return true }
func (p *panicSpotter) WithAttrs([]slog.Attr) slog.Handler       { return p }
func (p *panicSpotter) WithGroup(string) slog.Handler            { return p }

func (p *panicSpotter) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "panic in ") {
		p.text += r.Message + "\n"
		r.Attrs(func(a slog.Attr) bool {
			p.text += a.Value.String() + "\n"
			return true
		})
	}
	return nil
}
