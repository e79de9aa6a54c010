package report

import "github.com/go-asynchat/asynchat/bench/internal/result"

// A survey is of ratios that all have to reach a bound. It keeps the one that is furthest from it.
type survey struct {
	each    []verdict
	worst   result.Figure
	in      string
	reached float64 // of the bound, by the worst
}

// compare adds the speed of a beside b in a cell, which has to be at least bound.
func (s *survey) compare(w *result.Workload, cell, a, b string, bound float64) {
	f, by := speed(w, cell, a, b)
	switch {
	case f.N > 0:
		s.add(a+" at "+cell+by, f, f.Median/bound, atLeast(f, bound))
	case by != "" && w.Figure(cell, a, "rate").N > 0:
		s.each = append(s.each, limited)
	}
}

// atMost adds a ratio that has to be at most bound.
func (s *survey) atMost(in string, f result.Figure, bound float64) {
	if f.N > 0 {
		s.add(in, f, bound/f.Median, atMost(f, bound))
	}
}

func (s *survey) add(in string, f result.Figure, reached float64, v verdict) {
	if s.each = append(s.each, v); s.in == "" || reached < s.reached {
		s.worst, s.in, s.reached = f, in, reached
	}
}

// tell adds a goal, unless there was nothing to compare.
func (s *survey) tell(text string, add func(text, is string, v verdict)) {
	switch {
	case len(s.each) == 0:
	case s.in == "":
		add(text, "none, the load may be the limit everywhere", limited)
	default:
		add(text, ratio(s.worst)+" by "+s.in, worst(s.each))
	}
}

// speed compares what two subjects do in a second or, where the load may be the limit, in a second
// of processor time. Then by says so.
func speed(w *result.Workload, cell, a, b string) (f result.Figure, by string) {
	if !w.Limited(cell, a) && !w.Limited(cell, b) {
		return w.Beside([]string{cell}, a, b, "rate"), ""
	}
	return w.Beside([]string{cell}, b, a, "cpu"), ", by CPU"
}
