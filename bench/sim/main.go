// Command sim runs the simulation of whole systems for any time: see docs/simulation.md.
//
//	go run ./bench/sim -minutes 60
//	go run ./bench/sim -start 4711 -seeds 1 -log events.log
//
// It runs the seeds from -start on, and prints its progress every ten seconds. At the first failure
// it prints the seed, the broken rule, the end of the event log, and the command that replays the
// seed, and ends with status 1.
package main

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/go-asynchat/asynchat/bench/simulation"
)

func main() {
	start := flag.Uint64("start", uint64(time.Now().UnixNano())%1e12,
		"the first `seed`; by default one that depends on the time")
	seeds := flag.Uint64("seeds", 0, "how many seeds to run; 0: no end")
	minutes := flag.Float64("minutes", 0, "how long to run; 0: no end")
	jobs := flag.Int("j", runtime.NumCPU(), "how many to run at a time")
	secure := flag.Bool("tls", false,
		"run all of it over TLS, whose random numbers are not of the seed")
	digests := flag.Bool("digests", false,
		"print each seed with the sum of its event log, and nothing else")
	log := flag.String("log", "", "write the event log of the seed -start to this `file`")
	flag.Parse()
	opts := sim.Options{TLS: *secure}
	var err error
	switch {
	case *digests:
		for seed := *start; seed < *start+*seeds; seed++ {
			h := sha256.New()
			sim.Run(seed, sim.Options{Log: h})
			fmt.Printf("%d %x\n", seed, h.Sum(nil)[:8])
		}
	case *log != "":
		err = runLogged(*start, *log, opts)
	default:
		r := &runner{opts: opts, next: *start, start: *start, began: time.Now()}
		if *seeds > 0 {
			r.end = *start + *seeds
		}
		if *minutes > 0 {
			r.until = r.began.Add(time.Duration(*minutes * float64(time.Minute)))
		}
		err = r.run(max(1, *jobs))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func runLogged(seed uint64, name string, opts sim.Options) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	opts.Log = w
	report, err := sim.Run(seed, opts)
	w.Flush()
	f.Close()
	fmt.Printf("seed %d: %+v\n", seed, report)
	return err
}

// A runner goes through the seeds.
type runner struct {
	opts       sim.Options
	start, end uint64 // end 0: no end
	began      time.Time
	until      time.Time

	mu      sync.Mutex
	next    uint64
	done    uint64
	total   sim.Report
	failure error
}

func (r *runner) run(jobs int) error {
	fmt.Printf("from seed %d on, %d at a time\n", r.start, jobs)
	var wg sync.WaitGroup
	for range jobs {
		wg.Go(r.work)
	}
	finished := make(chan struct{})
	go func() {
		wg.Wait()
		close(finished)
	}()
	ticker := time.NewTicker(10 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.tell(os.Stdout)
		case <-finished:
			r.tell(os.Stdout)
			return r.failure
		}
	}
}

func (r *runner) tell(w io.Writer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &r.total
	fmt.Fprintf(w, "%8v  %d seeds, next %d: %d clients served, %d cut, %d hostile, "+
		"%d channels, %d MB, %d turns, %d broken, %v simulated\n", time.Since(r.began).Round(time.Second),
		r.done, r.next, t.Clients, t.Cut, t.Hostile, t.Channels, t.Bytes>>20, t.Turns, t.Breaks,
		t.Took.Round(time.Minute))
}

func (r *runner) take() (seed uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure != nil || r.end > 0 && r.next >= r.end ||
		!r.until.IsZero() && time.Now().After(r.until) {
		return 0, false
	}
	r.next++
	return r.next - 1, true
}

func (r *runner) work() {
	for {
		seed, ok := r.take()
		if !ok {
			return
		}
		report, err := sim.Run(seed, r.opts)
		if err != nil {
			err = fmt.Errorf("%w\n\n%s", err, sim.Explain(seed, r.opts))
		}
		r.mu.Lock()
		r.done++
		r.total.Add(report)
		if err != nil && r.failure == nil {
			r.failure = err
		}
		r.mu.Unlock()
	}
}
