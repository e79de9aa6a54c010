package main

import (
	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/terminator"
)

const (
	maxLine    = 64 << 10 // bytes of an inline command, and of a line with a number
	maxClients = 10_000
)

// limits bound what a command may cost, in bytes, and the number of its arguments.
type limits struct {
	bulk    int // an argument, and a value
	args    int
	request int // all arguments of a command
	reply   int // an answer: an MGET may name a large value many times
}

// Redis takes 512 MiB and a thousand million arguments.
var defaultLimits = limits{bulk: 16 << 20, args: 64 << 10, request: 64 << 20, reply: 64 << 20}

type state uint8

const (
	inLine   state = iota // "*2", or an inline command
	inHeader              // "$5"
	inBulk                // so many bytes, and CR LF
)

// The two lines: an inline command may end with a bare line feed, since people type it.
var (
	firstLine  = terminator.String("\n")
	headerLine = terminator.String("\r\n")
)

// A session is one connection. It collects an element, and says where the next one ends.
type session struct {
	*chat.Channel
	*request // the command in progress; nil: between two
	db       *database
	state    state
	left     int // arguments to come
	client   client
	topics   *topics // what it has subscribed to; nil: nothing
	watch    watch
	held     shardSet // what the command in progress has locked
	// What MULTI has begun; nil: nothing.
	transaction *transaction
}

func (d *database) newSession(c *chat.Channel) chat.Handler {
	s := &session{Channel: c, db: d}
	d.clients.add(s)
	c.SetTerminator(firstLine)
	return s
}

// CollectIncomingData puts the arguments one behind the other. A line is put there too, until it
// has been read.
func (s *session) CollectIncomingData(data []byte) {
	s.begin()
	s.data = append(s.data, data...)
}

func (s *session) begin() {
	if s.request == nil {
		s.request = requests.Get().(*request)
		s.maxReply, s.protocol = s.db.limits.reply, s.client.protocol
	}
}

func (s *session) FoundTerminator() {
	s.begin() // an empty line was not collected
	switch s.state {
	case inLine:
		s.foundLine()
	case inHeader:
		s.foundHeader()
	case inBulk:
		s.data = s.data[:len(s.data)-len("\r\n")] // whatever it was: Redis does not look at it either
		s.endArgument()
		if s.left--; s.left == 0 {
			s.state = inLine
			s.SetTerminator(firstLine)
			s.run()
			return
		}
		s.nextHeader()
	}
}

// foundLine begins a command of several elements, or runs an inline one.
func (s *session) foundLine() {
	line := s.data
	if chat.ForeignProtocol(line) != "" { // a page may post commands
		s.goodbye()
		return
	}
	if len(line) == 0 || line[0] != '*' {
		s.inline(line)
		return
	}
	n, ok := parseInt(trimCR(line)[1:])
	switch {
	case !ok || line[len(line)-1] != '\r' || n > int64(s.db.limits.args):
		s.fault("invalid multibulk length")
	case n <= 0:
		s.end()
	default:
		s.data = s.data[:0]
		s.left = int(n)
		s.nextHeader()
	}
}

// nextHeader waits for the length of an argument. It belongs to the command as far as time is
// concerned: a command that is begun has to come to an end.
func (s *session) nextHeader() {
	s.state = inHeader
	s.SetTerminator(headerLine)
	s.ExpectMore()
}

func (s *session) foundHeader() {
	start := s.start()
	line := s.data[start:]
	if len(line) == 0 || line[0] != '$' {
		got := " "
		if len(line) > 0 {
			got = string(line[:1])
		}
		s.fault("expected '$', got '" + got + "'")
		return
	}
	n, ok := parseInt(line[1:])
	if !ok || n < 0 || n > int64(s.db.limits.bulk) || n > int64(s.db.limits.request-start) {
		s.fault("invalid bulk length")
		return
	}
	s.data = s.data[:start]
	s.state = inBulk
	s.SetTerminator(terminator.Length(n + int64(len("\r\n"))))
	s.ExpectMore()
}

// inline runs a command that somebody has typed.
func (s *session) inline(line []byte) {
	args, ok := splitLine(trimCR(line))
	if !ok {
		s.fault("unbalanced quotes in request")
		return
	}
	s.data = s.data[:0]
	for _, arg := range args {
		s.data = append(s.data, arg...)
		s.endArgument()
	}
	s.run()
}

func (s *session) HandleTooLong() {
	s.begin()
	switch {
	case s.state == inHeader:
		s.fault("too big bulk count string")
	case s.data[0] == '*':
		s.fault("too big mbulk count string")
	default:
		s.fault("too big inline request")
	}
}

// run runs the command, if there is one, and answers.
func (s *session) run() {
	if args := s.arguments(); len(args) > 0 {
		s.call(args)
		if s.overflow {
			s.out = s.out[:0]
			s.fail("ERR the answer is too large")
		}
		s.Push(s.out)
	}
	s.end()
}

// fault ends the session: nobody knows where the next command begins.
func (s *session) fault(what string) {
	s.fail("ERR Protocol error: " + what)
	s.Push(s.out)
	s.end()
	s.goodbye()
}

// goodbye ends the session once all is sent. Its peer may take its time for that: it is no
// subscriber any more.
func (s *session) goodbye() {
	s.endTransaction()
	s.unsubscribeAll()
	s.CloseWhenDone()
}

// end gives the memory of the request to the next one, of whatever session: an idle one has none.
func (s *session) end() {
	s.request.release()
	s.request = nil
}

var _ chat.CloseHandler = (*session)(nil)

func (s *session) HandleClose(error) {
	s.unsubscribeAll()
	s.unwatchAll()
	s.db.clients.remove(s)
	if s.request != nil {
		s.end()
	}
}
