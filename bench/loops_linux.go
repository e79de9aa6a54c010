package main

import (
	"github.com/go-asynchat/asynchat/bench/internal/raw"
)

// loopsWorkload is one loop and two, both with all cores, which they share with the load.
func loopsWorkload() *workload {
	w := &workload{
		name: "loops", title: "One loop and two", unit: "line", metrics: []string{"rate", "cpu", "p99"}, reference: []string{"1 loop"}, seconds: .1,
		about: "Server and load, which is two processes here, may both use all cores; on two cores that leaves about one for either, and the system " +
			"decides who gets it. So this shows what a second loop gains where the load leaves room, not what it could.",
		subjects: []subject{{name: "1 loop", command: "{echo} -loops 1 -addr {addr}"}, {name: "2 loops", command: "{echo} -loops 2 -addr {addr}"}},
		measure:  measureLoops,
	}
	for _, c := range []cell{echoCell(50, 1, 32), echoCell(50, 16, 1024), echoCell(1000, 1, 32)} {
		c.quick = c.name == "50x1x32"
		w.cells = append(w.cells, c)
	}
	return w
}

func measureLoops(b *bench, s subject, c *cell) (values, error) {
	cores := raw.Cores()
	v, err := b.serve(s, cores, "")
	if err != nil {
		return nil, err
	}
	defer v.end()
	half := *c
	half.conns = max(1, c.conns/2)
	l1, answer1, err := b.startLoad(v, cores, half.args("closed")...)
	if err != nil {
		return nil, err
	}
	defer l1.end()
	l2, answer2, err := b.startLoad(v, cores, half.args("closed")...)
	if err != nil {
		return nil, err
	}
	defer l2.end()
	a1, err := answer1()
	if err != nil {
		return nil, err
	}
	a2, err := answer2()
	if err != nil {
		return nil, err
	}
	sum := a1
	sum.Units += a2.Units
	sum.P99 = max(a1.P99, a2.P99)
	sum.LoadCPU += a2.LoadCPU
	return sum.values(), nil
}
