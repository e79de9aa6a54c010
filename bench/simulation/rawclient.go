package sim

import (
	"io"
	"time"

	"github.com/go-asynchat/asynchat/core"
)

// A rawClient is a client that uses sockets directly, at its own pace.
type rawClient struct {
	*client
	conn   *core.Conn
	sent   int
	piece  int // where the piece ends that is being sent
	pauses int // that it will still make
	ended  bool
	last   bool // nothing more comes, and the connection is closed when all is sent
	buf    []byte
}

func (c *client) dialRaw() error {
	r := &rawClient{client: c, pauses: c.w.rand.IntN(20)}
	// One that took a large answer byte by byte, with events that come late, would not be done before
	// the channel, which has sent it all, is idle for too long (W40).
	size := 1 + c.w.rand.IntN(1<<c.w.rand.IntN(16))
	r.buf = make([]byte, max(size, min(64, len(c.want)/8)))
	conn, err := core.Dial(c.loop, "tcp", c.addr, r, core.Readable)
	r.conn = conn
	return err
}

func (r *rawClient) HandleConnect() {
	r.connected(r.conn.LocalAddr())
	r.nextPiece()
}

// nextPiece sends some more, perhaps after a pause.
func (r *rawClient) nextPiece() {
	r.piece = r.sent + 1 + r.w.rand.IntN(1+r.w.rand.IntN(len(r.input)-r.sent+1))
	r.piece = min(r.piece, len(r.input))
	if r.pauses > 0 && r.w.rand.IntN(3) == 0 {
		r.pauses--
		r.conn.After(r.pause(), r.HandleWrite)
		return
	}
	r.HandleWrite()
}

func (r *rawClient) pause() time.Duration { return milliseconds(r.w.rand.IntN(200)) }

func (r *rawClient) HandleWrite() {
	if r.conn.Closed() || r.isOver && !r.last || r.ended {
		return
	}
	n, err := r.conn.Send(r.input[r.sent:r.piece])
	if err != nil {
		r.conn.SetWant(r.conn.Want() &^ core.Writable) // the read tells
		r.sent = len(r.input)
		if r.last {
			r.conn.Close()
		}
		return
	}
	r.sent += n
	if r.sent < r.piece {
		r.conn.SetWant(r.conn.Want() | core.Writable)
		return
	}
	r.conn.SetWant(r.conn.Want() &^ core.Writable)
	if r.sent == len(r.input) {
		r.allSent()
		return
	}
	r.nextPiece()
}

func (r *rawClient) allSent() {
	if r.last {
		r.conn.Close()
	}
	switch {
	case r.script.end.byClient():
		r.ended = true
		r.conn.CloseWrite()
	case r.script.end == closes && r.hasAll(): // a line that is skipped is answered before its end
		r.over(io.EOF)
		r.conn.Close()
	}
}

func (r *rawClient) HandleRead() {
	n, err := r.conn.Recv(r.buf)
	if n > 0 {
		r.receive(r.buf[:n])
	}
	switch {
	case err == io.EOF && r.script.end == halfQuits && r.hasAll() && r.sent < len(r.input):
		r.over(err) // what is said must still be heard
		r.last = true
	case err != nil:
		r.over(err)
		r.conn.Close()
	case r.script.end == closes && r.hasAll() && r.sent == len(r.input):
		r.over(io.EOF)
		r.conn.Close()
	case r.pauses > 0 && r.w.rand.IntN(4) == 0:
		r.pauses--
		r.conn.SetWant(r.conn.Want() &^ core.Readable)
		r.conn.After(r.pause(), func() { r.conn.SetWant(r.conn.Want() | core.Readable) })
	}
}

func (r *rawClient) HandleClose(err error) { r.over(err) }
