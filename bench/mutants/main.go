// Command mutants tests the tests: it plants small bugs into the code, one at a time, and reports
// which tests find them. See docs/simulation.md.
//
//	go run ./bench/mutants            # all; some minutes
//	go run ./bench/mutants -run lost  # those whose names match the expression "lost"
//	go run ./bench/mutants -quick     # only the tests of package chat, to the first that fails
//
// It changes no file: with -overlay, the go command reads a changed copy instead. It ends with
// status 1 if no test finds a bug, or if the simulation and the dialogues find too few.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A stage is a part of the tests.
type stage struct {
	name string
	args []string
}

var stages = []stage{
	{"simulation", []string{"-run", "Systems", "./bench/simulation"}},
	{"dialogues", []string{"-run", "TestDialogues", "./chat"}},
	{"others", []string{"./terminator", "./fifo", "./core/...", "./chat/..."}},
}

// quickStages are for faults in chat of which nobody asks who finds them.
var quickStages = []stage{{"chat", []string{"-failfast", "./chat"}}}

func main() {
	pattern := flag.String("run", "", "only the faults whose names match this `expression`")
	quick := flag.Bool("quick", false, "run only the tests of package chat, to the first that fails")
	all := flag.Bool("all", false,
		"run the other tests also where the simulation or a dialogue has found the fault")
	flag.Parse()
	root, err := moduleRoot()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	only, err := regexp.Compile(*pattern)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *quick {
		stages = quickStages
	}
	head, rule := "| fault | where |", "|---|---|"
	for _, s := range stages {
		head, rule = head+" "+s.name+" |", rule+"---|"
	}
	fmt.Println(head + "\n" + rule)
	tried, found, early := 0, 0, 0
	for _, m := range mutants {
		if !only.MatchString(m.name) {
			continue
		}
		tried++
		results, err := m.try(root, *all)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("| %s | %s | %s |\n", m.name, m.file, strings.Join(results, " | "))
		if strings.Join(results[:len(results)-1], "") != "" {
			early++
		}
		if strings.Join(results, "") != "" {
			found++
		}
	}
	fmt.Printf("\n%d faults planted, %d found, %d of them by the simulation or the dialogues\n",
		tried, found, early)
	if found < tried || *pattern == "" && !*quick && early < 15 {
		os.Exit(1)
	}
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(strings.TrimSpace(string(out))), err
}

// try returns for each stage the first test that fails, "" if all pass.
func (m mutant) try(root string, all bool) ([]string, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.plant(root, dir)
	if err != nil {
		return nil, err
	}
	results := make([]string, len(stages))
	for i, s := range stages {
		if i == len(stages)-1 && !all && strings.Join(results, "") != "" {
			results[i] = "not run"
			break
		}
		if results[i], err = s.run(root, overlay); err == nil && results[i] != "" {
			// Or it was the noise of a busy machine, which some tests hear.
			results[i], err = s.run(root, overlay)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return results, nil
}

// plant writes the file with the fault, and the overlay that puts it in its place.
func (m mutant) plant(root, dir string) (overlay string, err error) {
	original := filepath.Join(root, m.file)
	source, err := m.apply(original)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, filepath.Base(m.file))
	if err := os.WriteFile(changed, source, 0o644); err != nil {
		return "", err
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, replace, 0o644)
}

// apply returns the file with the fault in it. What is replaced must be there exactly once.
func (m mutant) apply(path string) ([]byte, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		return nil, fmt.Errorf("%s: %q is %d times in %s, want once", m.name, m.old, n, m.file)
	}
	return []byte(strings.Replace(string(source), m.old, m.new, 1)), nil
}

// innermost returns the first test that has failed, and of its subtests the first, and so on.
func innermost(failures [][]string) string {
	name := failures[0][1]
	for _, f := range failures {
		if strings.HasPrefix(f[1], name+"/") {
			name = f[1]
		}
	}
	return name
}

var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

const timeout = 90 * time.Second

func (s stage) run(root, overlay string) (string, error) {
	args := append([]string{"test", "-overlay", overlay, "-timeout", timeout.String()}, s.args...)
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", nil
	case !errors.As(err, &exit):
		return "", err
	case strings.Contains(string(out), "[build failed]"):
		return "", fmt.Errorf("it does not compile:\n%s", out)
	}
	if m := failed.FindAllStringSubmatch(string(out), -1); m != nil {
		return innermost(m), nil
	}
	if strings.Contains(string(out), "test timed out") {
		return "does not end", nil
	}
	return "crashes", nil
}
