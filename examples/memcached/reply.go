package main

import (
	"io"
	"strconv"
)

// maxPush is how much of an answer is put together before it is pushed.
const maxPush = 32 << 10

// get answers with the items that there are. A key that is too long refuses the whole command.
func (s *session) get(keys [][]byte, withCAS bool) {
	s.fetch(fetch{s: s, keys: keys, withCAS: withCAS})
}

func (s *session) getAndTouch(args [][]byte, withCAS bool) {
	at, ok := parseInt(args[0])
	if !ok {
		s.answer(errTime)
		return
	}
	s.fetch(fetch{s: s, keys: args[1:], withCAS: withCAS, touch: true, at: at})
}

// A fetch is a get on its way: the keys whose items are still to be sent. As a producer, it is
// asked for more when the items before have been sent. It does not embed the session, which has a
// method Close: that would be called when the producer has ended.
type fetch struct {
	s       *session
	keys    [][]byte
	withCAS bool
	touch   bool
	at      int64
	out     []byte
	goesOn  bool // other keys follow in the same line
}

func (s *session) fetch(f fetch) {
	s.quiet = false
	f.goesOn = s.goesOn
	for _, key := range f.keys {
		if s.badKey(key) {
			return
		}
	}
	s.goesOn = false // which says that the keys are taken
	more := true
	for more && len(s.out) < maxPush {
		s.out, more = f.next(s.out)
	}
	if !more {
		return
	}
	large := f // f itself would be on the heap for every get
	large.keys = cloneKeys(f.keys)
	s.flush()
	s.PauseReading() // what comes next must not change what this command gets
	s.PushProducer(&large)
}

// next appends the item of the next key, or the end.
func (f *fetch) next(dst []byte) (_ []byte, more bool) {
	if len(f.keys) == 0 && f.goesOn {
		return dst, false
	}
	if len(f.keys) == 0 {
		return append(dst, "END\r\n"...), false
	}
	key := f.keys[0]
	f.keys = f.keys[1:]
	var at *int64
	if f.touch {
		at = &f.at
		f.s.counts.touches.Add(1)
	}
	f.s.counts.gets.Add(1)
	if f.withCAS {
		return f.s.cache.read(dst, key, at, appendItemCAS), true
	}
	return f.s.cache.read(dst, key, at, appendItem), true
}

// appendItem appends an item as it is sent.
func appendItem(dst []byte, it *item) []byte { return appendValue(appendHead(dst, it), it) }

func appendItemCAS(dst []byte, it *item) []byte {
	dst = append(appendHead(dst, it), ' ')
	return appendValue(strconv.AppendUint(dst, it.cas, 10), it)
}

func appendHead(dst []byte, it *item) []byte {
	dst = append(append(append(dst, "VALUE "...), it.key...), ' ')
	dst = append(strconv.AppendUint(dst, uint64(it.flags), 10), ' ')
	return strconv.AppendInt(dst, int64(len(it.value)), 10)
}

func appendValue(dst []byte, it *item) []byte {
	dst = append(append(dst, '\r', '\n'), it.value...)
	return append(dst, '\r', '\n')
}

// More returns what is to be sent next.
func (f *fetch) More() ([]byte, error) {
	f.out = f.out[:0]
	for more := true; len(f.out) < maxPush; {
		if f.out, more = f.next(f.out); !more {
			f.s.ResumeReading()
			return f.out, io.EOF
		}
	}
	return f.out, nil
}

// cloneKeys copies the keys: the line that they are in is gone when the command is.
func cloneKeys(keys [][]byte) [][]byte {
	var all []byte
	clones := make([][]byte, len(keys))
	for _, key := range keys {
		all = append(all, key...)
	}
	for i, key := range keys {
		clones[i], all = all[:len(key):len(key)], all[len(key):]
	}
	return clones
}
