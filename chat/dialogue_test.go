package chat_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A narrator tells of each element, and obeys it. It begins with lines; the dialogues in testdata
// show with it what docs/semantics.md says.
type narrator struct {
	*chat.Channel
	chat.Collector
	inCollect terminator.Terminator // to be set there, once
	set       bool
}

func newNarrator(c *chat.Channel) chat.Handler {
	c.SetTerminator(crlf)
	return &narrator{Channel: c}
}

func (n *narrator) say(format string, args ...any) { fmt.Fprintf(n, format+"\r\n", args...) }

func (n *narrator) CollectIncomingData(data []byte) {
	n.Collector.CollectIncomingData(data)
	if n.set {
		n.set = false
		n.SetTerminator(n.inCollect)
		n.say("set %v in collect", n.Terminator())
	}
}

func (n *narrator) FoundTerminator() {
	element := string(n.Take())
	n.say("found %q", element)
	word, rest, _ := strings.Cut(element, " ")
	if command, ok := sayings[word]; ok {
		command(n, rest)
	}
}

// HandleError has a last word.
func (n *narrator) HandleError(err error) { n.say("error: %s", firstLine(err)) }

func (n *narrator) HandleTooLong() { n.say("too long: %q", n.Take()) }

// HandleClose is too late to say anything.
func (n *narrator) HandleClose(error) {
	if err := n.PushString("a push in HandleClose\r\n"); err != chat.ErrClosed {
		panic(err)
	}
}

// term reads a terminator: nothing for None, a number for a length, else a Go string.
func term(s string) terminator.Terminator {
	if s == "" {
		return terminator.None
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return terminator.Length(max(n, 0))
	}
	delim, _ := strconv.Unquote(s)
	return terminator.String(delim)
}

var sayings = map[string]func(n *narrator, arg string){
	"until":   func(n *narrator, arg string) { n.SetTerminator(term(arg)) },
	"collect": func(n *narrator, arg string) { n.inCollect, n.set = term(arg), true },
	"later": func(n *narrator, arg string) {
		n.After(time.Second, func() { n.SetTerminator(term(arg)); n.say("set %v", n.Terminator()) })
	},
	"pause":   func(n *narrator, _ string) { n.PauseReading(); n.After(time.Second, n.ResumeReading) },
	"unread":  func(n *narrator, arg string) { n.Unread([]byte(arg + "\r\n")) },
	"limit":   func(n *narrator, arg string) { n.setLimit(arg) },
	"push":    func(n *narrator, arg string) { n.push(arg) },
	"produce": func(n *narrator, arg string) { n.produce(arg) },
	"discard": func(n *narrator, _ string) { n.DiscardBuffers(); n.say("discarded") },
	"close":   func(n *narrator, _ string) { n.say("never sent"); n.Close() },
	"quit": func(n *narrator, _ string) {
		n.say("bye")
		n.CloseWhenDone()
		n.say("never sent either")
	},
	"panic": func(n *narrator, arg string) { panic(arg) },
	"max": func(n *narrator, arg string) {
		setLimits(n.Channel, func(l *chat.Limits) { l.MaxOutput = number(arg) })
	},
	"terminator": func(n *narrator, _ string) { n.say("%v", n.Terminator()) },
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return min(max(n, 0), 200_000)
}

func (n *narrator) setLimit(arg string) {
	size, policy, _ := strings.Cut(arg, " ")
	n.SetMaxElement(int64(number(size)), policy == "skip")
}

// push pushes so many bytes, twice.
func (n *narrator) push(arg string) {
	for range 2 {
		n.PushString(strings.Repeat("x", number(arg)))
	}
}

// produce pushes a producer of so many bytes, and a word behind it.
func (n *narrator) produce(arg string) {
	n.PushProducer(fifo.SimpleProducer(bytes.Repeat([]byte("p"), number(arg)), 1000))
	n.say("all produced")
}

// A patient narrator goes on when its peer has ended, until its timer closes.
type patient struct{ *narrator }

func (p patient) HandleEOF() {
	p.say("end of input, unfinished %q", p.Take())
	p.After(time.Second, func() { p.say("closing"); p.CloseWhenDone() })
}

func newPatient(c *chat.Channel) chat.Handler { return patient{newNarrator(c).(*narrator)} }

// A driven narrator pushes its next line when the last was sent.
type driven struct {
	*narrator
	left int
}

func newDriven(c *chat.Channel) chat.Handler { return &driven{newNarrator(c).(*narrator), 3} }

func (d *driven) HandleConnect() { d.say("connected") }

func (d *driven) HandleDrained() {
	if d.left--; d.left >= 0 {
		d.say("%d to go", d.left)
	}
}

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.chat")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	handlers := map[string]chat.NewHandler{
		"narrator": newNarrator, "patient": newPatient, "driven": newDriven,
		"bare": func(c *chat.Channel) chat.Handler { return &narrator{Channel: c} },
		"ftp":  newFTP,
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".chat")
		who, _, found := strings.Cut(name, "-")
		h := handlers[who]
		if !found || h == nil {
			h = newNarrator
		}
		t.Run(name, func(t *testing.T) { chattest.Play(t, file, h) })
	}
}
