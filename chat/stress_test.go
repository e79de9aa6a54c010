package chat_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/terminator"
)

// register keeps the channels that are open, for goroutines that are not of their loops.
type register struct {
	mu       sync.Mutex
	channels map[*chat.Channel]bool
	closed   atomic.Int64
}

func (r *register) any() *chat.Channel {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.channels {
		return c
	}
	return nil
}

// registered is an echo that is in the register while it is open, and counts its ends.
type registered struct {
	*chat.Channel
	chat.Collector
	r    *register
	ends int
}

func (h *registered) FoundTerminator() { fmt.Fprintf(h, "%s\n", h.Take()) }

func (h *registered) HandleConnect() {
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	h.r.channels[h.Channel] = true
}

func (h *registered) HandleClose(error) {
	if h.ends++; h.ends > 1 {
		panic("HandleClose twice")
	}
	h.r.closed.Add(1)
	h.r.mu.Lock()
	defer h.r.mu.Unlock()
	delete(h.r.channels, h.Channel)
}

// B5, B14, B26: eight goroutines dial, send, post to channels of others, close them and, at last,
// shut the server down, all at once. Every function that Post took has run, every channel has ended
// once, and nothing is left.
func TestStress(t *testing.T) {
	spreads := []core.Spread{core.SpreadRoundRobin, core.SpreadLeastConnections}
	if runtime.GOOS == "linux" {
		spreads = append(spreads, core.SpreadReusePort)
	}
	for _, spread := range spreads {
		r := &register{channels: make(map[*chat.Channel]bool)}
		var opened, posted, ran atomic.Int64
		server := &chat.Server{Loops: 3, ListenConfig: core.ListenConfig{Spread: spread},
			Addr: "127.0.0.1:0", Limits: withoutClocks(chat.Limits{}),
			Handler: func(c *chat.Channel) chat.Handler {
				opened.Add(1)
				c.SetTerminator(terminator.Line())
				return &registered{Channel: c, r: r}
			}}
		ln, err := server.Listen()
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- server.Serve(ln) }()

		var acts atomic.Int64
		enough, stop := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		for g := range uint64(8) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(1, g))
				for {
					select {
					case <-stop:
						return
					default:
					}
					if acts.Add(1) == 1000 {
						close(enough)
					}
					switch rnd.IntN(4) {
					case 0, 1:
						visit(ln.Addr().String(), rnd)
					case 2:
						if c := r.any(); c != nil && c.Post(func() { ran.Add(1); c.PushString("hello\n") }) == nil {
							posted.Add(1)
						}
					case 3:
						if c := r.any(); c != nil && c.Post(func() { ran.Add(1); c.Close() }) == nil {
							posted.Add(1)
						}
					}
				}
			})
		}
		<-enough
		var ends sync.WaitGroup
		for range 4 {
			ends.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := server.Shutdown(ctx); err != nil {
					t.Errorf("Shutdown: %v", err)
				}
			})
		}
		ends.Wait()
		close(stop)
		wg.Wait()
		if err := <-served; !errors.Is(err, chat.ErrServerClosed) {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
		if opened.Load() == 0 || posted.Load() == 0 || opened.Load() != r.closed.Load() ||
			posted.Load() != ran.Load() || len(r.channels) != 0 {
			t.Errorf("spread %d: %d channels opened, %d ended, %d left; %d functions posted, %d ran", spread,
				opened.Load(), r.closed.Load(), len(r.channels), posted.Load(), ran.Load())
		}
	}
}

// visit is a client that ends in one of several ways, some of them rude.
func visit(addr string, rnd *rand.Rand) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return // the server has been shut down
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	lines := bufio.NewReader(c)
	for range rnd.IntN(5) {
		if _, err := c.Write([]byte("some line\n")); err != nil {
			return
		}
		if rnd.IntN(3) > 0 {
			lines.ReadString('\n')
		}
	}
	switch rnd.IntN(3) {
	case 0:
		c.(*net.TCPConn).SetLinger(0)
	case 1:
		c.(*net.TCPConn).CloseWrite()
		lines.ReadString('x')
	}
}
