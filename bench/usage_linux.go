package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// A usage is what server and load have used while a load ran that others have written.
type usage struct {
	out          string // what the load says
	took         time.Duration
	server, load time.Duration
}

// values are the metrics of so many units; rate and latency are what the load says itself.
func (u usage) values(units float64) values {
	return values{"rate": units / u.took.Seconds(), "cpu": float64(u.server) / units,
		"load": float64(u.load) / float64(u.took)}
}

// runLoad runs such a load to its end.
func (b *bench) runLoad(v *server, command ...string) (u usage, err error) {
	before, err := raw.CPU(v.Process.Pid)
	if err != nil {
		return u, err
	}
	var out bytes.Buffer
	began := time.Now()
	p, err := b.start(b.loadCore, "", command, func(cmd *exec.Cmd) { cmd.Stdout = &out })
	if err != nil {
		return u, err
	}
	err = p.Wait()
	u.took = time.Since(began)
	u.load = p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	b.ended += u.load
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", command[0], err, &p.says)
	}
	after, err := raw.CPU(v.Process.Pid)
	u.out, u.server = out.String(), after-before
	return u, err
}
