package fifo

// Append is Push for what fits behind that which was pushed before it, and reports whether it did;
// else nothing has happened. It is short enough to be a part of its caller: what is pushed in many
// small pieces costs half.
//
// It is made for package chat, as are AppendString, Borrow, Peek and Skip: others need no more than
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

// AppendString is Append for a string that PushString would copy. It is made for package chat.
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
