package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/terminator"
)

// A bodied session takes a body behind "DATA", whose terminator is its own.
type bodied struct {
	*chat.Channel
	chat.Collector
	body, end terminator.Terminator
	inBody    bool
}

func (s *bodied) FoundTerminator() {
	line := string(s.Take())
	switch {
	case s.inBody:
		s.next("250 kept")
	case line == "DATA":
		s.inBody = true
		s.SetTerminator(s.body)
		s.ExpectMore()
		s.PushLine("354 go on")
	default:
		s.PushLine("250", line)
	}
}

func (s *bodied) next(reply string) {
	s.inBody = false
	s.SetTerminator(s.end)
	s.PushLine(reply)
}

func (s *bodied) HandleTooLong() { s.Take() }

// skipping answers at the end of what was dropped.
type skipping struct{ bodied }

func (s *skipping) HandleSkipped() {
	if s.inBody {
		s.next("552 too much")
	} else {
		s.PushLine("500 too long")
	}
}

// early has no HandleSkipped: it sets the terminator when the limit is reached.
type early struct{ bodied }

func (s *early) HandleTooLong() {
	s.Take()
	if s.inBody {
		s.next("552 too much")
	} else {
		s.PushLine("500 too long")
	}
}

// W10: a session goes on behind a body that was too long, whatever ends it, and wherever the stream
// was cut.
func TestSessionGoesOnBehindASkippedBody(t *testing.T) {
	long := strings.Repeat("x", 40)
	for name, body := range map[string]struct {
		t    terminator.Terminator
		long string
	}{
		"Dot":       {terminator.Dot(terminator.RejectBare), long + "\r\n.\r\n"},
		"Dot, pass": {terminator.Dot(terminator.PassBare), "\n" + long + "\r\n..\r\n.\r\n"},
		"Netstring": {terminator.Netstring(), "40:" + long + ","},
		"Prefixed":  {terminator.Prefixed(1), "\x28" + long},
		"Any":       {terminator.Any("END", "E"), long + "E"},
		"String":    {terminator.String(strings.Repeat("-", 40)), long + strings.Repeat("-", 40)},
		"Class":     {terminator.Class("!"), long + "!"},
		"Custom":    {terminator.Custom(func() terminator.Framer { return &stepwise{} }), long},
	} {
		stream := "DATA\r\n" + body.long + "NOOP\r\n" + long + "\r\nQUIT\r\n"
		want := "354 go on\r\n552 too much\r\n250 NOOP\r\n500 too long\r\n250 QUIT\r\n"
		for way, h := range map[string]chat.NewHandler{
			"HandleSkipped": func(c *chat.Channel) chat.Handler {
				return &skipping{newBodied(c, body.t)}
			},
			"HandleTooLong": func(c *chat.Channel) chat.Handler { return &early{newBodied(c, body.t)} },
		} {
			t.Run(name+"/"+way, func(t *testing.T) {
				chattest.EverySplit(t, h, stream)
				c := chattest.NewConn(t, h)
				c.SendString(stream)
				expectReceived(t, c, want)
			})
		}
	}
}

func newBodied(c *chat.Channel, body terminator.Terminator) bodied {
	end := terminator.String("\r\n")
	c.SetTerminator(end)
	c.SetMaxElement(20, true)
	return bodied{Channel: c, body: body, end: end}
}

// stepwise ends an element of 40 bytes by a step of no bytes.
type stepwise struct{ n int }

func (s *stepwise) Next(buf []byte, _ bool) (terminator.Step, error) {
	if s.n == 40 {
		s.n = 0
		return terminator.Step{Found: true}, nil
	}
	n := min(len(buf), 40-s.n)
	s.n += n
	return terminator.Step{Collect: n}, nil
}

