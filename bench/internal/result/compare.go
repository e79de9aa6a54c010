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
// rounds count in which all of them have both.
func (w *Workload) Beside(cells []string, a, b, metric string) Figure {
	products := map[int][]float64{}
	noisy := false
	for _, c := range cells {
		ours, loud := w.rounds(c, a, metric)
		theirs, too := w.rounds(c, b, metric)
		noisy = noisy || loud || too
		for round, v := range ours {
			if u := theirs[round]; u > 0 && v > 0 {
				products[round] = append(products[round], v/u)
			}
		}
	}
	var ratios []float64
	for _, factors := range products {
		if len(factors) == len(cells) {
			ratios = append(ratios, Geomean(factors))
		}
	}
	f := Of(ratios)
	f.Noisy = noisy
	return f
}

// rounds returns the median ratio to the reference in each round, of quiet samples if there are any
// in it, and whether there was a round without.
func (w *Workload) rounds(cell, subject, metric string) (all map[int]float64, noisy bool) {
	quiet, loud := map[int][]float64{}, map[int][]float64{}
	for i, s := range w.Samples {
		v, ok := s.Values[metric]
		if s.Cell != cell || s.Subject != subject || !ok {
			continue
		}
		unit := 1.0
		if w.Reference != "" {
			unit = w.around(i, metric)
		}
		switch {
		case unit == 0:
		case s.Noisy:
			loud[s.Round] = append(loud[s.Round], v/unit)
		default:
			quiet[s.Round] = append(quiet[s.Round], v/unit)
		}
	}
	all = map[int]float64{}
	for round, values := range loud {
		if len(quiet[round]) == 0 {
			all[round], noisy = Of(values).Median, true
		}
	}
	for round, values := range quiet {
		all[round] = Of(values).Median
	}
	return all, noisy
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
