// Package report makes a page and plots of what the bench has measured.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// Tables is the name of the page of all tables.
const Tables = "performance-tables.md"

// Page returns the page in Markdown, and its other files by name: plots, and the page of all
// tables. raw is the name of the file of all samples, findings is a text about them, and other is a
// run to compare with, or nil.
func Page(r, other *result.Run, raw, findings string) (string, map[string]string) {
	var b strings.Builder
	files := plots(r)
	b.WriteString("# Performance\n\n" + generated)
	if r.Quick {
		b.WriteString(smoke)
	}
	verdicts(&b, r, other)
	for _, name := range []string{"echo", "cpu"} { // one picture is enough here
		if file := "performance-" + name + ".svg"; files[file] != "" {
			fmt.Fprintf(&b, "![Echo](%s)\n\n", file)
			break
		}
	}
	glance(&b, r, other)
	if files["performance-scale.svg"] != "" {
		b.WriteString("![From 1,000 to 1,000,000 connections](performance-scale.svg)\n\n")
	}
	fmt.Fprintf(&b, "All figures are in the [tables](%s).\n\n", Tables)
	how(&b, r, other, raw)
	if findings != "" {
		b.WriteString("## Findings\n\n" + strings.TrimSpace(findings) + "\n\n")
	}
	limits(&b, r)
	files[Tables] = tables(r, files)
	return b.String(), files
}

const (
	generated = "<!-- written by go run ./bench: change that, or bench/findings.md, not this -->\n\n"
	smoke     = "**This is a smoke run: one short round, " +
		"on a machine that had other things to do. The figures mean nothing.**\n\n"
)

// verdicts are what is wanted and what is, behind what is worst.
func verdicts(b *strings.Builder, r, other *result.Run) {
	g := goals(r, other)
	if len(g) == 0 {
		return
	}
	if where := behind(r); len(where) > 0 {
		b.WriteString("**Where asynchat is behind** package net or another framework in Go, in every " +
			"round, by more than 2 %. (1x16x32 is 1 connection, 16 lines at a time, 32 bytes each.)\n\n")
		for _, line := range where {
			b.WriteString("- " + line + "\n")
		}
		b.WriteString("\n")
	}
	b.WriteString("## Goals and results\n\n" + tally(g) + "\n\n" + honest +
		"| goal | measured | |\n|---|---|---|\n")
	for _, g := range g {
		fmt.Fprintf(b, "| %s | %s | %s |\n", g.text, g.is, g.verdict)
	}
	b.WriteString("\n")
}

const honest = "A ratio is the median of the rounds, ± half of the distance between the least " +
	"and the largest. A verdict needs at least three\nrounds that all agree. If the bound lies " +
	"between their results, the verdict is noise. If the load generator took more than 0.9 of its\n" +
	"core, it may be the limit, and nothing is compared.\n\n"

// tables is the page of all of them.
func tables(r *result.Run, svgs map[string]string) string {
	var b strings.Builder
	b.WriteString("# Performance: all tables\n\n" + generated)
	if r.Quick {
		b.WriteString(smoke)
	}
	b.WriteString(intro)
	for _, w := range r.Workloads {
		section(&b, r, w, svgs)
	}
	return b.String()
}

const intro = "Ratios are to what the reference did just before and behind: absolute figures " +
	"change with the machine and with the hour, ratios hardly do. ± is half\n" +
	"of the distance between the least and the largest round. A figure with ~ comes from rounds " +
	"in which the machine had other things to do.\nA ratio in brackets is one that the load may " +
	"have bounded: it " +
	"took more than 0.9 of its core.\n\n"

