package chat

import "github.com/go-asynchat/asynchat/terminator"

// whole returns the next element if that is whole in what has come to the channel, and is to be
// taken at once. It is copied: before the next read, the function may wait while the loop reads for
// others.
func (v *Conversation) whole(m *terminator.Matcher) (elem []byte, ok bool) {
	if v.left <= 0 || v.c.shared.posted() {
		return nil, false
	}
	n, size := m.Whole(v.buf)
	if size == 0 {
		return nil, false
	}
	elem = v.elem.copyOf(v.buf[:n])
	v.buf = v.buf[size:]
	v.left--
	if !v.c.endsAsLast() {
		v.tookInput()
	}
	return elem, true
}

// mayWaitWhole reports whether to wait for input is all that a read has to do. Then it does so by
// itself: the fewer frames are on the stack of a function that waits, the less memory it touches
// when it goes on.
func (v *Conversation) mayWaitWhole(m *terminator.Matcher) bool {
	return len(v.buf) == 0 && v.left > 0 && v.c.input.phase == delivering && m.Waits() &&
		!v.eof && !v.ending && v.read.IsZero()
}

// element returns the next element, or gathers the rest of one that a deadline has interrupted.
func (v *Conversation) element() ([]byte, error) {
	m := v.matcher()
	if !v.partial {
		v.torn = false
		if v.own != nil {
			if elem, ok := v.own.take(v); ok {
				return elem, nil
			}
		}
		v.elem.data = v.elem.data[:0] // a large one keeps its buffer for the next, until we wait
		if err := v.begin(); err != nil {
			return nil, err
		}
	}
	if v.own == nil && len(v.buf) == 0 && len(v.c.unconsumed) > 0 {
		if err := v.fill(); err != nil { // which gives the matcher what it left before a deadline
			return v.interrupted(err)
		}
	}
	return v.gather(m)
}

// gather gathers an element step by step.
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
	if v.own != nil || v.c.input.phase != idle {
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
	case v.own != nil:
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
	if v.own != nil {
		if found {
			v.own.found++
		}
		return
	}
	v.c.addToElement(bytes)
	if found {
		v.endElement()
	}
}

// endElement says that an element has ended.
func (v *Conversation) endElement() {
	v.left--
	v.tookInput()
}

// tookInput moves the clocks: an element has ended, or bytes were read, each of which is one.
func (v *Conversation) tookInput() {
	v.c.foundElement()
	v.c.endElement()
	if v.c.life.bits&firstGrace != 0 {
		v.c.shutdownGrace()
	}
}
