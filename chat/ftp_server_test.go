package chat_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
)

// An FTP server with passive transfers: a data port is a chat.Listener for one connection.
type ftpServer struct{ files sync.Map } // names to strings

type ftpSession struct {
	*chat.Channel
	server   *ftpServer
	port     *chat.Listener // nil: none
	data     *ftpData       // nil: nobody has come yet
	transfer func(*ftpData) // nil: none was asked for
}

// ftpData is the handler of a data connection.
type ftpData struct {
	*chat.Channel
	session *ftpSession
	got     []byte
	done    func(err error)
}

func (s *ftpServer) newSession(c *chat.Channel) chat.Handler {
	v := &ftpSession{Channel: c, server: s}
	c.PushLine("220 ready")
	lines := chat.Lines(func(_ *chat.Channel, line []byte) { ftpCommands.Call(v, line) })
	return closeFunc{lines(c), func(error) { v.reset() }}
}

// newFTP makes a session of a server of its own, with one file.
func newFTP(c *chat.Channel) chat.Handler {
	s := &ftpServer{}
	s.files.Store("down", "the file\r\n")
	return s.newSession(c)
}

var ftpCommands = chat.Commands[*ftpSession]{
	Verbs: map[string]chat.Command[*ftpSession]{
		"USER": ftpReply("331 password?"), "PASS": ftpReply("230 welcome"),
		"SYST": ftpReply("215 UNIX Type: L8"), "PWD": ftpReply(`257 "/"`),
		"CWD": ftpReply("250 done"), "TYPE": ftpReply("200 done"),
		"PASV": {Run: (*ftpSession).passive}, "EPSV": {Run: (*ftpSession).extended, Max: 1},
		"RETR": {Run: (*ftpSession).retrieve, Min: 1, Max: 1, Rest: true},
		"STOR": {Run: (*ftpSession).store, Min: 1, Max: 1, Rest: true},
		"QUIT": {Run: func(s *ftpSession, _ [][]byte) { s.PushLine("221 bye"); s.CloseWhenDone() }},
	},
	Bad: func(s *ftpSession, _ []byte, _ error) { s.PushLine("502 no") },
}

func ftpReply(text string) chat.Command[*ftpSession] {
	say := func(s *ftpSession, _ [][]byte) { s.PushLine(text) }
	return chat.Command[*ftpSession]{Run: say, Max: 1, Rest: true}
}

func (s *ftpSession) passive([][]byte) {
	p := s.listen()
	ip := strings.ReplaceAll(p.Addr().String(), ".", ",")
	s.PushLine(fmt.Sprintf("227 here (%s,%d,%d)", ip, p.Port()>>8, p.Port()&255))
}

func (s *ftpSession) extended([][]byte) {
	s.PushLine(fmt.Sprintf("229 here (|||%d|)", s.listen().Port()))
}

func ftpAddr(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// listen opens a data port, on the address to which the client has connected.
func (s *ftpSession) listen() netip.AddrPort {
	s.reset()
	host := ftpAddr(s.LocalAddr()).Addr().String()
	l, err := chat.Listen(s.Loop(), "tcp", net.JoinHostPort(host, "0"), s.newData)
	if err != nil {
		s.CloseWhenDone()
		return netip.AddrPort{}
	}
	l.Once()
	s.port = l
	return ftpAddr(l.Addr())
}

// newData leaves the port to the client if a stranger comes first.
func (s *ftpSession) newData(c *chat.Channel) chat.Handler {
	if ftpAddr(c.RemoteAddr()).Addr() != ftpAddr(s.RemoteAddr()).Addr() {
		return nil
	}
	c.SetLimits(withoutClocks(chat.Limits{}))
	s.data = &ftpData{Channel: c, session: s}
	return s.data
}

func (d *ftpData) HandleConnect()               { d.session.begin(d.session.transfer) }
func (d *ftpData) CollectIncomingData(p []byte) { d.got = append(d.got, p...) }
func (d *ftpData) FoundTerminator()             {}
func (d *ftpData) HandleClose(err error)        { d.session.ended(d, err) }

// begin begins the transfer that was asked for, when the data connection has come: either may be
// first.
func (s *ftpSession) begin(transfer func(*ftpData)) {
	if s.transfer = transfer; s.port == nil {
		s.PushLine("425 use PASV first")
	} else if s.transfer != nil && s.data != nil {
		s.PushLine("150 go on")
		s.transfer(s.data)
	}
}

// reset drops what is left of a transfer.
func (s *ftpSession) reset() {
	if s.port != nil {
		s.port.Close()
	}
	if d := s.data; d != nil {
		d.Close()
	}
	s.port, s.data, s.transfer = nil, nil, nil
}

// ended tells the client how the transfer has ended, if it is still that.
func (s *ftpSession) ended(d *ftpData, err error) {
	switch {
	case s.data != d:
		return
	case err != nil && err != io.EOF || d.done == nil:
		s.PushLine("426 broken")
	default:
		d.done(err)
		s.PushLine("226 done")
	}
	s.reset()
}

func (s *ftpSession) retrieve(args [][]byte) {
	text, _ := s.server.files.Load(string(args[0]))
	s.begin(func(d *ftpData) {
		d.done = func(error) {}
		d.PushString(text.(string))
		d.CloseWhenDone()
	})
}

func (s *ftpSession) store(args [][]byte) {
	name := string(args[0])
	s.begin(func(d *ftpData) {
		d.done = func(error) { s.server.files.Store(name, string(d.got)) }
	})
}
