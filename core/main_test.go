package core_test

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

// roles are what the test binary does when a test runs it as a child.
var roles = map[string]func(){}

// B30, B16: no test leaves a descriptor open, nor closes one that is not its own.
func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv("CORE_TEST_ROLE")]; ok {
		role()
		return
	}
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close() // now the runtime has opened its own poller, which it keeps
	}
	before := descriptors()
	code := m.Run()
	after := descriptors()
	for end := time.Now().Add(time.Minute); len(after) > len(before) && time.Now().Before(end); {
		<-time.After(10 * time.Millisecond) // something may be ending
		after = descriptors()
	}
	if len(before) > 0 && code == 0 && len(after) != len(before) {
		fmt.Printf("descriptors before the tests %q, after them %q\n", before, after)
		code = 1
	}
	os.Exit(code)
}

// descriptors returns what the open descriptors of this process are, where the system tells.
func descriptors() (open []string) {
	if runtime.GOOS == "windows" {
		return nil // Wine shows those of Linux that it uses itself
	}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		target, _ := os.Readlink("/proc/self/fd/" + e.Name())
		open = append(open, e.Name()+" "+target)
	}
	return open
}
