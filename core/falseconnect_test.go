package core_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// outcome notes how a dial has ended.
type outcome struct{ did []string }

func (o *outcome) HandleConnect()        { o.did = append(o.did, "connect") }
func (o *outcome) HandleClose(err error) { o.did = append(o.did, "close "+err.Error()) }

// S70: an event that a kernel reports by mistake, as Linux does now and then, does not make a
// connection of an attempt that goes on. (Found by the simulation.)
func TestFalseEventMakesNoConnection(t *testing.T) {
	k := simkernel.New()
	k.Inject(rand.New(rand.NewPCG(1, 0)), simkernel.Faults{Latency: time.Second, Spurious: 1})
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	nobody := netip.MustParseAddrPort("127.0.0.1:7")
	o := &outcome{}
	_, err = core.Dial(loop, "tcp", nobody.String(), o, core.Readable)
	require.NoError(t, err)
	for end := k.Now().Add(3 * time.Second); k.Now().Before(end); k.Advance(100 * time.Millisecond) {
		_, err := loop.Poll(0)
		require.NoError(t, err)
	}
	want := "close dial tcp 127.0.0.1:7: connect: connection refused"
	if got := strings.Join(o.did, ", "); got != want {
		t.Errorf("the dial: %s, want that it is refused", got)
	}
}
