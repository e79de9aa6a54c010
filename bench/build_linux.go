package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Tools are the programs that a run needs, by the name that commands have for them in braces.
type tools struct {
	Path    map[string]string
	Missing map[string]string // why there is none
}

const toolsFile = "tools.json"

// build makes in dir, or finds, what can be run on this machine.
func build(root, dir string) error {
	t := tools{Path: map[string]string{}, Missing: map[string]string{}}
	step := func(name string, cmd *exec.Cmd) error {
		fmt.Printf("building %s\n", name)
		cmd.Stderr = new(bytes.Buffer)
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, cmd.Stderr)
		}
		t.Path[name] = filepath.Join(dir, name)
		return nil
	}
	for name, args := range map[string][]string{
		"echo": {"build", "./examples/echo"}, "httpd": {"build", "./examples/httpd"},
		"redis": {"build", "./examples/redis"}, "memcached": {"build", "./examples/memcached"},
		"mqttd": {"build", "./examples/mqttd"}, "smtpd": {"build", "./examples/smtpd"},
		"scale": {"build", "./bench/scale"},
		"load":  {"build", "./bench/load"}, "serve": {"build", "./bench/serve"},
		"micro": {"test", "-c", "./bench/micro"},
	} {
		args = append(args[:len(args)-1:len(args)-1], "-o", filepath.Join(dir, name), args[len(args)-1])
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		if err := step(name, cmd); err != nil {
			return err
		}
	}
	optional := func(name string, cmd *exec.Cmd, err error) {
		if err == nil {
			err = step(name, cmd)
		}
		if err != nil {
			t.Missing[name] = firstLine(err.Error())
		}
	}
	cc, err := exec.LookPath("cc")
	for name, sources := range map[string]string{
		"epoll_echo": "epoll_echo.c", "bulk_sink": "bulk_sink.c", cLoad: "load*.c",
	} {
		files, _ := filepath.Glob(filepath.Join(root, "bench", "reference", sources))
		args := append([]string{"-O2", "-o", filepath.Join(dir, name)}, files...)
		optional(name, exec.Command(cc, append(args, "-lm")...), err)
	}
	rivals := exec.Command("go", "build", "-o", filepath.Join(dir, "rivals"), ".")
	rivals.Dir = filepath.Join(root, "bench", "rivals")
	optional("rivals", rivals, nil)
	t.find()
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, toolsFile), data, 0o666)
}

// find looks for what is not built here.
func (t *tools) find() {
	for _, name := range []string{"wrk", "nginx", "redis-server", "mosquitto", "smtp-source"} {
		t.found(name, name)
	}
	t.found("memcached-real", "memcached")
	t.python("python-asynchat", "asynchat", "python3", "python3.11", "python3.10", "python3.9")
	t.python("python-twisted", "twisted", "python3", "/usr/bin/python3")
}

// found is a program that is installed, or is not.
func (t *tools) found(name, program string) {
	path, err := exec.LookPath(program)
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/" + program)
	}
	if err != nil {
		t.Missing[name] = "not installed"
		return
	}
	t.Path[name] = path
}

// python looks for an interpreter that has a module.
func (t *tools) python(name, module string, interpreters ...string) {
	for _, python := range interpreters {
		// The path that it has itself: a shim in front of it would be measured too.
		out, err := exec.Command(python, "-W", "ignore",
			"-c", "import sys, "+module+"; print(sys.executable)").Output()
		if err == nil {
			t.Path[name] = strings.TrimSpace(string(out))
			return
		}
	}
	t.Missing[name] = "no Python with " + module
}

func loadTools(dir string) (t tools, err error) {
	data, err := os.ReadFile(filepath.Join(dir, toolsFile))
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	return t, err
}

// expand replaces the tools in a command, and tells which is missing.
func (t *tools) expand(command string, more map[string]string) (args []string, err error) {
	for _, arg := range strings.Fields(command) {
		for name, why := range t.Missing {
			if strings.Contains(arg, "{"+name+"}") {
				return nil, fmt.Errorf("%s: %s", name, why)
			}
		}
		args = append(args, replaced(replaced(arg, t.Path), more))
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("an empty command")
	}
	return args, nil
}

// replaced returns text with each word in braces replaced.
func replaced(text string, words map[string]string) string {
	for word, value := range words {
		text = strings.ReplaceAll(text, "{"+word+"}", value)
	}
	return text
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
