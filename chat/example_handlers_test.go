//go:build unix

package chat_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// A countdown pushes the next number when the one before has been handed to the system.
type countdown struct {
	*chat.Channel
	chat.Collector
	n int
}

var _ chat.DrainedHandler = (*countdown)(nil)

func (s *countdown) FoundTerminator() { s.HandleDrained() }

func (s *countdown) HandleDrained() {
	if s.n++; s.n > 3 {
		s.CloseWhenDone()
		return
	}
	s.PushLine(fmt.Sprint(s.n))
}

// Output that is long, or has no end, is made piece by piece: as fast as the peer takes it.
func ExampleDrainedHandler() {
	talk(&chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Line())
		return &countdown{Channel: c}
	}}, "count\r\n")
	// Output:
	// 1
	// 2
	// 3
}

// A courteous session sends the reason before it closes. The end of the input does not close it.
type courteous struct {
	*chat.Channel
	chat.Collector
}

var (
	_ chat.TimeoutHandler = (*courteous)(nil)
	_ chat.EOFHandler     = (*courteous)(nil)
)

func (s *courteous) FoundTerminator() { s.PushLine("hello", string(s.Take())) }
func (s *courteous) HandleEOF()       {}

func (s *courteous) HandleTimeout(reason error) {
	if errors.Is(reason, chat.ErrFirstTimeout) {
		s.PushLine("nobody has said anything")
		return
	}
	s.PushLine("goodbye")
}

func ExampleTimeoutHandler() {
	server := &chat.Server{
		Limits: chat.Limits{FirstTimeout: 20 * time.Millisecond},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(terminator.Line())
			return &courteous{Channel: c}
		},
	}
	call(server, func(conn net.Conn) {})
	// Output:
	// nobody has said anything
}

// A forgetful session forgets the commands from before TLS, since an attacker may have sent them.
type forgetful struct {
	*chat.Channel
	chat.Collector
	user string
}

var _ chat.SecuredHandler = (*forgetful)(nil)

func (s *forgetful) FoundTerminator() {
	switch line := string(s.Take()); line {
	case "STARTTLS":
		s.PushLine("220 go on")
		s.StartTLS(serverConfig())
	case "WHOAMI":
		s.PushLine(fmt.Sprintf("250 %q", s.user))
	default:
		s.user = line
		s.PushLine("250 hello", line)
	}
}

func (s *forgetful) HandleSecured(state tls.ConnectionState) { s.user = "" }

func ExampleSecuredHandler() {
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		c.SetTerminator(terminator.Line())
		return &forgetful{Channel: c}
	}}
	call(server, func(conn net.Conn) {
		say(conn, "Mallory")
		say(conn, "STARTTLS")
		secure := tls.Client(conn, clientConfig(tls.VersionTLS13))
		say(secure, "WHOAMI")
		secure.Close()
	})
	// Output:
	// 250 hello Mallory
	// 220 go on
	// 250 ""
}
