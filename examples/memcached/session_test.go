package main

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// newAlone makes a session with a cache of its own, whose clock is the connection's.
func newAlone(c *chat.Channel) chat.Handler {
	return newSite(8<<20, c.Loop().Now).newSession(c)
}

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", newAlone) }
