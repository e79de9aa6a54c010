package chattest

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// Play plays the dialogue in file many times with a channel and the handler that h makes: with one
// receive per line, with consecutive lines in one receive, byte by byte, split in two at every
// place, and in random splits with short writes. Each time, exactly the output of the file must
// come, and nothing else may happen. If not, Play fails the test with the dialogue up to the
// difference, the split, and a command that plays this split again. h is called each time, and must
// make the same handler.
//
// With the flag -chattest.update, or a boolean flag -update that the test has defined, it writes
// the actual output to the file. docs/testing.md describes the format.
func Play(tb testing.TB, file string, h chat.NewHandler) {
	tb.Helper()
	d, err := loadDialogue(file)
	if err != nil {
		tb.Fatalf("chattest: %v", err)
	}
	first := d.play(tb, h, d.byLine())
	if updating() {
		d = d.update(tb, first)
	}
	for i, b := range d.blocks {
		if got, want, ok := b.check(d.lines, first[i]); !ok {
			tb.Errorf("%s\n%s\n-chattest.update accepts what has come", d.report(i, got, want),
				replay(tb, "lines"))
			return
		}
	}
	for w := range d.ways() {
		if *playFlag != "" && *playFlag != w.name {
			continue
		}
		turns := d.play(tb, h, w)
		for i, t := range turns {
			if t = t.asked(d.blocks[i]); t != first[i].asked(d.blocks[i]) {
				tb.Errorf("%s\nThis came in the cut %q, and not with a receive for each line.\n%s",
					d.report(i, t.lines(), first[i].lines()), w.name, replay(tb, w.name))
				return
			}
		}
	}
}

// A turn is what has happened in a block.
type turn struct {
	peers  [maxPeers]sight
	reason string // of HandleClose; "" if it was not called yet
	paused bool
}

// A sight is what a peer has seen.
type sight struct {
	received string
	closed   bool // it has seen the end in this block
}

// play makes what the dialogue says happen, and returns a turn for each block.
func (d *dialogue) play(tb testing.TB, h chat.NewHandler, how way) []turn {
	tb.Helper()
	w := newWorld(tb)
	if how.name == "lines" {
		w.newLoop(nil)
	} else {
		w.newLoop(slog.New(slog.DiscardHandler)) // nobody wants to read of the same panic a hundred times
	}
	w.kernel.short = how.short
	defer w.close()
	c := w.connect(h)
	turns := make([]turn, len(d.blocks))
	cast := newCast(c)
	for i, b := range d.blocks {
		if line, err := cast.act(i, b.actions, how); err != nil {
			tb.Fatalf("chattest: %s:%d: %v", d.file, line+1, err)
		}
		t := &turns[i]
		t.peers = cast.look()
		if err := c.Reason(); err != ErrOpen {
			t.reason = describe(err)
		}
		t.paused = c.Paused()
	}
	return turns
}

// check compares a turn with what b expects. It returns both as lines of a dialogue, up to the
// first that differs.
func (b block) check(source []string, t turn) (got, want []string, ok bool) {
	rest := t
	for i, e := range b.expects {
		if !rest.claim(e) {
			return append(got, rest.answers(b.expects[i:])...), append(want, source[e.line]), false
		}
		got, want = append(got, source[e.line]), append(want, source[e.line])
	}
	if more := rest.answers(nil); len(more) > 0 {
		return append(got, more...), want, false
	}
	return got, want, true
}

// claim takes from t what e expects, and reports whether it is there.
func (t *turn) claim(e step) (ok bool) {
	p := &t.peers[e.peer]
	switch e.verb {
	case receives:
		p.received, ok = strings.CutPrefix(p.received, e.text)
	case matches:
		line, rest, found := strings.Cut(p.received, "\r\n")
		if ok = found && e.re.MatchString(line); ok {
			p.received = rest
		}
	case closes:
		if ok = p.closed && p.received == ""; ok {
			p.closed = false
		}
	case isClosed:
		ok = t.reason == e.text || e.re != nil && t.reason != "" && e.re.MatchString(t.reason)
	case isPaused:
		ok = t.paused
	case isOpen:
		ok = !t.paused
	}
	return ok
}

// answers returns what t has to say that was not claimed, and to the states that are asked for.
func (t turn) answers(expects []step) []string {
	var lines []string
	for i, p := range t.peers {
		lines = append(lines, asSteps(i, p.received)...)
		if p.closed {
			lines = append(lines, ofPeer(i, string(closes)))
		}
	}
	for _, e := range expects {
		switch {
		case e.verb == isClosed && t.reason != "":
			lines = append(lines, "= closed: "+t.reason)
		case (e.verb == isPaused || e.verb == isOpen) && t.paused:
			lines = append(lines, string(isPaused))
		case e.verb == isPaused || e.verb == isOpen:
			lines = append(lines, string(isOpen))
		}
	}
	return lines
}

// lines returns all of t.
func (t turn) lines() []string {
	lines := t.answers(nil)
	if t.reason != "" {
		lines = append(lines, "= closed: "+t.reason)
	}
	if t.paused {
		lines = append(lines, string(isPaused))
	}
	return lines
}

// asked returns t without what may depend on the cut, and b does not ask for.
func (t turn) asked(b block) turn {
	if !slices.ContainsFunc(b.expects,
		func(e step) bool { return e.verb == isPaused || e.verb == isOpen }) {
		t.paused = false
	}
	return t
}

// report shows the dialogue up to the block in which something else came than was wanted.
func (d *dialogue) report(at int, got, want []string) string {
	const most = 30
	first, last := 0, 0
	for _, s := range d.blocks[at].actions {
		last = s.line + 1
	}
	line := last
	for i, e := range d.blocks[at].expects {
		if line = e.line + 1; i >= len(got) || i >= len(want) || got[i] != want[i] {
			break
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "chattest: %s:%d: the dialogue goes another way:\n", d.file, max(1, line))
	if first = max(0, last-most); first > 0 {
		b.WriteString("    ...\n")
	}
	for _, s := range d.lines[first:last] {
		if s != "" && !strings.HasPrefix(s, "#") {
			fmt.Fprintf(&b, "    %s\n", abridge(s))
		}
	}
	b.WriteString(compare(got, want))
	return b.String()
}
