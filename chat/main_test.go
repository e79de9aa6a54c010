package chat_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

// children is what the test binary does when a test runs it as a child, by name.
var children = map[string]func(){}

// B16, B30: no test leaves a descriptor open or a goroutine running.
func TestMain(m *testing.M) {
	if role, ok := children[os.Getenv("CHAT_TEST_ROLE")]; ok {
		role()
		return
	}
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close() // now the runtime has opened its own poller, which it keeps
	}
	open, running := descriptors(), runtime.NumGoroutine()
	code := m.Run()
	// A fuzzer keeps a goroutine for signals.
	if code == 0 && flag.Lookup("test.fuzz").Value.String() == "" {
		code = leftovers(open, running)
	}
	os.Exit(code)
}

// leftovers waits a little for what is ending, and returns 1 if something stays.
func leftovers(open, running int) int {
	for range 6000 {
		if descriptors() <= open && runtime.NumGoroutine() <= running {
			return 0
		}
		<-time.After(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	fmt.Printf("%d descriptors before the tests, %d after them; %d goroutines, %d\n%s\n",
		open, descriptors(), running, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
	return 1
}

// descriptors returns how many are open, 0 where the system does not tell.
func descriptors() int {
	if runtime.GOOS == "windows" {
		return 0 // Wine shows those of Linux that it uses itself
	}
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// oneGoroutine skips a long test that runs on one goroutine, and so has nothing for the race
// detector, where that would make it ten times as long.
func oneGoroutine(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("one goroutine has no race")
	}
}
