//go:build unix

package chat_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-asynchat/asynchat/chat"
)

// The header as a client of others writes it: curl sends that of version 1.
func TestProxyHeaderOfCurl(t *testing.T) {
	needProgram(t, "curl")
	told := make(chan string, 1)
	addr, _ := serve(t,
		&chat.Server{ProxyFrom: local, Handler: chat.Lines(func(c *chat.Channel, line []byte) {
			if len(line) == 0 { // the end of the request
				told <- c.RemoteAddr().String()
				fmt.Fprintf(c, "HTTP/1.0 200 OK\r\n\r\nhello")
				c.CloseWhenDone()
			}
		})}, "tcp", "127.0.0.1:0")
	out, err := exec.Command("curl", "-sS",
		"--haproxy-protocol", "http://"+addr.String()).CombinedOutput()
	if err != nil || string(out) != "hello" {
		t.Fatalf("curl: %v, %q", err, out)
	}
	if from := <-told; !strings.HasPrefix(from, "127.0.0.1:") || from == addr.String() {
		t.Errorf("the header told %s", from)
	}
	out, err = exec.Command("curl", "-sS", "http://"+addr.String()).CombinedOutput()
	if err == nil {
		t.Errorf("without the header, curl got %q", out)
	}
}
