//go:build unix

package examples

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A thousand people in one room, on two loops: each hears everything that is said, once, and all in
// the same order.
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

// startNATS starts a real server, which asks for a token, and waits until it is ready. It returns
// what kills it.
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

// The notes about the link.
const (
	linkLost = "the link to the other servers is lost"
	linkBack = "the link to the other servers is back"
)

// startJoined starts two servers, paris and rome, and lets a half of the audience into each.
func startJoined(t *testing.T, c *audience, natsPort string) (servers []*server) {
	t.Helper()
	half := len(c.members) / 2
	for i, node := range []string{"paris", "rome"} {
		cmd := exec.Command(binaries+"/chatroom", "-addr", "127.0.0.1:0", "-loops", "2",
			"-nats", "nats://s3cret@127.0.0.1:"+natsPort, "-node", node)
		s := startCommandThat(t, cmd, func(line string) { require.Contains(t, line, "linked by") })
		servers = append(servers, s)
		c.enter(node, s.addr, i*half, (i+1)*half)
		go io.Copy(io.Discard, s.stderr)
	}
	// Rome has known paris before anybody came in there.
	c.noted(c.members[:half], "the server rome is here too")
	return servers
}

// Two servers that NATS joins are one room. While it is killed and comes again, each goes on, and
// in the end all have heard all, once and in order.
func TestChatroomNATS(t *testing.T) {
	need(t, "nats-server")
	// A port that does not change when the server is restarted.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := portOf(l.Addr().String())
	l.Close()
	kill := startNATS(t, port)
	const half = 200
	c := newAudience(t, 2*half)
	servers := startJoined(t, c, port)
	count, said := 2, 0
	if os.Getenv("ASYNCHAT_FULL") == "1" {
		// The log of each server holds what 200 say twice meanwhile, and nobody talks so fast as to be
		// slowed down.
		count = 5
	}
	talk := func() {
		c.say(c.members, count)
		said += count
	}
	talk()
	c.hears(c.members, said*2*half)
	talk()
	kill() // while it is in the middle of that
	c.noted(c.members, linkLost)
	talk()
	c.until("each goes on by itself", func() bool {
		return c.all(func(m *member) bool { return m.heardHalf(said) })
	})
	startNATS(t, port)
	c.noted(c.members, linkBack)
	talk()
	c.hears(c.members, said*2*half)
	c.on(func() {
		for _, m := range c.members {
			if notes := strings.Join(m.notes, "\n"); strings.Count(notes, linkLost) != 1 ||
				strings.Count(notes, linkBack) != 1 || m.total != said*2*half {
				t.Errorf("%s: %d messages, notes %q", m.name, m.total, m.notes)
			}
		}
	})
	whisperAndGo(t, c, servers)
}

// whisperAndGo lets two talk in private, and then one of the servers go.
func whisperAndGo(t *testing.T, c *audience, servers []*server) {
	t.Helper()
	half := len(c.members) / 2
	paris, rome := c.members[:half], c.members[half:]
	c.on(func() { paris[0].PushString("/msg " + rome[0].name + " psst\n/msg nobody@rome psst\n") })
	c.noted(rome[:1], "[u0@paris -> you] psst")
	c.noted(paris[:1], "[you -> u200@rome] psst")
	c.noted(paris[:1], "nobody is called nobody@rome")
	servers[1].cmd.Process.Signal(syscall.SIGTERM)
	if err := servers[1].cmd.Wait(); err != nil {
		t.Errorf("rome has ended with %v", err)
	}
	c.noted(paris, "the server rome has gone")
}
