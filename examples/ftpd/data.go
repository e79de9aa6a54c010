package main

import (
	"context"
	"net"
	"net/netip"

	"github.com/go-asynchat/asynchat/chat"
)

// A data is the handler of a data connection that waits for its command, or for which a command
// waits: either may come first. When both are there, the channel gets the handler of the transfer.
type data struct {
	*chat.Channel
	session   *session
	connected bool
}

// expect makes the handler of the data connection that comes next.
func (s *session) expect(c *chat.Channel) chat.Handler {
	s.data = &data{Channel: c, session: s}
	return s.data
}

func (d *data) CollectIncomingData([]byte) {}
func (d *data) FoundTerminator()           {}

// HandleConnect has what the client sends wait: it belongs to the transfer.
func (d *data) HandleConnect() {
	d.connected = true
	d.PauseReading()
	d.session.begin()
}

func (d *data) HandleClose(error) {
	s := d.session
	if s.data != d {
		return
	}
	s.data = nil
	if t := s.transfer; t != nil && t.channel == nil {
		s.finish(t, "425 The data connection cannot be made")
	}
}

// listen opens a port for a data connection, on the address to which the client has connected. If
// it cannot, the client has been told.
func (s *session) listen() (addr netip.AddrPort, ok bool) {
	s.dropData()
	host := tcpAddr(s.LocalAddr()).Addr()
	l, err := chat.Listen(s.Loop(), "tcp", netip.AddrPortFrom(host, 0).String(), s.admit)
	if err != nil {
		s.complain(err)
		s.reply("425 No port can be opened")
		return addr, false
	}
	l.Once()
	s.port = l
	return tcpAddr(l.Addr()), true
}

// admit leaves the port to the client if a stranger comes first.
func (s *session) admit(c *chat.Channel) chat.Handler {
	if tcpAddr(c.RemoteAddr()).Addr() != s.peer() {
		return nil
	}
	s.port = nil // it closes itself
	return s.expect(c)
}

func (s *session) peer() netip.Addr { return tcpAddr(s.RemoteAddr()).Addr() }

// dial connects to where the client expects it, from the address that it knows.
func (s *session) dial() error {
	from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(tcpAddr(s.LocalAddr()).Addr(), 0))
	d := chat.Dialer{LocalAddr: from, Timeout: s.site.dataWait}
	_, err := d.Dial(context.Background(), s.Loop(), "tcp", s.target.String(), s.expect)
	s.target = netip.AddrPort{}
	return err
}

// dropData gives up a data connection for which no transfer has begun.
func (s *session) dropData() {
	if s.port != nil {
		s.port.Close()
	}
	if d := s.data; d != nil {
		s.data = nil
		d.Close()
	}
	s.port, s.target = nil, netip.AddrPort{}
}

// start begins a transfer, or has it wait for its data connection. It owns t.
func (s *session) start(t *transfer) {
	if s.port == nil && s.data == nil && !s.target.IsValid() {
		t.Close()
		s.reply("425 Say EPSV, PASV, EPRT or PORT first")
		return
	}
	s.transfer = t
	s.Busy(true) // the client has nothing to say
	t.timer = s.After(s.site.dataWait, func() {
		if t.channel == nil {
			s.finish(t, "425 Nobody has come for the data")
		}
	})
	if s.target.IsValid() {
		if err := s.dial(); err != nil {
			s.complain(err)
			s.finish(t, "425 The data connection cannot be made")
		}
	}
	s.begin()
}

// begin begins when both are there, the command and the connection. The reply comes before the
// handshake, for which clients wait with their own.
func (s *session) begin() {
	t, d := s.transfer, s.data
	if t == nil || d == nil || !d.connected {
		return
	}
	s.data, t.channel = nil, d.Channel
	s.reply("150 %s", t.what)
	if s.protected {
		d.StartTLSServer(s.site.tls)
	}
	d.Use(t.newHandler)
}

// finish answers a transfer that has ended, and goes on with what has waited for that.
func (s *session) finish(t *transfer, reply string) {
	t.Close()
	if s.transfer != t {
		return
	}
	s.transfer = nil
	s.dropData()
	s.Busy(false)
	s.reply("%s", reply)
	s.goOn()
}

// dropTransfer ends a transfer at once, by a reset, so that nobody takes a part for the whole. It
// reports whether there was one.
func (s *session) dropTransfer() bool {
	t := s.transfer
	if t == nil {
		return false
	}
	s.transfer = nil
	t.Close()
	if t.channel != nil {
		t.channel.Abort()
	}
	s.Busy(false)
	return true
}

// abort is ABOR.
func (s *session) abort([][]byte) {
	ended := s.dropTransfer()
	s.dropData()
	if ended {
		s.reply("426 The transfer is aborted")
	}
	s.reply("226 Nothing is in transfer")
	s.goOn()
}
