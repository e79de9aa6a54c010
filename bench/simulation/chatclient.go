package sim

import (
	"context"
	"crypto/tls"
	"io"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/fifo"
	"github.com/go-asynchat/asynchat/terminator"
)

// dialer is what channels are dialled with.
func (w *world) dialer() *chat.Dialer {
	if !w.tls {
		return &chat.Dialer{Limits: w.clientLimits()}
	}
	return &chat.Dialer{Limits: w.clientLimits(),
		TLSConfig: &tls.Config{InsecureSkipVerify: true}}
}

func (c *client) dialChannel(h chat.NewHandler) error {
	_, err := c.w.dialer().Dial(context.Background(), c.loop, "tcp", c.addr, h)
	return err
}

// A chatClient is a client that is a channel.
type chatClient struct {
	*chat.Channel
	client *client
	try    int
}

func (c *client) newChannel(ch *chat.Channel) chat.Handler {
	ch.SetTerminator(terminator.None)
	return &chatClient{ch, c, c.tries}
}

func (h *chatClient) HandleConnect() {
	h.client.connected(h.LocalAddr())
	r, input := h.client.w.rand, h.client.input
	if r.IntN(2) == 0 {
		h.Push(input)
	} else {
		h.PushProducer(fifo.SimpleProducer(input, 1+r.IntN(len(input))))
	}
	if h.client.script.end.byClient() {
		h.CloseWrite()
	}
}

func (h *chatClient) CollectIncomingData(data []byte) {
	h.client.receive(data)
	if h.client.script.end == closes && h.client.hasAll() {
		h.CloseWhenDone() // a line that is skipped is answered before its end
	}
}

func (h *chatClient) FoundTerminator() {}

// HandleEOF ends the connection; where the server still listens, what is queued is to be heard.
func (h *chatClient) HandleEOF() {
	h.client.over(io.EOF)
	if h.client.script.end == halfQuits {
		h.CloseWhenDone()
	} else {
		h.Close()
	}
}

// HandleClose may come when the next try has begun: what is queued was to be heard.
func (h *chatClient) HandleClose(err error) {
	if h.try == h.client.tries {
		h.client.over(err)
	}
}

// newTalking makes a client that is a conversation.
func (c *client) newTalking(ch *chat.Channel) chat.Handler {
	return &talkingClient{chat.Converse(c.talk)(ch), c, c.tries}
}

// A talkingClient is the conversation, of which we want to know if it was never begun.
type talkingClient struct {
	chat.Handler
	client *client
	try    int
}

// Inner lets the channel find what the handler inside can do.
func (h *talkingClient) Inner() chat.Handler { return h.Handler }

func (h *talkingClient) HandleConnect()  { h.Handler.(chat.ConnectHandler).HandleConnect() }
func (h *talkingClient) HandleEOF()      { h.Handler.(chat.EOFHandler).HandleEOF() }
func (h *talkingClient) HandleShutdown() { h.Handler.(chat.ShutdownHandler).HandleShutdown() }

func (h *talkingClient) HandleClose(err error) {
	h.Handler.(chat.CloseHandler).HandleClose(err)
	if h.try == h.client.tries { // the next may have begun while this one lingered
		h.client.over(err)
	}
}

// talk is a client that waits for each answer.
func (c *client) talk(v *chat.Conversation) error {
	c.connected(v.LocalAddr())
	err := c.say(v)
	c.over(err)
	return nil
}

func (c *client) say(v *chat.Conversation) error {
	if len(c.header) > 0 {
		v.Write(c.header)
	}
	for i, s := range c.script.steps {
		if _, err := v.Write(s.in); err != nil {
			if len(s.out) == 0 || c.script.end == tooLong {
				break // the server has ended it
			}
			return c.drain(v, err)
		}
		if i == len(c.script.steps)-1 && c.script.end.byClient() {
			if err := v.CloseWrite(); err != nil {
				return err
			}
		}
		buf := make([]byte, len(s.out))
		n, err := v.ReadFull(buf)
		if n > 0 {
			c.receive(buf[:n])
		}
		if err == io.ErrUnexpectedEOF { // of this answer
			err = io.EOF
		}
		if err != nil {
			return err
		}
	}
	if c.script.end == closes {
		return nil
	}
	return c.drain(v, nil)
}

// drain reads to the end.
func (c *client) drain(v *chat.Conversation, failure error) error {
	buf := make([]byte, 1000)
	for {
		n, err := v.Read(buf)
		if n > 0 {
			c.receive(buf[:n])
		}
		switch {
		case err == io.EOF && failure != nil:
			return failure
		case err != nil:
			return err
		}
	}
}
