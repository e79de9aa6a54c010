package result

import (
	"math"
	"path/filepath"
	"testing"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		values              []float64
		median, least, most float64
	}{
		{nil, 0, 0, 0},
		{[]float64{3}, 3, 3, 3},
		{[]float64{3, 1}, 2, 1, 3},
		{[]float64{9, 1, 2}, 2, 1, 9},
		{[]float64{4, 1, 2, 9}, 3, 1, 9},
	} {
		if f := Of(tt.values); f.Median != tt.median || f.Min != tt.least || f.Max != tt.most ||
			f.N != len(tt.values) {
			t.Errorf("Of(%v) = %+v", tt.values, f)
		}
	}
}

func TestGeomean(t *testing.T) {
	if got := Geomean([]float64{0.5, 2}); math.Abs(got-1) > 1e-9 {
		t.Errorf("Geomean(0.5, 2) = %v, want 1", got)
	}
	if got := Geomean(nil); got != 0 {
		t.Errorf("Geomean of nothing = %v", got)
	}
}

func sample(subject string, round, try int, noisy bool, rate float64) Sample {
	return Sample{Cell: "c", Subject: subject, Round: round, Try: try, Noisy: noisy,
		Values: map[string]float64{"rate": rate}}
}

// A ratio is to what the reference did just before and just behind in the same round, and a noisy
// sample counts only if there is no other.
func TestRatio(t *testing.T) {
	w := &Workload{Reference: "C", Samples: []Sample{
		sample("C", 1, 0, true, 10), sample("x", 1, 0, true, 90), sample("C", 1, 0, true, 20),
		sample("C", 1, 1, false, 100), sample("x", 1, 1, false, 50), sample("C", 1, 1, false, 100),
		sample("C", 2, 0, false, 90), sample("x", 2, 0, false, 100), sample("C", 2, 0, false, 110),
		sample("y", 2, 0, true, 10),
		sample("C", 3, 0, false, 100), sample("v", 3, 0, false, 100), sample("C", 3, 0, false, 300),
		sample("w", 3, 0, false, 400), sample("C", 3, 0, false, 500),
		sample("u", 4, 0, false, 100), sample("C", 4, 0, false, 50),
		{Cell: "c", Subject: "z", Round: 1, Error: "does not start"},
		{Cell: "other", Subject: "x", Round: 1, Values: map[string]float64{"rate": 7}},
	}}
	if f := w.Ratio("c", "x", "rate"); f.Median != 0.75 || f.Min != 0.5 || f.Max != 1 || f.Noisy {
		t.Errorf("Ratio = %+v, want 0.75 of 0.5 and 1", f)
	}
	if v, w := w.Ratio("c", "v", "rate"), w.Ratio("c", "w", "rate"); v.Median != 0.5 || w.Median != 1 {
		t.Errorf("between 100, 300 and 500 the ratios of 100 and 400 are %v and %v", v.Median, w.Median)
	}
	if f := w.Ratio("c", "u", "rate"); f.Median != 2 {
		t.Errorf("Ratio behind the end of another round = %+v, want 2", f)
	}
	if f := w.Ratio("c", "C", "rate"); f.Min != 1 || f.Max != 1 {
		t.Errorf("Ratio of the reference = %+v", f)
	}
	if f := w.Figure("c", "x", "rate"); f.Median != 75 || f.N != 2 {
		t.Errorf("Figure = %+v, want 75", f)
	}
	if f := w.Figure("c", "y", "rate"); f.Median != 10 || !f.Noisy {
		t.Errorf("Figure of what was always noisy = %+v", f)
	}
	if f := w.Figure("c", "z", "rate"); f.N != 0 {
		t.Errorf("Figure of what failed = %+v", f)
	}
	if w.Error("c", "z") == "" || w.Error("c", "x") != "" {
		t.Errorf("Error = %q and %q", w.Error("c", "z"), w.Error("c", "x"))
	}
}

func TestDiffer(t *testing.T) {
	if got := Differ(90, 110); math.Abs(got-0.2) > 1e-9 {
		t.Errorf("Differ(90, 110) = %v", got)
	}
	if Differ(0, 0) != 0 {
		t.Error("nothing differs from nothing")
	}
}

func TestStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "run.json")
	r := &Run{Commit: "abc",
		Workloads: []*Workload{{Name: "echo", Samples: []Sample{sample("C", 1, 0, false, 10)}}}}
	if err := r.Store(file); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file)
	if err != nil || got.Commit != "abc" ||
		got.Workload("echo").Figure("c", "C", "rate").Median != 10 {
		t.Errorf("Load = %+v, %v", got, err)
	}
	if got.Workload("none") != nil {
		t.Error("there is a workload that was not run")
	}
}

// Several files are the first one, with the workloads of the others in place of its own.
func TestLoadAll(t *testing.T) {
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	for name, r := range map[string]*Run{
		"a": {Commit: "1", Workloads: []*Workload{{Name: "echo"}, {Name: "tls"}}},
		"b": {Commit: "2", Workloads: []*Workload{{Name: "tls", Title: "new"}, {Name: "bulk"}}},
	} {
		if err := r.Store(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := LoadAll(files)
	if err != nil || r.Commit != "1" || len(r.Workloads) != 3 || r.Workload("tls").Title != "new" ||
		r.Workload("bulk") == nil || len(r.Parts) != 1 || r.Parts[0].File != "b" {
		t.Errorf("LoadAll = %+v, %v", r, err)
	}
	if _, err := LoadAll(append(files, filepath.Join(dir, "c"))); err == nil {
		t.Error("a file that is not there is loaded")
	}
}

// A noisy round says nothing of a time, and as much as any of a number of bytes.
func TestNoiseIsOfTimes(t *testing.T) {
	w := &Workload{}
	for i, v := range []float64{1, 2, 3} {
		w.Samples = append(w.Samples, Sample{Cell: "c", Subject: "s", Round: i + 1, Noisy: i > 0,
			Values: map[string]float64{"cpu": v, "bytes": v}})
	}
	if f := w.Figure("c", "s", "cpu"); f.N != 1 || f.Median != 1 {
		t.Errorf("cpu: %+v, want that of the quiet round", f)
	}
	if f := w.Figure("c", "s", "bytes"); f.N != 3 || f.Median != 2 || f.Noisy {
		t.Errorf("bytes: %+v, want those of all rounds", f)
	}
}