func how(b *strings.Builder, r, other *result.Run, raw string) {
	m, s := r.Machine, r.Setup
	fmt.Fprintf(b, "## How it was measured\n\n| | |\n|---|---|\n")
	line := func(what, is string) { fmt.Fprintf(b, "| %s | %s |\n", what, is) }
	line("machine", fmt.Sprintf("%s, %d cores, Linux %s", m.CPU, m.Cores, m.Kernel))
	line("compiler", m.Go)
	line("commit", r.Commit)
	line("date", r.Date.UTC().Format("2006-01-02 15:04 MST")+", in "+
		time.Duration(r.Took*float64(time.Second)).Round(time.Second).String())
	cores := fmt.Sprintf("server on %v, load on %v", s.ServerCores, s.LoadCores)
	if m.Siblings {
		cores += ", **which are threads of one core**"
	}
	line("cores", cores)
	network := "loopback, in a network namespace of its own"
	if !s.Namespace {
		network = "loopback, in the namespace of the machine (" + s.Why + ")"
	}
	line("network", network+", TCP "+s.Congestion)
	if s.Load != "" {
		line("load", "in "+s.Load)
	}
	line("rounds", fmt.Sprintf("%d, each measurement %.2f s after a time to warm up; "+
		"noisy ones repeated", s.Rounds, s.Length))
	line("others used", fmt.Sprintf("%.0f %% of the machine before it began", 100*m.Foreign))
	if raw != "" {
		line("every round", "bench/results/"+raw)
	}
	for _, part := range r.Parts {
		var names []string
		for _, w := range part.Workloads {
			names = append(names, w.Title)
		}
		line(strings.Join(names, ", "), part.Date.UTC().Format("2006-01-02 15:04 MST")+", commit "+
			part.Commit+", bench/results/"+part.File)
	}
	if other != nil {
		line("run again", other.Date.UTC().Format("2006-01-02 15:04 MST")+", commit "+other.Commit+
			", bench/results/"+other.File)
	}
	b.WriteString("\nEvery byte of every answer is compared with what was sent. " +
		"Servers have one loop, or GOMAXPROCS=1, on their one core, unless the table says otherwise. " +
		"asynchat has all limits and timeouts on; the C loop, the Go loop and net have none.\n\n")
}

func section(b *strings.Builder, r *result.Run, w *result.Workload, svgs map[string]string) {
	fmt.Fprintf(b, "## %s\n\n%s\n\n", w.Title, w.About)
	if len(w.Subjects) == 1 {
		b.WriteString(growth(w) + failures(w))
		return
	}
	for _, name := range []string{w.Name, map[string]string{"echo": "cpu"}[w.Name]} {
		if file := "performance-" + name + ".svg"; svgs[file] != "" {
			fmt.Fprintf(b, "![%s](%s)\n\n", w.Title, file)
		}
	}
	var behind strings.Builder
	for _, name := range w.Metrics {
		asRatio := metrics[name].ratio && w.Reference != ""
		b.WriteString(table(w, name, asRatio))
		if asRatio && slices.Contains(w.Subjects, w.Also) {
			also := *w
			also.Reference = w.Also
			b.WriteString(table(&also, name, true))
		}
		if asRatio && len(w.Subjects) > 1 {
			behind.WriteString(table(w, name, false))
		}
	}
	b.WriteString(failures(w) + speeds(r, w))
	if behind.Len() > 0 {
		fmt.Fprintf(b, "<details><summary>Absolute figures</summary>\n\n%s</details>\n\n",
			behind.String())
	}
}

func limits(b *strings.Builder, r *result.Run) {
	b.WriteString("## What is not measured\n\n")
	for _, m := range r.Missing {
		fmt.Fprintf(b, "- %s: %s.\n", m.What, m.Why)
	}
	b.WriteString(notMeasured)
	b.WriteString("## Again\n\n    go run ./bench\n\n" +
		"Run it on two idle cores. It builds all programs that it needs. " +
		"`go run ./bench -help` lists its options; " +
		"[bench/README.md](../bench/README.md) explains how it works and how to add a server.\n")
}

const notMeasured = "- A network. On the loopback interface the TCP work of each side runs on " +
	"its own core, and nothing is lost or late.\n" +
	"- Servers on more than two cores, and load from many machines.\n" +
	"- What a protocol does with its lines. An echo does nothing, so the differences between " +
	"frameworks are smaller in real programs.\n" +
	"- Memory in the kernel: about 2 KiB for an idle TCP connection, the same for all servers, " +
	"and more for data that waits in its buffers.\n\n"
