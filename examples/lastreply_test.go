//go:build unix

package examples

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// asynchatServer is httpd's refusal of a body that is too long, in CPython's asynchat. It closes
// when done, as every asynchat program does.
const asynchatServer = `
import asynchat, asyncore, socket, sys
page = b"too long" * 50
head = b"HTTP/1.1 413 Too Long\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
reply = head % len(page) + page
class Session(asynchat.async_chat):
    def __init__(self, sock):
        asynchat.async_chat.__init__(self, sock)
        self.set_terminator(b"\r\n\r\n")
    def collect_incoming_data(self, data): pass
    def found_terminator(self):
        self.set_terminator(None)
        self.push(reply)
        self.close_when_done()
    def handle_error(self): self.close()
class Server(asyncore.dispatcher):
    def __init__(self):
        asyncore.dispatcher.__init__(self)
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.bind(("127.0.0.1", 0))
        self.listen(1000)
        print("listening on %s:%d" % self.socket.getsockname(), file=sys.stderr, flush=True)
    def handle_accepted(self, sock, addr): Session(sock)
Server()
asyncore.loop(use_poll=True)
`

// python returns a Python that still has asynchat, "" if there is none, or none is to be run.
func python() string {
	if !foreign {
		return ""
	}
	for _, name := range []string{"python3", "python3.11", "python3.10", "python3.9"} {
		if exec.Command(name, "-W", "ignore", "-c", "import asynchat").Run() == nil {
			return name
		}
	}
	return ""
}

// S90, B24: the server refuses a request whose body it does not read, and closes. The unread body
// makes the system reset the connection, and the reset overtakes the refusal, or its end, unless
// the end is done with care. Each of 10,000 must arrive whole, with a clean end; those of asynchat
// are counted.
func TestLastReplyArrives(t *testing.T) {
	rounds := scaled(10_000)
	s := start(t, "httpd")
	ours := refusals(s.addr, rounds)
	if ours.whole != rounds {
		t.Errorf("httpd: %v", ours)
	}
	name := python()
	if name == "" {
		t.Logf("httpd: %v; no Python with asynchat to compare with", ours)
		return
	}
	theirs := refusals(startCommand(t, exec.Command(name, "-W", "ignore", "-c", asynchatServer)).addr,
		rounds)
	t.Logf("httpd: %v; CPython's asynchat: %v", ours, theirs)
}

// An outcome counts what became of many refusals.
type outcome struct {
	whole int   // all of it, then the end
	cut   int   // a reset in the place of the end: all bytes may have come, but the client cannot know
	none  int   // not one byte
	first error // that happened
}

func (o outcome) String() string {
	return fmt.Sprintf("%d whole, %d cut by a reset, %d lost (the first error: %v)", o.whole,
		o.cut, o.none, o.first)
}

// refusals makes requests with a body that nobody wants.
func refusals(addr string, rounds int) (o outcome) {
	request := append([]byte("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n"),
		bytes.Repeat([]byte("unread"), 30_000)...)
	var left atomic.Int64
	left.Store(int64(rounds))
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			for left.Add(-1) >= 0 {
				n, err := refused(addr, request)
				mu.Lock()
				switch {
				case err == nil:
					o.whole++
				case n > 0:
					o.cut++
				default:
					o.none++
				}
				if o.first == nil {
					o.first = err
				}
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return o
}

// refused returns how many bytes of the refusal came, and why it is not whole.
func refused(addr string, request []byte) (bytesRead int, err error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	c.Write(request)          // the refusal may come before all of it is written
	all, err := io.ReadAll(c) // to its end, which tells that it is whole
	if err != nil {
		return len(all), err
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(all)), nil)
	if err != nil {
		return len(all), err
	}
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != 413 {
		err = fmt.Errorf("%s, %q", resp.Status, page)
	}
	return len(all), err
}
