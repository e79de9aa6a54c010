package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/examples/internal/texts"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

var commands = chat.Commands[*session]{
	Verbs: map[string]chat.Command[*session]{
		"CAPA": {Run: (*session).capa},
		"QUIT": {Run: (*session).quit},
		"STLS": {Run: before((*session).stls)},
		"USER": {Run: before((*session).name), Min: 1, Max: 1, Rest: true},
		"PASS": {Run: before((*session).pass), Min: 1, Max: 1, Rest: true},
		"STAT": {Run: behind((*session).stat)},
		"LIST": {Run: behind((*session).list), Max: 1},
		"UIDL": {Run: behind((*session).uidl), Max: 1},
		"RETR": {Run: behind((*session).retr), Min: 1, Max: 1},
		"TOP":  {Run: behind((*session).top), Min: 2, Max: 2},
		"DELE": {Run: behind((*session).dele), Min: 1, Max: 1},
		"RSET": {Run: behind((*session).rset)},
		"NOOP": {Run: behind((*session).noop)},
	},
	Bad: func(s *session, _ []byte, err error) {
		if errors.Is(err, chat.ErrArguments) {
			s.refuse("Wrong number of arguments")
		} else {
			s.refuse("Unknown command")
		}
	},
}

// before is for commands that come before the client has said who it is.
func before(run func(*session, [][]byte)) func(*session, [][]byte) {
	return func(s *session, args [][]byte) {
		if s.drop != nil {
			s.refuse("You have logged in")
			return
		}
		run(s, args)
	}
}

// behind is for those that come afterwards.
func behind(run func(*session, [][]byte)) func(*session, [][]byte) {
	return func(s *session, args [][]byte) {
		if s.drop == nil {
			s.refuse("Say USER and PASS first")
			return
		}
		run(s, args)
	}
}

func (s *session) capa([][]byte) {
	s.reply("+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nEXPIRE NEVER")
	if s.mayHearPassword() {
		s.reply("USER")
	}
	if !s.overTLS && s.drop == nil {
		s.reply("STLS")
	}
	s.reply(".")
}

// stls leaves it to the channel what becomes of input behind the command: it belongs to the
// handshake, and makes it fail.
func (s *session) stls([][]byte) {
	if s.overTLS {
		s.refuse("TLS is on")
		return
	}
	s.reply("+OK Go ahead")
	s.StartTLS(s.site.tls)
}

func (s *session) name(args [][]byte) {
	if !s.mayHearPassword() {
		s.refuse("[AUTH] Say STLS first, or everybody on the way hears your password")
		return
	}
	s.user = string(args[0])
	s.reply("+OK And the password?") // whoever it is, or names could be guessed
}

func (s *session) pass(args [][]byte) {
	switch {
	case s.user == "":
		s.refuse("Say USER first")
	case !s.site.admits(s.user, string(args[0])):
		s.user = ""
		s.Wait(penance, func() {
			if !s.passwords.Strike(s.Channel, "-ERR [AUTH] Too many wrong passwords\r\n") {
				s.reply("-ERR [AUTH] Wrong user or password")
			}
		})
	default:
		texts.Work(&s.Turns, func(context.Context) (*maildrop, error) {
			return openMaildrop(s.site.root)
		}, s.opened)
	}
}

func (s *session) opened(drop *maildrop, err error) {
	switch {
	case errors.Is(err, errInUse):
		s.refuse("[IN-USE] Another session reads this mail")
	case err != nil:
		s.complain(err)
		s.refuse("[SYS/TEMP] The mail cannot be read")
	case s.closed:
		drop.close()
	default:
		s.drop = drop
		l := s.Limits()
		l.IdleTimeout, l.Lifetime = maxIdle, chat.NoLimit
		s.SetLimits(l)
		s.stat(nil)
	}
}

func (s *session) stat([][]byte) { s.reply("+OK %d %d", s.drop.count, s.drop.size) }

// number returns the message that an argument means; if there is none, the client has been told.
func (s *session) number(arg []byte) (n int, m *message) {
	i, err := terminator.ParseLength(arg, int64(len(s.drop.messages)))
	if err != nil || i == 0 {
		s.refuse("There is no such message")
		return 0, nil
	}
	if m = &s.drop.messages[i-1]; m.deleted {
		s.refuse("That message is deleted")
		return 0, nil
	}
	return int(i), m
}

func (s *session) list(args [][]byte) {
	s.tell(args, func(m *message) string { return fmt.Sprint(m.size) })
}
func (s *session) uidl(args [][]byte) { s.tell(args, (*message).uid) }

// tell answers with something about one message, or about all.
func (s *session) tell(args [][]byte, what func(*message) string) {
	if len(args) == 1 {
		if n, m := s.number(args[0]); m != nil {
			s.reply("+OK %d %s", n, what(m))
		}
		return
	}
	s.reply("+OK %d messages", s.drop.count)
	s.Send(fifo.DotStuff(fifo.Lines(func(yield func(string) bool) {
		for i := range s.drop.messages {
			if m := &s.drop.messages[i]; !m.deleted && !yield(fmt.Sprintf("%d %s", i+1, what(m))) {
				return
			}
		}
	}, "\r\n")))
}

func (s *session) retr(args [][]byte) {
	if _, m := s.number(args[0]); m != nil {
		s.sendText(m, texts.Whole)
	}
}

func (s *session) top(args [][]byte) {
	_, m := s.number(args[0])
	if m == nil {
		return
	}
	lines, err := terminator.ParseLength(args[1], 1<<40)
	if err != nil {
		s.refuse("That is no number of lines")
		return
	}
	s.sendText(m, texts.Top(lines))
}

// sendText sends a file, whose name is ours, and never the client's.
func (s *session) sendText(m *message, part texts.Part) {
	s.SendText(s.drop.root, m.name, part, func(err error) {
		switch {
		case err == nil:
			s.reply("+OK")
		case errors.Is(err, fs.ErrNotExist):
			s.reply("-ERR Another program has moved or deleted this message")
		default:
			s.complain(err)
			s.reply("-ERR [SYS/TEMP] The message cannot be read")
		}
	})
}

func (s *session) dele(args [][]byte) {
	if n, m := s.number(args[0]); m != nil {
		s.drop.mark(m)
		s.reply("+OK Message %d goes when you say QUIT", n)
	}
}

func (s *session) rset([][]byte) {
	s.drop.unmark()
	s.stat(nil)
}

func (s *session) noop([][]byte) { s.reply("+OK") }

// quit deletes what is marked, and no other command does. Nothing that comes behind it is a
// command.
func (s *session) quit([][]byte) {
	drop := s.drop
	if drop == nil {
		s.reply("+OK Goodbye")
		s.CloseWhenDone()
		return
	}
	texts.Work(&s.Turns, func(context.Context) (struct{}, error) {
		return struct{}{}, drop.remove() // whether or not the client waits for the reply
	}, func(_ struct{}, err error) {
		if err != nil {
			s.complain(err)
			s.reply("-ERR [SYS/TEMP] Some messages could not be deleted")
		} else {
			s.reply("+OK Goodbye")
		}
		s.CloseWhenDone()
	})
}

func (s *session) complain(err error) {
	s.Logger().Error("mail cannot be read or deleted", "error", err)
}
