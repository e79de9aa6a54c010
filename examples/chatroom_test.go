//go:build unix

package examples

import (
	"bufio"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
)

// An audience is the users of a chatroom, on a loop of the test. Their names are u0, u1 ..., and what they say is numbered.
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
		m := &member{crowd: c, node: node, name: "u" + strconv.Itoa(next), heard: make([]int, len(c.members))}
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
	if first, _, _ := strings.Cut(rest, ":"); rest == line || first == "-- here" || strings.HasPrefix(rest, "-- ") {
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
	if err != nil || i >= len(m.heard) || far != (m.crowd.members[i].node != m.node) || far && m.crowd.members[i].node != node {
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

// A thousand people in one room, on two loops: each hears everything that is said, once, and all in the same order.
func TestChatroomThousand(t *testing.T) {
	const people = 1000
	s := start(t, "chatroom", "-loops", "2")
	c := newAudience(t, people)
	c.enter("", s.addr, 0, people)
	count := 1
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		count = 10
	}
	c.say(c.members, count)
	c.hears(c.members, count*people)
	c.on(func() {
		for _, m := range c.members {
			if m.order.Sum64() != c.members[0].order.Sum64() {
				t.Errorf("%s has heard the messages in another order than u0", m.name)
			}
			m.Close()
		}
	})
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("%v, standard error %q", err, rest)
	}
}

// startNATS starts a real server, which asks for a token, and waits until it is ready. It returns what kills it.
func startNATS(t *testing.T, port string) (kill func()) {
	t.Helper()
	cmd := exec.Command("nats-server", "--addr", "127.0.0.1", "--port", port, "--auth", "s3cret")
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(kill)
	r := bufio.NewReader(log)
	for {
		line, err := r.ReadString('\n')
		require.NoError(t, err, "nats-server said %q", line)
		if strings.Contains(line, "Server is ready") {
			break
		}
	}
	go io.Copy(io.Discard, r)
	return kill
}

// Two servers that NATS joins are one room. While it is killed and comes again, each goes on, and in the end all have heard all, once and in order.
func TestChatroomNATS(t *testing.T) {
	need(t, "nats-server")
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that does not change when the server is restarted
	require.NoError(t, err)
	port := portOf(l.Addr().String())
	l.Close()
	kill := startNATS(t, port)
	const each = 200
	c := newAudience(t, 2*each)
	var servers []*server
	for i, node := range []string{"paris", "rome"} {
		s := startCommandThat(t, exec.Command(binaries+"/chatroom", "-addr", "127.0.0.1:0", "-loops", "2", "-nats", "nats://s3cret@127.0.0.1:"+port, "-node", node),
			func(line string) { require.Contains(t, line, "linked by") })
		servers = append(servers, s)
		c.enter(node, s.addr, i*each, (i+1)*each)
		go io.Copy(io.Discard, s.stderr)
	}
	paris, rome := c.members[:each], c.members[each:]
	c.noted(paris, "the server rome is here too") // and rome has known paris before anybody came in there
	count, said := 2, 0
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		count = 5 // the log of each server holds what 200 say twice meanwhile, and nobody talks so fast as to be slowed down
	}
	talk := func() {
		c.say(c.members, count)
		said += count
	}
	talk()
	c.hears(c.members, said*2*each)

	talk()
	kill() // while it is in the middle of that
	const lost, back = "the link to the other servers is lost", "the link to the other servers is back"
	c.noted(c.members, lost)
	talk()
	c.until("each goes on by itself", func() bool {
		for i, m := range c.members {
			for _, n := range m.heard[i/each*each:][:each] {
				if n < said {
					return false
				}
			}
		}
		return true
	})
	startNATS(t, port)
	c.noted(c.members, back)
	talk()
	c.hears(c.members, said*2*each)
	c.on(func() {
		for _, m := range c.members {
			if notes := strings.Join(m.notes, "\n"); strings.Count(notes, lost) != 1 || strings.Count(notes, back) != 1 || m.total != said*2*each {
				t.Errorf("%s: %d messages, notes %q", m.name, m.total, m.notes)
			}
		}
		paris[0].PushString("/msg " + rome[0].name + " psst\n/msg nobody@rome psst\n")
	})
	c.noted(rome[:1], "[u0@paris -> you] psst")
	c.noted(paris[:1], "[you -> u200@rome] psst")
	c.noted(paris[:1], "nobody is called nobody@rome")

	servers[1].cmd.Process.Signal(syscall.SIGTERM)
	if err := servers[1].cmd.Wait(); err != nil {
		t.Errorf("rome has ended with %v", err)
	}
	c.noted(paris, "the server rome has gone")
}
