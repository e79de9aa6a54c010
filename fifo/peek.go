package fifo

// Peek returns the queued bytes if they are one piece, as a few small pushes are, and nil
// otherwise. After some of them were sent, call [FIFO.Skip]. This takes fewer calls than Drain, for
// the most frequent case. The slice is valid until the queue is changed, and is not to be changed
// itself. In a drain it is nil.
//
// It is made for package chat: others call [FIFO.Drain].
func (f *FIFO) Peek() []byte {
	n := f.head
	if n == nil || n.next != nil || n.producer != nil || f.draining {
		return nil
	}
	return n.data
}

// Skip forgets the first n bytes of what Peek returns. It panics if there are fewer. It is made
// for package chat.
func (f *FIFO) Skip(n int) {
	switch p := f.Peek(); {
	case n > len(p):
		panic("fifo: Skip of more than Peek returns")
	case p == nil:
	case n == len(p):
		f.pop()
	default:
		f.shrink(n)
		f.head.advance(n)
		f.compact()
	}
}
