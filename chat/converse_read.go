package chat

import (
	"io"
	"iter"

	"github.com/go-asynchat/asynchat/terminator"
)

// ReadLine returns the next line, without its end, "\r\n". A bare "\n" does not end a line, and is
// part of it. For lines that people type, use ReadUntil(terminator.Line()). At the end of the input
// ReadLine returns io.EOF. If the input ends within a line, it returns the beginning of the line
// and io.ErrUnexpectedEOF.
func (v *Conversation) ReadLine() (string, error) {
	line, err := v.ReadUntil(lineEnd)
	return string(line), err
}

// Lines returns an iterator of the lines that ReadLine returns. The iteration stops at the end of
// the input. Any other error comes with the last pair.
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
// the next read. For an element over MaxElement it returns ErrTooLong, under every terminator. The
// beginning of that element is lost, and under SkipTooLong its rest too, so that the next read
// begins after it. Errors are those of ReadLine and of the terminator. If the input ends within an
// element, its data is returned with the error. A deadline loses no input: the next read, of any
// kind, begins where this one did.
func (v *Conversation) ReadUntil(t terminator.Terminator) ([]byte, error) {
	switch { // as most do
	case v.thread != nil:
		if elem, ok := v.thread.whole(v, &t); ok {
			return elem, nil
		}
	case v.direct() && !v.partial:
		m := &v.c.matcher
		if !m.Has(&t) { // Set looks too, in a call and with a copy of t
			m.Set(t)
		}
		if elem, ok := v.whole(m); ok {
			return elem, nil
		}
		if v.mayWaitWhole(m) {
			v.parkWhole()
			if m.Set(t); v.direct() {
				if elem, ok := v.whole(m); ok {
					return elem, nil
				}
			}
		}
	}
	return v.readUntil(t)
}

func (v *Conversation) readUntil(t terminator.Terminator) ([]byte, error) {
	if err := v.beginRead(); err != nil {
		return nil, err
	}
	defer v.endRead()
	if m := v.matcher(); !v.partial {
		m.Set(t)
	} else if !t.Equal(m.Terminator()) || m.Err() != nil {
		v.giveBack()
		m.Set(t)
	}
	return v.element()
}

// ReadElement returns the next element, with the same terminator as the last read. The first read
// ends at a line end.
func (v *Conversation) ReadElement() ([]byte, error) {
	switch {
	case v.thread != nil:
		if elem, ok := v.thread.whole(v, nil); ok {
			return elem, nil
		}
	case v.direct() && !v.partial:
		m := &v.c.matcher
		if elem, ok := v.whole(m); ok {
			return elem, nil
		}
		if v.mayWaitWhole(m) {
			v.parkWhole()
			if v.direct() {
				if elem, ok := v.whole(m); ok {
					return elem, nil
				}
			}
		}
	}
	if err := v.beginRead(); err != nil {
		return nil, err
	}
	defer v.endRead()
	return v.element()
}

func (v *Conversation) matcher() *terminator.Matcher {
	if v.own != nil {
		return &v.own.matcher
	}
	return &v.c.matcher
}

// awaitInput waits for input when the matcher is at its end.
func (v *Conversation) awaitInput(m *terminator.Matcher) error {
	if err := m.Err(); err != nil {
		return err
	}
	if v.atEOF() {
		end := v.endOfInput()
		if end == io.EOF && (v.partial || len(v.buf) > 0 ||
			v.own == nil && len(v.c.unconsumed) > 0) {
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
	if v.own != nil {
		return v.own.eof
	}
	return v.eof
}

// endOfInput returns why it has ended: io.EOF, unless a connection over which Talk goes has broken.
func (v *Conversation) endOfInput() error {
	if v.own != nil && v.own.end != nil {
		return v.own.end
	}
	return io.EOF
}

// fill waits until there is more input, or its end.
func (v *Conversation) fill() error {
	if v.own != nil {
		return v.own.source.fill(v)
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

// Read reads at most len(p) bytes of available input, and waits if there is none.
func (v *Conversation) Read(p []byte) (int, error) {
	if err := v.beginRead(); err != nil {
		return 0, err
	}
	defer v.endRead()
	if len(p) == 0 {
		return 0, nil
	}
	v.giveBack()
	if v.own == nil && len(v.buf) > 0 && v.c.heedPosts() {
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
	if v.own == nil {
		v.tookInput()
	} else {
		v.own.found++
	}
	return n, nil
}

// ReadFull reads len(p) bytes. If fewer come, it returns their number and io.ErrUnexpectedEOF. If
// none come, it returns io.EOF.
func (v *Conversation) ReadFull(p []byte) (int, error) { return io.ReadFull(v, p) }
