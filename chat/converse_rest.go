package chat

import (
	"errors"
	"os"
)

// interrupted ends a read that has failed: at a deadline what was gathered is for the next, else it
// is the rest, which comes with the error.
func (v *Conversation) interrupted(err error) (rest []byte, _ error) {
	if !v.partial || errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, err
	}
	v.partial, v.torn = false, true
	return v.elem.data, err
}

// Rest returns the beginning of an unfinished element, without waiting. After io.ErrUnexpectedEOF,
// or the error of a broken connection, this is the data that the read has returned with the error.
// After a deadline, it is the data with which the next read will begin. It is valid until the next
// read.
func (v *Conversation) Rest() (rest []byte) {
	v.lock()
	if v.partial || v.torn {
		rest = v.elem.data[:len(v.elem.data):len(v.elem.data)]
	}
	v.unlock()
	if v.enter() != nil {
		return rest
	}
	defer v.leave()
	rest = append(rest, v.input()...) // the goroutine has the loop, and what was read is its own
	if v.plain == nil && v.c.input.phase == idle {
		if v.c.special&actsUnread != 0 {
			rest = append(rest, v.c.ext.unread...)
		}
		rest = append(rest, v.c.unconsumed...)
	}
	return rest
}

// input returns what was read and not consumed, on the loop or with it.
func (v *Conversation) input() []byte {
	v.lock()
	defer v.unlock()
	if v.thread != nil {
		return v.thread.rest(v)
	}
	return v.buf
}
