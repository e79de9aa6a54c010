package fifo

const (
	smallShared = 512 // costs more as an entry of its own than its bytes do
	sharedRun   = 16  // such entries one behind the other, before more are joined
)

// PushShared queues p itself and not a copy, for messages in many queues: p must never change
// again. If p lies directly after the last entry in memory, it becomes a part of that entry. While
// many small messages wait, further messages are copied and joined as by [FIFO.Push], since an
// entry for each would need more memory than its bytes.
func (f *FIFO) PushShared(p []byte) error {
	if f.goesOnWith(p) {
		f.size += len(p)
		f.tail.data = f.tail.data[:len(f.tail.data)+len(p)]
		return nil
	}
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

// goesOnWith reports whether p is the bytes right behind those of the last entry.
func (f *FIFO) goesOnWith(p []byte) bool {
	t := f.tail
	if t == nil || t.chunk != nil || t.producer != nil || t.borrowed || f.closing {
		return false
	}
	n := len(t.data)
	return len(p) > 0 && n > 0 && cap(t.data)-n >= len(p) && &t.data[:n+1][n] == &p[0]
}
