package chat

import (
	"fmt"
	"net"
)

// Write queues a copy of p, and waits while the queue is above the high-water mark. So if the peer
// does not read, the function waits until the peer reads or a timeout closes the channel. After a
// failed write, all later writes fail with the same error.
func (v *Conversation) Write(p []byte) (int, error) {
	if v.direct() {
		if v.c.canAppend() && v.c.queue.Append(p) {
			if v.hasRoom() {
				return len(p), nil
			}
			return len(p), v.awaitRoom()
		}
	} else if v.plain != nil {
		return v.plain.write(p)
	} else if write(v, p) {
		return len(p), nil
	} else if err := v.enter(); err != nil {
		return 0, err
	} else {
		defer v.leave()
	}
	if err := v.c.Push(p); err != nil {
		return 0, v.c.whyBroken(err)
	}
	return len(p), v.awaitRoom()
}

// awaitRoom waits while there is too much output.
func (v *Conversation) awaitRoom() error {
	if !v.hasRoom() {
		if err := v.wait(forRoom, v.write); err != nil {
			return err
		}
	}
	return v.c.whyBroken(nil)
}

func (v *Conversation) hasRoom() bool { return v.c.outputLen() <= v.c.highWater() }

// WriteString writes a string, as Write does. A long one is kept, not copied.
func (v *Conversation) WriteString(s string) (int, error) {
	if v.direct() {
		if v.c.canAppend() && v.c.queue.AppendString(s) {
			if v.hasRoom() {
				return len(s), nil
			}
			return len(s), v.awaitRoom()
		}
	} else if v.plain != nil {
		return v.plain.write([]byte(s))
	} else if write(v, s) {
		return len(s), nil
	} else if err := v.enter(); err != nil {
		return 0, err
	} else {
		defer v.leave()
	}
	if err := v.c.PushString(s); err != nil {
		return 0, v.c.whyBroken(err)
	}
	return len(s), v.awaitRoom()
}

// Printf formats as fmt.Printf does, and writes the result.
func (v *Conversation) Printf(format string, args ...any) (int, error) {
	return fmt.Fprintf(v, format, args...)
}

// Flush waits until everything that was written has been handed to the system. After a failed Flush
// or Write, earlier input can still be read.
func (v *Conversation) Flush() error {
	if v.plain != nil {
		return v.plain.flush()
	}
	if err := v.enter(); err != nil {
		return err
	}
	defer v.leave()
	for !v.c.outputEmpty() {
		if err := v.wait(forFlush, v.write); err != nil {
			return err
		}
	}
	return v.c.whyBroken(nil)
}

// CloseWrite ends our direction, when all that was written is sent; reads go on.
func (v *Conversation) CloseWrite() error {
	if v.plain != nil {
		return v.plain.closeWrite()
	}
	if err := v.enter(); err != nil {
		return err
	}
	defer v.leave()
	v.c.CloseWrite()
	return v.c.whyBroken(nil)
}

// Close closes the connection at once, and drops what is queued; the operations that follow fail.
// To close when all is sent, just return.
func (v *Conversation) Close() error {
	if v.plain != nil {
		return v.plain.close()
	}
	if err := v.enter(); err != nil {
		return nil // it is closed
	}
	defer v.leave()
	return v.c.Close()
}

// LocalAddr returns the address of this end, or nil if it is unknown.
func (v *Conversation) LocalAddr() net.Addr {
	if v.plain != nil {
		return v.plain.conn.LocalAddr()
	}
	if v.enter() != nil {
		return nil
	}
	defer v.leave()
	return v.c.LocalAddr()
}

// RemoteAddr returns the address of the peer, nil if it is not known.
func (v *Conversation) RemoteAddr() net.Addr {
	if v.plain != nil {
		return v.plain.conn.RemoteAddr()
	}
	if v.enter() != nil {
		return nil
	}
	defer v.leave()
	return v.c.RemoteAddr()
}
