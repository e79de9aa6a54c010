package fifo

import (
	"errors"
	"io"
)

// Drain calls send with the queued data, in order, and removes the bytes that send has taken. It
// returns the number of bytes taken. It ends when the queue is empty, when send took less than it
// was offered, after 256 KiB, or when a producer is not ready ([FIFO.Waiting]). It also ends with
// the first error of send or of a producer; that of a producer is a *[ProducerError]. A failed
// producer is closed and removed, and later entries stay. send must neither change nor keep the
// slices.
func (f *FIFO) Drain(send func([][]byte) (int, error)) (int, error) {
	return f.drain(sendFunc(send))
}

type sendFunc func([][]byte) (int, error)

func (send sendFunc) Send(v [][]byte) (int, error) { return send(v) }

func (f *FIFO) drain(s Sink) (int, error) {
	if f.draining || f.head == nil {
		return 0, nil
	}
	f.draining = true
	defer f.drained()
	v := vecs.Get().(*vec)
	defer vecs.Put(v)
	files, _ := s.(FileSender)
	sent := 0
	for sent < maxDrain {
		n, offered, err := f.offerFile(files, maxDrain-sent)
		if offered == 0 {
			gone, failure := f.ask()
			if failure != nil {
				return sent, failure
			}
			if gone {
				continue
			}
			n, offered, err = f.offer(s, v)
		}
		sent += n
		if err != nil || n < offered || offered == 0 {
			return sent, err
		}
	}
	return sent, nil
}

func (f *FIFO) drained() {
	f.draining = false
	f.compact()
}

// ask asks the producer at the head for more, if all that it gave is sent. It reports whether it is
// gone.
func (f *FIFO) ask() (gone bool, err error) {
	n := f.head
	if n == nil || n.producer == nil || len(n.data) > 0 || f.waiting {
		return false, nil
	}
	if n.err != nil {
		return true, f.finish(n)
	}
	f.discarded = false
	data, err := n.producer.More()
	if f.discarded {
		return true, nil // or n is back from the pool as the node of something pushed since
	}
	if err == nil && len(data) == 0 {
		err = io.EOF
	}
	if errors.Is(err, ErrNotReady) {
		f.waiting, err = true, nil
	}
	n.data, n.err, n.gone = data, err, 0
	f.size += len(data)
	if err != nil && len(data) == 0 {
		return true, f.finish(n)
	}
	return false, nil
}

// finish removes the ended or failed producer n from the head.
func (f *FIFO) finish(n *node) error {
	err := n.err
	f.pop()
	if err == io.EOF {
		return nil
	}
	return &ProducerError{Err: err}
}

// offer hands what is at the head to send, once.
func (f *FIFO) offer(s Sink, v *vec) (sent, offered int, err error) {
	offered, pieces := f.gather(v)
	if offered == 0 {
		return 0, 0, nil
	}
	f.discarded = false
	sent, err = s.Send(v[:pieces])
	clear(v[:pieces])
	f.consume(sent)
	return sent, offered, err
}

// gather collects up to maxVec pieces of data from the head on, but nothing after a producer that
// may have more.
func (f *FIFO) gather(v *vec) (bytes, pieces int) {
	for n := f.head; n != nil && pieces < maxVec && bytes < maxDrain; n = n.next {
		if len(n.data) > 0 {
			v[pieces] = n.data
			bytes += len(n.data)
			pieces++
		}
		if n.producer != nil && n.err != io.EOF {
			break
		}
	}
	return bytes, pieces
}

// consume forgets the first sent bytes, unless a Discard did so before: what is queued then was
// pushed later.
func (f *FIFO) consume(sent int) {
	for n := f.head; n != nil && !f.discarded; n = f.head {
		k := min(sent, len(n.data))
		n.advance(k)
		f.shrink(k)
		sent -= k
		if len(n.data) > 0 || n.producer != nil && n.err != io.EOF {
			return
		}
		f.pop()
	}
}

// compact gives a chunk back that a short write has left almost empty: ten thousand stalled peers
// with a line each would else hold 16 KiB apiece.
func (f *FIFO) compact() {
	n := f.head
	if n == nil || n.chunk == nil || n.next != nil || len(n.data) > compactTo {
		return
	}
	rest := newNode()
	rest.data = append([]byte(nil), n.data...)
	f.head, f.tail = rest, rest
	n.release()
}
