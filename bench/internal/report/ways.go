package report

import (
	"strings"

	"github.com/go-asynchat/asynchat/bench/internal/result"
)

// waysGoal compares the ways to write a protocol on the loop with the cheapest of them.
func waysGoal(w *result.Workload, add func(text, is string, v verdict)) {
	const cell = "50x16x32"
	ways := []string{result.Messages, result.Lines, result.Handler, result.Reads, result.Session,
		result.Conversation}
	cheapest, least := "", 0.0
	for _, s := range ways {
		if f := w.Figure(cell, s, "cpu"); f.N > 0 && (cheapest == "" || f.Median < least) {
			cheapest, least = s, f.Median
		}
	}
	var all survey
	for _, s := range ways {
		if s != cheapest {
			all.atMost(strings.TrimPrefix(s, "asynchat ")+", beside "+cheapest,
				w.Beside([]string{cell}, s, cheapest, "cpu"), 1.25)
		}
	}
	all.tell("ways of writing, an echo at "+cell+": none on the loop takes more than 1.25 times the "+
		"CPU of the cheapest", add)
}

// talkGoals compare an echo as a conversation with the callbacks.
func talkGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var each survey
	var cells []string
	for _, c := range w.Cells {
		if w.Figure(c, result.Conversation, "cpu").N > 0 && w.Figure(c, result.Ours, "cpu").N > 0 {
			cells = append(cells, c)
			each.atMost("a conversation at "+c,
				w.Beside([]string{c}, result.Conversation, result.Ours, "cpu"), 1/.85)
		}
	}
	if len(cells) == 0 {
		return
	}
	mean := w.Beside(cells, result.Conversation, result.Ours, "cpu")
	add("an echo as a conversation: at most 1/0.90 of the CPU of callbacks, in the geometric mean",
		ratio(mean), atMost(mean, 1/.9))
	each.tell("an echo as a conversation: at most 1/0.85 of the CPU of callbacks in every cell", add)
}

// workGoals compare work off the loop with a goroutine of package net.
func workGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var threaded, posted, late survey
	off := []string{"asynchat Go", "asynchat Await"}
	for _, c := range w.Cells {
		threaded.compare(w, c, result.Threaded, w.Reference, .8)
		for _, s := range off {
			bound := .7
			if strings.Contains(c, "x16x") {
				bound = .4
			}
			posted.compare(w, c, s, w.Reference, bound)
		}
		if strings.HasPrefix(c, "50x1x") {
			for _, s := range append(off, result.Threaded) {
				late.atMost(s, w.Beside([]string{c}, s, w.Reference, "p99"), 2)
			}
		}
	}
	where := ""
	if w.Shared {
		where = " on all cores"
	}
	threaded.tell("work for each line"+where+", Threaded: at least 0.8 of net", add)
	posted.tell("work for each line"+where+", Go and Await: at least 0.7 of net at depth 1, and 0.4 "+
		"at depth 16", add)
	late.tell("work for each line"+where+", 50 connections at depth 1: p99 at most twice net's", add)
}

// broadcastGoals compare with the loop in C.
func broadcastGoals(w *result.Workload, add func(text, is string, v verdict)) {
	for _, goal := range []struct {
		cell  string
		bound float64
	}{{"1 line", .95}, {"16 lines", .9}} {
		var all survey
		for _, s := range []string{result.Ours, result.Room} {
			all.compare(w, goal.cell, s, w.Reference, goal.bound)
		}
		all.tell("broadcast of "+goal.cell+": at least "+significant(goal.bound)+" of the reference",
			add)
	}
}
