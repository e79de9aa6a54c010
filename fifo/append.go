package fifo

// Append copies p into the last chunk if it fits, and reports whether it did; otherwise it has no
// effect. It is short enough to be inlined, which halves the cost of many small pushes.
func (f *FIFO) Append(p []byte) bool {
	t := f.tail
	if t == nil || t.chunk == nil || f.closing || len(p) > cap(t.data)-len(t.data) {
		return false
	}
	f.size += len(p)
	t.data = append(t.data, p...)
	return true
}

// AppendString appends a string as Append does, if PushString would copy it.
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
