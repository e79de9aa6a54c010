package sim

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

var crlf = terminator.String("\r\n")

// A session answers requests, in four states.
type session struct {
	*chat.Channel
	*audit
	line  []byte
	state state
	sum   uint32
	n     int
	which int // of the delimiters
	quiet int // works of a request that have ended, and say nothing
}

type state uint8

const (
	inLine state = iota
	inData
	inUntil
	inRest
)

func (w *world) newSession(c *chat.Channel) chat.Handler {
	s := &session{Channel: c, audit: w.newAudit("session", c)}
	s.nextLine()
	return &resting{s}
}

// newPlain makes a session that has no HandleEOF.
func (w *world) newPlain(c *chat.Channel) chat.Handler {
	s := &session{Channel: c, audit: w.newAudit("plain", c)}
	s.nextLine()
	return s
}

func addSum(sum uint32, p []byte) uint32 { return crc32.Update(sum, crc32.IEEETable, p) }

func (s *session) nextLine() {
	s.state, s.sum, s.n = inLine, 0, 0
	s.SetMaxElement(maxLine, true)
	s.SetTerminator(crlf)
}

func (s *session) CollectIncomingData(data []byte) {
	defer s.enter("CollectIncomingData")()
	s.input(len(data))
	if s.state == inLine {
		s.line = append(s.line, data...)
		return
	}
	s.sum = addSum(s.sum, data)
	s.n += len(data)
}

func (s *session) FoundTerminator() {
	defer s.enter("FoundTerminator")()
	s.input(0)
	switch s.state {
	case inLine:
		line := string(s.line)
		s.line = s.line[:0]
		s.command(line)
	case inData:
		fmt.Fprintf(s, "PUT %d %08x\r\n", s.n, s.sum)
		s.nextLine()
	case inUntil:
		fmt.Fprintf(s, "UNTIL %d %08x\r\n", s.n, s.sum)
		if s.Matched() != 0 {
			s.w.fail("%s: of one delimiter, the %d. has matched", s, s.Matched())
		}
		s.nextLine()
	}
}

func (s *session) HandleTooLong() {
	defer s.enter("HandleTooLong")()
	s.line = s.line[:0]
	if s.Limits().SkipTooLong {
		s.PushString("LONG\r\n")
	}
}

func (s *session) HandleConnect() {
	defer s.enter("HandleConnect")()
	s.connected()
}

func (s *session) HandleClose(err error) {
	defer s.enter("HandleClose")()
	s.ended(err)
}

func (s *session) command(line string) {
	verb, arg, _ := strings.Cut(line, " ")
	n, way := numbers(arg)
	switch verb {
	case "HELLO":
		s.PushString(line + "\r\n")
	case "ECHO":
		s.PushString(arg)
		s.PushString("\r\n")
	case "PUT":
		s.state = inData
		if n%2 == 0 {
			s.ExpectMore() // it is one request
		}
		s.SetTerminator(terminator.Length(int64(min(max(n, 0), maxData))))
	case "GET":
		fmt.Fprintf(s, "GET %d\r\n", n)
		s.give(min(max(n, 0), maxData), way)
	case "WORK":
		s.work(n)
	case "WAIT":
		s.PauseReading()
		s.After(milliseconds(n), func() {
			defer s.enter("timer")()
			fmt.Fprintf(s, "WAIT %d\r\n", n)
			s.ResumeReading()
		})
	case "BACK":
		s.Unread([]byte("ECHO " + arg + "\r\n"))
	case "UNTIL":
		s.state, s.which = inUntil, min(max(n, 0), len(delimiters)-1)
		s.SetMaxElement(16<<10, false)
		s.SetTerminator(terminator.String(delimiters[s.which]))
	case "STRICT":
		s.PushString("STRICT\r\n")
		s.SetMaxElement(maxLine, false)
	case "REST":
		s.state = inRest
		s.SetTerminator(terminator.None)
	case "PAUSE":
		s.PushString("PAUSE\r\n")
		s.PauseAfter(1 + n%2)
		s.After(milliseconds(n), func() {
			defer s.enter("timer")()
			s.PauseAfter(chat.NoLimit)
			s.ResumeReading()
		})
	case "DROP":
		s.finished = true
		switch n {
		case 0:
			s.Abort()
		case 1:
			s.CloseWhenDone()
			s.DiscardBuffers()
		case 2, 3:
			s.dropInWork(n)
		default:
			s.Close()
		}
	case "BUSY":
		s.w.takeTime()
		s.PushString("BUSY\r\n")
	case "LAST":
		s.words++
	case "HALF":
		s.PushString("HALF\r\n")
		s.CloseWrite()
	case "QUIT":
		s.PushString("BYE\r\n")
		s.CloseWhenDone()
		s.finished = true
	case "DIE":
		s.finished = true
		s.w.dying++
		s.die(n)
	default:
		s.PushString("ERR\r\n")
	}
}

// numbers reads up to two numbers.
func numbers(arg string) (n, m int) {
	first, second, _ := strings.Cut(arg, " ")
	n, _ = strconv.Atoi(first)
	m, _ = strconv.Atoi(second)
	return n, m
}

var errDying = errors.New("a handler was asked to die")

// resting is a session that answers what ends with the peer's direction.
type resting struct{ *session }

func (s *resting) HandleEOF() {
	defer s.enter("HandleEOF")()
	switch {
	case s.state == inRest:
		fmt.Fprintf(s, "REST %d %08x\r\n", s.n, s.sum)
	case s.state == inLine && len(s.line) > 0:
		fmt.Fprintf(s, "LEFT %s\r\n", s.line)
	}
	s.CloseWhenDone()
	s.finished = true
}

const numWays = 7

// give pushes the pattern of n bytes in one of numWays ways.
func (s *session) give(n, way int) {
	p := pattern(n)
	switch way {
	case 0:
		s.Push(p)
		clear(p) // it was copied
	case 1:
		s.PushString(string(p))
	case 2:
		s.PushProducer(fifo.Section(bytes.NewReader(p), 0, int64(n)))
	case 3:
		s.PushProducer(fifo.SimpleProducer(p, 1+n/7))
	case 4:
		s.PushProducer(fifo.Seq(func(yield func([]byte) bool) {
			for len(p) > 0 {
				piece := p[:min(len(p), 1000)]
				p = p[len(piece):]
				if !yield(piece) {
					return
				}
			}
		}))
	case 5:
		s.PushProducer(&hesitant{s: s, p: p})
	default:
		for len(p) > 0 {
			piece := p[:min(len(p), 777)]
			p = p[len(piece):]
			s.Push(piece)
		}
	}
}

// A hesitant producer has nothing to give at every other time.
type hesitant struct {
	s      *session
	p      []byte
	asked  int
	closed bool
}

func (h *hesitant) More() ([]byte, error) {
	if h.closed {
		h.s.w.fail("%s: More of a producer that was closed", h.s)
	}
	if h.asked++; h.asked%2 == 1 {
		h.s.After(milliseconds(1+h.asked%3), h.s.ResumeProducer)
		return nil, fifo.ErrNotReady
	}
	piece := h.p[:min(len(h.p), 20_000)]
	h.p = h.p[len(piece):]
	if len(h.p) == 0 {
		return piece, io.EOF
	}
	return piece, nil
}

func (h *hesitant) Close() error {
	if h.closed {
		h.s.w.fail("%s: a producer is closed twice", h.s)
	}
	h.closed = true
	return nil
}

// slack is how much later than by its clock a channel may be closed: the sums of the model are
// rounded, and events are reported late.
const slack = time.Second
