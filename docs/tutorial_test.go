//go:build unix

package docs

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/go-asynchat/asynchat/chat/serve" // the test is run again when it has changed
)

// patience is how long a program may take that does nothing wrong, on a busy machine.
const patience = 2 * time.Minute

var (
	tutorialBlock = regexp.MustCompile("(?ms)^```(go|text)\n(.*?)^```$")
	tutorialFile  = regexp.MustCompile("`(\\w+\\.go)`")
)

// A step of the tutorial is the files that it has written or replaced, and what is said to its
// program.
type step struct {
	title    string
	files    map[string]string
	dialogue string
}

// steps returns those of the tutorial. A block of Go is the file that was named last before it.
func steps(t *testing.T) (all []step) {
	t.Helper()
	page, err := os.ReadFile("tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		s, from := step{title: title, files: map[string]string{}}, 0
		for _, at := range tutorialBlock.FindAllStringSubmatchIndex(section, -1) {
			kind, text := section[at[2]:at[3]], section[at[4]:at[5]]
			if kind == "text" {
				if strings.Contains(text, "> ") {
					s.dialogue = text
				}
				continue
			}
			names := tutorialFile.FindAllStringSubmatch(section[from:at[0]], -1)
			if len(names) == 0 {
				t.Fatalf("%s: no name for\n%s", title, text)
			}
			s.files[names[len(names)-1][1]] = text
			from = at[1]
		}
		all = append(all, s)
	}
	return all
}

// Every step of the tutorial does what its text says: its tests pass, its program answers as in the
// dialogue, and the last one is replaced while it runs.
func TestTutorial(t *testing.T) {
	files := map[string]string{}
	programs := 0
	for _, s := range steps(t) {
		tests, last := false, strings.Contains(s.files["main.go"], "serve.Main")
		if s.dialogue != "" || last {
			programs++
		}
		for name, text := range s.files {
			files[name] = text
			tests = tests || strings.HasSuffix(name, "_test.go")
		}
		t.Run(strings.ReplaceAll(s.title, " ", "_"), func(t *testing.T) {
			dir := shortDir(t)
			secure := strings.Contains(files["main.go"], "cert.pem")
			names := writeFiles(t, dir, files)
			t.Parallel() // files is of the next step from here on
			if secure {
				run(t, dir, "go", "run", goRoot(t)+"/src/crypto/tls/generate_cert.go", "-host", "127.0.0.1",
					"-ecdsa-curve", "P256")
			}
			if tests {
				run(t, "..", "go", append([]string{"test"}, names...)...)
			}
			if s.dialogue != "" {
				p := startProgram(t, dir, buildProgram(t, dir, names), secure)
				p.play(s.dialogue)
			}
			if last {
				replaceProgram(t, dir, names)
			}
		})
	}
	if programs != 6 {
		t.Errorf("%d programs were found, not those of steps 1, 2, 4, 6, 7 and 8", programs)
	}
}

// shortDir returns a folder whose path is short, for it has a socket in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "board")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func goRoot(t *testing.T) string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// writeFiles writes all files, the address in them replaced by that of a socket in dir, and returns
// their paths.
func writeFiles(t *testing.T, dir string, files map[string]string) (paths []string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		text = strings.ReplaceAll(text, "127.0.0.1:7711", "unix:"+filepath.Join(dir, "s"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// buildProgram builds the program within this module, so that this version of it is tested.
func buildProgram(t *testing.T, dir string, files []string) (program string) {
	t.Helper()
	program = filepath.Join(dir, "board")
	args := []string{"build", "-o", program}
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			args = append(args, f)
		}
	}
	run(t, "..", "go", args...)
	return program
}

// A program is one that runs, on a socket in its folder.
type program struct {
	*testing.T
	cmd    *exec.Cmd
	dir    string
	stderr *bufio.Reader
	secure bool
}

func startProgram(t *testing.T, dir, path string, secure bool) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p := &program{T: t, cmd: exec.CommandContext(ctx, path), dir: dir, secure: secure}
	p.cmd.Dir = dir
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(stderr)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		p.cmd.Wait()
	})
	return p
}

// dial connects as soon as the program listens.
func (p *program) dial() net.Conn {
	p.Helper()
	var conn net.Conn
	var err error
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); <-tick.C {
		if conn, err = net.Dial("unix", filepath.Join(p.dir, "s")); err == nil {
			break
		}
	}
	if err != nil {
		p.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	if p.secure {
		return tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	return conn
}

// play says what is behind "> " in the dialogue, and compares what comes with the other lines.
func (p *program) play(dialogue string) {
	p.Helper()
	conn := p.dial()
	defer conn.Close()
	answers := bufio.NewReader(conn)
	last := ""
	for line := range strings.Lines(dialogue) {
		line = strings.TrimSuffix(line, "\n")
		if typed, ok := strings.CutPrefix(line, "> "); ok {
			fmt.Fprintf(conn, "%s\n", typed)
			last = typed
			continue
		}
		got, err := answers.ReadString('\n')
		if strings.TrimRight(got, "\r\n") != line {
			p.Fatalf("after %q: %q, %v; want %q", last, got, err, line)
		}
	}
	if last == "QUIT" {
		if rest, err := io.ReadAll(answers); len(rest) > 0 || err != nil {
			p.Errorf("after the last line: %q, %v", rest, err)
		}
	}
}

func (p *program) says(format string, args ...any) {
	p.Helper()
	line, err := p.stderr.ReadString('\n')
	if _, scanErr := fmt.Sscanf(line, format+"\n", args...); scanErr != nil {
		p.Fatalf("the program says %q, %v; want %q", line, err, format)
	}
}

// replaceProgram follows the last step: a program that runs, a new version, SIGHUP, SIGTERM.
func replaceProgram(t *testing.T, dir string, files []string) {
	p := startProgram(t, dir, buildProgram(t, dir, files), true)
	p.says("listening on " + filepath.Join(dir, "s"))
	p.play("this is the board\n> QUIT\nbye\n")
	path := filepath.Join(dir, "board.go")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "this is the board", "this is the new board", 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	buildProgram(t, dir, files)
	p.cmd.Process.Signal(syscall.SIGHUP)
	p.says("listening on " + filepath.Join(dir, "s"))
	var successor int
	p.says("process %d has taken over", &successor)
	t.Cleanup(func() { syscall.Kill(successor, syscall.SIGKILL) })
	// Until it has ended, the first program may still accept a connection.
	if state, err := p.cmd.Process.Wait(); err != nil || !state.Success() {
		t.Errorf("the first program: %v, %v", state, err)
	}
	p.play("this is the new board\n> QUIT\nbye\n")
	// It has the other end of the pipe, which ends when it does.
	syscall.Kill(successor, syscall.SIGTERM)
	if rest, err := io.ReadAll(p.stderr); len(rest) > 0 || err != nil {
		t.Errorf("at the end the programs say %q, %v", rest, err)
	}
}
