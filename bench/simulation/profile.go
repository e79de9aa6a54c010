package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// A profile is the kind of a run.
type profile struct {
	faults                               simkernel.Faults
	serverLoops, clientLoops, proxyLoops int
	shared                               bool // one set of loops for all
	numClients, numHostile, numMembers   int
	limits                               chat.Limits
	maxConns, maxWorkers                 int
	spread                               core.Spread
	shutdownAt                           time.Duration // 0: not in the middle
	tls                                  bool
	crowd                                int // clients more, with little to say
	unkind
	settings
}

// newProfile chooses one. Some faults are absent altogether, so that what holds without them is
// checked strictly.
func newProfile(r *rand.Rand) profile {
	p := profile{
		serverLoops: 1 + r.IntN(3),
		clientLoops: 1 + r.IntN(2),
		proxyLoops:  1 + r.IntN(2),
		shared:      r.IntN(3) == 0,
		numClients:  2 + r.IntN(12),
		numHostile:  r.IntN(6),
		numMembers:  r.IntN(5),
		spread:      core.Spread(r.IntN(2)),
		maxWorkers:  r.IntN(3),
	}
	if r.IntN(3) > 0 {
		p.faults = SomeFaults(r)
	}
	if r.IntN(2) == 0 {
		p.limits.HighWater = 1 + r.IntN(64<<10)
		p.limits.ElementsPerTurn = 1 + r.IntN(20)
	}
	if r.IntN(8) == 0 {
		p.maxConns = 2 + r.IntN(3)
	}
	if r.IntN(4) == 0 {
		p.shutdownAt = time.Duration(1 + r.Int64N(int64(5*time.Second)))
	}
	p.unkind = newUnkind(r, &p)
	p.settings = newSettings(r, &p)
	return p
}

// SomeFaults chooses faults: each is absent in half of the runs, and otherwise rare enough that all
// connections can still end.
func SomeFaults(r *rand.Rand) simkernel.Faults {
	some := func(most float64) float64 {
		if r.IntN(2) == 0 {
			return 0
		}
		return most * math.Pow(10, -2*r.Float64())
	}
	f := simkernel.Faults{
		Short: some(0.5), Join: some(1), Again: some(0.3), Interrupt: some(0.3),
		Late: some(0.2), Reorder: some(1), Spurious: some(0.3), Stale: some(0.3),
		Refuse: some(0.2), Slow: some(0.2), Abort: some(0.1), Break: some(0.3),
		NoFiles: some(0.1), NoWatch: some(0.02), NoName: some(0.3),
	}
	if r.IntN(2) == 0 {
		f.Latency = time.Duration(r.Int64N(int64(100 * time.Millisecond)))
		f.Jitter = time.Duration(r.Int64N(int64(100 * time.Millisecond)))
	}
	if r.IntN(2) == 0 {
		f.Oversleep = time.Duration(r.Int64N(int64(maxOversleep)))
	}
	if r.IntN(2) == 0 {
		f.Work = time.Duration(r.Int64N(int64(time.Second)))
	}
	if r.IntN(3) == 0 {
		f.Window = 1 << (4 + r.IntN(13))
		if f.Latency > 0 || f.Late > 0 {
			// A window a round trip is all there is, and elements have their time.
			f.Window = max(f.Window, 4<<10)
		}
	}
	return f
}
