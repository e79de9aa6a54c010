package chat_test

import (
	"context"
	"fmt"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A client that connects again and again. Here the server does not exist, and the kernel is in
// memory, so that the waits take no time.
func ExampleDialer_Retry() {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	if err != nil {
		fmt.Println(err)
		return
	}
	newClient := chat.Lines(func(c *chat.Channel, line []byte) { fmt.Printf("%s\n", line) })
	backoff := chat.Backoff{
		First:    time.Second,
		Most:     10 * time.Second,
		Failures: 4,
		Jitter:   func(d time.Duration) time.Duration { return d }, // for this example
		GaveUp: func(err error) {
			fmt.Println("gave up after", loop.Clock(), "since the peer is", chat.ReasonOf(err))
			loop.Stop()
		},
	}
	dialer := &chat.Dialer{Timeout: 5 * time.Second}
	_, err = dialer.Retry(context.Background(), loop, "tcp", "127.0.0.1:7711", backoff, newClient)
	if err != nil { // such as an address without a port
		fmt.Println(err)
		return
	}
	loop.Run(context.Background())
	// Output: gave up after 7s since the peer is not connected
}
