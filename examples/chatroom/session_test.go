package main

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// alone is a house for each channel.
func alone(c *chat.Channel) chat.Handler { return newHouse(20).newSession(c) }

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", alone) }

func TestSessionInEveryCut(t *testing.T) {
	chattest.EverySplit(t, alone,
		"a b\r\nann\n/me x\n/join den\nhi\r\n/nick eve\n\n/part\n/msg eve x\n/quit bye\nx\n")
}

func FuzzSession(f *testing.F) {
	chattest.Fuzz(f, alone, "ann\r\nhello\r\n/join den\r\n/part\r\n/who\r\n",
		"kong\n/nick king\n/msg king hello\n/me waves\n/quit\nx\n", "a b\n\n\x1b\xff\n1\n2\n3\n")
}
