// Command bench compares asynchat with a C loop, the standard library and other frameworks. It
// writes every round to bench/results, and tables and plots to docs/performance.md.
//
//	go run ./bench                     everything that this machine can run: under an hour
//	go run ./bench -quick              a smoke run, in five minutes: its figures mean nothing
//	go run ./bench -only echo,timers   some workloads, or cells of them: -only echo/50x1x32
//	go run ./bench -with 'mine=./mine --port {port}'
//	                                   another server beside the others, that echoes CRLF lines
//	go run ./bench -report FILE        the report of a stored run, anew; with -again FILE compared
//	                                   with another run; FILE,FILE is the first with the workloads
//	                                   of the second in place of its own
//
// It needs two cores without other load. The server runs on one core, the load generator on the
// other, so that neither waits for the other. Where it may, it measures in a network namespace of
// its own, with TCP reno: bbr, the default of some machines, paces output, which changes figures on
// the loopback interface by up to three times.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/report"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// flags are the command line.
type flags struct {
	quick  bool
	only   string
	with   plugins
	out    string
	report string
	again  string
	rounds int
	length time.Duration
	budget time.Duration
}

func main() {
	runtime.LockOSThread() // namespace, cores and the death of children belong to a thread
	var f flags
	flag.BoolVar(&f.quick, "quick", false, "a smoke run: one short round of a part of it")
	flag.StringVar(&f.only, "only", "", "run only these workloads, or `workload/cell`s, by comma")
	flag.Var(&f.with, "with",
		"another echo server, `name=command`, with {addr} or {port} in the command; may be repeated")
	flag.StringVar(&f.out, "out", "", "`folder` in which to write instead of bench/results and docs")
	flag.StringVar(&f.report, "report", "",
		"write the report of this `file` of results, or of some by comma, and measure nothing")
	flag.StringVar(&f.again, "again", "",
		"with -report: the `file` of results of another run, with whose ratios to compare")
	flag.IntVar(&f.rounds, "rounds", 3, "rounds of each measurement")
	flag.DurationVar(&f.length, "length", 700*time.Millisecond, "time of one measurement")
	flag.DurationVar(&f.budget, "budget", time.Hour,
		"repeat noisy rounds only while all is expected to end before that")
	flag.Parse()
	if f.quick {
		f.rounds, f.length = 1, 250*time.Millisecond
	}
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if f.report != "" {
		return reportOf(f, root)
	}
	if dir := os.Getenv(insideEnv); dir != "" {
		return measure(f, root, dir)
	}
	if err := f.known(all(f.with)); err != nil {
		return err
	}
	if f.out != "" { // now, or all would be measured for nothing
		if err := os.MkdirAll(f.out, 0o755); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(root, dir); err != nil {
		return err
	}
	return enter(dir)
}

// measure is what runs in the namespace.
func measure(f flags, root, dir string) error {
	b, err := newBench(f, root, dir)
	if err != nil {
		return err
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stopped
		os.Exit(130) // the kernel ends what we have started
	}()
	if err := b.all(); err != nil {
		return err
	}
	name := b.run.Date.Format("2006-01-02") + "-" + b.run.Machine.Name
	if f.quick {
		name += "-quick"
	}
	results := filepath.Join(root, "bench", "results")
	if f.out != "" {
		results = f.out
	}
	raw := filepath.Join(results, name+".json")
	if err := b.run.Store(raw); err != nil {
		return err
	}
	fmt.Println("wrote", raw)
	return write(b.run, nil, root, f.out, filepath.Base(raw))
}

// reportOf writes the report of runs that there are.
func reportOf(f flags, root string) error {
	r, err := result.LoadAll(strings.Split(f.report, ","))
	if err != nil {
		return err
	}
	var other *result.Run
	if f.again != "" {
		if other, err = result.LoadAll(strings.Split(f.again, ",")); err != nil {
			return err
		}
	}
	return write(r, other, root, f.out, r.File)
}

// write writes the report of a run, of which raw is the file, compared with another run if there is
// one: to out, or where it belongs.
func write(r, other *result.Run, root, out, raw string) error {
	docs := filepath.Join(root, "docs")
	if out != "" {
		docs = out
	}
	findings, err := os.ReadFile(filepath.Join(root, "bench", "findings.md"))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	page, files := report.Page(r, other, raw, string(findings))
	files["performance.md"] = page
	for file, text := range files {
		if err := os.WriteFile(filepath.Join(docs, file), []byte(text), 0o666); err != nil {
			return err
		}
	}
	fmt.Println("wrote", filepath.Join(docs, "performance.md"))
	return nil
}

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module github.com/go-asynchat/asynchat\n") {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", fmt.Errorf("run it from within the module")
	}
}
