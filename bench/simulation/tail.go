package sim

import (
	"bytes"
	"fmt"
)

// Explain runs a seed again that has failed, and returns the last lines of its event log, and how
// to replay it.
func Explain(seed uint64, o Options) string {
	log := NewTail(60)
	o.Log = log
	Run(seed, o)
	return fmt.Sprintf("The end of the event log:\n%s\nTo replay it:\n"+
		"\tgo test ./bench/simulation -run TestSystems -sim.seed=%d\n"+
		"\tgo run ./bench/sim -start %d -seeds 1 -log events.log\n", log, seed, seed)
}

// A Tail keeps the last lines of an event log, but for those that only say which loop ran.
type Tail struct {
	lines [][]byte
	next  int
	Total int // lines written
}

// NewTail returns a Tail of n lines.
func NewTail(n int) *Tail { return &Tail{lines: make([][]byte, n)} }

func (t *Tail) Write(line []byte) (int, error) {
	t.Total++
	if bytes.Contains(line, []byte(" run ")) {
		return len(line), nil
	}
	t.lines[t.next] = append(t.lines[t.next][:0], line...)
	t.next = (t.next + 1) % len(t.lines)
	return len(line), nil
}

func (t *Tail) String() string {
	var b bytes.Buffer
	for i := range t.lines {
		b.Write(t.lines[(t.next+i)%len(t.lines)])
	}
	return b.String()
}
