package report

import (
	"fmt"
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// table writes one metric of a workload: cells down, subjects across.
func table(w *result.Workload, name string, asRatio bool) string {
	m := metrics[name]
	var b strings.Builder
	title := m.title(w.Unit)
	if asRatio {
		title += ", as a ratio to " + w.Reference
	}
	better := "less is better"
	if m.more {
		better = "more is better"
	}
	fmt.Fprintf(&b, "**%s** (%s)\n\n|", title, better)
	for _, s := range w.Subjects {
		fmt.Fprintf(&b, " | %s", strings.ReplaceAll(s, "|", "/"))
	}
	b.WriteString(" |\n|---|" + strings.Repeat("---:|", len(w.Subjects)) + "\n")
	means := make([][]float64, len(w.Subjects))
	for _, c := range w.Cells {
		fmt.Fprintf(&b, "| %s", c)
		for i, s := range w.Subjects {
			text, ratio := entry(w, c, s, name, asRatio)
			if ratio > 0 {
				means[i] = append(means[i], ratio)
			}
			b.WriteString(" | " + text)
		}
		b.WriteString(" |\n")
	}
	if asRatio && len(w.Cells) > 2 {
		b.WriteString("| geometric mean")
		for _, v := range means {
			text := ""
			if len(v) == len(w.Cells) {
				text = significant(result.Geomean(v))
			}
			b.WriteString(" | " + text)
		}
		b.WriteString(" |\n")
	}
	return b.String() + "\n"
}

// entry returns what the table says of a subject in a cell, and the ratio if it is one.
func entry(w *result.Workload, cell, subject, name string, asRatio bool) (string, float64) {
	if w.Error(cell, subject) != "" {
		return "fails", 0
	}
	absolute := w.Figure(cell, subject, name)
	f, write := absolute, metrics[name].format
	if asRatio && subject != w.Reference {
		f, write = w.Ratio(cell, subject, name), significant
	}
	if f.N == 0 {
		return "", 0
	}
	text := write(f.Median)
	if f.N > 1 && f.Median > 0 {
		if asRatio && subject != w.Reference {
			text += " ±" + significant(f.Spread())
		} else {
			text += fmt.Sprintf(" ±%.0f %%", 100*f.Spread()/f.Median)
		}
	}
	if f.Noisy {
		text = "~ " + text
	}
	if asRatio && subject != w.Reference && result.Bounded(name) && w.Limited(cell, subject) {
		return "(" + text + ")", 0
	}
	if subject == w.Reference {
		return text, 1
	}
	return text, f.Median
}

// failures lists what failed in a workload.
func failures(w *result.Workload) string {
	var b strings.Builder
	for _, c := range w.Cells {
		for _, s := range w.Subjects {
			if text := w.Error(c, s); text != "" {
				fmt.Fprintf(&b, "- %s fails at %s: %s\n", s, c, text)
			}
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "\n"
}

// growth is the table of a workload of one subject: its cells down, its metrics across.
func growth(w *result.Workload) string {
	var b strings.Builder
	b.WriteString("|")
	for _, name := range w.Metrics {
		b.WriteString(" | " + metrics[name].title(w.Unit))
	}
	b.WriteString(" |\n|---|" + strings.Repeat("---:|", len(w.Metrics)) + "\n")
	for _, c := range w.Cells {
		b.WriteString("| " + c)
		for _, name := range w.Metrics {
			text, _ := entry(w, c, w.Subjects[0], name, false)
			b.WriteString(" | " + text)
		}
		b.WriteString(" |\n")
	}
	return b.String() + "\n"
}

// speeds is the state of the machine in each cell.
func speeds(r *result.Run, w *result.Workload) string {
	var all []string
	for _, c := range w.Cells {
		if f, ok := r.Speeds(w, c); ok {
			all = append(all, fmt.Sprintf("%s %.2f (%.2f to %.2f)", c, f.Median, f.Min, f.Max))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "Speed of the server's core before each measurement, as a share of the fastest of the " +
		"run: " + strings.Join(all, ", ") + ".\n\n"
}
