package core

// hasRoom reserves room for the next connection, or has the listener wait.
func (ln *Listener) hasRoom() bool {
	if ln.room == nil || ln.room.Reserve(ln.again) {
		return true
	}
	ln.hold(full)
	return false
}

func (ln *Listener) unreserve() {
	if ln.room != nil {
		ln.room.Unreserve()
	}
}
