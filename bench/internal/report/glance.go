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

// behind lists where one of ours has done less than a rival in every round, or has cost more: their
// figures have no round in common.
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
							map[string]string{"rate": "fewer a second than", "cpu": "more CPU than"}[metric], rival, in))
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
		bad := atLeast(f, 1)
		if metric == "cpu" {
			bad = atMost(f, 1)
		}
		if bad == no {
			in = append(in, fmt.Sprintf("at %s (%s)", c, ratio(f)))
		}
	}
	return strings.Join(in, ", ")
}

// glance is one row for each workload: ours beside the reference, and beside each rival, over all
// cells that can be compared, of one run and of another.
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
			for _, them := range w.Subjects {
				if them == ours || isOurs(them) || them != w.Reference && !isRival(them) {
					continue
				}
				rows += glanceRow(w, other, ours, them)
			}
		}
	}
	if rows == "" {
		return
	}
	b.WriteString("## At a glance\n\nGeometric means over the cells in which both can be compared; " +
		"more is better for a rate, less for CPU. A rate is left out where the load took more than 0.9 " +
		"of its\ncore.\n\n" + head + "\n|" + strings.Repeat("---|", strings.Count(head, "|")-1) + "\n" +
		rows + "\n")
}

func glanceRow(w *result.Workload, other *result.Run, ours, them string) string {
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
	var cells []string
	left := 0
	for _, c := range w.Cells {
		if w.Figure(c, a, metric).N == 0 || w.Figure(c, b, metric).N == 0 {
			continue
		}
		if result.Bounded(metric) && (w.Limited(c, a) || w.Limited(c, b)) {
			left++
			continue
		}
		cells = append(cells, c)
	}
	switch {
	case len(cells) > 0 && left > 0:
		return fmt.Sprintf("%s (%d of %d cells)", ratio(w.Beside(cells, a, b, metric)), len(cells),
			len(cells)+left)
	case len(cells) > 0:
		return ratio(w.Beside(cells, a, b, metric))
	case left > 0:
		return "the load"
	}
	return ""
}
