//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
)

func ExampleChannel_PushReply() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		if c.PushReply(250, "greetings, "+string(line), "SIZE 1000", "HELP") != nil {
			c.PushReply(501, "no such name")
		}
	})}
	talk(server, "client.example\n")
	// Output:
	// 250-greetings, client.example
	// 250-SIZE 1000
	// 250 HELP
}

func ExampleReplies() {
	var r chat.Replies
	for _, line := range []string{"250-greetings", "250 HELP", "nonsense"} {
		code, lines, err := r.Add([]byte(line))
		fmt.Printf("%d %q %v\n", code, lines, err)
	}
	// Output:
	// 0 [] <nil>
	// 250 ["greetings" "HELP"] <nil>
	// 0 [] chat: malformed reply
}

func ExampleConversation_WriteLine() {
	server := &chat.Server{Handler: chat.Converse(func(v *chat.Conversation) error {
		for {
			name, err := v.ReadLine()
			if err != nil {
				return err
			}
			if v.WriteLine("hello", name) != nil {
				v.WriteLine("what a name!")
			}
		}
	})}
	talk(server, "Ada\r\nBob\x00QUIT\r\n")
	// Output:
	// hello Ada
	// what a name!
}
