package main

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine   = 4200 // bytes of a command: the longest path that Linux has, and a verb
	maxErrors = 50   // of a session
)

// A session is one control connection. It takes commands one after the other. During a transfer it
// takes those that are meant for that, and holds the first of the others back until it has ended,
// and with it all that follows.
type session struct {
	*chat.Channel
	chat.Collector // of the command in progress
	site           *site
	user           string // as said by USER
	loggedIn       bool
	overTLS        bool
	errors         chat.Budget
	ending         bool // the server shuts down

	cwd       string   // from the root: "/" at first
	facts     []string // of MLSD
	renaming  string   // the path that RNFR has named; empty: none
	restart   int64    // where the next transfer begins
	protected bool     // data goes over TLS

	// How the two connections find each other is in data.go.
	extendedOnly bool           // by EPSV ALL
	port         *chat.Listener // where a data connection is expected; nil: nowhere
	target       netip.AddrPort // where the client expects one; zero: nowhere
	data         *data          // the one that has come; nil: none
	transfer     *transfer      // the one in progress; nil: none
	held         []byte         // the command that waits for its end; nil: none
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &session{Channel: c, site: s, errors: chat.Budget{Strikes: maxErrors}, cwd: "/",
		facts: facts}
}

func (s *session) HandleConnect() {
	takeUrgent(s.Channel)
	s.reply("220 This is FTP")
}

func (s *session) FoundTerminator() {
	line := stripTelnet(s.Take())
	if s.transfer != nil && !isForTransfer(line) {
		s.held = line
		s.PauseReading()
		return
	}
	s.command(line)
}

// isForTransfer reports whether a command is to be done at once, during a transfer.
func isForTransfer(line []byte) bool {
	verb, _, _ := strings.Cut(strings.ToUpper(string(line)), " ")
	return verb == "ABOR" || verb == "STAT" || verb == "NOOP"
}

func (s *session) command(line []byte) {
	if !texts.IsCommand(line) {
		s.refuse("500 A command has no control characters")
		return
	}
	commands.Call(s, line)
}

// goOn takes commands again when a transfer has ended.
func (s *session) goOn() {
	if s.ending {
		s.goodbye()
	} else if line := s.held; line != nil {
		s.held = nil
		s.ResumeReading()
		s.command(line)
	}
}

// HandleTooLong is called for a line of which the rest is skipped.
func (s *session) HandleTooLong() {
	s.Take()
	s.refuse("500 Line too long")
}

// HandleSecured forgets what was said in plain text, as the channel forgets the line: anybody may
// have put it there.
func (s *session) HandleSecured(tls.ConnectionState) {
	s.overTLS = true
	s.user, s.loggedIn = "", false
	s.dropData()
}

func (s *session) HandleTimeout(error) { s.reply("421 You have waited too long") }

// HandleShutdown lets a transfer come to its end.
func (s *session) HandleShutdown() {
	s.ending = true
	if s.transfer == nil {
		s.goodbye()
	}
}

func (s *session) goodbye() {
	s.reply("421 The server shuts down")
	s.CloseWhenDone()
}

// HandleClose ends a transfer too: nobody is left to be told how it ends.
func (s *session) HandleClose(error) {
	s.dropTransfer()
	s.dropData()
}

// reply sends one line.
func (s *session) reply(format string, args ...any) { fmt.Fprintf(s, format+"\r\n", args...) }

// refuse is reply for an error of the client, who has not many of them.
func (s *session) refuse(format string, args ...any) {
	if !s.errors.Strike(s.Channel, "421 Too many errors\r\n") {
		s.reply(format, args...)
	}
}
