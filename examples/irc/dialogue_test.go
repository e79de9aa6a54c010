package main

import (
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// alone is a client that has a network for itself.
func alone(c *chat.Channel) chat.Handler { return hasty().newSession(c) }

// hasty is a network where clients may send as many lines as they like.
func hasty() *network {
	n := newNetwork()
	n.pace, n.since = 0, time.Unix(0, 0) // the time of the day is another in each cut
	return n
}

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", alone) }
