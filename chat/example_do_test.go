//go:build unix

package chat_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/chat"
)

// lookUp stands for a query of a database, which takes a while.
func lookUp(ctx context.Context, name string) (string, error) {
	select {
	case <-time.After(time.Millisecond):
	case <-ctx.Done(): // the answer is not needed any more
		return "", context.Cause(ctx)
	}
	if name == "nobody" {
		return "", fmt.Errorf("%s is not there", name)
	}
	return strings.ToUpper(name), nil
}

func ExampleDo() {
	server := &chat.Server{Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		name := string(line)
		chat.Do(c, func(ctx context.Context) (string, error) {
			return lookUp(ctx, name)
		}, func(found string, err error) { // on the loop
			if err != nil {
				c.PushLine("404", err.Error())
				return
			}
			c.PushLine("200", found)
		})
	})}
	talk(server, "ann\r\nnobody\r\nbob\r\n")
	// Output:
	// 200 ANN
	// 404 nobody is not there
	// 200 BOB
}

func ExampleAwaitFor() {
	server := &chat.Server{Handler: chat.Converse(func(v *chat.Conversation) error {
		for name, err := range v.Lines() {
			if err != nil {
				return err
			}
			found, err := chat.AwaitFor(v, func(ctx context.Context) (string, error) {
				return lookUp(ctx, name)
			})
			if err != nil {
				return err
			}
			v.Printf("200 %s\r\n", found)
		}
		return nil
	})}
	talk(server, "ann\r\nbob\r\n")
	// Output:
	// 200 ANN
	// 200 BOB
}
