package sim

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A hostile peer costs a server what it can. The server is to get rid of it, for the reason that
// fits, when its time is up.
type hostile struct {
	w      *world
	id     int
	kind   hostility
	conn   *core.Conn
	loop   *core.Loop
	addr   string
	opened time.Duration
	local  net.Addr
	sent   int
	got    int
	data   []byte
	tries  int
	words  int // its last
	secure secureKind
	first  int // bytes of data, which are a PROXY header
}

type hostility uint8

const (
	silent    hostility = iota // says nothing
	dripping                   // says it byte by byte
	stuck                      // begins an element after the first, and does not end it
	creeping                   // sends it byte by byte
	idle                       // says nothing more
	deaf                       // asks for much and reads nothing
	endless                    // sends a line without end
	babbling                   // sends what means nothing
	flooding                   // sends empty lines, as many as it can
	leaving                    // is gone at once
	crashing                   // resets in the middle
	lingering                  // says goodbye and stays
	halfOpen                   // ends its direction and stays, reading nothing
	unhearing                  // sits in the room and reads nothing
	parting                    // says its last words while output waits, and resets
	sipping                    // is not hostile: it takes what it has asked for, but slowly
	numHostilities
)

var hostilityNames = [numHostilities]string{"silent", "dripping", "stuck", "creeping", "idle",
	"deaf", "endless", "babbling", "flooding", "leaving", "crashing", "lingering",
	"halfOpen", "unhearing", "parting", "sipping"}

func (w *world) newHostile(i int) *hostile {
	r := w.rand
	h := &hostile{w: w, id: i, kind: hostility(r.IntN(int(numHostilities))),
		loop: w.near[r.IntN(len(w.near))]}
	h.addr = w.addrs[services[r.IntN(len(services))]].String()
	h.secure = secureKind(r.IntN(int(numSecureKinds)))
	hello := "HELLO\r\n"
	switch h.kind {
	case dripping:
		h.data = []byte(strings.Repeat("d", maxLine/2))
	case stuck:
		h.data = []byte(hello + "ECHO no end")
	case creeping:
		h.data = []byte(hello + strings.Repeat("c", maxLine/2))
	case sipping:
		h.data = []byte(hello + strings.Repeat(fmt.Sprintf("GET %d 0\r\n", maxData), 4))
	case idle, lingering, halfOpen:
		h.data = []byte(hello)
		if h.kind == lingering {
			h.data = append(h.data, "QUIT\r\n"...)
		}
	case deaf:
		h.data = []byte(hello +
			strings.Repeat(fmt.Sprintf("GET %d %d\r\n", maxData, r.IntN(numWays-2)), 20))
	case unhearing:
		h.addr = w.addrs["room"].String()
		h.data = []byte(fmt.Sprintf("deaf %d\r\n", r.IntN(3)))
	case parting:
		h.data = []byte(hello + strings.Repeat(fmt.Sprintf("GET %d %d\r\n", r.IntN(maxData),
			r.IntN(numWays)), 1+r.IntN(4)))
	case endless:
		h.data = []byte("STRICT\r\n" + strings.Repeat("x", 300_000))
	case babbling:
		h.data = make([]byte, 5000)
		for i := range h.data {
			h.data[i] = "\r\n\x00 abGETPUT 9"[r.IntN(14)]
		}
	case flooding:
		h.data = []byte(strings.Repeat("\r\n", 50_000))
	case crashing:
		h.data = []byte(hello + strings.Repeat("PUT 1000\r\n", 100))[:1+r.IntN(500)]
	}
	w.k.After(milliseconds(r.IntN(3000)), func() { h.loop.Post(h.dial) })
	return h
}

func (h *hostile) String() string {
	return fmt.Sprintf("hostile %d (%s, %v, since %v)", h.id,
		hostilityNames[h.kind], h.local, h.opened)
}

func (h *hostile) dial() {
	if h.tries++; h.tries > maxTries || h.w.ending {
		return
	}
	h.sent = 0
	if h.w.tls && h.id%2 == 0 && h.kind != unhearing {
		if h.dialSecure() != nil {
			h.w.k.After(time.Second, func() { h.loop.Post(h.dial) })
		}
		return
	}
	conn, err := core.Dial(h.loop, "tcp", h.addr, h, core.Readable)
	if h.conn = conn; err != nil {
		h.w.k.After(time.Second, func() { h.loop.Post(h.dial) })
	}
}

func (h *hostile) HandleConnect() {
	if h.local = h.conn.LocalAddr(); h.local == nil {
		return
	}
	h.opened = h.w.now()
	h.w.peers[addrPort(h.local)] = h
	header := h.w.claim(h, h.local)
	h.data = append(header, h.data[h.first:]...)
	h.first = len(header)
	switch h.kind {
	case unhearing:
		h.conn.SetOption(core.ReceiveBuffer, 200)
		h.conn.SetWant(0)
	case deaf, halfOpen, parting:
		h.conn.SetWant(0)
	case leaving:
		h.conn.Close()
		return
	case sipping:
		h.conn.SetOption(core.ReceiveBuffer, 2000)
		h.conn.SetWant(0)
		h.sip()
	}
	h.HandleWrite()
}

