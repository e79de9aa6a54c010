package result

import (
	"math"
	"slices"
)

// A Figure is the median of the values that count, and the least and the largest of them.
type Figure struct {
	Median, Min, Max float64
	N                int
	Noisy            bool // every round was noisy
}

// Of returns the figure of some values, all zero for none.
func Of(values []float64) Figure {
	if len(values) == 0 {
		return Figure{}
	}
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	return Figure{Median: (v[(n-1)/2] + v[n/2]) / 2, Min: v[0], Max: v[n-1], N: n}
}

// Spread returns half of the distance between the least and the largest.
func (f Figure) Spread() float64 { return (f.Max - f.Min) / 2 }

// Geomean returns the geometric mean of positive values, 0 of none.
func Geomean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}

// Figure returns what was measured of a subject in a cell.
func (w *Workload) Figure(cell, subject, metric string) Figure {
	return w.figure(cell, subject, func(s Sample) (float64, bool) {
		v, ok := s.Values[metric]
		return v, ok
	})
}

// Ratio returns the figure of the ratios to the reference, of which the mean of the same round counts.
func (w *Workload) Ratio(cell, subject, metric string) Figure {
	return w.figure(cell, subject, func(s Sample) (float64, bool) {
		ref, n := 0.0, 0
		for _, r := range w.Samples {
			if v, ok := r.Values[metric]; ok && r.Cell == cell && r.Subject == w.Reference && r.Round == s.Round && r.Try == s.Try {
				ref, n = ref+v, n+1
			}
		}
		v, ok := s.Values[metric]
		return v / (ref / float64(n)), ok && ref > 0
	})
}

// figure leaves noisy rounds out, if there are others.
func (w *Workload) figure(cell, subject string, value func(Sample) (float64, bool)) Figure {
	var quiet, all []float64
	for _, s := range w.Samples {
		if s.Cell != cell || s.Subject != subject {
			continue
		}
		v, ok := value(s)
		if !ok {
			continue
		}
		all = append(all, v)
		if !s.Noisy {
			quiet = append(quiet, v)
		}
	}
	if len(quiet) > 0 {
		return Of(quiet)
	}
	f := Of(all)
	f.Noisy = len(all) > 0
	return f
}

// Error returns why there are no figures of a subject in a cell, "" if there are or it was not tried.
func (w *Workload) Error(cell, subject string) (text string) {
	for _, s := range w.Samples {
		if s.Cell == cell && s.Subject == subject {
			if s.Error == "" {
				return ""
			}
			text = s.Error
		}
	}
	return text
}

// Differ returns by how much two values differ, as a share of their mean.
func Differ(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return math.Abs(a-b) / ((a + b) / 2)
}
