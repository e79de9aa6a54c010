package chattest

import (
	"slices"
	"time"

	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A Peer is the far end of a channel's connection: it sends input to the channel, and receives its
// output. When a method returns, all its effects have happened. Only the goroutine of the test may
// use a Peer.
type Peer struct {
	w        *world
	fd       int
	unsent   [][]byte // what the channel has not had room for
	finish   bool     // CloseWrite follows the unsent
	finished bool     // CloseWrite was called
	broken   bool     // Reset was called
	received []byte
	accept   int // how much more we receive
}

const everything = -1

// Send sends a copy of data. The channel gets exactly these bytes in one receive if they are at
// most 64 KiB, or 16 KiB while its output waits. If the channel is not reading, the bytes wait.
// After the channel has closed they are lost.
func (p *Peer) Send(data []byte) {
	p.w.tb.Helper()
	if len(p.unsent) > 0 || !p.write(data) {
		p.unsent = append(p.unsent, slices.Clone(data))
	}
	p.w.run()
}

// SendString sends a string, as Send does.
func (p *Peer) SendString(s string) {
	p.w.tb.Helper()
	p.Send([]byte(s))
}

// Received returns the output of the channel since the last call, or nil. The caller owns the
// slice.
func (p *Peer) Received() []byte {
	data := p.received
	p.received = nil
	return data
}

// Writes returns how many writes the channel has made.
func (p *Peer) Writes() int { return p.w.kernel.Writes(p.fd) }

// CloseWrite ends the peer's direction: the channel gets EOF after all data of the peer. The peer
// goes on receiving.
func (p *Peer) CloseWrite() {
	p.w.tb.Helper()
	p.finish, p.finished = true, true
	p.w.run()
}

// Reset breaks the connection, as after a crash of the peer.
func (p *Peer) Reset() {
	p.w.tb.Helper()
	p.finished, p.broken = true, true
	p.w.kernel.Reset(p.fd)
	p.w.run()
}

// SendThenReset sends a copy of data and breaks the connection: data and reset arrive at the same
// time. If the channel has no room for data, none of it is sent.
func (p *Peer) SendThenReset(data []byte) {
	p.w.tb.Helper()
	if len(p.unsent) == 0 {
		p.write(data)
	}
	p.unsent = nil
	p.Reset()
}

// FailWrites makes every write of the channel fail from now on, with EPIPE. The peer goes on
// sending.
func (p *Peer) FailWrites() {
	p.w.tb.Helper()
	p.w.kernel.FailWrites(p.fd)
	p.w.run()
}

// Stall makes the peer stop receiving: the output of the channel fills a buffer of 64 KiB, and then
// waits in the channel.
func (p *Peer) Stall() { p.accept = 0 }

// Accept makes a stalled peer receive n bytes more.
func (p *Peer) Accept(n int) {
	p.w.tb.Helper()
	p.accept = max(p.accept, 0) + n
	p.w.run()
}

// Drain makes a stalled peer receive the waiting output of the channel, and output that follows
// from this, and stall again.
func (p *Peer) Drain() {
	p.w.tb.Helper()
	p.Unstall()
	p.Stall()
}

// Unstall makes a stalled peer receive everything again.
func (p *Peer) Unstall() {
	p.w.tb.Helper()
	p.accept = everything
	p.w.run()
}

// Closed reports whether the peer has got EOF or a reset, after all its input.
func (p *Peer) Closed() bool { return p.w.kernel.Ended(p.fd) }

// Advance lets d pass on the virtual clock. Timers fire one by one, each at its own time.
func (p *Peer) Advance(d time.Duration) {
	p.w.tb.Helper()
	p.w.advance(d)
}

// transmit sends the next of what is unsent, if there is room for it, and reports whether it did
// anything.
func (p *Peer) transmit() bool {
	if len(p.unsent) == 0 {
		if !p.finish {
			return false
		}
		p.finish = false
		p.w.kernel.CloseWrite(p.fd)
		return true
	}
	if !p.write(p.unsent[0]) {
		return false
	}
	p.unsent[0] = nil
	if p.unsent = p.unsent[1:]; len(p.unsent) == 0 {
		p.unsent = nil
	}
	return true
}

// write sends data if it fits whole, so that it is received whole; what never fits is cut. It
// reports whether data is done with.
func (p *Peer) write(data []byte) bool {
	k := p.w.kernel.Kernel
	if room := k.Room(p.fd); room < min(len(data), simkernel.Window) {
		return false
	}
	n, err := k.Write(p.fd, data)
	if err != nil || n == len(data) {
		return true // sent, or nobody reads it any more
	}
	p.unsent = slices.Insert(p.unsent, min(1, len(p.unsent)), slices.Clone(data[n:]))
	return true
}

// receive reads as much as the peer accepts, and reports whether that was anything.
func (p *Peer) receive() bool {
	k, moved := p.w.kernel.Kernel, false
	for p.accept != 0 {
		n := k.Buffered(p.fd)
		if p.accept > 0 {
			n = min(n, p.accept)
		}
		if n == 0 {
			break
		}
		p.received = slices.Grow(p.received, n)
		n, err := k.Read(p.fd, p.received[len(p.received):][:n])
		if err != nil {
			break
		}
		p.received = p.received[:len(p.received)+n]
		if p.accept > 0 {
			p.accept -= n
		}
		moved = true
	}
	return moved
}
