package sim

import (
	"fmt"
	"os"

	"github.com/go-asynchat/asynchat/chat"
)

// A callError is what went wrong between a service and another.
type callError struct{ err error }

func (e *callError) Error() string { return "call: " + e.err.Error() }

func isCall(err error) bool {
	_, ok := err.(*callError)
	return ok
}

// call is a conversation that talks to another service meanwhile. If its loop stands still, it may
// be late itself.
func (a *audit) call(v *chat.Conversation, text string) error {
	w := a.w
	w.calling++
	defer func() { w.calling-- }()
	other, err := v.DialWith(w.dialer(), "tcp", w.addrs["session"].String())
	if err != nil {
		return err
	}
	other.Write(w.claim(nil, nil))
	other.Printf("ECHO %s\r\nQUIT\r\n", text)
	if err := other.Flush(); err != nil {
		return err
	}
	for {
		at, err := chat.Select(v.Loop().Now().Add(milliseconds(w.rand.IntN(300))), other)
		if err == nil && at == 0 {
			break
		}
		if err != os.ErrDeadlineExceeded {
			return fmt.Errorf("a Select: %d, %w", at, err)
		}
	}
	line, err := other.ReadLine()
	if err != nil {
		return err
	}
	v.Printf("CALL %s\r\n", line)
	if w.rand.IntN(2) == 0 {
		other.Close()
	}
	return v.Flush()
}
