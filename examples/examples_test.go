//go:build unix

// Package examples tests the example programs as their users meet them: built, started, and talked
// to over sockets.
package examples

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/go-asynchat/asynchat/chat/chattest"
)

// patience is how long a test waits for what must happen: only what never happens takes so long,
// however busy the machine is.
const patience = 5 * time.Minute

var binaries string // where TestMain puts the programs

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	if addr := os.Getenv(subscribersVar); addr != "" {
		return beSubscribers(addr)
	}
	dir, err := os.MkdirTemp("", "examples")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binaries = dir
	// The servers wait for a test that is held up. Without symbols, to link two dozen programs takes
	// a third less.
	tags := "-tags=patient"
	for _, flag := range strings.Fields(os.Getenv("GOFLAGS")) {
		if strings.HasPrefix(flag, "-tags=") { // which ours would replace
			tags = flag + ",patient"
		}
	}
	build := exec.Command("go", "build", tags, "-ldflags=-s -w", "-o", dir+"/", "./...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A server is an example that runs for the length of a test.
type server struct {
	addr   string
	cmd    *exec.Cmd
	stderr *bufio.Reader
}

// start starts a server that takes -addr, on a free port.
func start(t *testing.T, name string, args ...string) *server {
	t.Helper()
	return launch(t, name, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
}

func launch(t *testing.T, name string, args ...string) *server {
	t.Helper()
	return startCommand(t, exec.Command(filepath.Join(binaries, name), args...))
}

// startCommand starts a server and waits until it listens.
func startCommand(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	return startCommandThat(t, cmd, func(line string) {
		require.Fail(t, "first line on standard error", "%q", line)
	})
}

// startCommandThat starts a server that says more before it listens.
func startCommandThat(t *testing.T, cmd *exec.Cmd, says func(line string)) *server {
	t.Helper()
	s := &server{cmd: cmd}
	stderr, err := s.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	})
	s.stderr = bufio.NewReader(stderr)
	for {
		line, err := s.stderr.ReadString('\n')
		require.NoError(t, err, "the program said %q", line)
		if addr, ok := strings.CutPrefix(line, "listening on "); ok {
			s.addr = strings.TrimSpace(addr)
			return s
		}
		says(line)
	}
}

// nothing is a signal that is none: a second one would end a server at once.
const nothing = syscall.Signal(0)

// stop sends the signal, and returns what else the server wrote to standard error and how it ended.
func (s *server) stop(sig os.Signal) (rest string, err error) {
	s.cmd.Process.Signal(sig)
	timer := time.AfterFunc(patience, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	out, _ := io.ReadAll(s.stderr)
	return string(out), s.cmd.Wait()
}

func (s *server) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	c.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// Every example with a session.txt is talked to as that file says, over a socket. In memory, the
// tests beside it do the same.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("*/session.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		for _, size := range []int{0, 1} {
			name := filepath.Dir(file)
			for _, args := range sessionArgs(t, name) {
				t.Run(fmt.Sprintf("%s %s/pieces=%d", name, args, size), func(t *testing.T) {
					chattest.PlayConn(t, file, start(t, name, strings.Fields(args)...).dial(t), size)
				})
			}
		}
	}
}

// sessionArgs returns the arguments with which a program has the conversation of its session.txt.
func sessionArgs(t *testing.T, name string) []string {
	switch name {
	case "guess":
		return []string{"-number 42"}
	case "irc":
		return []string{"-pace 0 -loops 2"}
	case "ftpd":
		return []string{"-root ftpd/testdata/files"}
	case "nntpd":
		return []string{"-dir nntpd/testdata/news"}
	case "pop3":
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir+"/Maildir", os.DirFS("pop3/testdata/Maildir")))
		require.NoError(t, os.WriteFile(dir+"/password", []byte("banana\n"), 0o600))
		return []string{"-dir " + dir + "/Maildir -password-file " + dir + "/password"}
	case "smtpd":
		return []string{"-dir " + t.TempDir()}
	case "threads":
		return []string{"", "-inline", "-coroutines", "-coroutines -inline"}
	}
	return []string{""}
}

