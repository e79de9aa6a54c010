package result

import (
	"maps"
	"slices"
)

// loadLimit is the share of its core above which the load may be what bounds.
const loadLimit = .9

// Limited reports whether the load generator may bound the rate of a subject in a cell, or that of
// the reference: then their ratio is meaningless. A load generator that shares its cores does not
// count as a limit.
func (w *Workload) Limited(cell, subject string) bool {
	if w.Shared {
		return false
	}
	for _, s := range []string{subject, w.Reference} {
		if w.Figure(cell, s, "load").Median > loadLimit {
			return true
		}
	}
	return false
}

// Bounded reports whether the load generator can bound a metric: this is true for all metrics
// except the CPU and memory of the server.
func Bounded(metric string) bool {
	return slices.Contains([]string{"rate", "p50", "p99", "p999"}, metric)
}

// steady reports whether a metric is the same on a busy or slow machine: it is counted, not timed.
func steady(metric string) bool {
	return slices.Contains([]string{"bytes", "member", "allocs"}, metric)
}

// Beside returns the figure of the ratios of a to b, one for each round, in each of which both are
// measured around the same reference. For several cells each value is a geometric mean: of the
// first rounds of all cells, of the second rounds, and so on, up to the smallest number of rounds.
// Noisy samples count only if a cell has no others.
func (w *Workload) Beside(cells []string, a, b, metric string) Figure {
	if f := w.beside(cells, a, b, metric, false); f.N > 0 {
		return f
	}
	f := w.beside(cells, a, b, metric, true)
	f.Noisy = f.N > 0
	return f
}

func (w *Workload) beside(cells []string, a, b, metric string, noisy bool) Figure {
	var of [][]float64 // for each cell, in the order of rounds
	fewest := 0
	for i, c := range cells {
		ours, theirs := w.rounds(c, a, metric, noisy), w.rounds(c, b, metric, noisy)
		var ratios []float64
		for _, round := range slices.Sorted(maps.Keys(ours)) {
			if u, v := theirs[round], ours[round]; u > 0 && v > 0 {
				ratios = append(ratios, v/u)
			}
		}
		of = append(of, ratios)
		if i == 0 || len(ratios) < fewest {
			fewest = len(ratios)
		}
	}
	var means []float64
	for k := range fewest {
		var factors []float64
		for _, ratios := range of {
			factors = append(factors, ratios[k])
		}
		means = append(means, Geomean(factors))
	}
	return Of(means)
}

// rounds returns the median ratio to the reference in each round, of quiet samples or of all.
func (w *Workload) rounds(cell, subject, metric string, noisy bool) map[int]float64 {
	values := map[int][]float64{}
	for i, s := range w.Samples {
		v, ok := s.Values[metric]
		if s.Cell != cell || s.Subject != subject || !ok || s.Noisy && !noisy {
			continue
		}
		unit := 1.0
		if w.Reference != "" {
			unit = w.around(i, metric)
		}
		if unit > 0 {
			values[s.Round] = append(values[s.Round], v/unit)
		}
	}
	medians := map[int]float64{}
	for round, all := range values {
		medians[round] = Of(all).Median
	}
	return medians
}

// Speeds returns the speed of the core before the samples of a cell, as a share of the fastest that
// the run has seen, and false if nobody looked.
func (r *Run) Speeds(w *Workload, cell string) (Figure, bool) {
	var best float64
	var all []float64
	for _, v := range r.Workloads {
		for _, s := range v.Samples {
			best = max(best, s.Speed)
			if v == w && s.Cell == cell && s.Speed > 0 {
				all = append(all, s.Speed)
			}
		}
	}
	for i := range all {
		all[i] /= best
	}
	return Of(all), len(all) > 0
}
