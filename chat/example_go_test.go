//go:build unix

package chat_test

import (
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

func ExampleChannel_Go() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		delay, _ := time.ParseDuration(string(line))
		c.Go(func() (done func()) { // on a goroutine, while other channels go on
			<-time.After(delay) // a query of a database, say
			return func() { c.PushLine("waited", delay.String()) }
		})
	})}
	talk(server, "20ms\r\n1ms\r\n10ms\r\n") // answers come in order, and the end waits for them
	// Output:
	// waited 20ms
	// waited 1ms
	// waited 10ms
}
