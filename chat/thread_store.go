package chat

// Where the input of a goroutine lies. Little is copied there. Where much comes, the loop reads it
// there, and does so again as soon as the goroutine asks for more.

// room is that of an asker. The rest of the input before it goes to where the next read begins.
func (v *Conversation) room() []byte {
	t := v.thread
	if t == nil || !t.waits || cap(t.store) != largeBuffer {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fold(v)
	left := len(v.buf)
	if left > frontRoom {
		return nil
	}
	store := t.store[:largeBuffer]
	copy(store[frontRoom-left:], v.buf)
	v.buf = store[frontRoom-left : frontRoom]
	return store
}

// isRead reports whether buf was read into the store.
func (t *thread) isRead(buf []byte) bool {
	return cap(t.store) == largeBuffer && &buf[0] == &t.store[:largeBuffer][frontRoom]
}

// give lets the goroutine have buf, which was read.
func (v *Conversation) give(buf []byte) {
	t := v.thread
	t.mu.Lock()
	t.fold(v)
	left := len(v.buf)
	switch {
	case t.isRead(buf):
		v.buf = t.store[frontRoom-left : frontRoom+len(buf)]
	case left+len(buf) <= cap(t.store):
		t.store = append(t.store[:0], v.buf...) // moves it to the beginning
		t.store = append(t.store, buf...)
		v.buf = t.store
	default:
		store := append(append(takeBuffer(left+len(buf)), v.buf...), buf...)
		giveBuffer(t.store)
		t.store, v.buf = store, store
	}
	t.mid = true // until it has told what it has done with that
	t.limit(v.c)
	t.mu.Unlock()
}

// giveStore gives the memory of the input back, when all input is consumed.
func (t *thread) giveStore(v *Conversation) {
	giveBuffer(t.store)
	t.store, v.buf = nil, nil
}

// readOn reads for a goroutine that has taken much and asks for more: there is some already, as a
// rule, and to hear of that would take longer.
func (t *thread) readOn(v *Conversation) {
	c := v.c
	if c.life.phase != open || c.event&(largeReads|largestReads) == 0 ||
		c.special&^(actsHold|actsInput) != actsAsker {
		return
	}
	v.settling()
	if t.waits && c.mayDeliver() && !c.inputHas(rescan) && !c.readAll() {
		(*endpoint)(c).HandleRead()
	}
}
