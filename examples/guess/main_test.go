package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

var play42 = chat.Converse(game{limit: 30 * time.Second, number: 42}.play)

func TestSession(t *testing.T) { chattest.Play(t, "session.txt", play42) }

func TestTimeIsUp(t *testing.T) { chattest.Play(t, "late.txt", play42) }

// A number that the server chooses lies where it says, and is found by halving.
func TestNumberIsFound(t *testing.T) {
	for range 200 {
		c := chattest.NewConn(t, chat.Converse(game{limit: time.Minute}.play))
		low, high := 1, most
		for tries := 0; !c.Closed(); tries++ {
			if tries > 7 {
				t.Fatalf("not found in 7 guesses, it is from %d to %d", low, high)
			}
			middle := (low + high) / 2
			c.Received()
			c.SendString(fmt.Sprintf("%d\r\n", middle))
			switch answer := string(c.Received()); {
			case strings.HasPrefix(answer, "It is more"):
				low = middle + 1
			case strings.HasPrefix(answer, "It is less"):
				high = middle - 1
			case !strings.HasPrefix(answer, "Yes!"):
				t.Fatalf("the answer to %d is %q", middle, answer)
			}
		}
	}
}
