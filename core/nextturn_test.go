package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// putsOff asks for the next turn at each event.
type putsOff struct {
	c     *core.Conn
	turns []uint64 // in which its turn has come
}

func (p *putsOff) HandleRead() {
	p.c.Recv(p.c.Loop().ReadBuffer())
	p.c.NextTurn()
}

func (p *putsOff) HandleDeferred() { p.turns = append(p.turns, p.c.Loop().Turn()) }

// Who has asked for this turn, and asks for the next in an event of this one, gets both. (Found by
// the simulation: a channel that gave way in the event of a turn that it had waited for was never
// looked at again.)
func TestNextTurnAskedInTheTurnItself(t *testing.T) {
	k := simkernel.New()
	loop, err := core.New(core.WithKernel(k))
	require.NoError(t, err)
	defer loop.Close()
	near, far, err := k.Pair()
	require.NoError(t, err)
	p := &putsOff{c: core.NewConn(loop, near)}
	require.NoError(t, p.c.Attach(p, core.Readable))
	for range 2 {
		_, err = k.Write(far, []byte("x"))
		require.NoError(t, err)
		_, err = loop.Poll(0)
		require.NoError(t, err)
	}
	for range 3 {
		_, err = loop.Poll(0)
		require.NoError(t, err)
	}
	if len(p.turns) != 2 || p.turns[0] != 2 || p.turns[1] != 3 {
		t.Errorf("the turn has come in turns %v, want 2 and 3", p.turns)
	}
}
