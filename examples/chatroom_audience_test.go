//go:build unix

package examples

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// An audience is the users of a chatroom, on a loop of the test. Their names are u0, u1 ..., and
// what they say is numbered.
type audience struct {
	t       *testing.T
	loop    *core.Loop
	members []*member
	faults  []string
}

// A member knows how many messages of each it has heard.
type member struct {
	*chat.Channel
	crowd *audience
	node  string
	name  string
	in    bool
	notes []string
	heard []int
	total int
	said  int
	order maphash.Hash // of all messages, in the order in which they came
}

var orderSeed = maphash.MakeSeed()

func newAudience(t *testing.T, size int) *audience {
	loop, err := core.New(core.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	c := &audience{t: t, loop: loop, members: make([]*member, size)}
	ended := make(chan error)
	go func() { ended <- loop.Run(context.Background()) }()
	t.Cleanup(func() {
		loop.Stop()
		<-ended
		loop.Close()
	})
	return c
}

// on calls f on the loop and waits for it.
func (c *audience) on(f func()) {
	done := make(chan struct{})
	require.NoError(c.t, c.loop.Post(func() { defer close(done); f() }))
	<-done
}

// until waits until f, which is called on the loop, says that it is over.
func (c *audience) until(what string, f func() bool) {
	c.t.Helper()
	over := make(chan struct{})
	c.loop.Post(func() {
		var timer *core.Timer
		timer = c.loop.Every(5*time.Millisecond, func() {
			if f() || len(c.faults) > 0 {
				timer.Stop()
				close(over)
			}
		})
	})
	select {
	case <-over:
	case <-time.After(patience):
		c.on(func() {
			for _, m := range c.members[:min(3, len(c.members))] {
				c.t.Logf("%s: %d messages, notes %q", m.name, m.total, m.notes)
			}
		})
		c.t.Fatalf("not in time: %s", what)
	}
	c.on(func() {
		if len(c.faults) > 0 {
			c.t.Fatalf("%s: %d faults, the first: %s", what, len(c.faults), c.faults[0])
		}
	})
}

// enter has the members from first to last-1 come in, some at a time.
func (c *audience) enter(node, addr string, first, last int) {
	c.t.Helper()
	next := first
	var one func()
	one = func() {
		if next == last {
			return
		}
		m := &member{crowd: c, node: node, name: "u" + strconv.Itoa(next),
			heard: make([]int, len(c.members))}
		m.order.SetSeed(orderSeed)
		c.members[next] = m
		next++
		_, err := chat.Dial(c.loop, "tcp", addr, func(ch *chat.Channel) chat.Handler {
			m.Channel = ch
			ch.PushString(m.name + "\n")
			return chat.Lines(func(_ *chat.Channel, line []byte) {
				if m.hear(string(line)) {
					one()
				}
			})(ch)
		})
		if err != nil {
			c.fault("%v", err)
		}
	}
	c.on(func() {
		for range 50 {
			one()
		}
	})
	c.until("all come in", func() bool {
		for _, m := range c.members[first:last] {
			if m == nil || !m.in {
				return false
			}
		}
		return true
	})
}

func (c *audience) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// hear takes a line, and reports whether it says that m has come in.
func (m *member) hear(line string) bool {
	rest, _ := strings.CutPrefix(line, "[lobby] ")
	if first, _, _ := strings.Cut(rest, ":"); rest == line || first == "-- here" ||
		strings.HasPrefix(rest, "-- ") {
		if first == "-- here" {
			m.in = true
			return true
		}
		if rest == line && len(m.notes) < 20 {
			m.notes = append(m.notes, line)
		}
		return false
	}
	who, text, _ := strings.Cut(rest, ": ")
	name, node, far := strings.Cut(who, "@")
	i, err := strconv.Atoi(strings.TrimPrefix(name, "u"))
	if err != nil || i >= len(m.heard) || far != (m.crowd.members[i].node != m.node) ||
		far && m.crowd.members[i].node != node {
		m.crowd.fault("%s hears %q", m.name, line)
		return false
	}
	if text != strconv.Itoa(m.heard[i]) {
		m.crowd.fault("%s hears %q, and has heard %d of that user", m.name, line, m.heard[i])
	}
	m.heard[i]++
	m.total++
	m.order.WriteString(line)
	return false
}

// say has each of them say so many messages.
func (c *audience) say(members []*member, count int) {
	c.on(func() {
		for _, m := range members {
			for range count {
				m.PushString(strconv.Itoa(m.said) + "\n")
				m.said++
			}
		}
	})
}

// heardHalf reports whether m has heard so many of each on the same server.
func (m *member) heardHalf(count int) bool {
	for i, n := range m.heard {
		if n < count && m.crowd.members[i].node == m.node {
			return false
		}
	}
	return true
}

// all is called on the loop.
func (c *audience) all(f func(m *member) bool) bool {
	for _, m := range c.members {
		if !f(m) {
			return false
		}
	}
	return true
}

// hears waits until each has heard so many in all.
func (c *audience) hears(members []*member, total int) {
	c.t.Helper()
	c.until(fmt.Sprintf("each hears %d messages", total), func() bool {
		for _, m := range members {
			if m.total < total {
				return false
			}
		}
		return true
	})
}

// noted waits until each was told.
func (c *audience) noted(members []*member, note string) {
	c.t.Helper()
	c.until(note, func() bool {
		for _, m := range members {
			if !strings.Contains(strings.Join(m.notes, "\n"), note) {
				return false
			}
		}
		return true
	})
}
