package result

import "testing"

// Of several cells the ratio of two subjects is the geometric mean of their rounds, as many as the
// cell has that has fewest.
func TestBeside(t *testing.T) {
	w := &Workload{Reference: "C", Cells: []string{"c", "d"}}
	add := func(cell string, round int, noisy bool, rates map[string]float64) {
		for _, s := range []string{"C", "a", "b"} {
			if v, ok := rates[s]; ok {
				w.Samples = append(w.Samples, Sample{Cell: cell, Subject: s, Round: round, Noisy: noisy,
					Values: map[string]float64{"rate": v}})
			}
		}
	}
	add("c", 1, false, map[string]float64{"C": 100, "a": 50, "b": 100})
	add("d", 1, false, map[string]float64{"C": 10, "a": 20, "b": 10})
	add("c", 2, true, map[string]float64{"C": 1, "a": 9, "b": 1})
	add("c", 2, false, map[string]float64{"C": 100, "a": 100, "b": 100})
	add("d", 2, false, map[string]float64{"C": 100, "a": 400, "b": 100})
	add("c", 3, false, map[string]float64{"C": 100, "a": 900, "b": 100})
	add("d", 0, false, map[string]float64{"C": 100, "a": 900})
	if f := w.Beside(w.Cells, "a", "b", "rate"); f.N != 2 || f.Min != 1 || f.Max != 2 || f.Noisy {
		t.Errorf("Beside = %+v, want 1 and 2 of two rounds", f)
	}
	add("d", 3, true, map[string]float64{"C": 100, "a": 100, "b": 100})
	if f := w.Beside(w.Cells, "a", "b", "rate"); f.N != 2 || f.Noisy {
		t.Errorf("Beside with a round that was noisy = %+v", f)
	}
	if f := w.Beside([]string{"d"}, "a", "b", "rate"); f.N != 2 || f.Max != 4 {
		t.Errorf("Beside in one cell = %+v", f)
	}
	for i := range w.Samples {
		w.Samples[i].Noisy = true
	}
	if f := w.Beside(w.Cells, "a", "b", "rate"); f.N != 3 || !f.Noisy {
		t.Errorf("Beside where all was noisy = %+v", f)
	}
	if f := w.Beside(w.Cells, "a", "nobody", "rate"); f.N != 0 {
		t.Errorf("Beside nobody = %+v", f)
	}
}

// The load limits a subject if it took too much of its core for that or for the reference, unless
// the core is the server's too.
func TestLimited(t *testing.T) {
	w := &Workload{Reference: "C"}
	for subject, load := range map[string]float64{"C": .8, "a": .95, "b": .9} {
		w.Samples = append(w.Samples, Sample{Cell: "c", Subject: subject,
			Values: map[string]float64{"load": load}})
	}
	if !w.Limited("c", "a") || w.Limited("c", "b") || w.Limited("c", "unknown") {
		t.Error("not a alone is limited")
	}
	w.Reference = "a"
	if !w.Limited("c", "b") {
		t.Error("b is compared with a, which is limited")
	}
	if w.Shared = true; w.Limited("c", "a") {
		t.Error("a core that both have is a limit")
	}
}

func TestSpeeds(t *testing.T) {
	w := &Workload{Samples: []Sample{{Cell: "c", Speed: 8}, {Cell: "c", Speed: 6}, {Cell: "d"}}}
	r := &Run{Workloads: []*Workload{w, {Samples: []Sample{{Cell: "c", Speed: 10}}}}}
	if f, ok := r.Speeds(w, "c"); !ok || f.Min != .6 || f.Max != .8 {
		t.Errorf("Speeds = %+v, %t, want 0.6 to 0.8 of the fastest", f, ok)
	}
	if _, ok := r.Speeds(w, "d"); ok {
		t.Error("a cell without speeds has some")
	}
}
