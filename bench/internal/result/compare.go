package result

import "slices"

// loadLimit is the share of its core above which the load may be what bounds.
const loadLimit = .9

// Limited reports whether the load may be what bounds the rate of a subject in a cell, or that of
// the reference: then their ratio says nothing. A load that shares its cores is no such limit.
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

// Bounded reports whether a metric is one that a load can bound: all but what the server has used.
func Bounded(metric string) bool {
	return slices.Contains([]string{"rate", "p50", "p99", "p999"}, metric)
}

// Beside returns the figure of the ratios of a to b, one for each round, in each of which both are
// measured around the same reference. Of several cells it is the geometric mean, and only the
// rounds count in which all of them have both. Noisy samples count only if there is no other round.
func (w *Workload) Beside(cells []string, a, b, metric string) Figure {
	if f := w.beside(cells, a, b, metric, false); f.N > 0 {
		return f
	}
	f := w.beside(cells, a, b, metric, true)
	f.Noisy = f.N > 0
	return f
}

func (w *Workload) beside(cells []string, a, b, metric string, noisy bool) Figure {
	factors := map[int][]float64{}
	for _, c := range cells {
		ours, theirs := w.rounds(c, a, metric, noisy), w.rounds(c, b, metric, noisy)
		for round, v := range ours {
			if u := theirs[round]; u > 0 && v > 0 {
				factors[round] = append(factors[round], v/u)
			}
		}
	}
	var ratios []float64
	for _, all := range factors {
		if len(all) == len(cells) {
			ratios = append(ratios, Geomean(all))
		}
	}
	return Of(ratios)
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
