package main

import (
	"bytes"
	"context"
	"errors"
	"syscall"

	"github.com/go-asynchat/asynchat/chat"
)

// A message is the content of a message on its way. Of a large one no more than a part is in
// memory: while that is written to the disk the channel does not read, so a client is never faster
// than the disk.
type message struct {
	draft    *draft
	part     []byte // not given to the draft yet
	size     int64
	newlines newlines
}

const maxPart = 64 << 10

func (s *session) newMessage() *message { return &message{draft: s.site.mail.newDraft()} }

// drop forgets the message. What has been written of it is removed on a goroutine, since a worker
// may still be at it.
func (m *message) drop() { go m.draft.remove() }

// collectMessage takes what has come of the message. What is too much is read to its end, where the
// client expects an answer.
func (s *session) collectMessage(data []byte) {
	m := s.message
	m.newlines.count(data) // also of what is too much: it matters where that ends
	if m.size += int64(len(data)); m.size > s.site.maxSize {
		m.part = nil
		return
	}
	if m.part = append(m.part, data...); len(m.part) >= maxPart {
		part := m.part
		m.part = nil
		s.Go(func() func() { m.draft.write(part); return nil })
	}
}

// foundChunk answers a chunk that is complete.
func (s *session) foundChunk() {
	switch {
	case s.message == nil:
		s.refuse("503 5.5.1 MAIL comes first, then RCPT")
	case s.last:
		s.foundMessage()
	case s.message.size > s.site.maxSize:
		s.tooLarge()
	case s.empty:
		s.idle("250 2.0.0 And then?")
	default:
		s.reply("250 2.0.0 And then?")
	}
}

// foundMessage delivers a message that is complete, and answers when it is on the disk.
func (s *session) foundMessage() {
	m := s.message
	switch {
	case m.newlines.bare():
		// Another server may have seen its end earlier or later; what follows may be meant as text.
		s.reset()
		s.reply("550 5.6.0 A line ends with CR LF, and neither comes alone; goodbye")
		s.CloseWhenDone()
		return
	case m.size > s.site.maxSize:
		s.tooLarge()
		return
	}
	chat.Do(s.Channel, m.store, s.delivered)
}

// store returns the name of the message when that is on the disk. If the client has gone meanwhile,
// and so will send it again, it does not get there.
func (m *message) store(ctx context.Context) (name string, err error) {
	m.draft.write(m.part)
	if ctx.Err() != nil {
		return "", errRemoved
	}
	return m.draft.name, m.draft.deliver()
}

func (s *session) tooLarge() {
	s.reset()
	s.refuse("552 5.3.4 The message is larger than %d bytes", s.site.maxSize)
	s.afterMessage()
}

// delivered is called on the loop. The channel may have been closed meanwhile; then the client does
// not know, and sends the message once more.
func (s *session) delivered(name string, err error) {
	s.envelope, s.message = nil, nil
	switch {
	case err == nil:
		s.messages++
		s.idling.Forgive()
		s.Logger().Debug("message stored", "name", name)
		s.reply("250 2.0.0 The message is on the disk")
	case err == errRemoved: // since the channel was closed
	case errors.Is(err, syscall.ENOSPC):
		s.site.complain(s.Channel, err)
		s.reply("452 4.3.1 The disk is full")
	default:
		s.site.complain(s.Channel, err)
		s.reply("451 4.3.0 The message cannot be stored")
	}
	s.afterMessage()
}

func (s *site) complain(c *chat.Channel, err error) {
	c.Loop().Logger().Error("message not stored", "error", err)
}

func (s *session) afterMessage() {
	if s.ending {
		s.goodbye()
	}
}

// newlines tells whether a text has a CR or LF by itself: where one server takes that for a line
// end and another does not, one message can hide another (CVE-2023-51764).
type newlines struct {
	cr, lf, crlf int
	behindCR     bool // the last byte was a CR
}

func (n *newlines) count(data []byte) {
	n.cr += bytes.Count(data, []byte{'\r'})
	n.lf += bytes.Count(data, []byte{'\n'})
	n.crlf += bytes.Count(data, []byte("\r\n"))
	if n.behindCR && data[0] == '\n' {
		n.crlf++
	}
	n.behindCR = data[len(data)-1] == '\r'
}

func (n *newlines) bare() bool { return n.cr != n.crlf || n.lf != n.crlf }
