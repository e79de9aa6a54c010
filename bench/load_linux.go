package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// values are what was measured, by metric.
type values = map[string]float64

// An answer is what the load program prints.
type answer struct {
	Units     float64 `json:"units"`
	Seconds   float64 `json:"seconds"`
	ServerCPU float64 `json:"server_cpu_ns"`
	LoadCPU   float64 `json:"load_cpu_ns"`
	P50       float64 `json:"p50_ns"`
	P99       float64 `json:"p99_ns"`
	P999      float64 `json:"p999_ns"`
	Max       float64 `json:"max_ns"`
	Gone      float64 `json:"gone"` // slow readers that were put out
}

// values returns the metrics of a measurement: rates in units a second, times in nanoseconds, busy
// as a share of one core.
func (a answer) values() values {
	return values{
		"rate": a.Units / a.Seconds, "cpu": a.ServerCPU / a.Units,
		"busy": a.ServerCPU / 1e9 / a.Seconds, "load": a.LoadCPU / 1e9 / a.Seconds,
		"p50": a.P50, "p99": a.P99, "p999": a.P999, "max": a.Max, "gone": a.Gone,
	}
}

// load runs the load program against a server to its end.
func (b *bench) load(v *server, cores []int, args ...string) (answer, error) {
	p, out, err := b.startLoad(v, cores, args...)
	if err != nil {
		return answer{}, err
	}
	defer p.end()
	return out()
}

// cLoad is the load in C. The one in Go costs more, and may so be what bounds a fast server.
const cLoad = "c_load"

// load returns the load in C, if there is one and it can do what is asked for.
func (t *tools) load(args []string) string {
	path, ok := t.Path[cLoad]
	if !ok || slices.Contains(args, "-tls") {
		return t.Path["load"]
	}
	return path
}

// startLoad starts the load program, and returns how to wait for what it prints.
func (b *bench) startLoad(
	v *server, cores []int, args ...string,
) (*loader, func() (answer, error), error) {
	all := []string{b.tools.load(args), "-addr", v.addr, "-pid", strconv.Itoa(v.Process.Pid),
		"-warm", b.warm().String(), "-length", b.flags.length.String()}
	return b.startProgram(v, cores, append(all, args...))
}

// startProgram is startLoad for a program that prints its answer as the load program does.
func (b *bench) startProgram(v *server, cores []int, command []string) (
	*loader, func() (answer, error), error,
) {
	l := &loader{}
	var stdout io.Reader
	var pipeErr error
	p, err := b.start(cores, "", command, func(cmd *exec.Cmd) {
		cmd.Stdout = nil
		stdout, pipeErr = cmd.StdoutPipe()
		if pipeErr == nil {
			l.stdin, pipeErr = cmd.StdinPipe()
		}
	})
	if err == nil {
		err = pipeErr
	}
	if err != nil {
		return nil, nil, err
	}
	l.process = p
	return l, func() (a answer, err error) {
		timer := time.AfterFunc(time.Minute+b.flags.length, func() { p.Process.Kill() })
		defer timer.Stop()
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &a)
		}
		if err == nil && a.Units == 0 {
			return a, errors.New("nothing was answered in the time that was measured")
		}
		if err != nil {
			p.end()
			if text := p.says.String(); text != "" {
				return a, fmt.Errorf("%s", text)
			}
			return a, fmt.Errorf("the load gave no answer (%w); the server says: %s", err, &v.says)
		}
		return a, nil
	}, nil
}

// A loader is the load program; it ends by itself, or when its standard input does.
type loader struct {
	*process
	stdin io.Closer
}

func (b *bench) warm() time.Duration { return b.flags.length * 2 / 7 }
