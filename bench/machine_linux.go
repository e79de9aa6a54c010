package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-asynchat/asynchat/bench/internal/raw"
	"github.com/go-asynchat/asynchat/bench/internal/result"
)

func machine() result.Machine {
	m := result.Machine{Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		Cores: len(raw.Cores()), CPU: "unknown"}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.CPU = cpuModel(string(info))
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(release))
	}
	m.Name = fmt.Sprintf("%s-%dcore", slug(m.CPU), m.Cores)
	return m
}

func cpuModel(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		key, value, _ := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); key == "model name" || key == "Model" || key == "cpu model" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "unknown"
}

var notTheModel = regexp.MustCompile(`(?i)\((r|tm)\)|@.*|` +
	`\b(intel|amd|cpu|processor|core|[0-9]+-core)\b`)

// slug makes of the name of a processor what fits into the name of a file: "Intel(R) Xeon(R)
// Processor" is xeon.
func slug(model string) string {
	model = notTheModel.ReplaceAllString(model, " ")
	words := regexp.MustCompile(`[A-Za-z0-9]+`).FindAllString(model, 2)
	if len(words) == 0 {
		return "unknown"
	}
	return strings.ToLower(strings.Join(words, "-"))
}

// commit returns what was measured, with a mark if the files are not those of the commit.
func commit(root string) string {
	git := func(args ...string) string {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	c := git("rev-parse", "--short", "HEAD")
	if c == "" {
		return "unknown"
	}
	if git("status", "--porcelain", "--untracked-files=no") != "" {
		c += " and changes"
	}
	return c
}

// split chooses the cores of the server and of the load: one each, of two that are no siblings if
// there are such.
func split(cores []int) (server, load []int, siblings bool) {
	if len(cores) == 1 {
		return cores, cores, true
	}
	first := cores[0]
	together := siblingsOf(first)
	for _, c := range cores[1:] {
		if !together[c] {
			return []int{first}, []int{c}, false
		}
	}
	return []int{first}, []int{cores[1]}, true
}

func siblingsOf(core int) map[int]bool {
	name := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", core)
	list, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	all := map[int]bool{}
	for part := range strings.SplitSeq(strings.TrimSpace(string(list)), ",") {
		from, to, isRange := strings.Cut(part, "-")
		a, err := strconv.Atoi(from)
		if err != nil {
			continue
		}
		b := a
		if isRange {
			b, _ = strconv.Atoi(to)
		}
		for c := a; c <= b; c++ {
			all[c] = true
		}
	}
	return all
}

// busy returns how long all cores of the machine together have worked, or were stolen by the host.
// It counts in hundredths of a second.
func busy() time.Duration {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	return busyOf(firstLine(string(stat)))
}

// busyOf reads a line like "cpu user nice system idle iowait irq softirq steal guest guest_nice".
func busyOf(line string) time.Duration {
	ticks := int64(0)
	for i, f := range strings.Fields(line) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil && i <= 8 && i != 4 && i != 5 {
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// foreign returns which share of the machine was used for d, by all.
func foreign(d time.Duration) float64 {
	before := busy()
	time.Sleep(d)
	return float64(busy()-before) / float64(d) / float64(runtime.NumCPU())
}

// resident returns the resident memory of a process, in bytes.
func resident(pid int) (float64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm of %d: %q", pid, statm)
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err
}
