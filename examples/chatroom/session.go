package main

import (
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// limits are those of a terminal. Somebody who only listens may do so for hours.
var limits = chat.Limits{
	MaxElement:   maxText,
	SkipTooLong:  true,
	MaxOutput:    256 << 10, // who lets more than that wait is put out, and the rooms go on
	FirstTimeout: time.Minute,
	IdleTimeout:  2 * time.Hour,
}

const maxAttempts = 5 // to find a name that is free

// A session is somebody at a terminal: a line is first a name, then what the user says.
type session struct {
	*chat.Channel
	chat.Collector
	house    *house
	user     *user
	inside   bool // has a name
	leaving  bool
	attempts int // to get a name
}

func (h *house) newSession(c *chat.Channel) chat.Handler {
	c.SetTerminator(terminator.Line())
	s := &session{Channel: c, house: h}
	s.user = &user{self: []*chat.Channel{c}, quit: s.quit}
	return s
}

func (s *session) HandleConnect() { s.user.note("welcome; what is your name?") }

func (s *session) FoundTerminator() {
	line := string(s.Take())
	if !s.inside {
		s.enter(line)
		return
	}
	s.user.say(line, s.Loop().Now())
	s.pace()
}

// pace lets the next line wait until it may come.
func (s *session) pace() {
	if wait := s.user.flood.wait(s.Loop().Now()); wait > 0 && !s.leaving {
		s.PauseReading()
		s.After(wait, s.wake)
	}
}

func (s *session) wake() {
	if !s.leaving {
		s.ResumeReading()
	}
}

// enter takes the line for a name.
func (s *session) enter(line string) {
	if chat.ForeignProtocol([]byte(line)) != "" { // a page may post what its author wants said
		s.Close()
		return
	}
	s.house.Lock()
	defer s.house.Unlock()
	problem := ""
	switch verb, name := firstWord(clean(line)); verb {
	case "/quit":
		s.quit("goodbye")
		return
	case "/help":
		problem = "say a name, or /quit; inside there are " + helpText
	case "/nick":
		problem = s.house.try(name, s.user)
	default:
		problem = s.house.try(clean(line), s.user)
	}
	if s.attempts++; problem == "" {
		s.inside = true
	} else if s.attempts < maxAttempts {
		s.user.note(problem, "; what is your name?")
	} else {
		s.quit("goodbye")
	}
}

// try is enter, which returns what is wrong.
func (h *house) try(name string, u *user) (problem string) {
	if err := h.enter(name, u); err != nil {
		return err.Error()
	}
	return ""
}

// firstWord returns it in lower case, as commands may be written, and the rest.
func firstWord(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	return strings.ToLower(word), strings.TrimSpace(rest)
}

// quit ends the session behind what the rooms have told it.
func (s *session) quit(word string) {
	s.leaving = true
	if word != "" {
		s.PushString("-- " + word + "\r\n")
	}
	s.CloseWhenDone()
}

func (s *session) HandleTooLong() {
	s.Take()
	s.house.Lock()
	defer s.house.Unlock()
	s.user.flood.count(s.Loop().Now())
	s.user.note("that was too long, and nobody has heard it")
	s.pace()
}

// HandleEOF lets who has closed its end hear what it has said itself.
func (s *session) HandleEOF() { s.quit("") }

func (s *session) HandleTimeout(error) { s.PushString("-- you have been silent for too long\r\n") }

func (s *session) HandleShutdown() { s.quit("the server shuts down") }

var _ chat.CloseHandler = (*session)(nil)

func (s *session) HandleClose(err error) {
	s.leaving = true
	s.house.Lock()
	defer s.house.Unlock()
	s.house.leave(s.user, farewell(err))
}

// farewell tells the others why somebody has gone who has not said so.
func farewell(err error) string {
	switch chat.ReasonOf(err) {
	case chat.ReasonSlowReader, chat.ReasonStalled, chat.ReasonOverloaded:
		return "reads too slowly"
	case chat.ReasonPeerReset, chat.ReasonPeerAborted, chat.ReasonFailed:
		return "the connection has broken"
	case chat.ReasonIdle, chat.ReasonTooSlow:
		return "has fallen asleep"
	}
	return ""
}
