package report

import (
	"slices"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// plots returns the plots that a run has figures for, by the name of the file.
func plots(r *result.Run) map[string]string {
	all := map[string]string{}
	add := func(file string, p *plot) {
		if p != nil {
			all["performance-"+file+".svg"] = p.svg()
		}
	}
	add("echo", ratios(r.Workload("echo"), "rate", "Echo: lines a second, as a ratio to the reference",
		"more is better"))
	add("cpu", ratios(r.Workload("echo"), "cpu",
		"Echo: server CPU per line, as a ratio to the reference", "less is better"))
	add("memory", bars(r.Workload("memory"), "bytes", "Resident memory of an idle connection",
		"bytes, less is better"))
	add("latency", quantiles(r.Workload("latency")))
	add("scale", curves(r.Workload("scale")))
	return all
}

// ratios is a row for each cell, a point for each subject.
func ratios(w *result.Workload, metric, title, axis string) *plot {
	if w == nil || w.Reference == "" {
		return nil
	}
	p := &plot{title: title + " (" + w.Reference + ")", axis: axis, mark: 1, write: significant}
	for _, s := range w.Subjects {
		if s != w.Reference {
			p.series = append(p.series, s)
		}
	}
	p.log = metric == "cpu" // Python takes ten times as much
	any := false
	for _, c := range w.Cells {
		line := row{label: c}
		for i, s := range p.series {
			if result.Bounded(metric) && w.Limited(c, s) {
				continue
			}
			if f := w.Ratio(c, s, metric); f.N > 0 && f.Median > 0 {
				line.points = append(line.points, point{i, f.Median})
				any = true
			}
		}
		p.rows = append(p.rows, line)
	}
	if !any {
		return nil
	}
	return p
}

// bars is a row for each subject, in the cell with most connections that it has figures for.
func bars(w *result.Workload, metric, title, axis string) *plot {
	if w == nil {
		return nil
	}
	cell := w.Cells[len(w.Cells)-1]
	p := &plot{title: title + ", of " + cell, axis: axis, log: true, labelled: true,
		series: w.Subjects, write: metrics[metric].format}
	for i, s := range w.Subjects {
		if f := w.Figure(cell, s, metric); f.Median > 0 {
			p.rows = append(p.rows,
				row{label: s + "  " + p.write(f.Median), points: []point{{i, f.Median}}, joined: true})
		}
	}
	slices.SortStableFunc(p.rows, func(a, b row) int {
		return int(a.points[0].value - b.points[0].value)
	})
	return p.orNone()
}

// quantiles is a row for each subject in each cell.
func quantiles(w *result.Workload) *plot {
	if w == nil {
		return nil
	}
	p := &plot{title: "Latency at half of the reference's saturation (" + w.Reference + ")",
		axis: "less is better", log: true, series: []string{"p50", "p99", "p99.9"}, write: duration}
	for _, c := range w.Cells {
		for _, s := range w.Subjects {
			p.add(c+", "+s, true, w, c, s, "p50", "p99", "p999")
		}
	}
	return p.orNone()
}

// curves is a row for each number of connections, a point for each time.
func curves(w *result.Workload) *plot {
	if w == nil {
		return nil
	}
	p := &plot{title: "One loop with so many connections, most of them idle", axis: "less is better",
		log: true, write: duration}
	times := []string{"turn", "other", "broadcast", "shutdown"}
	for _, name := range times {
		p.series = append(p.series, metrics[name].title(w.Unit))
	}
	for _, c := range w.Cells {
		p.add(c, false, w, c, w.Subjects[0], times...)
	}
	return p.orNone()
}

// add adds a row of what a subject has done in a cell, a point for each metric, if there are any.
func (p *plot) add(
	label string, joined bool, w *result.Workload, cell, subject string, names ...string,
) {
	line := row{label: label, joined: joined}
	for i, m := range names {
		if f := w.Figure(cell, subject, m); f.Median > 0 {
			line.points = append(line.points, point{i, f.Median})
		}
	}
	if len(line.points) > 0 {
		p.rows = append(p.rows, line)
	}
}

// orNone returns nil for a plot without rows.
func (p *plot) orNone() *plot {
	if len(p.rows) == 0 {
		return nil
	}
	return p
}
