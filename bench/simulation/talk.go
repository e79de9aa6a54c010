package sim

import (
	"io"
	"os"
	"strings"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

// newTalk makes a session in straight-line code. It knows fewer requests than others: see suit.
func (w *world) newTalk(c *chat.Channel) chat.Handler {
	a := w.newAudit("talk", c)
	limits := c.Limits()
	limits.MaxElement = maxData
	c.SetLimits(limits)
	h := chat.Converse(func(v *chat.Conversation) error { return a.talk(v) })(c)
	return &audited{Handler: h, audit: a}
}

// suit makes the script one that the service understands.
func (s *script) suit(service string) {
	if last := &s.steps[len(s.steps)-1]; service == "plain" && s.end == unfinished {
		last.out = nil // nobody is told of the end
	}
	if service == "session" || service == "plain" && s.end != rests {
		return
	}
	if service == "plain" {
		s.steps, s.end = s.steps[:len(s.steps)-1], halfCloses
		return
	}
	kept := s.steps[:0]
	for _, st := range s.steps {
		verb, _, _ := strings.Cut(string(st.in), " ")
		switch verb {
		case "WORK", "DIE":
			if service == "talk" {
				kept = append(kept, st)
			}
		case "PUT", "UNTIL":
			if service != "lines" {
				kept = append(kept, st)
			}
		case "HELLO", "ECHO", "GET", "WAIT", "BUSY\r\n":
			kept = append(kept, st)
		default:
			if strings.HasPrefix(verb, "QUIT") {
				kept = append(kept, st)
			}
		}
	}
	s.steps = kept
	switch s.end {
	case dies:
		if service != "talk" {
			s.end = closes
		}
	case drops:
		s.end = closes
	case rests, unfinished, halfQuits, tooLong:
		s.end = halfCloses
		if last := s.steps[len(s.steps)-1]; len(last.out) == 0 {
			s.steps = s.steps[:len(s.steps)-1]
		}
	}
}

func (a *audit) talk(v *chat.Conversation) error {
	var failed error // of a write: what has come is still to be read
	for {
		line, err := a.readLine(v)
		switch {
		case err == nil:
		case failed != nil:
			return failed
		case err == io.EOF:
			return nil
		default:
			return err
		}
		a.input(len(line))
		verb, arg, _ := strings.Cut(string(line), " ")
		if verb == "QUIT" {
			a.finished = true
			v.WriteString("BYE\r\n")
			return nil
		}
		if err := a.answer(v, verb, arg); err != nil {
			if !broke(err) {
				return err
			}
			failed = err
		}
	}
}

func (a *audit) answer(v *chat.Conversation, verb, arg string) error {
	n, _ := numbers(arg)
	switch verb {
	case "HELLO":
		v.Printf("HELLO %s\r\n", arg)
	case "ECHO":
		v.WriteString(arg + "\r\n")
	case "PUT":
		buf := make([]byte, min(max(n, 0), maxData))
		if _, err := v.ReadFull(buf); err != nil {
			return err
		}
		v.Printf("PUT %d %08x\r\n", n, sum(buf))
	case "GET":
		v.Printf("GET %d\r\n", n)
		for p := pattern(min(max(n, 0), maxData)); len(p) > 0; {
			piece := p[:min(len(p), 5000)]
			p = p[len(piece):]
			if a.w.impatient {
				v.SetWriteDeadline(v.Loop().Now().Add(milliseconds(1)))
			}
			if n, err := v.Write(piece); err != nil && (err != os.ErrDeadlineExceeded || n < len(piece)) {
				return err
			}
		}
	case "WORK":
		if err := a.await(v, n); err != nil {
			return err
		}
		v.Printf("WORK %d\r\n", n)
	case "WAIT":
		if err := v.Sleep(milliseconds(n)); err != nil {
			return err
		}
		v.Printf("WAIT %d\r\n", n)
	case "UNTIL":
		elem, err := v.ReadUntil(terminator.String(delimiters[min(max(n, 0), len(delimiters)-1)]))
		if err != nil {
			return err
		}
		v.Printf("UNTIL %d %08x\r\n", len(elem), sum(elem))
	case "BUSY":
		a.w.takeTime()
		v.WriteString("BUSY\r\n")
	case "CALL":
		if err := a.call(v, arg); err != nil {
			if a.w.lag > 0 {
				a.w.excuse(a) // who is told before this one is closed
			}
			return &callError{err}
		}
	case "LAST":
		a.words++
	case "DIE":
		a.finished = true
		a.w.dying++
		return a.dieIn(v, n)
	default:
		v.WriteString("ERR\r\n")
	}
	return nil
}

// audited is a conversation whose beginning and end are looked at.
type audited struct {
	chat.Handler
	*audit
}

// Inner lets the channel find what the handler inside can do.
func (h *audited) Inner() chat.Handler { return h.Handler }

func (h *audited) HandleConnect() {
	h.connected()
	h.Handler.(chat.ConnectHandler).HandleConnect()
}

func (h *audited) HandleEOF()      { h.Handler.(chat.EOFHandler).HandleEOF() }
func (h *audited) HandleShutdown() { h.Handler.(chat.ShutdownHandler).HandleShutdown() }

func (h *audited) HandleClose(err error) {
	h.Handler.(chat.CloseHandler).HandleClose(err)
	h.ended(err)
}
