//go:build unix

package chat_test

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// A transferring session is busy while a transfer works for it. Meanwhile the channel is not idle,
// and a shutdown waits.
type transferring struct{ *chat.Channel }

func (s *transferring) line([]byte) {
	s.Busy(true)
	s.PushLine("150 wait")
	s.After(time.Millisecond, func() {
		s.PushLine("226 done")
		s.Busy(false)
		s.CloseWhenDone()
	})
}

// HandleEOF keeps the channel open until the transfer ends, although the peer sends nothing more.
func (s *transferring) HandleEOF() {}

func ExampleChannel_Busy() {
	talk(&chat.Server{Handler: chat.Session(terminator.Line(), func(c *chat.Channel) *transferring {
		return &transferring{c}
	}, (*transferring).line)}, "RETR x\r\n")
	// Output:
	// 150 wait
	// 226 done
}

// To count connections by address, a server does not need the address as a string.
func ExampleChannel_RemoteAddrPort() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		c.PushLine("you are", c.RemoteAddrPort().Addr().String())
	})}
	talk(server, "who\r\n")
	// Output:
	// you are 127.0.0.1
}

// In the Limits of a server, zero means one of these values.
func ExampleDefaultLimits() {
	limits := chat.DefaultLimits()
	fmt.Println(limits.MaxElement, limits.FirstTimeout, limits.IdleTimeout)
	// Output:
	// 65536 10s 5m0s
}

// A Hook gets the reason for which its producer was dropped.
func ExampleChannel_PushProducer_hook() {
	var queue fifo.FIFO
	queue.PushProducer(fifo.Hook(fifo.Bytes([]byte("a file")), func(n int64, err error) {
		fmt.Println(n, errors.Is(err, fifo.ErrDiscarded), errors.Is(err, io.ErrClosedPipe))
	}))
	queue.DiscardWith(io.ErrClosedPipe) // as a channel does with the reason of its close
	// Output:
	// 0 true true
}
