package chat_test

import (
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/go-asynchat/asynchat/chat"
	"github.com/go-asynchat/asynchat/core"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

// sharedSeeds is the number of seeds that all kinds but the last share.
const sharedSeeds = 2400

// A way is how a play makes its elements go.
type way string

const (
	fast    way = "as it is"
	tapped  way = "with a tap"      // so that the channel is never plain
	wrapped way = "with long rules" // and no terminator has a fast path
)

// Each kind of handler does the same, whether its elements take the fast paths or not: on the same
// bytes, in the same pieces, with the same calls in its callbacks. All that is compared is in the
// log: callbacks, answers, counts, what is held, the reason and the time of the close.
func TestFastPathsAreAsTheLongOnes(t *testing.T) {
	oneGoroutine(t)
	did := map[string]int{}
	for seed := range uint64(sharedSeeds + 200) {
		want := play(t, seed, fast, did)
		for _, w := range []way{tapped, wrapped} {
			if got := play(t, seed, w, did); got != want {
				t.Fatalf("seed %d, %s:\n%s", seed, w, difference(want, got))
			}
		}
	}
	for _, a := range actions {
		if did[a.name] == 0 {
			t.Errorf("no run called %s", a.name)
		}
	}
	for _, kind := range kinds {
		if did[kind.name] < 1000 {
			t.Errorf("%s: only %d elements", kind.name, did[kind.name])
		}
	}
}

// A player plays one seed, in one way, and is what its handler calls.
type player struct {
	way    way
	k      *simkernel.Kernel
	loop   *core.Loop
	settle func()
	server *chat.Server
	c      *chat.Channel
	kind   string
	act    *rand.Rand
	log    strings.Builder
	did    map[string]int
	taps   [2]int
	kept   [][]byte // of a Collector
	copies []string
}

func play(t *testing.T, seed uint64, w way, did map[string]int) string {
	k, loop, settle := simLoop(t)
	kind := kinds[len(kinds)-1]
	if seed < sharedSeeds {
		kind = kinds[seed%uint64(len(kinds)-1)]
	}
	p := &player{
		way: w, k: k, loop: loop, settle: settle, did: did, kind: kind.name,
		act: rand.New(rand.NewPCG(seed, 2)),
	}
	p.server = &chat.Server{
		Logger: slog.New(slog.DiscardHandler),
		Handler: func(c *chat.Channel) chat.Handler {
			p.c = c
			if w != fast {
				c.SetTap(noTap)
			}
			return kind.make(p)
		},
		Limits: chat.Limits{
			MaxElement: 100, ElementsPerTurn: 4, HighWater: 1000, LowWater: 200, MaxBuffered: 5000,
			FirstTimeout: 20 * time.Second, ElementTimeout: 30 * time.Second,
			IdleTimeout: 40 * time.Second, StallTimeout: 50 * time.Second,
		},
	}
	ln, err := k.NewListener("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, p.server.Start(ln, loop))
	p.run(seed, ln.Addr())
	for i, b := range p.kept {
		if string(b) != p.copies[i] {
			fmt.Fprintf(&p.log, "Take gave %q, now that is %q\n", p.copies[i], b)
		}
	}
	return p.log.String()
}

// run has the channel receive a random stream in random pieces.
func (p *player) run(seed uint64, addr net.Addr) {
	far, _ := p.k.Connect("tcp", nil, addr)
	p.settle()
	stream := rand.New(rand.NewPCG(seed, 1))
	timed := stream.IntN(2) == 0
	for range 25 {
		for range 1 + stream.IntN(2) {
			p.k.Write(far, []byte(somePiece(stream)))
			if stream.IntN(2) == 0 {
				p.settle()
			}
		}
		p.settle()
		p.c.ResumeReading()
		p.settle()
		if timed {
			p.k.Advance(time.Duration(stream.IntN(20_000)) * time.Millisecond)
		}
		p.settle()
		p.receive(far, stream.IntN(3) > 0)
		p.note()
	}
	p.k.CloseWrite(far)
	p.settle()
	p.c.ResumeReading()
	for range 3 {
		p.settle()
		p.receive(far, true)
		p.k.Advance(time.Minute)
		p.settle()
		p.note()
	}
}

// receive reads what the channel has sent, if it reads at all.
func (p *player) receive(far int, reads bool) {
	sum, size := fnv.New32(), 0
	for buf := make([]byte, 64<<10); reads; {
		n, err := p.k.Read(far, buf)
		sum.Write(buf[:n])
		size += n
		p.settle()
		if err != nil || n == 0 {
			fmt.Fprintln(&p.log, "answer:", size, "bytes", sum.Sum32(), err == nil || err == io.EOF)
			return
		}
	}
}

// note writes down what can be seen of the channel from outside.
func (p *player) note() {
	s := p.server.Stats()
	reason, _ := s.Closed.MarshalJSON()
	fmt.Fprintln(&p.log, "at", p.loop.Clock(), s.Elements, s.Read, s.Written, s.Buffered,
		string(reason), p.c.Queued(), p.c.Dropped(), p.c.Push(nil), p.taps)
}

// element is what each handler does with an element.
func (p *player) element(how string, element []byte) {
	p.did[p.kind]++
	fmt.Fprintf(&p.log, "%s %q\n", how, element)
	if p.act.IntN(3) == 0 {
		p.c.Push(element)
	}
	_ = append(element, "####"...) // which is nobody's business
	p.some()
}

// event is any other callback.
func (p *player) event(what ...any) { fmt.Fprintln(&p.log, what...) }

// difference shows the logs from where they part.
func difference(a, b string) string {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	i := 0
	for i < min(len(x), len(y)) && x[i] == y[i] {
		i++
	}
	from := max(0, i-15)
	part := func(l []string) string { return strings.Join(l[min(i, len(l)):min(i+8, len(l))], "") }
	return strings.Join(x[from:i], "") + "--- then, as it is:\n" + part(x) + "--- but:\n" + part(y)
}
