package main

import (
	"errors"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

var commands = chat.Commands[*session]{
	Verbs: map[string]chat.Command[*session]{
		"EHLO":     {Run: (*session).ehlo, Min: 1, Max: 1, Rest: true},
		"HELO":     {Run: (*session).helo, Min: 1, Max: 1, Rest: true},
		"AUTH":     {Run: (*session).auth, Min: 1, Max: 2},
		"STARTTLS": {Run: (*session).startTLS},
		"MAIL":     {Run: (*session).mail, Min: 1, Max: 1, Rest: true},
		"RCPT":     {Run: (*session).rcpt, Min: 1, Max: 1, Rest: true},
		"DATA":     {Run: (*session).data},
		"BDAT":     {Run: (*session).bdat, Max: chat.NoLimit},
		"RSET":     {Run: (*session).rset},
		"NOOP":     {Run: (*session).noop, Max: 1, Rest: true},
		"VRFY":     {Run: (*session).vrfy, Min: 1, Max: 1, Rest: true},
		"EXPN":     {Run: (*session).expn, Max: 1, Rest: true},
		"HELP":     {Run: (*session).help, Max: 1, Rest: true},
		"QUIT":     {Run: (*session).quit},
	},
	Bad: func(s *session, _ []byte, err error) {
		if errors.Is(err, chat.ErrArguments) {
			s.refuse("501 5.5.4 Wrong number of arguments")
		} else {
			s.refuse("500 5.5.1 Unknown command")
		}
	},
}

func (s *session) helo([][]byte) {
	s.reset()
	s.greeted = true
	s.idle("250 %s", s.site.host)
}

func (s *session) ehlo([][]byte) {
	s.reset()
	s.greeted = true
	offer := ""
	switch {
	case !s.secure:
		offer = "250-STARTTLS\r\n"
	case s.site.users != nil:
		offer = "250-AUTH PLAIN LOGIN\r\n"
	}
	s.idle("250-%s\r\n250-PIPELINING\r\n250-SIZE %d\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"+
		"250-CHUNKING\r\n%s250 ENHANCEDSTATUSCODES",
		s.site.host, s.site.maxSize, offer)
}

// startTLS leaves it to the channel what becomes of input behind the command: it belongs to the
// handshake, and makes it fail.
func (s *session) startTLS([][]byte) {
	if s.secure {
		s.refuse("503 5.5.1 TLS is on")
		return
	}
	s.reply("220 2.0.0 Go ahead")
	s.StartTLS(s.site.tls)
}

func (s *session) mail(args [][]byte) {
	switch {
	case !s.greeted:
		s.refuse("503 5.5.1 Say EHLO first")
		return
	case s.site.users != nil && !s.admitted:
		s.refuse("530 5.7.0 Say AUTH first")
		return
	case s.envelope != nil:
		s.refuse("503 5.5.1 One message at a time")
		return
	case s.messages == maxMessages:
		s.reply("421 4.7.0 Enough messages for one session")
		s.CloseWhenDone()
		return
	}
	e, refusal := parseMail(string(args[0]), s.site.maxSize)
	if refusal != "" {
		s.refuse("%s", refusal)
		return
	}
	s.envelope = e
	s.reply("250 2.1.0 Sender ok")
}

func (s *session) rcpt(args [][]byte) {
	switch {
	case s.envelope == nil || s.message != nil:
		s.refuse("503 5.5.1 MAIL comes first, then RCPT, then the text")
		return
	case s.envelope.recipients == maxRecipients:
		s.refuse("452 4.5.3 Too many recipients")
		return
	}
	if refusal := parseRcpt(string(args[0]), s.envelope.utf8); refusal != "" {
		s.refuse("%s", refusal)
		return
	}
	s.envelope.recipients++
	s.reply("250 2.1.5 Recipient ok")
}

// data begins a text. A bare newline in it does not stop the channel, as it would with RejectBare,
// but is looked for by the message: so that the client can be told.
func (s *session) data([][]byte) {
	if !s.addressed() || s.message != nil {
		s.refuse("503 5.5.1 MAIL comes first, then RCPT, and no BDAT")
		return
	}
	s.reply("354 End data with <CR><LF>.<CR><LF>")
	s.message = s.newMessage()
	s.state = inText
	s.SetMaxElement(2*s.site.maxSize, false)
	s.SetTerminator(terminator.Dot(terminator.PassBare))
}

// bdat reads the chunk in any case: what it says is never taken for a command.
func (s *session) bdat(args [][]byte) {
	n, err := int64(0), error(nil)
	if len(args) > 0 {
		n, err = terminator.ParseLength(args[0], 2*s.site.maxSize)
	}
	last := len(args) == 2 && strings.EqualFold(string(args[1]), "LAST")
	if err != nil || len(args) == 0 || len(args) > 2 || len(args) == 2 && !last {
		s.reply("501 5.5.4 BDAT wants a length that I can bear, and LAST behind the last; goodbye")
		s.CloseWhenDone() // nobody knows where the next command begins
		return
	}
	if s.message == nil && s.addressed() {
		s.message = s.newMessage()
	}
	s.state, s.last, s.empty = inChunk, last, n == 0 && !last
	s.SetTerminator(terminator.Length(n))
}

// addressed reports whether the message has a recipient.
func (s *session) addressed() bool { return s.envelope != nil && s.envelope.recipients > 0 }

func (s *session) rset([][]byte) {
	s.reset()
	s.idle("250 2.0.0 Forgotten")
}

func (s *session) noop([][]byte) { s.idle("250 2.0.0 Ok") }
func (s *session) vrfy([][]byte) { s.idle("252 2.1.5 Send it, and see") }
func (s *session) expn([][]byte) { s.refuse("502 5.5.1 There are no lists") }
func (s *session) help([][]byte) { s.idle("214 2.0.0 RFC 5321 tells it all") }

func (s *session) quit([][]byte) {
	s.reply("221 2.0.0 Goodbye")
	s.CloseWhenDone()
}
