package report

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A metric is how a figure is called and written.
type metric struct {
	name   string
	more   bool // the more the better
	ratio  bool // as a ratio to the reference it tells more than by itself
	format func(float64) string
}

var metrics = map[string]metric{
	"rate": {"{Units} a second", true, true, count},
	"cpu":  {"Server CPU per {unit}", false, true, duration},
	"p50":  {"Latency, median", false, false, duration},
	"p99":  {"Latency, p99", false, false, duration},
	"p999": {"Latency, p99.9", false, false, duration},
	"gone": {"Slow readers that were put out", false, false, func(v float64) string {
		return fmt.Sprintf("%.0f", v)
	}},
	"bytes":  {"Bytes a connection", false, false, whole},
	"member": {"Bytes a member", false, false, whole},
	"busy":   {"Cores that the server uses", false, false, significant},
	"load":   {"Share of its core that the load takes", false, false, share},
	"idle": {"CPU when idle", false, false, func(v float64) string {
		return fmt.Sprintf("%.2f %%", 100*v)
	}},
	"turn":       {"A turn, the same one ready", false, false, duration},
	"turns":      {"beside 1,000 connections", false, false, significant},
	"other":      {"A turn, any one ready", false, false, duration},
	"others":     {"any one, beside 1,000 connections", false, false, significant},
	"broadcast":  {"A line to all, for each", false, false, duration},
	"shutdown":   {"Shutdown, for each", false, false, duration},
	"longest":    {"Longest turn of the shutdown", false, false, duration},
	"collection": {"A collection of garbage", false, false, duration},
	"room":       {"Room", true, false, significant},
	"bytes/s": {"Throughput", true, false, func(v float64) string {
		return significant(v/1e9) + " GB/s"
	}},
	"cost": {"Time for one", false, false, duration},
	"allocs": {"Allocations for one", false, false, func(v float64) string {
		return fmt.Sprintf("%.0f", v)
	}},
}

func whole(v float64) string { return grouped(int64(math.Round(v))) }

// title is how a metric is called where unit is counted.
func (m metric) title(unit string) string {
	if unit == "" {
		return m.name
	}
	return strings.NewReplacer("{Units}", strings.ToUpper(unit[:1])+unit[1:]+"s", "{unit}",
		unit).Replace(m.name)
}

// share writes the share of a core, in bold if little is left of it.
func share(v float64) string {
	if v > .9 {
		return fmt.Sprintf("**%.2f**", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// significant writes three digits, more only before the point.
func significant(v float64) string {
	switch a := math.Abs(v); {
	case a == 0:
		return "0"
	case a >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case a >= 9.995:
		return fmt.Sprintf("%.1f", v)
	case a >= .01:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

func count(v float64) string {
	switch {
	case v >= 999_500:
		return significant(v/1e6) + " M"
	case v >= 999.5:
		return significant(v/1e3) + " k"
	}
	return significant(v)
}

func duration(ns float64) string {
	switch d := time.Duration(ns); {
	case d >= 999_500*time.Microsecond:
		return significant(ns/1e9) + " s"
	case d >= 999_500*time.Nanosecond:
		return significant(ns/1e6) + " ms"
	case ns >= 999.5:
		return significant(ns/1e3) + " µs"
	}
	return significant(ns) + " ns"
}

// grouped writes thousands apart: 14,497.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
