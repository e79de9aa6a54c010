package main

import (
	"crypto/tls"
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine      = 255             // bytes of a command: RFC 2449
	maxErrors    = 20              // of a session
	maxPasswords = 3               // wrong ones, of a session
	penance      = 2 * time.Second // for a wrong password
	maxIdle      = 10 * time.Minute
)

// A session is one connection. It collects a line, answers it, and takes the next when the answer
// is sent.
type session struct {
	texts.Turns
	chat.Collector // of the command in progress
	site           *site
	overTLS        bool
	user           string
	drop           *maildrop // from PASS on
	errors         chat.Budget
	passwords      chat.Budget
	closed         bool
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &session{
		Turns:     texts.Turns{Channel: c, Farewell: "-ERR [SYS/TEMP] The server shuts down\r\n"},
		site:      s,
		errors:    chat.Budget{Strikes: maxErrors},
		passwords: chat.Budget{Strikes: maxPasswords},
	}
}

func (s *session) HandleConnect() { s.reply("+OK This is POP3") }

func (s *session) FoundTerminator() {
	line := s.Take()
	if chat.ForeignProtocol(line) != "" { // a page may post commands
		s.Close()
		return
	}
	if !texts.IsCommand(line) {
		s.refuse("A command has no control characters")
		return
	}
	commands.Call(s, line)
}

// HandleTooLong is called for a line of which the rest is skipped.
func (s *session) HandleTooLong() {
	s.Take()
	s.refuse("Line too long")
}

// HandleSecured forgets who was named in plain text, as the channel forgets the line: anybody may
// have put it there.
func (s *session) HandleSecured(tls.ConnectionState) {
	s.overTLS = true
	s.user = ""
}

// mayHearPassword reports whether nobody on the way can read it.
func (s *session) mayHearPassword() bool { return s.overTLS || s.site.isHere(s.RemoteAddr()) }

var _ chat.CloseHandler = (*session)(nil)

// HandleClose deletes nothing: that takes QUIT.
func (s *session) HandleClose(error) {
	s.closed = true
	if s.drop != nil {
		s.drop.close()
	}
}

// reply sends one line.
func (s *session) reply(format string, args ...any) { fmt.Fprintf(s, format+"\r\n", args...) }

// refuse is reply for an error of the client, who has not many of them.
func (s *session) refuse(format string, args ...any) {
	if !s.errors.Strike(s.Channel, "-ERR Too many errors\r\n") {
		s.reply("-ERR "+format, args...)
	}
}
