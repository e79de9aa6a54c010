package fifo

// Peek returns the queued bytes if they are one piece, as after a few small pushes, and nil
// otherwise. After sending some of them, call [FIFO.Skip]. For a queue of one piece, which is
// frequent, Peek and Skip need fewer calls than Drain. The slice is valid until the queue is
// changed, and must not be changed. During a Drain, Peek returns nil.
//
// Peek is for package chat: other users call [FIFO.Drain].
func (f *FIFO) Peek() []byte {
	n := f.head
	if n == nil || n.next != nil || n.producer != nil || f.draining {
		return nil
	}
	return n.data
}

// Skip removes the first n bytes of the result of Peek. It panics if there are fewer. It is for
// package chat.
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
