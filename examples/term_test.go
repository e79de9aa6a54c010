//go:build linux

package examples

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// B55: the server is told to end in the middle of the load, many times over. Every request that it
// has read, each of which is in its log, has reached its client whole, and it ends with status 0,
// long before its time is up.
func TestTermLosesNoAnswer(t *testing.T) {
	need(t, "wrk")
	dir := folder(t)
	for range max(3, scaled(30)) {
		s := start(t, "httpd", "-root", dir, "-loops", "2", "-log")
		var logged, answered, broken, unheard atomic.Int64
		log := make(chan bool)
		go func() { // or it would wait for its log to be read
			defer close(log)
			for {
				line, err := s.stderr.ReadString('\n')
				if err != nil {
					return
				}
				if strings.Contains(line, " 200 ") && !strings.Contains(line, "/by-wrk") {
					logged.Add(1)
				}
			}
		}()
		// wrk does not tell which of its answers were whole: it only adds to the load.
		wrk := exec.Command("wrk", "-t1", "-c20", "-d1s", "http://"+s.addr+"/small.txt?/by-wrk")
		require.NoError(t, wrk.Start())
		var clients sync.WaitGroup
		for i := range 20 {
			clients.Go(func() {
				for {
					n, err := ask(s.addr, i%2 == 0)
					answered.Add(int64(n))
					switch err {
					case nil:
						continue
					case errUnheard:
						unheard.Add(1)
					default:
						broken.Add(1)
						t.Errorf("in the middle of an answer: %v", err)
					}
					return
				}
			})
		}
		until(t, "the load", func() bool { return answered.Load() > 500 })
		s.cmd.Process.Signal(syscall.SIGTERM)
		clients.Wait()
		<-log
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("it ended with %v; want status 0", err)
		}
		wrk.Process.Kill()
		wrk.Wait()
		if logged.Load() != answered.Load() || broken.Load() != 0 {
			t.Errorf("%d requests were read, %d answered, %d of them in part", logged.Load(),
				answered.Load(), broken.Load())
		}
		t.Logf("%d requests were read and answered, %d clients found nobody any more",
			logged.Load(), unheard.Load())
	}
}

// errUnheard is the error of a request of which no part of an answer has come.
var errUnheard = fmt.Errorf("not a byte has come")

// ask makes a request on a connection of its own or, if it is to be kept, many, and returns how
// many were answered whole.
func ask(addr string, kept bool) (answers int, err error) {
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return 0, errUnheard
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	request := "GET /small.txt HTTP/1.0\r\n\r\n"
	if kept {
		request = "GET /small.txt HTTP/1.1\r\nHost: h\r\n\r\n"
	}
	for {
		io.WriteString(c, request)
		if _, err := r.Peek(1); err != nil {
			return answers, errUnheard
		}
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return answers, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "a small file\n" {
			return answers, fmt.Errorf("%q, %v", body, err)
		}
		answers++
		if resp.Close || !kept {
			return answers, nil
		}
	}
}
