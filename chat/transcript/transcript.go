// Package transcript records the input and output of channels of package chat: as lines of a log,
// or as a dialogue that package chattest can play.
package transcript

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
)

// A Writer records input and output of channels, line by line, in their loggers or in a file:
//
//	server.Tap = (&transcript.Writer{Redact: hidePasswords}).Tap // all channels, to the log
//	c.SetTap((&transcript.Writer{W: os.Stderr}).Tap(c))          // one, as a dialogue
//
// Its lines are those of the dialogues of package chattest, so that a session that went wrong can
// be pasted into a test. "C: " begins a line of the client, and "S: " a line of the server, without
// the line end "\r\n"; "C- " and "S- " begin data without such a line end. Other bytes are escaped
// as in a Go string, so that a peer cannot forge a line of the log. Of each line at most 256 bytes
// are shown, and the number of the remaining bytes. The end is shown as "eof" if the peer has
// closed its direction, or as "close" or "reset".
//
// The zero value logs everything at slog.LevelInfo. The fields are not changed once it is in use.
// One Writer serves any number of channels.
type Writer struct {
	// Redact returns the text to show for a line. It gets the first 4 KiB of the line, without the
	// line end. It is called on the loop of each channel. A peer cannot bypass Redact by sending a
	// line in parts: if the beginning of a line is shown because the other side sends meanwhile, the
	// rest of the line is not shown.
	Redact func(d chat.Direction, line []byte) []byte
	// W gets the lines, each with one Write, instead of the loggers of the channels.
	W io.Writer
	// Level is the level of the records in the log.
	Level slog.Level

	mu sync.Mutex // for W
}

const (
	maxShown  = 256     // bytes of a line
	maxToHide = 4 << 10 // of which Redact sees so many
)

// Tap returns a tap that records c, or nil if the logger is not enabled for Level.
func (t *Writer) Tap(c *chat.Channel) chat.Tap {
	s := &scribe{Writer: t, c: c}
	s.names = [2]string{chat.DirectionReceived: "C", chat.DirectionSent: "S"}
	if c.Dialled() {
		s.names = [2]string{chat.DirectionReceived: "S", chat.DirectionSent: "C"}
	}
	if t.W == nil {
		if s.logger = c.Logger(); !s.logger.Enabled(context.Background(), t.Level) {
			return nil
		}
	}
	return s.pass
}

// A scribe writes the transcript of one channel.
type scribe struct {
	*Writer
	c      *chat.Channel
	logger *slog.Logger
	names  [2]string
	lines  [2]line
	last   chat.Direction
	ended  bool // "close" was written
}

// A line is what has passed of a line that has not ended.
type line struct {
	data  []byte // its beginning, or what follows what was shown
	more  int    // bytes behind data
	shown bool   // something of it was shown
}

func (s *scribe) pass(d chat.Direction, p []byte) {
	if d != s.last {
		s.show(s.last) // a prompt has no line end
		s.last = d
	}
	if len(p) == 0 {
		s.show(d)
		s.end(d)
		return
	}
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n') + 1
		l := &s.lines[d]
		if n > 0 {
			l.add(p[:n])
			s.show(d)
			*l = line{}
		} else {
			n = len(p)
			l.add(p)
		}
		p = p[n:]
	}
}

func (l *line) add(p []byte) {
	n := min(len(p), maxToHide-len(l.data))
	l.data = append(l.data, p[:n]...)
	l.more += len(p) - n
}

// show writes what is there of a line.
func (s *scribe) show(d chat.Direction) {
	l := &s.lines[d]
	if len(l.data) == 0 {
		return
	}
	text, more := l.data, l.more
	if s.Redact != nil {
		text, more = s.redact(d, l)
	}
	if n := len(text) - maxShown; n > 0 && !bytes.Equal(text[maxShown:], []byte("\r\n")) {
		text, more = text[:maxShown], more+n
	}
	*l = line{shown: true}
	switch whole, ok := bytes.CutSuffix(text, []byte("\r\n")); {
	case len(text) == 0:
	case ok && more == 0:
		s.write(strings.TrimSuffix(s.names[d]+": "+escaped(whole), " "))
	default:
		s.write(s.names[d] + "- " + escaped(text))
	}
	if more > 0 {
		s.write(fmt.Sprintf("# %d bytes of %s are not shown", more, s.names[d]))
	}
}

// redact returns what may be shown of l, and how many bytes may not.
func (s *scribe) redact(d chat.Direction, l *line) (text []byte, hidden int) {
	if l.shown {
		return nil, len(l.data) + l.more
	}
	body := bytes.TrimSuffix(bytes.TrimSuffix(l.data, []byte("\n")), []byte("\r"))
	end := l.data[len(body):]
	shown := s.Redact(d, body[:len(body):len(body)])
	return append(shown[:len(shown):len(shown)], end...), l.more
}

// end writes how a direction has ended. Of a channel that is closed, the peer's end says nothing
// new.
func (s *scribe) end(d chat.Direction) {
	switch {
	case s.ended:
	case d == chat.DirectionReceived:
		s.write("eof")
	default:
		s.ended = true
		if chat.ReasonOf(s.c.CloseReason()) == chat.ReasonPeerReset {
			s.write("reset")
		} else {
			s.write("close")
		}
	}
}

func (s *scribe) write(text string) {
	if s.W == nil {
		s.logger.Log(context.Background(), s.Level, text)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	io.WriteString(s.W, text+"\n")
}

// escaped writes p as chattest reads it: as a Go string without the quotes, and no blank at the
// end, where nobody would see it.
func escaped(p []byte) string {
	q := strconv.Quote(string(p))
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	if trimmed, ok := strings.CutSuffix(q, " "); ok {
		q = trimmed + `\x20`
	}
	return q
}
