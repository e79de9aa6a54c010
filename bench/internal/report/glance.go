package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// isRival reports whether a subject is package net, or another framework in Go.
func isRival(name string) bool {
	return slices.ContainsFunc([]string{"net", "gnet", "evio", "nbio", "gorilla", "redcon", "go-smtp"},
		func(rival string) bool { return strings.HasPrefix(name, rival) })
}

func isOurs(name string) bool { return strings.HasPrefix(name, result.Ours) }

// alike is within what two subjects count as equal: a smaller difference says nothing.
const alike = .02

// behind lists where one of ours has done less than a rival in every round, or has cost more.
func behind(r *result.Run) (all []string) {
	for _, w := range r.Workloads {
		for _, metric := range []string{"rate", "cpu"} {
			if !slices.Contains(w.Metrics, metric) {
				continue
			}
			for _, ours := range slices.DeleteFunc(slices.Clone(w.Subjects), notOurs) {
				for _, rival := range w.Subjects {
					if in := behindIn(w, ours, rival, metric); isRival(rival) && in != "" {
						all = append(all, fmt.Sprintf("%s: %s, %s %s %s", w.Title, ours,
							map[string]string{"rate": "a lower rate than", "cpu": "more CPU than"}[metric], rival, in))
					}
				}
			}
		}
	}
	return all
}

func notOurs(name string) bool { return !isOurs(name) }

func behindIn(w *result.Workload, ours, rival, metric string) string {
	var in []string
	for _, c := range w.Cells {
		if result.Bounded(metric) && (w.Limited(c, ours) || w.Limited(c, rival)) {
			continue
		}
		f := w.Beside([]string{c}, ours, rival, metric)
		bad := atLeast(f, 1-alike)
		if metric == "cpu" {
			bad = atMost(f, 1+alike)
		}
		if bad == no {
			in = append(in, fmt.Sprintf("at %s (%s)", c, ratio(f)))
		}
	}
	return strings.Join(in, ", ")
}

// glance is two rows for each workload and each of ours: beside the reference, and beside the best
// of the rivals, over all cells that can be compared, of one run and of another.
func glance(b *strings.Builder, r, other *result.Run) {
	head := "| workload | who | beside | rate | CPU |"
	if other != nil {
		head += " rate, other run | CPU, other run |"
	}
	rows := ""
	for _, w := range r.Workloads {
		for _, ours := range w.Subjects {
			if !isOurs(ours) {
				continue
			}
			them := []string{best(w, ours)}
			if them[0] != w.Reference && !isOurs(w.Reference) {
				them = append([]string{w.Reference}, them...)
			}
			for _, them := range them {
				rows += glanceRow(w, other, ours, them)
			}
		}
	}
	if rows == "" {
		return
	}
	b.WriteString("## At a glance\n\nThis table compares asynchat with the reference, and with " +
		"the best rival in Go of each workload, by geometric means over the cells\nin which both can " +
		"be compared. A rate is better if it is higher, CPU if it is lower. A rate is " +
		"left out if the load generator took more than 0.9 of\nits core.\n\n" +
		head + "\n|" + strings.Repeat("---|", strings.Count(head, "|")-1) + "\n" + rows + "\n")
}

// best is the rival beside which ours does least, or costs most where rates are not compared.
func best(w *result.Workload, ours string) (name string) {
	for _, metric := range []string{"rate", "cpu"} {
		least := 0.0
		for _, s := range w.Subjects {
			cells, _ := comparedIn(w, ours, s, metric)
			if !isRival(s) || len(cells) == 0 {
				continue
			}
			m := w.Beside(cells, ours, s, metric).Median
			if metric == "cpu" {
				m = 1 / m
			}
			if m > 0 && (name == "" || m < least) {
				name, least = s, m
			}
		}
		if name != "" {
			return name
		}
	}
	return ""
}

func glanceRow(w *result.Workload, other *result.Run, ours, them string) string {
	if them == "" {
		return ""
	}
	runs := []*result.Workload{w}
	if other != nil {
		runs = append(runs, other.Workload(w.Name))
	}
	figures, any := "", false
	for _, v := range runs {
		for _, metric := range []string{"rate", "cpu"} {
			text := ""
			if v != nil && slices.Contains(v.Metrics, metric) {
				text = overall(v, ours, them, metric)
			}
			figures += " " + text + " |"
			any = any || text != ""
		}
	}
	if !any {
		return ""
	}
	return fmt.Sprintf("| %s | %s | %s |%s\n", w.Title, ours, them, figures)
}

// overall is the ratio of two subjects over all cells that can be compared.
func overall(w *result.Workload, a, b, metric string) string {
	cells, left := comparedIn(w, a, b, metric)
	switch {
	case len(cells) > 0 && left > 0:
		return fmt.Sprintf("%s (%d of %d cells)", ratio(w.Beside(cells, a, b, metric)), len(cells),
			len(cells)+left)
	case len(cells) > 0:
		return ratio(w.Beside(cells, a, b, metric))
	case left > 0:
		return "load limit"
	}
	return ""
}

// comparedIn returns the cells in which two subjects can be compared, and how many more have
// figures of both.
func comparedIn(w *result.Workload, a, b, metric string) (cells []string, left int) {
	for _, c := range w.Cells {
		switch {
		case w.Figure(c, a, metric).N == 0 || w.Figure(c, b, metric).N == 0:
		case result.Bounded(metric) && (w.Limited(c, a) || w.Limited(c, b)):
			left++
		default:
			cells = append(cells, c)
		}
	}
	return cells, left
}
