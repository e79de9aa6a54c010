package chat

import (
	"io"
	"iter"

	"github.com/go-asynchat/asynchat/terminator"
)

// ReadLine returns the next line, without its end, "\r\n" or "\n". At the end of the input it
// returns io.EOF, or, if a line had begun, what has come of it and io.ErrUnexpectedEOF.
func (v *Conversation) ReadLine() (string, error) {
	line, err := v.ReadUntil(lineEnd)
	return string(line), err
}

// Lines returns an iterator of the lines that come. It ends at the end of the input; another error
// is its last pair.
func (v *Conversation) Lines() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for {
			line, err := v.ReadLine()
			if err == io.EOF || !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// ReadUntil returns the next element, up to t, which is not part of it. The element is valid until
// the next read. One over MaxElement is ErrTooLong, whatever the terminator: what was read of it is
// lost, and under SkipTooLong the rest of it too, so that the next read begins after it. Errors are
// those of ReadLine, and of the terminator; with the error that ends the input comes what has come
// of the element. After a deadline nothing is lost: the next read, of whatever kind, begins where
// this one did.
func (v *Conversation) ReadUntil(t terminator.Terminator) ([]byte, error) {
	if !v.direct() {
		if err := v.enter(); err != nil {
			return nil, err
		}
		defer v.leave()
	}
	m := v.matcher()
	if !v.partial { // as most do
		m.Set(t)
	} else if !t.Equal(m.Terminator()) || m.Err() != nil {
		v.giveBack()
		m.Set(t)
	}
	return v.element(m)
}

// ReadElement is ReadUntil for the terminator that was used last, at first the end of a line.
func (v *Conversation) ReadElement() ([]byte, error) {
	if !v.direct() {
		if err := v.enter(); err != nil {
			return nil, err
		}
		defer v.leave()
	}
	return v.element(v.matcher())
}

func (v *Conversation) matcher() *terminator.Matcher {
	if v.plain != nil {
		return &v.plain.matcher
	}
	return &v.c.matcher
}

// element returns the next element: one that is whole in what has come, or else gathered.
func (v *Conversation) element(m *terminator.Matcher) ([]byte, error) {
	if !v.partial {
		v.torn = false
		v.elem.data = v.elem.data[:0] // a large one keeps its buffer for the next, until we wait
		if elem, ok := v.whole(m); ok {
			return elem, nil
		}
		if err := v.begin(); err != nil {
			return nil, err
		}
	}
	if v.plain == nil && len(v.buf) == 0 && len(v.c.unconsumed) > 0 {
		if err := v.fill(); err != nil { // which gives the matcher what it left before a deadline
			return v.interrupted(err)
		}
	}
	return v.gather(m)
}

// whole returns the next element if that is whole in what has come, and is to be taken at once. It
// is copied: before the next read, the function may wait while the loop reads for others.
func (v *Conversation) whole(m *terminator.Matcher) (elem []byte, ok bool) {
	if len(v.buf) == 0 || v.plain == nil && (v.left <= 0 || v.c.shared.posted()) {
		return nil, false
	}
	n, size := m.Whole(v.buf)
	if size == 0 || v.tooLong(n) {
		return nil, false
	}
	v.elem.append(v.buf[:n])
	v.buf = v.buf[size:]
	v.count(size, true)
	return v.elem.data, true
}

// gather gathers an element, or the rest of one that a deadline has interrupted.
func (v *Conversation) gather(m *terminator.Matcher) (elem []byte, err error) {
	for {
		collect, skip, found := m.Next(v.buf)
		if collect == 0 && skip == 0 && !found && !m.Skipped() {
			if err := v.awaitInput(m); err != nil {
				return v.interrupted(err)
			}
			continue
		}
		data := m.Data()
		if data == nil {
			data = v.buf[:collect]
		}
		v.buf = v.buf[collect+skip:]
		if m.TooLong() || v.tooLong(len(v.elem.data)+len(data)) {
			if v.partial = v.elem.drop(m.Skips(), m.Terminator()); !v.partial {
				return nil, ErrTooLong
			}
		}
		found = found || m.Skipped()
		v.count(collect+skip, found)
		v.partial = !found
		switch {
		case !v.elem.drops():
			v.elem.append(data)
			if found {
				return v.elem.data, nil
			}
		case found:
			v.elem.forget()
			return nil, ErrTooLong
		}
	}
}

// giveBack makes what was gathered of an element input again, for a read of another kind.
func (v *Conversation) giveBack() {
	if !v.partial {
		return
	}
	v.partial = false
	if v.plain != nil || v.c.input.phase != idle {
		v.buf = append(v.elem.data, v.buf...)
	} else {
		v.c.unread(v.elem.data)
	}
	v.elem.forget()
}

// tooLong reports whether an element of n bytes is over the limit.
func (v *Conversation) tooLong(n int) bool {
	limit := v.matcher().Limit()
	return limit > 0 && int64(n) > limit
}

// begin is called before each element. While the server is being shut down there is no next one. A
// flood of them gives way to others.
func (v *Conversation) begin() error {
	switch {
	case v.plain != nil:
		return nil
	case v.ending:
		v.c.stopSoon(ErrShutdown)
		return v.wait(forInput, v.read)
	case len(v.buf) == 0:
		return nil
	case v.c.heedPosts():
		return v.wait(forInput, v.read)
	case v.left <= 0:
		v.c.yieldTurn()
		return v.wait(forInput, v.read)
	}
	return nil
}

// count keeps the books of the channel.
func (v *Conversation) count(bytes int, found bool) {
	if v.plain != nil {
		return
	}
	v.c.addToElement(bytes)
	if found {
		v.c.countElements(1)
		v.left--
		v.endElement()
	}
}

// endElement says that an element has ended, or, for Read, bytes of which each is one.
func (v *Conversation) endElement() {
	v.c.foundElement()
	v.c.endElement()
	if v.c.life.bits&firstGrace != 0 {
		v.c.shutdownGrace()
	}
}

// awaitInput waits for input when the matcher is at its end.
func (v *Conversation) awaitInput(m *terminator.Matcher) error {
	if err := m.Err(); err != nil {
		return err
	}
	if v.atEOF() {
		end := v.endOfInput()
		if end == io.EOF && (v.partial || len(v.buf) > 0 ||
			v.plain == nil && len(v.c.unconsumed) > 0) {
			return io.ErrUnexpectedEOF
		}
		return end
	}
	if !v.partial {
		v.elem.reset()
	}
	return v.fill()
}

func (v *Conversation) atEOF() bool {
	if v.plain != nil {
		return v.plain.eof
	}
	return v.eof
}

// endOfInput returns why it has ended: io.EOF, unless a connection over which Talk goes has broken.
func (v *Conversation) endOfInput() error {
	if v.plain != nil && v.plain.end != nil {
		return v.plain.end
	}
	return io.EOF
}

// fill waits until there is more input, or its end.
func (v *Conversation) fill() error {
	if v.plain != nil {
		return v.plain.fill(v)
	}
	c := v.c
	if v.ending && !v.begun() {
		c.stopSoon(ErrShutdown)
	}
	if c.input.phase == idle {
		c.scheduleRescan() // something may be held
	}
	return v.wait(forInput, v.read)
}

// Read reads what has come, at most len(p) bytes, and waits if that is nothing.
func (v *Conversation) Read(p []byte) (int, error) {
	if err := v.enter(); err != nil {
		return 0, err
	}
	defer v.leave()
	if len(p) == 0 {
		return 0, nil
	}
	v.giveBack()
	if v.plain == nil && len(v.buf) > 0 && v.c.heedPosts() {
		if err := v.wait(forInput, v.read); err != nil {
			return 0, err
		}
	}
	for len(v.buf) == 0 {
		if v.atEOF() {
			return 0, v.endOfInput()
		}
		if err := v.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, v.buf)
	v.buf = v.buf[n:]
	if v.plain == nil {
		v.endElement()
	}
	return n, nil
}

// ReadFull reads len(p) bytes. If there are fewer, it returns how many, and io.ErrUnexpectedEOF, or
// io.EOF if there are none.
func (v *Conversation) ReadFull(p []byte) (int, error) { return io.ReadFull(v, p) }
