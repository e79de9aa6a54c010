package chat_test

import (
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

func TestBudget(t *testing.T) {
	for budget, want := range map[int]int{3: 3, 1: 1, 0: 20, chat.NoLimit: 0} {
		strikes := chat.Budget{Strikes: budget}
		c := chattest.NewConn(t, chat.Lines(func(c *chat.Channel, line []byte) {
			if string(line) == "fine" {
				strikes.Forgive()
			} else if !strikes.Strike(c, "421 enough\r\n") {
				c.PushString("500 what?\r\n")
			}
		}))
		c.SendString(strings.Repeat("x\r\n", max(0, want-1)) + "fine\r\n")
		if got := strings.Count(string(c.Received()), "500"); got != max(0, want-1) || c.Closed() {
			t.Errorf("budget %d: %d replies, closed is %t; want %d before the last strike, false", budget,
				got, c.Closed(), want-1)
		}
		c.SendString(strings.Repeat("x\r\n", 100))
		replies := string(c.Received())
		if want == 0 {
			if strings.Contains(replies, "421") || c.Closed() {
				t.Errorf("without a limit: closed")
			}
			continue
		}
		if got := strings.Count(replies, "\r\n"); got != want ||
			!strings.HasSuffix(replies, "421 enough\r\n") || !c.Closed() {
			t.Errorf("budget %d: %d replies, %q, closed is %t; want %d, the last word once, true", budget,
				got, replies, c.Closed(), want)
		}
		c.Do(func() {
			if !strikes.Strike(c.Channel(), "again") {
				t.Errorf("budget %d: a further strike is not out", budget)
			}
		})
	}
}