func TestSignals(t *testing.T) {
	for _, command := range []string{"echo", "hello", "httpd", "logger", "udpecho", "guess",
		"threads", "irc", "chatroom", "redis", "memcached", "ftpd", "mqttd",
		"prefork -addr 127.0.0.1:0 -workers 2",
		"forward -p 0 -r 127.0.0.1 -P " + portOf(start(t, "echo").addr)} {
		for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(command+" "+sig.String(), func(t *testing.T) {
				t.Parallel() // each takes the time that a shutdown leaves to its peers
				name, args, special := strings.Cut(command, " ")
				if !special {
					args = "-addr 127.0.0.1:0"
				}
				cmd := exec.Command(filepath.Join(binaries, name), strings.Fields(args)...)
				cmd.Env = append(os.Environ(), "SERVE_IMPATIENT=1") // a client that is silent is not waited for
				s := startCommand(t, cmd)
				if name != "udpecho" {
					defer s.dial(t).Close() // an idle connection must not hold it up
				}
				rest, err := s.stop(sig)
				if err != nil || rest != "" {
					t.Errorf("%v, standard error %q; want status 0, nothing more", err, rest)
				}
			})
		}
	}
}

func TestHello(t *testing.T) {
	s := start(t, "hello")
	fetch := func(request string, size int) string {
		c := s.dial(t)
		for p := []byte(request); len(p) > 0; p = p[min(size, len(p)):] {
			c.Write(p[:min(size, len(p))])
		}
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		return string(got)
	}
	for _, test := range []struct{ request, want string }{
		{"GET /kongxx HTTP/1.0\r\n\r\n", "<h1>Hello kongxx!</h1>"},
		{"GET /kongxx HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "<h1>Hello kongxx!</h1>"},
		{"GET /%3Cb%3E HTTP/1.0\r\n\r\n", "<h1>Hello &lt;b&gt;!</h1>"},
		{"GET /<b> HTTP/1.0\r\n\r\n", "<h1>Hello &lt;b&gt;!</h1>"},
		{"GET / HTTP/1.0\r\n\r\n", "<h1>Hello world!</h1>"},
		{"GET /%zz HTTP/1.0\r\n\r\n", "400 Bad Request"},
		{"nonsense\r\n", "400 Bad Request"},
		{"GET\n/x HTTP/1.0\r\n", "400 Bad Request"},
	} {
		whole := fetch(test.request, len(test.request))
		if !strings.Contains(whole, test.want) || !strings.Contains(whole,
			fmt.Sprintf("Content-Length: %d\r\n", len(whole[strings.Index(whole, "\r\n\r\n")+4:]))) {
			t.Errorf("%q is answered %q, want it to contain %q and its length",
				test.request, whole, test.want)
		}
		if cut := fetch(test.request, 1); cut != whole {
			t.Errorf("%q byte by byte is answered %q, want %q", test.request, cut, whole)
		}
	}
	t.Run("curl", func(t *testing.T) {
		out := client(t, "curl", "-s", "http://"+s.addr+"/kongxx")
		if !strings.Contains(out, "Hello kongxx!") {
			t.Errorf("curl got %q", out)
		}
	})
}

// foreign says that the programs of others are to be run too: browsers, clients, servers, and load
// generators. They have clocks of their own, and take their time.
var foreign = full || os.Getenv("ASYNCHAT_FOREIGN") != ""

// need skips the test unless programs of others are to be run, and this one is installed.
func need(t *testing.T, client string) {
	t.Helper()
	if !foreign {
		t.Skipf("%s runs only with ASYNCHAT_FOREIGN=1", client)
	}
	if _, err := exec.LookPath(client); err != nil {
		t.Skipf("%s is not installed", client)
	}
}

// client runs a real client to its end and returns what it printed.
func client(t *testing.T, name string, args ...string) string {
	t.Helper()
	need(t, name)
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

// until waits for something that happens elsewhere.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	untilWithin(t, patience, what, ok)
}

func untilWithin(t *testing.T, patience time.Duration, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func lookUp(t *testing.T, name string) string {
	t.Helper()
	need(t, name)
	path, err := exec.LookPath(name)
	require.NoError(t, err)
	return path
}

// needDescriptors skips the test where this process may not open n of them; the servers that it
// starts may as many.
func needDescriptors(t *testing.T, n int) {
	t.Helper()
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
	if err != nil || uint64(limit.Cur) < uint64(n)+200 {
		t.Skipf("no more than %d descriptors, %d needed", limit.Cur, n+200)
	}
}

// A printed is what a client has printed so far.
type printed struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}
