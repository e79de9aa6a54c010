package main

import (
	"crypto/tls"
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine       = 2048 // bytes of a command: 512, and what extensions add to MAIL
	maxRecipients = 100  // of a message: who has more sends it again for the others
	maxMessages   = 1000 // of a session
	maxErrors     = 20   // of a session
	maxIdling     = 100  // commands between two messages that lead nowhere, as NOOP
)

type state uint8

const (
	inCommand state = iota
	inText          // of DATA, to the line with a single dot
	inChunk         // of BDAT, so many bytes
)

// A session is one connection. It collects an element, acts on it, and says where the next one
// ends.
type session struct {
	*chat.Channel
	site      *site
	line      []byte // the command in progress
	state     state
	greeted   bool // by HELO or EHLO
	secure    bool
	envelope  *envelope // of the message in progress; nil: none
	message   *message  // its content; nil: there is none yet, or it is of no interest
	last      bool      // it ends with this chunk
	empty     bool      // the chunk is, and not the last: it leads nowhere
	login     *login    // in progress; nil: none
	admitted  bool      // by AUTH
	messages  int
	errors    chat.Budget
	idling    chat.Budget
	passwords chat.Budget // that were wrong
	ending    bool        // the server shuts down
}

func (s *site) newSession(c *chat.Channel) chat.Handler {
	h := &session{Channel: c, site: s, errors: chat.Budget{Strikes: maxErrors},
		idling: chat.Budget{Strikes: maxIdling}, passwords: chat.Budget{Strikes: maxPasswords}}
	h.nextCommand()
	return h
}

// nextCommand only knows "\r\n" for a line end. Where a bare line feed ended a command, and another
// server let it pass as text, there would be two opinions about what is a command.
func (s *session) nextCommand() {
	s.state = inCommand
	s.SetMaxElement(maxLine, true)
	s.SetTerminator(terminator.String("\r\n"))
}

func (s *session) HandleConnect() { fmt.Fprintf(s, "220 %s ESMTP\r\n", s.site.host) }

func (s *session) CollectIncomingData(data []byte) {
	switch {
	case s.state == inCommand:
		s.line = append(s.line, data...)
	case s.message != nil:
		s.collectMessage(data)
	}
}

func (s *session) FoundTerminator() {
	switch s.state {
	case inCommand:
		line := s.line
		s.line = s.line[:0]
		s.command(line)
	case inText:
		s.nextCommand()
		s.foundMessage()
	case inChunk:
		s.nextCommand()
		s.foundChunk()
	}
}

func (s *session) command(line []byte) {
	if other := chat.ForeignProtocol(line); other != "" { // a page may post mail
		s.reply("421 4.7.0 This is not %s", other)
		s.CloseWhenDone()
		return
	}
	for _, b := range line {
		if b < ' ' && b != '\t' || b == 0x7f {
			s.refuse("500 5.5.2 A command has no control characters")
			return
		}
	}
	if s.login != nil {
		s.answered(line)
		return
	}
	commands.Call(s, line)
}

// HandleTooLong is called for a command, of which the rest is skipped, and for a text of twice the
// size that is allowed: of a smaller one the end, where the client expects the answer, is waited
// for, but not for ever.
func (s *session) HandleTooLong() {
	if s.state == inCommand {
		s.line, s.login = s.line[:0], nil
		s.refuse("500 5.5.2 Line too long")
	} else {
		s.reset()
		s.reply("552 5.3.4 The message is much too large")
	}
}

// HandleSecured forgets what was said in plain text: anybody may have put it there.
func (s *session) HandleSecured(tls.ConnectionState) {
	s.secure, s.greeted = true, false
	s.line = nil
	s.reset()
}

func (s *session) HandleTimeout(error) { s.reply("421 4.4.2 %s has waited too long", s.site.host) }

// HandleShutdown lets a message that is on its way arrive.
func (s *session) HandleShutdown() {
	s.ending = true
	if s.message == nil {
		s.goodbye()
	}
}

func (s *session) goodbye() {
	s.reply("421 4.3.2 %s shuts down", s.site.host)
	s.CloseWhenDone()
}

var _ chat.CloseHandler = (*session)(nil)

func (s *session) HandleClose(error) { s.reset() }

// reset forgets the message in progress.
func (s *session) reset() {
	if s.message != nil {
		s.message.drop()
	}
	s.envelope, s.message = nil, nil
}

// reply sends one line.
func (s *session) reply(format string, args ...any) {
	fmt.Fprintf(s, format+"\r\n", args...)
}

// refuse is reply for an error of the client, who has not many of them.
func (s *session) refuse(format string, args ...any) {
	if !s.errors.Strike(s.Channel, "421 4.7.0 Too many errors\r\n") {
		s.reply(format, args...)
	}
}

// idle is reply for a command that leads nowhere.
func (s *session) idle(format string, args ...any) {
	if !s.idling.Strike(s.Channel, "421 4.7.0 Too many commands without a message\r\n") {
		s.reply(format, args...)
	}
}
