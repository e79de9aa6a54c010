package fifo

const (
	smallShared = 512 // costs more as an entry of its own than its bytes do
	sharedRun   = 16  // such entries one behind the other, before more are joined
)

// PushShared queues p itself and not a copy, for what many queues send: p must never change again.
// Where many small ones wait, the next are copied, joined as those of [FIFO.Push] are, since an
// entry for each would cost more memory than its bytes.
func (f *FIFO) PushShared(p []byte) error {
	run := uint8(0)
	if t := f.tail; t != nil && len(p) < smallShared {
		if run = t.run + 1; t.chunk != nil || run > sharedRun {
			return f.Push(p)
		}
	}
	if f.closing {
		return ErrClosed
	}
	if len(p) > 0 {
		f.size += len(p)
		f.append(node{data: p, run: run})
	}
	return nil
}
