package report

import (
	"fmt"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// A verdict is what a run says of a goal.
type verdict string

const (
	yes     verdict = "yes"
	no      verdict = "**no**"
	noise   verdict = "noise"      // the bound is within the error bar, or there is none
	limited verdict = "load limit" // may be what bounds, so that nothing is compared
)

// rounds is how many a verdict needs at least.
const rounds = 3

// A goal is what this project wants to reach, and whether it has.
type goal struct {
	text, is string
	verdict  verdict
}

// atLeast is whether a figure reaches a bound: in all rounds or in none, or nobody knows.
func atLeast(f result.Figure, bound float64) verdict {
	switch {
	case f.N < rounds || f.Noisy:
		return noise
	case f.Min >= bound:
		return yes
	case f.Max < bound:
		return no
	}
	return noise
}

// atMost is whether a figure does not exceed a bound.
func atMost(f result.Figure, bound float64) verdict {
	return atLeast(result.Figure{Min: -f.Max, Max: -f.Min, N: f.N, Noisy: f.Noisy}, -bound)
}

// worst is the verdict of several that all have to hold.
func worst(all []verdict) verdict {
	for _, v := range []verdict{no, noise, yes} {
		for _, one := range all {
			if one == v {
				return v
			}
		}
	}
	return limited
}

// said is the verdict of what is not a figure.
func said(holds bool) verdict {
	if holds {
		return yes
	}
	return no
}

func ratio(f result.Figure) string {
	if f.N == 0 {
		return ""
	}
	text := significant(f.Median)
	if f.N > 1 {
		text += " ±" + significant(f.Spread())
	}
	if f.Noisy {
		text = "~ " + text
	}
	return text
}

// tally counts verdicts.
func tally(all []goal) string {
	n := map[verdict]int{}
	for _, g := range all {
		n[g.verdict]++
	}
	text := fmt.Sprintf("%d of %d are reached, %d are not, %d are within the noise", n[yes], len(all),
		n[no], n[noise])
	if n[limited] > 0 {
		text += fmt.Sprintf(", %d are not known, since the load may be the limit", n[limited])
	}
	return text + "."
}
