//go:build unix

package chat_test

import (
	"context"
	"log"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A data port, as in FTP: the first client that connects gets the text, and the port is closed.
func ExampleListen() {
	loop, err := core.New()
	if err != nil {
		log.Fatal(err)
	}
	defer loop.Close()

	port, err := chat.Listen(loop, "tcp", "127.0.0.1:0", func(c *chat.Channel) chat.Handler {
		c.PushString("the text\n")
		c.CloseWhenDone()
		return chat.Lines(func(*chat.Channel, []byte) {})(c)
	})
	if err != nil {
		log.Fatal(err)
	}
	port.Once()

	_, err = chat.Dial(loop, "tcp", port.Addr().String(), func(c *chat.Channel) chat.Handler {
		return &client{Channel: c}
	})
	if err != nil {
		log.Fatal(err)
	}
	loop.RunUntilEmpty(context.Background())
	// Output: "the text\n", EOF
}
