package main

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// alone is a house for each channel.
func alone(c *chat.Channel) chat.Handler { return newHouse(20).newSession(c) }

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", alone) }
