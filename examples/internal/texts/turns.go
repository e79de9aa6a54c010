package texts

import (
	"context"
	"os"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
)

// Turns lets a session answer one command after the other. While an answer waits, the next command
// is not read. So if a client requests a thousand texts at once, only one file is open. When the
// server shuts down, an answer in progress is sent whole. Embed it in place of the channel.
type Turns struct {
	*chat.Channel
	Farewell string // the last word when the server shuts down, line end and all

	state  state
	ending bool
}

type state uint8

const (
	ready   state = iota
	working       // off the loop
	sending       // what the client has not taken yet
	waiting       // for some time
)

// Work does f off the loop, and then done, with what f returns, on the loop. If the channel was
// closed before f had begun, neither is called; if it was closed afterwards, both are.
func Work[T any](t *Turns, f func(context.Context) (T, error), done func(T, error)) {
	t.state = working
	chat.Do(t.Channel, f, func(result T, err error) {
		t.state = ready
		done(result, err)
		t.leave()
	})
}

// Send sends the rest of an answer, at the speed of the client.
func (t *Turns) Send(p fifo.Producer) {
	t.state = sending
	t.PauseReading()
	t.PushProducer(p)
}

// SendText sends part of a file. First it calls answer, with the error if the file cannot be read;
// if it can, the text follows.
func (t *Turns) SendText(root *os.Root, name string, part Part, answer func(err error)) {
	Work(t, func(context.Context) (*text, error) {
		return openText(root, name, part)
	}, func(text *text, err error) {
		if answer(err); err == nil {
			t.Send(text.producer(t.Channel))
		}
	})
}

// Wait does f later.
func (t *Turns) Wait(d time.Duration, f func()) {
	t.state = waiting
	t.PauseReading()
	t.After(d, func() {
		f()
		t.goOn()
	})
}

// HandleDrained goes on when an answer has been sent.
func (t *Turns) HandleDrained() {
	if t.state == sending {
		t.goOn()
	}
}

func (t *Turns) goOn() {
	t.state = ready
	t.ResumeReading()
	t.leave()
}

// HandleShutdown ends the session between two answers.
func (t *Turns) HandleShutdown() {
	t.ending = true
	t.leave()
}

func (t *Turns) leave() {
	if t.ending && t.state == ready {
		t.PushString(t.Farewell)
		t.CloseWhenDone()
	}
}