func (h *hostile) HandleWrite() {
	if h.conn.Closed() || h.sent == len(h.data) {
		return
	}
	most := len(h.data)
	if h.kind == dripping || h.kind == creeping && h.sent >= h.first+len("HELLO\r\n") {
		most = h.sent + 1
	}
	n, err := h.conn.Send(h.data[h.sent:most])
	h.sent += n
	switch {
	case err != nil:
		h.sent = len(h.data)
		h.conn.SetWant(h.conn.Want() &^ core.Writable)
	case h.sent < most:
		h.conn.SetWant(h.conn.Want() | core.Writable)
	case (h.kind == dripping || h.kind == creeping) && h.sent < len(h.data):
		h.conn.After(700*time.Millisecond, h.HandleWrite)
	default:
		h.conn.SetWant(h.conn.Want() &^ core.Writable)
		h.allSent()
	}
}

// sip reads a little, now and then: the whole of it takes longer than a peer may be idle.
func (h *hostile) sip() {
	if h.conn.Closed() {
		return
	}
	// a read may bring little, or nothing.
	for room, tries := 1000, 0; room > 0 && tries < 20; tries++ {
		n, err := h.conn.Recv(h.loop.ReadBuffer()[:room])
		room -= n
		if h.got += n; err != nil || h.got > 4*maxData {
			h.conn.Close()
			return
		}
	}
	h.conn.After(800*time.Millisecond, h.sip) // more than MinWriteRate
}

func (h *hostile) allSent() {
	switch h.kind {
	case halfOpen:
		h.conn.CloseWrite()
	case parting:
		if h.words == 0 {
			h.parting()
			return
		}
		h.conn.SetOption(core.Linger, 0)
		h.conn.Close()
	case crashing:
		h.conn.SetOption(core.Linger, 0)
		h.conn.Close()
	}
}

// HandleRead reads and forgets. Those who stay do not close when the server does.
func (h *hostile) HandleRead() {
	_, err := h.conn.Recv(h.loop.ReadBuffer()[:1+h.w.rand.IntN(2000)])
	if err != nil && h.kind != lingering {
		h.conn.Close()
	}
}

func (h *hostile) HandleClose(error) {}

// end closes the peer at the end of the world.
func (h *hostile) end() {
	if h.conn != nil {
		h.loop.Post(func() { h.conn.Close() })
	}
}

// mayClose implements peer: the reason fits, and it came at its time.
func (h *hostile) mayClose(a *audit, reason error) bool {
	w := h.w
	if isOf(reason, chat.ErrRefused) {
		return w.refuses()
	}
	if w.tls {
		return true // they do not know how to begin
	}
	at := func(limit time.Duration, since, atMost time.Duration) bool {
		return w.isDue(limit, since) && w.now()-atMost <= limit+slack+w.lag
	}
	switch h.kind {
	case dripping:
		if w.ending && reason == chat.ErrTooSlow {
			return true // a shutdown waits for an element that has begun
		}
		if w.nibbles && a.kind == "talk" && isOf(reason, chat.ErrTooSlow, chat.ErrIdle) {
			return true // what Read returns is an element
		}
		fallthrough
	case silent:
		return isOf(reason, chat.ErrFirstTimeout) &&
			at(chat.DefaultLimits().FirstTimeout, a.opened, a.opened)
	case creeping:
		if w.nibbles && a.kind == "talk" {
			return reason == nil || isOf(reason, chat.ErrTooSlow, chat.ErrIdle, io.EOF)
		}
		return reason == chat.ErrTooSlow && at(chat.DefaultLimits().ElementTimeout, a.opened, a.opened)
	case sipping:
		return (reason == nil || isOf(reason, io.EOF, syscall.ECONNRESET)) && h.got > 4*maxData
	case stuck:
		if w.nibbles && a.kind == "talk" {
			return isOf(reason, chat.ErrTooSlow, chat.ErrIdle)
		}
		return reason == chat.ErrTooSlow && at(chat.DefaultLimits().ElementTimeout, a.opened, a.last)
	case idle:
		return reason == chat.ErrIdle && at(chat.DefaultLimits().IdleTimeout, a.last, a.last)
	case deaf:
		return reason == chat.ErrStalled || reason == chat.ErrSlowReader
	case endless:
		return isOf(reason, chat.ErrTooLong, syscall.ECONNRESET, syscall.EPIPE, io.EOF,
			io.ErrUnexpectedEOF, chat.ErrTooSlow)
	case lingering:
		return reason == nil
	case halfOpen:
		// With a window of a few bytes.
		return reason == nil || reason == io.EOF || reason == chat.ErrStalled
	case unhearing:
		return isOf(reason, chat.ErrStalled, chat.ErrSlowReader, chat.ErrIdle)
	case parting:
		return h.mayPart(a, reason)
	case leaving:
		return isOf(reason, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE) ||
			reason == nil
	case crashing:
		return isOf(reason, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE) ||
			reason == nil
	case babbling, flooding:
		return true
	}
	return false
}
