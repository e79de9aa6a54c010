package chat_test

import (
	"bytes"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// FuzzChannel: whatever a peer says and does, and however its stream is cut, the channel keeps its
// promises to a handler that uses all of it.
func FuzzChannel(f *testing.F) {
	chattest.Fuzz(f, func(c *chat.Channel) chat.Handler { return calm{newNarrator(c).(*narrator)} },
		"one\r\ntwo\r", "until 3\r\nabcdef", "until 0\r\nx", "collect 5\r\nline\r\n12345",
		"later \";\"\r\na;b;c\r\n", "pause\r\nsecond\r\nthird\r\n",
		"unread again\r\nnext\r\n", "limit 10\r\n0123456789X\r\n",
		"limit 10 skip\r\n0123456789X\r\nnext\r\n", "produce 90000\r\nproduce 5\r\none\r\n",
		"push 100000\r\nquit\r\nDELE\r\n",
		"close\r\n", "max 1000\r\npush 100000\r\n")
}

// A calm narrator has no panic to tell of, and discards nothing: what has arrived at that moment
// does depend on the cuts.
type calm struct{ *narrator }

func (c calm) FoundTerminator() {
	element := c.Take()
	if !bytes.HasPrefix(element, []byte("panic")) && !bytes.HasPrefix(element, []byte("discard")) {
		c.Collector.CollectIncomingData(element)
	}
	c.narrator.FoundTerminator()
}
