//go:build unix && !aix

package serve_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/chat/serve"
	"github.com/go-asynchat/asynchat/core"
)

const patience = time.Minute

// roleVar has the test binary be a program that is tested.
const roleVar = "SERVE_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		program(role)
		return
	}
	os.Exit(m.Run())
}

// program serves lines at two addresses. "work" is answered when standard input ends.
func program(role string) {
	flag.CommandLine = flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	first := flag.String("first", "127.0.0.1:0", "`address`")
	second := flag.String("second", "127.0.0.1:0", "`address`")
	serve.Parse()
	servers := []*chat.Server{answering("one", *first), answering("two", *second)}
	if role == "failing" {
		go servers[1].Close()
	}
	serve.Main(servers...)
	fmt.Fprintln(os.Stderr, "ended")
}

func answering(name, addr string) *chat.Server {
	return &chat.Server{Addr: addr, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
		if string(line) != "work" {
			fmt.Fprintf(c, "%s %d\r\n", name, os.Getpid())
			return
		}
		c.PushString("begun\r\n")
		c.Go(func() func() {
			io.Copy(io.Discard, os.Stdin)
			return func() { c.PushString("done\r\n") }
		})
	})}
}

// A process is a program that runs, or its successors.
type process struct {
	*testing.T
	cmd   *exec.Cmd
	lines *bufio.Reader // of its standard error
	addrs []string
	stdin io.Closer
}

func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &process{T: t, cmd: cmd, lines: bufio.NewReader(stderr), stdin: stdin}
}

func command(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	return cmd
}

// listening starts a program and waits until it says where it listens.
func listening(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := start(t, cmd)
	p.ready()
	return p
}

func (p *process) ready() {
	p.Helper()
	addrs, ok := strings.CutPrefix(p.says(), "listening on ")
	require.True(p, ok, addrs)
	p.addrs = strings.Split(addrs, ", ")
	require.Len(p, p.addrs, 2)
}

func (p *process) says() string {
	p.Helper()
	line, err := p.lines.ReadString('\n')
	require.NoError(p, err, line)
	return strings.TrimSuffix(line, "\n")
}

func (p *process) signal(sig os.Signal) {
	p.Helper()
	require.NoError(p, p.cmd.Process.Signal(sig))
}

// end returns what the process writes to its end, and its status.
func (p *process) end() (rest string, status int) {
	p.Helper()
	out, err := io.ReadAll(p.lines)
	require.NoError(p, err)
	err = p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(p, err, &exit)
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

// A client talks to one of the addresses.
type client struct {
	net.Conn
	*bufio.Reader
}

func (p *process) dial(addr string) client {
	p.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(p, err)
	p.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return client{c, bufio.NewReader(c)}
}

func (p *process) ask(c client, line string) string {
	p.Helper()
	_, err := fmt.Fprintf(c.Conn, "%s\r\n", line)
	require.NoError(p, err)
	answer, err := c.ReadString('\n')
	require.NoError(p, err)
	return strings.TrimSuffix(answer, "\r\n")
}

// On SIGINT and SIGTERM a program ends when the request in progress is answered.
func TestEndsGracefully(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := listening(t, command(t, "two"))
		c := p.dial(p.addrs[1])
		require.Equal(t, "begun", p.ask(c, "work"))
		p.signal(sig)
		p.refused(p.addrs[0])
		p.refused(p.addrs[1])
		p.stdin.Close()
		rest, err := io.ReadAll(c.Reader)
		require.NoError(t, err)
		require.Equal(t, "done\r\n", string(rest))
		said, status := p.end()
		require.Equal(t, "ended\n", said)
		require.Zero(t, status)
	}
}

// refused waits until nobody listens at an address.
func (p *process) refused(addr string) {
	p.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		switch {
		case errors.Is(err, syscall.ECONNREFUSED):
			return
		case errors.Is(err, syscall.ECONNRESET): // it was in the backlog of who has just closed
		default:
			require.NoError(p, err)
			c.Close()
		}
	}
	p.Fatal("somebody still listens")
}

// A second signal does not wait for what is in progress, and says what it has cut.
func TestSecondSignal(t *testing.T) {
	p := listening(t, command(t, "two"))
	c := p.dial(p.addrs[0])
	require.Equal(t, "begun", p.ask(c, "work"))
	p.signal(syscall.SIGTERM)
	p.refused(p.addrs[0])
	p.signal(syscall.SIGINT)
	said, status := p.end()
	require.Contains(t, said, "a second signal came")
	require.Equal(t, 1, status)
}

// E7: an argument that is no flag is not ignored.
func TestArgumentsAreRefused(t *testing.T) {
	said, status := start(t, command(t, "two", "-first", "127.0.0.1:0", "./public")).end()
	require.Contains(t, said, `"./public" is not a flag`)
	require.Contains(t, said, "-second")
	require.Equal(t, 2, status)
}

