package main

import (
	"fmt"
	"strconv"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// latencyWorkload is the open loop, at half of what the reference can do.
func latencyWorkload(servers []subject) *workload {
	return &workload{
		name: "latency", title: "Latency at half of saturation", unit: "line", subjects: servers,
		reference: bounds, seconds: .8,
		metrics: []string{"p99", "p50", "p999", "cpu"},
		about: "Lines come at random times, at half of the rate that the reference reaches in the " +
			"closed loop, whether the ones before have been answered or not. Latency counts from when a " +
			"line was to be sent, so that waiting for a slow server is in it (no coordinated omission).",
		cells: []cell{
			{name: "50 connections", conns: 50, size: 32, quick: true},
			{name: "1000 connections", conns: 1000, size: 32, quick: true},
		},
		prepare: saturate,
		measure: func(b *bench, s subject, c *cell) (values, error) {
			return b.measureLoad(s, c.args("open", "-rate", strconv.FormatFloat(c.rate, 'f', 0, 64),
				"-length", (2*b.flags.length).String())...)
		},
	}
}

// saturate finds the rate of a cell.
func saturate(b *bench, w *workload, c *cell) error {
	for _, name := range w.reference {
		var rates []float64
		for range 3 {
			v, err := b.measureLoad(named(w.subjects, name)[0], c.args("closed")...)
			if err != nil {
				break
			}
			rates = append(rates, v["rate"])
		}
		if len(rates) > 0 {
			c.rate = result.Of(rates).Median / 2
			return nil
		}
	}
	return fmt.Errorf("none of %v can be run", w.reference)
}
