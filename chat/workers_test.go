package chat_test

import (
	"testing"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/chattest"
)

// MaxWorkers of 0 is 64, NoLimit is no bound.
func TestMaxWorkersByDefault(t *testing.T) {
	const clients = 64 + 6
	for bound, want := range map[int]int{0: 64, 5: 5, chat.NoLimit: clients} {
		l := chattest.Listen(t)
		l.HoldWork()
		s := &chat.Server{MaxWorkers: bound, Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
			c.Go(func() func() { return nil })
		})}
		if err := s.Serve(l); err != nil {
			t.Fatal(err)
		}
		for range clients {
			l.Dial().SendString("\r\n")
		}
		expectWork(t, s, want, clients-want)
		for l.FinishWork() {
		}
	}
}
