//go:build unix

package examples

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A message that was accepted is there, whenever the server is killed: while clients send, it is
// killed without warning again and again, and started anew. Those whose fate nobody has told may be
// there or not, but never in part.
func TestSMTPDKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	s := start(t, "smtpd", "-dir", dir, "-loops", "2")
	addr := s.addr
	var (
		wg       sync.WaitGroup
		stop     atomic.Bool
		mu       sync.Mutex
		accepted []string
		sent     int
	)
	news := make(chan struct{}, 1)
	for i := range 12 {
		wg.Go(func() {
			var c *mailClient
			for n := 0; !stop.Load(); n++ {
				id := fmt.Sprintf("%d-%d", i, n)
				if c == nil {
					if c, _ = newMailClient(addr); c == nil {
						<-time.After(5 * time.Millisecond) // it is not back yet
						continue
					}
				}
				mu.Lock()
				sent++
				mu.Unlock()
				if err := c.send(strings.NewReader(mailText(id))); err != nil {
					c.Close()
					c = nil
					continue
				}
				mu.Lock()
				accepted = append(accepted, id)
				mu.Unlock()
				select {
				case news <- struct{}{}:
				default:
				}
			}
			if c != nil {
				c.Close()
			}
		})
	}
	for range scaled(200) {
		select { // until it serves
		case <-news:
		case <-time.After(patience):
			t.Error("no message is accepted any more")
		}
		<-time.After(time.Duration(rand.IntN(30_000)) * time.Microsecond)
		require.NoError(t, s.cmd.Process.Kill())
		s.cmd.Wait()
		s = launch(t, "smtpd", "-addr", addr, "-dir", dir, "-loops", "2")
	}
	<-news
	stop.Store(true)
	wg.Wait()
	if rest, err := s.stop(syscall.SIGTERM); err != nil || rest != "" {
		t.Errorf("ended with %v, standard error %q; want status 0", err, rest)
	}

	names, err := filepath.Glob(filepath.Join(dir, "new", "*"))
	require.NoError(t, err)
	stored := map[string]int{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		_, id, _ := strings.Cut(string(text[:min(len(text), 100)]), "Message-Id: ")
		id, _, _ = strings.Cut(id, "\r\n")
		if stored[id]++; string(text) != withCRLF(mailText(id)) {
			t.Errorf("message %q is not what was sent: %d bytes, %.100q", id, len(text), text)
		}
	}
	missing := 0
	for _, id := range accepted {
		if stored[id] != 1 {
			missing++
			t.Errorf("message %s was accepted, and is stored %d times", id, stored[id])
		}
	}
	torn, err := os.ReadDir(filepath.Join(dir, "tmp"))
	require.NoError(t, err)
	t.Logf("%d kills: %d messages sent, %d accepted, %d stored, %d accepted and missing; "+
		"%d begun and left in tmp", scaled(200), sent, len(accepted), len(names),
		missing, len(torn))
	if len(accepted) < scaled(200) {
		t.Errorf("%d messages were accepted, which is too few", len(accepted))
	}
}

// mailText is the message of that id: of a size that differs from one to the next, up to some
// parts.
func mailText(id string) string {
	h := uint64(14695981039346656037)
	for _, b := range []byte(id) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	rnd := rand.New(rand.NewPCG(h, 1))
	var b strings.Builder
	fmt.Fprintf(&b, "Message-Id: %s\n\n", id)
	for range rnd.IntN(1 + rnd.IntN(4000)) {
		fmt.Fprintf(&b, "%s%d\n", strings.Repeat(".", rnd.IntN(3)), rnd.Uint64())
	}
	return b.String()
}
