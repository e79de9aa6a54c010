//go:build race

package chat_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// fromElsewhere are calls of methods that are for the loop's goroutine. Most change nothing, so
// that nothing but their entry can be seen.
var fromElsewhere = map[string]func(c *chat.Channel){
	"Push":          func(c *chat.Channel) { c.Push([]byte("x")) },
	"Queued":        func(c *chat.Channel) { c.Queued() },
	"Terminator":    func(c *chat.Channel) { c.Terminator() },
	"Limits":        func(c *chat.Channel) { c.Limits() },
	"CloseWhenDone": func(c *chat.Channel) { c.CloseWhenDone() },
	"PauseReading":  func(c *chat.Channel) { c.PauseReading() },
}

// A method of a channel that is called from another goroutine is reported by the race detector,
// with both stacks, also where it writes nothing and the loop does nothing with what it reads.
func TestCallFromAnotherGoroutineIsReported(t *testing.T) {
	if name := os.Getenv("ASYNCHAT_ELSEWHERE"); name != "" {
		callElsewhere(t, fromElsewhere[name])
		return
	}
	for name := range fromElsewhere {
		cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), "ASYNCHAT_ELSEWHERE="+name, "GORACE=atexit_sleep_ms=0")
		out, err := cmd.CombinedOutput()
		require.Error(t, err, "%s", out)
		report := string(out)
		for _, word := range []string{"WARNING: DATA RACE", "(*Channel)." + name + "()",
			"callElsewhere.", "chattest.(*Peer).SendString()"} {
			if !strings.Contains(report, word) {
				t.Errorf("%s: the report does not have %q:\n%s", name, word, report)
			}
		}
	}
}

// callElsewhere lets the loop work on after the call, without anything that would order the two.
func callElsewhere(t *testing.T, call func(c *chat.Channel)) {
	c := chattest.NewConn(t, chat.Lines(func(*chat.Channel, []byte) {}))
	called := make(chan bool, 1)
	go func() {
		call(c.Channel())
		called <- true
	}()
	for len(called) == 0 { // len orders nothing
		bytes.Repeat([]byte("x"), 1000)
	}
	c.SendString("line\r\n")
}
