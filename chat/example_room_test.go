//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
)

// All members get the lines of each member. A channel that is closed leaves automatically.
func ExampleRoom_leaving() {
	var room chat.Room
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		room.Add(c)
		return chat.Lines(func(c *chat.Channel, line []byte) {
			room.Send(c, append(line, "\r\n"...)) // to c too, before its later pushes
			c.PushLine("members:", fmt.Sprint(room.Len()))
		})(c)
	}}
	talk(server, "good morning\r\n")
	fmt.Println(room.Len(), "members are left")
	// Output:
	// good morning
	// members: 1
	// 0 members are left
}
