// Command logger logs each connection, its input, and its end: the SimpleLogger of the Twisted
// tutorials.
//
//	go run ./examples/logger
//	nc 127.0.0.1 7712
//
// It shows the life of a channel, from HandleConnect to HandleClose with the reason. With -raw
// there is no terminator, and the bytes are logged as they come, so the log shows how the network
// splits them. Without -raw, each line is logged once, however it was split. Input is escaped, so
// that it cannot forge an entry or move the cursor. Of a long line only the beginning is kept.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/terminator"
)

const maxShown = 256 // bytes of one line or piece

func main() {
	addr := flag.String("addr", "127.0.0.1:7712", "where to listen")
	raw := flag.Bool("raw", false, "log bytes as they come, not lines")
	loops := flag.Int("loops", 1, "number of event loops")
	serve.Parse()
	entries := log.New(os.Stdout, "", log.LstdFlags)
	serve.Main(&chat.Server{Addr: *addr, Loops: *loops, Handler: func(c *chat.Channel) chat.Handler {
		if *raw {
			return &rawLogger{newLogger(c, entries)}
		}
		c.SetTerminator(terminator.Line())
		c.SetMaxElement(chat.NoLimit, false) // what is kept of a line is bounded here
		return &lineLogger{logger: newLogger(c, entries)}
	}})
}

// A logger logs how one connection begins and ends.
type logger struct {
	entries *log.Logger
	peer    string
}

func newLogger(c *chat.Channel, entries *log.Logger) logger {
	peer := "somebody"
	if addr := c.RemoteAddr(); addr != nil {
		peer = addr.String()
	}
	return logger{entries: entries, peer: peer}
}

func (l *logger) print(format string, args ...any) {
	l.entries.Print(l.peer, " ", fmt.Sprintf(format, args...))
}

func (l *logger) HandleConnect() { l.print("connected") }

func (l *logger) HandleClose(err error) {
	switch {
	case err == nil:
		l.print("left: we closed the connection")
	case errors.Is(err, io.EOF):
		l.print("left")
	case errors.Is(err, io.ErrUnexpectedEOF):
		l.print("left in the middle of a line")
	default:
		l.print("left: %v", err)
	}
}

// A rawLogger logs each piece of input.
type rawLogger struct{ logger }

func (l *rawLogger) CollectIncomingData(data []byte) {
	l.print("%s", shown(data[:min(len(data), maxShown)], len(data)))
}

func (l *rawLogger) FoundTerminator() {}

// A lineLogger logs each line.
type lineLogger struct {
	logger
	begin []byte // of the line, as much as is shown
	size  int    // of the line so far
}

func (l *lineLogger) CollectIncomingData(data []byte) {
	l.size += len(data)
	l.begin = append(l.begin, data[:min(len(data), maxShown-len(l.begin))]...)
}

func (l *lineLogger) FoundTerminator() {
	l.print("%s", shown(l.begin, l.size))
	l.begin, l.size = l.begin[:0], 0
}

func (l *lineLogger) HandleClose(err error) {
	if l.size > 0 {
		l.FoundTerminator()
	}
	l.logger.HandleClose(err)
}

// shown returns the beginning of something as Go source would have it, and how long it was if that
// is not all.
func shown(begin []byte, size int) string {
	if size > len(begin) {
		return fmt.Sprintf("%+q ... (%d bytes)", begin, size)
	}
	return fmt.Sprintf("%+q", begin)
}
