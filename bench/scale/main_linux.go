// Command scale measures one loop with many connections that do nothing, in the simulated kernel,
// where a million connections need no descriptors, and prints its measurements as one line of JSON.
//
//	go run ./bench/scale -conns 1000000
//
// Times are in nanoseconds, and those of the loop alone, its calls of the simulated kernel among
// them: of the processor for a broadcast and a shutdown, of the clock for a turn, which is too
// short for that. What a turn costs is compared with a second loop, of 1,000 connections, in
// batches that alternate. No garbage is collected while anything is timed; what a collection costs
// is reported apart.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/core/simkernel"
)

const (
	few     = 1000 // connections of the loop with which others are compared
	ofWorld = 16   // bytes of a connection in the slices of the world
)

func main() {
	conns := flag.Int("conns", few, "connections")
	flag.Parse()
	all, err := measure(*conns)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func measure(conns int) (map[string]float64, error) {
	kernel, err := bytesOf(conns, func() (any, error) { return pairs(conns) })
	if err != nil {
		return nil, err
	}
	var w *world
	whole, err := bytesOf(conns, func() (any, error) {
		w, err = newWorld(conns)
		return w, err
	})
	if err != nil {
		return nil, err
	}
	all := map[string]float64{"bytes": whole - kernel - ofWorld}
	all["collection"] = cpu(runtime.GC)
	debug.SetGCPercent(-1)
	base, err := newWorld(few)
	if err != nil {
		return nil, err
	}
	if all["turn"], all["turns"], err = compared(w, base, same); err != nil {
		return nil, err
	}
	if all["other"], all["others"], err = compared(w, base, another()); err != nil {
		return nil, err
	}
	if all["member"], err = bytesOf(conns, w.join); err != nil {
		return nil, err
	}
	if all["broadcast"], err = w.broadcast(); err != nil {
		return nil, err
	}
	all["shutdown"], all["longest"], err = w.shutdown()
	return all, err
}

// bytesOf returns how many bytes of the heap what build makes takes, for each of n.
func bytesOf(n int, build func() (any, error)) (float64, error) {
	before := heap()
	made, err := build()
	taken := float64(heap()-before) / float64(n)
	runtime.KeepAlive(made)
	return taken, err
}

// cpu returns the processor time that f takes, of all threads of this process.
func cpu(f func()) float64 {
	before, _ := raw.CPU(os.Getpid())
	f()
	after, _ := raw.CPU(os.Getpid())
	return float64(after - before)
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // pools are emptied by the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// pairs is what the simulated kernel needs for so many connections, each of which has had a line
// and its answer.
func pairs(n int) (any, error) {
	k := simkernel.New()
	l, err := k.NewListener("tcp", address)
	if err != nil {
		return nil, err
	}
	poller, err := k.OpenPoller()
	if err != nil {
		return nil, err
	}
	listener, err := k.Adopt(l)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, len(line))
	for range n {
		client, err := k.Connect("tcp", nil, l.Addr())
		if err != nil {
			return nil, err
		}
		server, _, err := k.Accept(listener)
		if err != nil {
			return nil, err
		}
		if err := poller.Add(server, 0, 0); err != nil {
			return nil, err
		}
		for _, way := range [][2]int{{client, server}, {server, client}} {
			k.Write(way[0], line)
			k.Read(way[1], buf)
		}
	}
	return k, nil
}
