// Package result has the measurements of a run of the bench: every sample, as it is stored under
// bench/results, and the medians.
package result

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Names of subjects that appear in several workloads, and in the goals.
const (
	Ours         = "asynchat"
	Conversation = "asynchat Conversation"
	Lines        = "asynchat Lines"
	Messages     = "asynchat Messages"
	Handler      = "asynchat Handler"
	Reads        = "asynchat Reads"
	Session      = "asynchat Session"
	Threaded     = "asynchat Threaded"
	Room         = "asynchat Room"
	Spinning     = "asynchat, spinning"
	CLoop        = "C epoll"
	GoLoop       = "Go epoll"
	Net          = "net"
	Gnet         = "gnet"
	Netpoll      = "netpoll"
	Evio         = "evio"
	Nbio         = "nbio"
	Quiet        = "quiet"
	Busy         = "with handshakes"
)

// TwoCores is the name of a cell in which the server may use both cores.
const TwoCores = "2 cores"

// A Run is one run of the bench.
type Run struct {
	File      string `json:"-"` // from which it was loaded, without its folder
	Parts     []*Run `json:"-"` // other runs, of which it has workloads
	Date      time.Time
	Took      float64 // seconds
	Commit    string
	Quick     bool // a smoke run, whose figures mean nothing
	Args      []string
	Machine   Machine
	Setup     Setup
	Missing   []Missing // what this machine could not run
	Workloads []*Workload
}

// A Machine describes the machine of a run.
type Machine struct {
	Name, CPU, Kernel, Go string
	Cores                 int
	Siblings              bool // server and load share a core, as two threads of it
	Foreign               float64
}

// A Setup has the settings of a run.
type Setup struct {
	Namespace   bool
	Why         string // there is none
	Congestion  string
	ServerCores []int
	LoadCores   []int
	Rounds      int
	Length      float64 // seconds of one measurement
	Load        string  `json:",omitempty"` // in which language the load is, where there is a choice
}

// Missing is a measurement that could not be run.
type Missing struct{ What, Why string }

// A Workload is a kind of measurement: each of the Subjects in each of the Cells.
type Workload struct {
	Name, Title, About string
	Unit               string   // of what is counted, in the singular
	Metrics            []string // the most telling first
	Cells              []string
	Subjects           []string
	Reference          string   // ratios are to this one
	Also               string   `json:",omitempty"` // and to this one, if it was measured
	Shared             bool     `json:",omitempty"` // server and load have the same cores
	Samples            []Sample // in the order in which they were measured
}

// A Sample is one measurement.
type Sample struct {
	Cell, Subject string
	Round, Try    int                `json:",omitempty"` // of noisy tries only the last may count
	Noisy         bool               `json:",omitempty"`
	Foreign       float64            // share of the machine that others used meanwhile
	Speed         float64            `json:",omitempty"` // of the core just before: loops a second
	Values        map[string]float64 `json:",omitempty"` // by metric
	Error         string             `json:",omitempty"`
}

// Load reads a stored run.
func Load(file string) (*Run, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Run{File: filepath.Base(file)}
	return r, json.Unmarshal(data, r)
}

// LoadAll reads stored runs as one: the first, with the workloads of the others added, in place of
// a workload with the same name.
func LoadAll(files []string) (*Run, error) {
	r, err := Load(files[0])
	if err != nil {
		return nil, err
	}
	for _, file := range files[1:] {
		part, err := Load(file)
		if err != nil {
			return nil, err
		}
		r.Parts = append(r.Parts, part)
		for _, w := range part.Workloads {
			i := slices.IndexFunc(r.Workloads, func(own *Workload) bool { return own.Name == w.Name })
			if i < 0 {
				r.Workloads = append(r.Workloads, w)
			} else {
				r.Workloads[i] = w
			}
		}
	}
	return r, nil
}

// Store writes the run to file.
func (r *Run) Store(file string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o666)
}

// Workload returns the workload with this name, or nil if it was not run.
func (r *Run) Workload(name string) *Workload {
	for _, w := range r.Workloads {
		if w.Name == name {
			return w
		}
	}
	return nil
}
