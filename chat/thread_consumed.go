package chat

import (
	"sync/atomic"

	"github.com/go-asynchat/asynchat/terminator"
)

// consumed is how much of its input a goroutine has taken without the lock since v.buf was set: the
// number of elements in the upper half, the number of bytes in the lower half. One atomic operation
// takes an element. It fails if the loop has taken the input back, which shuts the fast path. So
// each byte belongs either to the goroutine or to the next owner, even during a read.
//
// The goroutine changes it without the lock, everybody else with the lock. v.buf and the matcher
// stay as they are meanwhile, until fold.
type consumed struct{ atomic.Uint64 }

const (
	shut       = 1 << 63
	oneElement = 1 << 32
)

func (t *consumed) bytes() int    { return int(uint32(t.Load())) }
func (t *consumed) elements() int { return int(t.Load() &^ shut / oneElement) }

// whole is the fast path of ReadUntil, and of ReadElement, without a new end. It returns the next
// element if that is whole in what has come. Nothing that it calls can panic.
func (t *thread) whole(v *Conversation, end *terminator.Terminator) (elem []byte, ok bool) {
	was := t.taken.Load()
	if was >= shut || v.c.shared.hurries() || end != nil && !t.matcher.Has(end) {
		return t.wholeLocked(v, end)
	}
	buf := v.buf[uint32(was):]
	n, size := t.matcher.Whole(buf)
	if size == 0 || !t.taken.CompareAndSwap(was, was+oneElement+uint64(size)) {
		return nil, false
	}
	return buf[:n:n], true
}

// wholeLocked does the same after a read that went the long way, and opens the fast path again.
func (t *thread) wholeLocked(v *Conversation, end *terminator.Terminator) (elem []byte, ok bool) {
	t.lock(v)
	if !v.partial && t.calm(v) {
		if end != nil {
			t.matcher.Set(*end)
		}
		v.torn = false
		elem, ok = t.take(v)
	}
	t.unlock(v)
	return elem, ok
}

// lock and unlock are the goroutine's, for an operation on its input.
func (t *thread) lock(v *Conversation) {
	t.mu.Lock()
	t.fold(v)
}

func (t *thread) unlock(v *Conversation) {
	if !t.careful && !v.partial && !v.torn {
		t.taken.Store(0)
	}
	t.mu.Unlock()
}

// fold has v.buf begin with what is not taken, and shuts the fast path. The caller has the lock,
// and is the goroutine, or knows that the goroutine waits.
func (t *thread) fold(v *Conversation) {
	if v.buf = v.buf[t.taken.bytes():]; t.lost {
		v.buf, t.lost = nil, false
	}
	t.found += t.taken.elements()
	t.taken.Store(shut)
}

// rest returns what is not taken. The caller has the lock.
func (t *thread) rest(v *Conversation) []byte {
	if t.lost {
		return nil
	}
	return v.buf[t.taken.bytes():]
}

// takeBack returns what is not taken, which is the goroutine's no longer. The goroutine may be
// about to take of it, so v.buf is left to fold. The caller has the lock.
func (t *thread) takeBack(v *Conversation) []byte {
	t.taken.Or(shut)
	rest := append([]byte(nil), t.rest(v)...)
	t.lost = true
	return rest
}
