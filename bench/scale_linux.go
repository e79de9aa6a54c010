package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
)

// scaleWorkload is one loop with up to a million connections, in the simulated kernel.
func scaleWorkload() *workload {
	w := &workload{
		name: "scale", title: "Idle connections on one loop", unit: "connection", once: true,
		metrics: []string{"bytes", "member", "turn", "turns", "other", "others", "broadcast", "shutdown",
			"longest", "collection"},
		about: "One loop in the simulated kernel, with a server, all limits and timeouts on. Each " +
			"connection has had a line answered. Bytes are of the heap, without those of the simulated " +
			"kernel; a member is what a Room takes for one. A turn has one connection ready, always the " +
			"same, or any, of which nothing is in the caches if they are many; its line is sent back. " +
			"Beside it is the ratio to a loop with 1,000, in batches that alternate. Then one line is " +
			"sent to all, and the server is shut down. Times are those of the loop, with its calls of the " +
			"simulated kernel, and of a turn those of the clock, of the rest those of the processor.",
		subjects: []subject{{name: ours, command: "{scale}"}},
		measure:  measureScale,
	}
	for _, c := range []struct {
		name    string
		conns   int
		seconds float64
	}{{"1000", 1000, 1}, {"10000", 10_000, 1}, {"100000", 100_000, 3}, {"1000000", 1_000_000, 40}} {
		w.cells = append(w.cells, cell{name: c.name, conns: c.conns, seconds: c.seconds,
			quick: c.conns <= 10_000})
	}
	return w
}

func measureScale(b *bench, _ subject, c *cell) (values, error) {
	var out bytes.Buffer
	command := []string{b.tools.Path["scale"], "-conns", strconv.Itoa(c.conns)}
	p, err := b.start(b.serverCore, "", command,
		func(cmd *exec.Cmd) { cmd.Stdout = &out })
	if err != nil {
		return nil, err
	}
	err = p.Wait()
	b.ended += p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	if err != nil {
		return nil, fmt.Errorf("scale: %w: %s", err, &p.says)
	}
	var v values
	return v, json.Unmarshal(out.Bytes(), &v)
}