// HandleSkipped waits as FoundTerminator does while input is not delivered, and does not come
// after a close.
func TestHandleSkippedIsDelivery(t *testing.T) {
	for name, test := range map[string]struct {
		do   func(*chat.Channel)
		want string
	}{
		"pause": {(*chat.Channel).PauseReading, ""},
		"close": {func(c *chat.Channel) { c.Close() }, ""},
	} {
		c := chattest.NewConn(t, func(c *chat.Channel) chat.Handler {
			return &pausing{skipping{newBodied(c, terminator.None)}, test.do}
		})
		c.SendString(strings.Repeat("x", 30) + "\r\nNOOP\r\n")
		expectReceived(t, c, test.want)
		if c.Do(c.Channel().ResumeReading); name == "pause" {
			expectReceived(t, c, "500 too long\r\n250 NOOP\r\n")
		}
	}
}

type pausing struct {
	skipping
	do func(*chat.Channel)
}

func (p *pausing) HandleTooLong() { p.Take(); p.do(p.Channel) }

// W10: with Reads each question has its own answer, counted elements and those that nothing
// delimits too.
func TestReadsAnswerWhatWasSkipped(t *testing.T) {
	h := func(c *chat.Channel) chat.Handler {
		c.SetMaxElement(8, true)
		r := &chat.Reads{Channel: c}
		note := func(what string) func([]byte) {
			return func(p []byte) { c.PushLine(what, fmt.Sprintf("%q %v", p, r.Err())) }
		}
		r.Line(note("first"))
		r.Line(note("second"))
		r.Bytes(12, note("third"))
		r.Until(terminator.Netstring(), note("fourth"))
		r.Line(note("fifth"))
		return r
	}
	stream := "1\r\n2 is too long\r\nxxxxxxxxxxxx9:xxxxxxxxx,5\r\n"
	chattest.EverySplit(t, h, stream)
	c := chattest.NewConn(t, h)
	c.SendString(stream)
	want := "first `1` <nil>\r\nsecond `` ERR\r\nthird `` ERR\r\nfourth `` ERR\r\nfifth `5` <nil>\r\n"
	expectReceived(t, c, strings.NewReplacer("`", `"`, "ERR", chat.ErrTooLong.Error()).Replace(want))
}

// W10: so has a conversation: the next read begins behind what was too long.
func TestConversationGoesOnBehindWhatWasSkipped(t *testing.T) {
	h := chat.Converse(func(v *chat.Conversation) error {
		v.Channel().SetMaxElement(8, true)
		say := func(p []byte, err error) { v.Printf("%q %v;", p, err) }
		for range 3 {
			say(v.ReadUntil(terminator.String("\r\n")))
		}
		say(v.ReadUntil(terminator.Length(12)))
		say(v.ReadUntil(terminator.Netstring()))
		say(v.ReadElement())
		return nil
	})
	stream := "1\r\n2 is too long\r\n3\r\nxxxxxxxxxxxx9:xxxxxxxxx,1:6,"
	chattest.EverySplit(t, h, stream)
	c := chattest.NewConn(t, h)
	c.SendString(stream)
	expectReceived(t, c, strings.ReplaceAll(`"1" <nil>;"" ERR;"3" <nil>;"" ERR;"" ERR;"6" <nil>;`,
		"ERR", chat.ErrTooLong.Error()))
}

// Messages drops what is counted, too, where the limit skips.
func TestMessagesSkipWhatIsCounted(t *testing.T) {
	got := ""
	h := func(c *chat.Channel) chat.Handler {
		c.SetMaxElement(4, true)
		n := 0
		return chat.Messages(terminator.Length(6), func(c *chat.Channel, msg []byte) {
			got += string(msg) + ";"
			n++
			c.SetTerminator(terminator.Length(2))
		})(c)
	}
	for cut := range 12 {
		got = ""
		c := chattest.NewConn(t, h)
		stream := "aaaaaabbbbbb"
		c.SendString(stream[:cut])
		c.SendString(stream[cut:])
		require.Equal(t, "", got)
		require.False(t, c.Closed())
	}
}
