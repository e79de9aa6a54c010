package main

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newAlone makes a session with a database of its own, whose clock is the connection's.
func newAlone(c *chat.Channel) chat.Handler {
	return newDatabase(c.Loop().Now).newSession(c)
}

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newAlone) }

func TestX(t *testing.T) {
	t.Log(time.Now())
}
