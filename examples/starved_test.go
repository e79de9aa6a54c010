//go:build linux

package examples

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ticks returns the processor time that a process has used, in hundredths of a second.
func ticks(t *testing.T, pid int) (n int) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	var user, system int
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	return user + system
}

// echoes reports whether the server answers on c.
func echoes(c net.Conn, patience time.Duration) bool {
	c.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(c, "hello\r\n")
	line, _ := bufio.NewReader(c).ReadString('\n')
	return line == "hello\r\n"
}

// S60, B18: with 64 descriptors and 200 clients the server serves whom it has, does not spin,
// leaves nobody hanging, and takes new ones when some leave.
func TestStarvedOfDescriptors(t *testing.T) {
	sh := exec.Command("sh", "-c", `ulimit -n 64 && exec "$0" -addr 127.0.0.1:0`,
		filepath.Join(binaries, "echo"))
	s := startCommand(t, sh)
	var clients []net.Conn
	for range 200 {
		clients = append(clients, s.dial(t))
	}
	require.True(t, echoes(clients[0], patience), "the first client is not served")
	before := ticks(t, s.cmd.Process.Pid)
	served, turnedAway := []net.Conn{}, 0
	measured := time.Now()
	for _, c := range clients {
		if echoes(c, 30*time.Second) {
			served = append(served, c)
		} else {
			turnedAway++
		}
	}
	spent, took := ticks(t, s.cmd.Process.Pid)-before, time.Since(measured)
	if time.Duration(spent)*10*time.Millisecond > took/20 {
		t.Errorf("starved, the server used %d0 ms of %v, more than 5 %%", spent, took)
	}
	if len(served) < 40 || turnedAway == 0 {
		t.Errorf("%d of 200 clients are served, %d turned away", len(served), turnedAway)
	}
	t.Logf("%d served, %d turned away", len(served), turnedAway)
	for _, c := range served[:20] {
		c.Close()
	}
	for i := range 20 {
		if c := s.dial(t); !echoes(c, patience) {
			t.Errorf("client %d of 20 that come after 20 have left is not served", i+1)
		}
	}
	for _, c := range served[20:] {
		if !echoes(c, patience) {
			t.Error("a client that was served is not any more")
		}
	}
}
