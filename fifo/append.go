package fifo

// Append copies p into the last chunk if it fits, and reports whether it did. The compiler can
// inline it, which halves the cost of many small pushes.
//
// Append, AppendString, Borrow, Peek and Skip are meant for package chat. Other users need only
// Push, PushString and Drain.
func (f *FIFO) Append(p []byte) bool {
	t := f.tail
	if t == nil || t.chunk == nil || f.closing || len(p) > cap(t.data)-len(t.data) {
		return false
	}
	f.size += len(p)
	t.data = append(t.data, p...)
	return true
}

// AppendString works as Append, for a string that is so short that PushString would copy it. It is
// for package chat.
func (f *FIFO) AppendString(s string) bool {
	t := f.tail
	if t == nil || t.chunk == nil || f.closing || len(s) >= ownNode ||
		len(s) > cap(t.data)-len(t.data) {
		return false
	}
	f.size += len(s)
	t.data = append(t.data, s...)
	return true
}
