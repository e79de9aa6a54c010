//go:build linux

package examples

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// S10, S11 of the security notes, B52, B53: slowhttptest, in three of its modes, against httpd. An
// honest client goes on being answered about as fast as without it, the server's memory stays
// within bounds, and every attacker is ended by the clock that is for its kind. The whole attack
// runs against the default clocks; at a tenth they are set shorter.
func TestSlowHTTPTest(t *testing.T) {
	need(t, "slowhttptest")
	n := scaled(2000)
	needDescriptors(t, n)
	args, clock := []string{"-loops", "2", "-status"}, 30*time.Second
	if !full {
		args, clock = append(args, "-request-timeout", "2s", "-stall-timeout", "2s"), 2*time.Second
	}
	dir := folder(t)
	require.NoError(t, os.Truncate(touch(t, filepath.Join(dir, "large")), 64<<20))
	common := []string{"-c", strconv.Itoa(n), "-r", strconv.Itoa(2 * n), "-l", "120", "-p", "10"}
	for _, tt := range []struct {
		mode, path, reason string
		args               []string
	}{
		{"headers", "/small.txt", tooSlow, []string{"-H", "-i", "1", "-x", "24"}},
		{"body", "/echo", tooSlow, []string{"-B", "-i", "1", "-x", "10", "-s", "8192"}},
		{"read", "/large", stalledOut,
			[]string{"-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"}},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			if !full {
				t.Parallel()
			}
			cmd := exec.Command(filepath.Join(binaries, "httpd"),
				append(slices.Clone(args), "-root", dir)...)
			cmd.Env = append(os.Environ(), "SERVE_IMPATIENT=1") // the clocks are what is tested
			// Otherwise 2,000 slow readers would have the system hold 4 GB.
			handOver(t, cmd, 1, smallBuffers)
			s := startCommand(t, cmd)
			ends := &ended{t, s.addr}
			h := &honest{T: t, addr: s.addr}
			quiet := h.calm(2, 500)
			before, open := s.peakMemory(t), s.descriptors(t)

			attack := exec.Command("slowhttptest",
				append(append(tt.args, common...), "-u", fmt.Sprintf("http://%s%s", s.addr, tt.path))...)
			var out bytes.Buffer
			attack.Stdout, attack.Stderr = &out, &out
			require.NoError(t, attack.Start())
			ended := make(chan error, 1)
			go func() { ended <- attack.Wait() }()
			defer attack.Process.Kill()
			most := 0
			until(t, "the attack", func() bool { // on a busy machine, some have ended before others begin
				most = max(most, s.descriptors(t)-open)
				return most+ends.count(tt.reason) >= n*9/10
			})
			busy := h.calm(3, 300)
			untilWithin(t, clock+patience, "the attackers to be ended",
				func() bool { return ends.count(tt.reason) >= n*95/100 })
			each := (s.peakMemory(t) - before) / n
			t.Logf("%d attackers at a time cost %d bytes each; p99 of an honest client %v, "+
				"without them %v; ends: %v",
				most, each, busy, quiet, ends.all())
			if each > 64<<10 {
				t.Errorf("%d bytes each, want at most 64 KiB", each)
			}
			h.judge(busy, quiet)
		})
	}
}