// Errors have the name of the program, and what did listen is closed.
func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	said, status := start(t, command(t, "two", "-second", l.Addr().String())).end()
	require.True(t, strings.HasPrefix(said, filepath.Base(os.Args[0])+": listen tcp "), said)
	require.Equal(t, 1, status)
}

// A server that ends by itself leaves the other one alone.
func TestOneServerEnds(t *testing.T) {
	p := listening(t, command(t, "failing"))
	p.refused(p.addrs[1])
	require.Equal(t, "one "+strconv.Itoa(p.cmd.Process.Pid), p.ask(p.dial(p.addrs[0]), "who"))
	p.signal(syscall.SIGTERM)
	_, status := p.end()
	require.Zero(t, status)
}

// On SIGHUP, and SIGUSR2, a successor takes over at both addresses.
func TestSuccessor(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR2} {
		cmd := command(t, "two")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal
		p := listening(t, cmd)
		addrs := p.addrs
		c := p.dial(addrs[0])
		require.Equal(t, "begun", p.ask(c, "work"))
		p.signal(sig)
		p.ready()
		require.Equal(t, addrs, p.addrs)
		var pid int
		_, err := fmt.Sscanf(p.says(), "process %d has taken over", &pid)
		require.NoError(t, err)
		require.NotEqual(t, cmd.Process.Pid, pid)
		t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
		p.stdin.Close()
		rest, err := io.ReadAll(c.Reader)
		require.NoError(t, err)
		require.Equal(t, "done\r\n", string(rest), "what was in progress is answered")
		require.Equal(t, "ended", p.says())
		for i, name := range []string{"one", "two"} {
			require.Equal(t, fmt.Sprint(name, " ", pid), p.ask(p.dial(addrs[i]), "who"))
		}
		require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
		said, status := p.end()
		require.Equal(t, "ended\n", said)
		require.Zero(t, status)
	}
}

// Sockets that a supervisor gives are served by the servers whose numbers they have as names.
func TestInheritedSockets(t *testing.T) {
	cmd := command(t, "two")
	var files []*os.File
	var addrs []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		f, err := core.FileOf(l.(*net.TCPListener))
		require.NoError(t, err)
		l.Close()
		defer f.Close()
		files, addrs = append(files, f), append(addrs, l.Addr().String())
	}
	require.NoError(t, core.HandOver(cmd, files...))
	cmd.Env = append(cmd.Env, "LISTEN_FDNAMES=1:0")
	p := listening(t, cmd)
	require.Equal(t, []string{addrs[1], addrs[0]}, p.addrs)
	require.Contains(t, p.ask(p.dial(addrs[0]), "who"), "two ")
	p.signal(syscall.SIGTERM)
	_, status := p.end()
	require.Zero(t, status)
}

// systemd is told when the program is ready, and when it ends.
func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	defer socket.Close()
	socket.SetDeadline(time.Now().Add(patience))
	cmd := command(t, "two")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path)
	p := listening(t, cmd)
	heard := func() string {
		var b [100]byte
		n, err := socket.Read(b[:])
		require.NoError(t, err)
		return string(b[:n])
	}
	require.Equal(t, "READY=1", heard())
	p.signal(syscall.SIGTERM)
	require.Equal(t, "STOPPING=1", heard())
	_, status := p.end()
	require.Zero(t, status)
}

// Run ends with its context, and at once without servers.
func TestRun(t *testing.T) {
	require.Error(t, (&serve.Program{}).Run(t.Context()))
	ctx, stop := context.WithCancel(t.Context())
	said, say := io.Pipe()
	ended := make(chan error, 1)
	p := &serve.Program{Servers: []*chat.Server{answering("one", "127.0.0.1:0")}, Log: say}
	go func() { ended <- p.Run(ctx) }()
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "listening on 127.0.0.1:")
	stop()
	require.NoError(t, <-ended)
}

// What is still in progress when the grace is over is cut off.
func TestGrace(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	said, say := io.Pipe()
	ended, working := make(chan error, 1), make(chan struct{})
	defer close(working)
	begun := make(chan struct{})
	s := &chat.Server{Addr: "127.0.0.1:0", Handler: chat.Lines(func(c *chat.Channel, _ []byte) {
		c.Go(func() func() { close(begun); <-working; return nil })
	})}
	p := &serve.Program{Servers: []*chat.Server{s}, Log: say, Grace: time.Millisecond}
	go func() { ended <- p.Run(ctx) }()
	line, err := bufio.NewReader(said).ReadString('\n')
	require.NoError(t, err)
	c, err := net.Dial("tcp", strings.TrimSpace(strings.TrimPrefix(line, "listening on ")))
	require.NoError(t, err)
	defer c.Close()
	c.Write([]byte("work\r\n"))
	<-begun
	stop()
	var cut *chat.CutError
	require.True(t, errors.As(<-ended, &cut))
}
