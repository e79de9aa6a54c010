package main

import (
	"fmt"
	"iter"
	"math"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine   = 512 // bytes of a command
	maxName   = 400 // of a group
	maxErrors = 50  // of a session: to ask for what is not there is none
	maxNumber = math.MaxInt32
)

// A session is one reader: a connection, and where it is.
type session struct {
	texts.Turns
	chat.Collector // of the command in progress
	*spool
	group   *group // nil: none was chosen
	current int    // index of the current article in the group; if there is none there, there is none
	errors  chat.Budget
}

func (s *spool) newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.String("\r\n"))
	return &session{
		Turns:  texts.Turns{Channel: c, Farewell: "400 The server shuts down\r\n"},
		spool:  s,
		errors: chat.Budget{Strikes: maxErrors},
	}
}

func (s *session) HandleConnect() { s.reply("201 You may read here, and not post") }

func (s *session) FoundTerminator() {
	line := s.Take()
	if chat.ForeignProtocol(line) != "" { // a page may post commands
		s.Close()
		return
	}
	if !texts.IsCommand(line) {
		s.refuse("501 A command has no control characters")
		return
	}
	commands.Call(s, line)
}

// HandleTooLong is called for a line of which the rest is skipped.
func (s *session) HandleTooLong() {
	s.Take()
	s.refuse("501 Line too long")
}

func (s *session) HandleTimeout(error) { s.reply("400 You have said nothing for too long") }

// reply sends one line.
func (s *session) reply(format string, args ...any) { fmt.Fprintf(s, format+"\r\n", args...) }

// refuse is reply for what is no command, of which a client has not many.
func (s *session) refuse(format string, args ...any) {
	if !s.errors.Strike(s.Channel, "400 Too many errors\r\n") {
		s.reply(format, args...)
	}
}

// tell sends a line, and a list below it.
func (s *session) tell(first string, lines iter.Seq[string]) {
	s.reply("%s", first)
	s.Send(fifo.DotStuff(fifo.Lines(lines, "\r\n")))
}
