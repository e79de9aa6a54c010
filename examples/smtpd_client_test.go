//go:build unix

package examples

import (
	"io"
	"net"
	"net/textproto"
	"testing"
)

// A mailClient is a session of a client that waits for each answer.
type mailClient struct{ *textproto.Conn }

// dialMail connects; without t, a failure is nil.
func dialMail(t *testing.T, addr string) *mailClient {
	c, err := newMailClient(addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	return c
}

func newMailClient(addr string) (*mailClient, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &mailClient{textproto.NewConn(conn)}
	if _, _, err = c.ReadResponse(220); err == nil {
		err = c.ask(250, "EHLO me")
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *mailClient) ask(code int, command string) error {
	if err := c.PrintfLine("%s", command); err != nil {
		return err
	}
	_, _, err := c.ReadResponse(code)
	return err
}

// send sends a message. If it returns nil, that was accepted.
func (c *mailClient) send(text io.Reader) error {
	for _, step := range []struct {
		code    int
		command string
	}{{250, "MAIL FROM:<a@example.com>"}, {250, "RCPT TO:<b@example.com>"}, {354, "DATA"}} {
		if err := c.ask(step.code, step.command); err != nil {
			return err
		}
	}
	w := c.DotWriter()
	if _, err := io.Copy(w, text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, _, err := c.ReadResponse(250)
	return err
}
