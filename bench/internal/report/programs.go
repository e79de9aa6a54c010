package report

import "github.com/go-asynchat/asynchat/bench/internal/result"

// filesGoal is of the FileServer of net/http on our loop.
func filesGoal(w *result.Workload, add func(text, is string, v verdict)) {
	var all survey
	for _, c := range w.Cells {
		all.compare(w, c, "web.Handler", "net/http", .6)
	}
	all.tell("http.FileServer by web.Handler: at least 0.6 of net/http's rate", add)
}

func websocketGoal(w *result.Workload, add func(text, is string, v verdict)) {
	var all survey
	for _, c := range w.Cells {
		all.compare(w, c, "asynchat WebSocket", result.Ours, .9)
	}
	all.tell("an echo over WebSocket: at least 0.9 of that of lines", add)
}

// besideProgram returns the goal of an example beside the program whose protocol it speaks.
func besideProgram(program string) func(w *result.Workload, add func(text, is string, v verdict)) {
	return func(w *result.Workload, add func(text, is string, v verdict)) {
		var all survey
		for _, c := range w.Cells {
			all.compare(w, c, result.Ours, program, .8)
		}
		all.tell(w.Title+": at least 0.8 of its rate", add)
	}
}

func smtpGoals(w *result.Workload, add func(text, is string, v verdict)) {
	var rate, cpu survey
	for _, c := range w.Cells {
		rate.compare(w, c, result.Ours, "go-smtp", 1)
		cpu.atMost(result.Ours, w.Beside([]string{c}, result.Ours, "go-smtp", "cpu"), 1)
	}
	rate.tell(w.Title+": no fewer mails a second", add)
	cpu.tell(w.Title+": no more CPU for each mail", add)
}
