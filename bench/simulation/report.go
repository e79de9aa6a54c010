package sim

import (
	"fmt"
	"io"
	"time"
)

// Options say how to run a seed.
type Options struct {
	Log io.Writer // gets the event log; nil: none is made
	TLS bool      // the clients speak TLS, whose random numbers are not of the seed
}

// A Report has the counts of a run.
type Report struct {
	Seed     uint64
	Clients  int           // that have come to their agreed end
	Cut      int           // that a fault, or a shutdown, has ended before
	Hostile  int           // peers that were got rid of
	Channels int           // of servers
	Bytes    int           // that clients have received
	Turns    int           // of all loops
	Breaks   int           // connections that faults have broken
	Took     time.Duration // on the virtual clock
}

// Add adds the counts of another run.
func (r *Report) Add(other Report) {
	r.Clients += other.Clients
	r.Cut += other.Cut
	r.Hostile += other.Hostile
	r.Channels += other.Channels
	r.Bytes += other.Bytes
	r.Turns += other.Turns
	r.Breaks += other.Breaks
	r.Took += other.Took
}

// A Failure is a rule that a run has broken.
type Failure struct {
	Seed uint64
	At   time.Duration // on the virtual clock
	What string
}

func (f *Failure) Error() string { return fmt.Sprintf("seed %d, at %v: %s", f.Seed, f.At, f.What) }
