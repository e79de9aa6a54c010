package chat_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// gatherKernel counts the writes, and holds work while holding says so.
type gatherKernel struct {
	*simkernel.Kernel
	writes, modified int
	holding          bool
	held             []func()
}

func (k *gatherKernel) Write(fd int, p []byte) (int, error) {
	k.writes++
	return k.Kernel.Write(fd, p)
}

func (k *gatherKernel) Writev(fd int, v [][]byte) (int, error) {
	k.writes++
	return k.Kernel.Writev(fd, v)
}

func (k *gatherKernel) Background(work func()) {
	if k.holding {
		k.held = append(k.held, work)
		return
	}
	k.Kernel.Background(work)
}

func (k *gatherKernel) OpenPoller() (core.Poller, error) {
	p, err := k.Kernel.OpenPoller()
	return &gatherPoller{p, k}, err
}

type gatherPoller struct {
	core.Poller
	k *gatherKernel
}

func (p *gatherPoller) Modify(fd int, token uint64, want core.Ready) error {
	p.k.modified++
	return p.Poller.Modify(fd, token, want)
}

// gatheringLoop returns a loop with a channel, its kernel, and the other end of the connection.
func gatheringLoop(t *testing.T, h chat.NewHandler) (k *gatherKernel, loop *core.Loop, far int) {
	t.Helper()
	k = &gatherKernel{Kernel: simkernel.New()}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	near, far, err := k.Pair()
	require.NoError(t, err)
	chat.NewChannel(core.NewConn(loop, near), h)
	makeTurns(t, loop)
	return k, loop, far
}

func makeTurns(t *testing.T, loop *core.Loop) {
	t.Helper()
	for range 100 {
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
}

func (k *gatherKernel) received(far int) string {
	b := make([]byte, 1000)
	n, _ := k.Kernel.Read(far, b)
	return string(b[:max(n, 0)])
}

// The answers to pipelined requests leave in one write if the work for them is back at once, and
// the poller learns nothing of it. An answer does not wait for work that takes longer.
func TestAnswersOfWorkLeaveTogether(t *testing.T) {
	for name, h := range map[string]chat.NewHandler{
		"Go": chat.Messages(crlf, func(c *chat.Channel, line []byte) {
			answer := string(line) + ";"
			c.Go(func() func() { return func() { c.PushString(answer) } })
		}),
		"Await": chat.Converse(func(v *chat.Conversation) error {
			for {
				line, err := v.ReadUntil(crlf)
				if err != nil {
					return err
				}
				answer := ""
				if err := v.Await(func() { answer = string(line) + ";" }); err != nil {
					return err
				}
				v.WriteString(answer)
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			k, loop, far := gatheringLoop(t, h)
			k.Kernel.Write(far, []byte(strings.Repeat("x\r\n", 16)))
			makeTurns(t, loop)
			if got := k.received(far); got != strings.Repeat("x;", 16) || k.writes != 1 {
				t.Errorf("received %q in %d writes, want 16 answers in one", got, k.writes)
			}
			if k.modified != 0 {
				t.Errorf("the poller was told %d times what is wanted", k.modified)
			}
			k.Kernel.Write(far, []byte("a\r\nb\r\nc\r\n"))
			k.holding = true
			makeTurns(t, loop)
			for i, want := range []string{"a;", "b;", "c;"} {
				require.Len(t, k.held, i+1)
				k.held[i]()
				makeTurns(t, loop)
				if got := k.received(far); got != want {
					t.Errorf("received %q behind work %d, want %q", got, i, want)
				}
			}
		})
	}
}

// inlineWork does work at once.
type inlineWork struct{ *endless }

func (inlineWork) Background(work func()) { work() }

// Go allocates nothing but what the caller makes.
func TestGoAllocates(t *testing.T) {
	k := inlineWork{&endless{input: []byte(strings.Repeat("x\r\n", 16))}}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	answered := 0
	answer := func() { answered++ }
	work := func() func() { return answer }
	chat.NewChannel(core.NewConn(loop, 0), chat.Messages(crlf, func(c *chat.Channel, _ []byte) {
		c.Go(work)
	}))
	if n := testing.AllocsPerRun(100, func() {
		for end := answered + 16; answered < end; {
			loop.Poll(-1)
		}
	}); n > 1.5 && !raceEnabled { // one is a copy of what was read and waits
		t.Errorf("%.1f allocations for 16 works", n)
	}
}

// Await allocates nothing but what the caller makes, and what is read and waits is there at once.
func TestAwaitAllocates(t *testing.T) {
	k := inlineWork{&endless{input: []byte(strings.Repeat("x\r\n", 16))}}
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	answered := 0
	work := func() { answered++ }
	c := chat.NewChannel(core.NewConn(loop, 0), chat.Converse(func(v *chat.Conversation) error {
		for {
			if _, err := v.ReadUntil(crlf); err != nil {
				return err
			}
			if err := v.Await(work); err != nil {
				return err
			}
		}
	}))
	defer loop.Poll(0)
	defer c.Close()
	if n := testing.AllocsPerRun(100, func() {
		for end := answered + 16; answered < end; {
			loop.Poll(-1)
		}
	}); n > 1.5 && !raceEnabled { // one is a copy of what was read and waits
		t.Errorf("%.1f allocations for 16 works", n)
	}
}

// Work that blocks holds up no other, of whatever channel: as many as MaxWorkers may.
func TestBlockedWorkHoldsUpNobody(t *testing.T) {
	release := make(chan bool)
	s := &chat.Server{MaxWorkers: 4, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		answer := string(line) + "\n"
		c.Go(func() func() {
			if answer == "block\n" {
				<-release
			}
			return func() { c.PushString(answer) }
		})
	})}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	dial := func() (net.Conn, *bufio.Reader) {
		conn, err := net.Dial("tcp", ln.Addr().String())
		require.NoError(t, err)
		conn.SetDeadline(time.Now().Add(patience))
		t.Cleanup(func() { conn.Close() })
		return conn, bufio.NewReader(conn)
	}
	var blocked []*bufio.Reader
	for range 3 {
		conn, r := dial()
		fmt.Fprint(conn, "block\n")
		blocked = append(blocked, r)
	}
	for range 4 {
		conn, r := dial()
		for i := range 20 {
			fmt.Fprintf(conn, "%d\n", i)
			line, err := r.ReadString('\n')
			require.NoError(t, err, "work is held up by what blocks")
			require.Equal(t, fmt.Sprintf("%d\n", i), line)
		}
	}
	close(release)
	for _, r := range blocked {
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "block\n", line)
	}
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-served, chat.ErrServerClosed)
}
