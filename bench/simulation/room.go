package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// A room sends each line to all who are in it, on whatever loop they are.
type room struct {
	w      *world
	mu     sync.Mutex
	inside []*chat.Channel
}

func newRoom(w *world) *room { return &room{w: w} }

// A guest is a channel in the room.
type guest struct {
	*chat.Channel
	chat.Collector
	*audit
	room *room
}

func (r *room) join(c *chat.Channel) chat.Handler {
	c.SetTerminator(crlf)
	if r.w.unsteady() { // members wait for each other before they speak
		c.SetLimits(c.Limits().WithoutTimeouts())
	}
	g := &guest{Channel: c, audit: r.w.newAudit("room", c), room: r}
	g.most = chat.DefaultLimits().MaxOutput // what others say does not wait for it
	return g
}

func (g *guest) HandleConnect() {
	defer g.enter("HandleConnect")()
	g.connected()
	g.room.mu.Lock()
	g.room.inside = append(g.room.inside, g.Channel)
	g.room.mu.Unlock()
	g.PushString("welcome 0\r\n")
}

func (g *guest) CollectIncomingData(data []byte) {
	defer g.enter("CollectIncomingData")()
	g.input(len(data))
	g.Collector.CollectIncomingData(data)
}

func (g *guest) FoundTerminator() {
	defer g.enter("FoundTerminator")()
	line := string(g.Take()) + "\r\n"
	if policy, ok := strings.CutPrefix(line, "deaf "); ok {
		n, _ := numbers(strings.TrimSpace(policy))
		g.SetLimits(chat.Limits{HighWater: 100, MaxOutput: 500, Slow: chat.SlowPolicy(n)})
		return
	}
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	if g.room.w.broadcasts {
		chat.Broadcast(g.room.inside, []byte(line))
		g.PushString("said " + strings.TrimPrefix(line, "say "))
		return
	}
	for _, l := range g.room.w.loops {
		l.Post(func() { g.room.say(l, line) })
	}
}

// say pushes to those who are on one loop.
func (r *room) say(l *core.Loop, line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.inside {
		if c.Loop() == l {
			c.PushString(line)
		}
	}
}

func (g *guest) HandleClose(err error) {
	defer g.enter("HandleClose")()
	g.room.mu.Lock()
	if i := slices.Index(g.room.inside, g.Channel); i >= 0 {
		g.room.inside = slices.Delete(g.room.inside, i, i+1)
	}
	g.room.mu.Unlock()
	g.ended(err)
}

// A member is a client in the room. When all have come in, each says its lines, and hears those of
// all, in the order of each.
type member struct {
	*chat.Channel
	w     *world
	id    int
	lines int
	line  []byte
	heard []int // lines of each
	in    bool
	said  bool
	gone  bool // its connection was cut
	done  bool
}

func (w *world) newMember(i int) *member {
	r := w.rand
	m := &member{w: w, id: i, lines: 1 + r.IntN(20), heard: make([]int, w.numMembers)}
	loop := w.near[r.IntN(len(w.near))]
	w.k.After(milliseconds(r.IntN(1000)), func() {
		loop.Post(func() {
			_, err := w.dialer().Dial(context.Background(), loop, "tcp", w.addrs["room"].String(),
				func(c *chat.Channel) chat.Handler {
					c.SetTerminator(crlf)
					m.Channel = c
					return m
				})
			if err != nil {
				m.leave()
			}
		})
	})
	return m
}

func (m *member) String() string {
	return fmt.Sprintf("member %d: in %t, said %t, gone %t, heard %v", m.id, m.in,
		m.said, m.gone, m.heard)
}

func (m *member) HandleConnect() {
	if local := m.LocalAddr(); local != nil && m.w.proxied {
		m.Push(m.w.claim(m, local))
	}
}

func (m *member) CollectIncomingData(data []byte) { m.line = append(m.line, data...) }

func (m *member) FoundTerminator() {
	line := string(m.line)
	m.line = m.line[:0]
	if said, ok := strings.CutPrefix(line, "said "); ok {
		inOrder := m.w.broadcasts && m.w.limits.HighWater == 0 // else pushes may go first
		if _, n := numbers(said); inOrder && m.heard[m.id] <= n {
			m.w.fail("%v: is told that it said line %d before it hears it", m, n)
		}
		return
	}
	said, ok := strings.CutPrefix(line, "say ")
	if !ok {
		m.enter(line)
		return
	}
	from, n := numbers(said)
	if !m.w.refuses() && (from >= len(m.heard) || n != m.heard[from]) {
		m.w.fail("%v: hears line %d of member %d", m, n, from)
		return
	}
	m.heard[from]++
	m.w.room.look()
}

func (m *member) enter(line string) {
	switch {
	case line == "welcome 0" && !m.in:
		m.in = true
		m.w.peers[addrPort(m.LocalAddr())] = m
		m.w.room.look()
	case line+"\r\n" == busy && m.w.refuses():
	default:
		m.w.fail("%v: hears %q", m, line)
	}
}

func (m *member) HandleClose(err error) { m.leave() }

// leave ends a member that was cut, or never came in.
func (m *member) leave() {
	if !m.done && m.in && m.w.k.Breaks() == 0 && !m.w.ending && len(m.w.forgiven) == 0 {
		m.w.fail("%v: is put out of the room", m)
	}
	m.gone, m.done = true, true
	m.w.room.look()
}

func (m *member) speak() {
	m.said = true
	for i := range m.lines {
		if i%7 == 6 {
			m.After(milliseconds(m.w.rand.IntN(50)), func() {})
		}
		fmt.Fprintf(m, "say %d %d\r\n", m.id, i)
	}
}

// look lets the members speak when all are there who come, and finds those who have heard all.
func (r *room) look() {
	for _, m := range r.w.members {
		if !m.in && !m.gone {
			return
		}
	}
	for _, m := range r.w.members {
		if m.in && !m.gone && !m.said {
			m.Post(m.speak)
			m.said = true
		}
		m.done = m.gone || m.heardAll()
	}
}

// heardAll reports whether m has heard all of those who are still there.
func (m *member) heardAll() bool {
	for _, other := range m.w.members {
		if !other.gone && m.heard[other.id] < other.lines {
			return false
		}
	}
	return true
}

func (r *room) settled() bool {
	for _, m := range r.w.members {
		if !m.done {
			return false
		}
	}
	return true
}

// leave has the members go, when the run is over.
func (r *room) leave() {
	for _, m := range r.w.members {
		if m.Channel != nil {
			m.done = true
			m.Post(func() { m.CloseWhenDone() })
		}
	}
}

// mayClose implements peer.
func (m *member) mayClose(*audit, error) bool { return true }
