//go:build unix

package chat_test

import (
	"fmt"

	"github.com/go-asynchat/asynchat/chat"
)

// What one member says, all members hear. A channel that closes leaves by itself.
func ExampleRoom_leaving() {
	var room chat.Room
	server := &chat.Server{Handler: func(c *chat.Channel) chat.Handler {
		room.Add(c)
		return chat.Lines(func(c *chat.Channel, line []byte) {
			room.Send(c, append(line, "\r\n"...)) // to c too, before what is pushed next
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
