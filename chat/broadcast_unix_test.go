//go:build unix

package chat_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
)

// Three loops on goroutines of their own, and sockets: one client of 11 does not read, the others
// get everything in order.
func TestBroadcastOverSockets(t *testing.T) {
	const clients, messages, pace = 10, 600, 25
	var (
		mu       sync.Mutex
		channels []*chat.Channel
		dropped  atomic.Int64
		all      = make(chan bool)
	)
	server := &chat.Server{Loops: 3, Limits: chat.Limits{Slow: chat.SlowDropOldest},
		Handler: func(c *chat.Channel) chat.Handler {
			c.SetTerminator(crlf)
			mu.Lock()
			defer mu.Unlock()
			if channels = append(channels, c); len(channels) == clients+1 {
				close(all)
			}
			return &listener{c: c, dropped: &dropped}
		}}
	addr, _ := serve(t, server, "tcp", "127.0.0.1:0")
	stalled := dial(t, addr)
	require.NoError(t, stalled.(*net.TCPConn).SetReadBuffer(4<<10))
	var readers sync.WaitGroup
	var read [clients]atomic.Int64 // times that each reader has read pace messages
	for i := range clients {
		c := dial(t, addr)
		readers.Go(func() {
			r := bufio.NewReader(c)
			for n := range messages {
				line, err := r.ReadString('\n')
				if err != nil || line != large(n) {
					t.Errorf("%.20q, %v in the place of %d", line, err, n)
					return
				}
				if n%pace == pace-1 {
					read[i].Add(1)
				}
			}
		})
	}
	select {
	case <-all:
	case <-time.After(patience):
		t.Fatal("not all are connected")
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := range messages {
		chat.Broadcast(channels, []byte(large(n)))
		// Nobody is slow but the one that is to be.
		for i := range read {
			for n%pace == pace-1 && read[i].Load() < int64(n/pace) {
				<-tick.C
				if t.Failed() {
					return
				}
			}
		}
	}
	readers.Wait()
	stalled.Close()
	server.Close()
	if dropped.Load() == 0 {
		t.Error("nothing was dropped for the client that did not read")
	}
	t.Logf("%d messages were dropped for the client that did not read", dropped.Load())
}

// large returns the n-th of messages of 20,000 bytes.
func large(n int) string { return fmt.Sprintf("%5d%s\n", n, filler) }

var filler = strings.Repeat(".", 19_994)

type listener struct {
	chat.Collector
	c       *chat.Channel
	dropped *atomic.Int64
}

func (*listener) FoundTerminator()    {}
func (l *listener) HandleClose(error) { l.dropped.Add(int64(l.c.Dropped())) }
