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

// Figure returns the measured figure of a subject in a cell.
func (w *Workload) Figure(cell, subject, metric string) Figure {
	return w.figure(cell, subject, metric, func(int) float64 { return 1 })
}

// Ratio returns the figure of the ratios to the reference: to the mean of its results just before
// and just after.
func (w *Workload) Ratio(cell, subject, metric string) Figure {
	return w.figure(cell, subject, metric, func(i int) float64 { return w.around(i, metric) })
}

// around returns the mean of the nearest figures of the reference before and behind a sample in its
// round, 0 if there is none; its own figure, if it is one of the reference.
func (w *Workload) around(i int, metric string) float64 {
	s := w.Samples[i]
	if s.Subject == w.Reference {
		return s.Values[metric]
	}
	sum, n := 0.0, 0.0
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(w.Samples) && w.Samples[j].Cell == s.Cell &&
			w.Samples[j].Round == s.Round; j += step {
			if v, ok := w.Samples[j].Values[metric]; ok && w.Samples[j].Subject == w.Reference {
				sum, n = sum+v, n+1
				break
			}
		}
	}
	return sum / max(1, n)
}

// figure divides what was measured by a unit, and leaves noisy samples out, if there are others.
func (w *Workload) figure(cell, subject, metric string, unit func(i int) float64) Figure {
	var quiet, all []float64
	for i, s := range w.Samples {
		v, ok := s.Values[metric]
		if s.Cell != cell || s.Subject != subject || !ok {
			continue
		}
		u := unit(i)
		if u == 0 {
			continue
		}
		all = append(all, v/u)
		if !s.Noisy || steady(metric) {
			quiet = append(quiet, v/u)
		}
	}
	if len(quiet) > 0 {
		return Of(quiet)
	}
	f := Of(all)
	f.Noisy = len(all) > 0
	return f
}

// Error returns the reason why a subject has no figures in a cell, or "" if it has figures or was
// not tried.
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
