package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// The workloads of this file are benchmarks of bench/micro. The command of their subjects is empty
// but for the tool.

func micro(names ...string) (s []subject) {
	for _, name := range names {
		s = append(s, subject{name: name, command: "{micro}"})
	}
	return s
}

func microCell(name, benchmark string, subjects ...string) cell {
	c := cell{name: name, bench: map[string]string{}, quick: true}
	for _, s := range subjects {
		path := strings.ReplaceAll(benchmark, "{}", s)
		c.bench[s] = "^" + strings.ReplaceAll(regexpQuote(path), "/", "$/^") + "$"
	}
	return c
}

func regexpQuote(s string) string { return strings.ReplaceAll(s, ".", `\.`) }

func framingWorkload() *workload {
	methods := []string{"Matcher", "MatcherLine", "MatcherRead", "Channel", "IndexByte",
		"bufio.Scanner", "textproto.ReadLine"}
	return &workload{
		name: "framing", title: "Framing of lines", reference: []string{"bufio.Scanner"},
		metrics: []string{"bytes/s"}, once: true, seconds: .9,
		about: "A stream of CRLF lines in memory is cut into lines, 64 KiB at a time, each handed to " +
			"a function. Matcher has the terminator CRLF, MatcherLine ends lines at a bare LF " +
			"too; MatcherRead has each 16 KiB copied first, as a read does, which is the bound for what " +
			"is behind a read; Channel is a chat.Channel on a loop, with its limits and clocks, that has " +
			"them read, 16 KiB at a time, and handed over by chat.Messages; IndexByte only finds the line " +
			"ends, and hands over nothing. textproto allocates each line, the others nothing.",
		subjects: micro(methods...), measure: measureMicro,
		cells: []cell{
			microCell("lines of 20 to 80 bytes", "BenchmarkFraming/lines/short/{}", methods...),
			microCell("lines of 4 KiB", "BenchmarkFraming/lines/4KiB/{}", methods...),
		},
	}
}

func mailWorkload() *workload {
	methods := []string{"Dot", "DotPassBare", "String", "textproto.DotReader"}
	return &workload{
		name: "mail", title: "Framing of mail", reference: []string{"textproto.DotReader"},
		metrics: []string{"bytes/s"}, once: true, seconds: .9,
		about: "Mails of 16 KiB, ended by a dot on a line of its own. Dot takes stuffed dots away and " +
			"refuses a bare CR or LF, DotPassBare lets those pass, String only finds the end.",
		subjects: micro(methods...), measure: measureMicro,
		cells: []cell{microCell("mail", "BenchmarkFraming/mail/{}", methods...)},
	}
}

func timersWorkload() *workload {
	w := &workload{
		name: "timers", title: "Timers", reference: []string{"time"}, metrics: []string{"cost", "allocs"},
		once: true, seconds: .9,
		about: "One timer among 10,000: arm it and disarm it, put it off, let it fire. " +
			"Those of core belong to one loop, those of package time to all goroutines.",
		subjects: micro("core", "time"), measure: measureMicro,
	}
	for _, what := range []string{"arm", "reset", "fire"} {
		w.cells = append(w.cells, microCell(what, "BenchmarkTimers/"+what+"/{}", "core", "time"))
	}
	return w
}

func postWorkload() *workload {
	w := &workload{
		name: "post", title: "Post", reference: []string{"channels"}, metrics: []string{"cost", "allocs"},
		once: true, seconds: .9,
		about: "A function is posted to a loop that sleeps in the kernel, and answers on a " +
			"channel; beside it the same between two goroutines over two channels, where nobody has to be " +
			"woken by the kernel.",
		subjects: micro("core", "channels"), measure: measureMicro,
		cells: []cell{
			microCell("one core", "BenchmarkPost/roundtrip/{}", "core", "channels"),
			microCell("two cores", "BenchmarkPost/roundtrip/{}", "core", "channels"),
		},
	}
	w.cells[1].procs = 2
	return w
}

func measureMicro(b *bench, s subject, c *cell) (values, error) {
	var out bytes.Buffer
	length := min(b.flags.length/2, 300*time.Millisecond)
	cores, procs := b.serverCore, "1"
	if c.procs > 1 {
		cores, procs = raw.Cores(), strconv.Itoa(c.procs)
	}
	p, err := b.start(cores, b.dir, []string{b.tools.Path["micro"], "-test.run", "^$",
		"-test.bench", c.bench[s.name], "-test.cpu", procs,
		"-test.benchtime", length.String()}, func(cmd *exec.Cmd) { cmd.Stdout = &out })
	if err != nil {
		return nil, err
	}
	err = p.Wait()
	b.ended += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, &out)
	}
	return parseBenchmark(out.String())
}

// parseBenchmark reads what package testing prints of one benchmark.
func parseBenchmark(text string) (values, error) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		v := values{}
		for i := 2; i+1 < len(f); i += 2 {
			n, err := strconv.ParseFloat(f[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			switch f[i+1] {
			case "ns/op":
				v["cost"] = n
			case "MB/s":
				v["bytes/s"] = n * 1e6
			case "allocs/op":
				v["allocs"] = n
			}
		}
		return v, nil
	}
	return nil, fmt.Errorf("no benchmark in %q", text)
}
