package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	// The test is run again when what the code uses has changed.
	_ "github.com/go-asynchat/asynchat/chat"
	_ "github.com/go-asynchat/asynchat/chat/chattest"
	_ "github.com/go-asynchat/asynchat/chat/transcript"
	_ "github.com/go-asynchat/asynchat/core"
)

var goBlock = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")

// Every Go block in the documentation is a whole file, and go vet finds nothing wrong with it.
func TestCodeCompiles(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := moduleBeside(t)
	blocks := 0
	for _, page := range append(pages, "../README.md", "../examples/README.md") {
		if page == "tutorial.md" { // its blocks are parts of programs, which TestTutorial builds
			continue
		}
		text, err := os.ReadFile(page)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range goBlock.FindAllSubmatch(text, -1) {
			blocks++
			pkg := fmt.Sprintf("%s-%d", strings.ReplaceAll(page, "/", "-"), i+1)
			write(t, filepath.Join(dir, pkg, fileName(t, block[1])), block[1])
		}
	}
	if blocks == 0 {
		t.Error("no Go code found")
	}
	// One go vet for all needs a fraction of the time of one for each.
	cmd := exec.Command("go", "vet", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// moduleBeside returns the folder of a module that uses this one as it is here.
func moduleBeside(t *testing.T) (dir string) {
	const path = "github.com/go-asynchat/asynchat"
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	mod = bytes.Replace(mod, []byte("module "+path), []byte("module docs"), 1)
	mod = fmt.Appendf(mod, "require %s v0.0.0\nreplace %[1]s => %q\n", path, root)
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), sum)
	return dir
}

func write(t *testing.T, path string, text []byte) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func fileName(t *testing.T, code []byte) string {
	if !bytes.HasPrefix(code, []byte("package ")) && !bytes.HasPrefix(code, []byte("//")) {
		t.Errorf("a Go block is a whole file, this is not:\n%s", code)
	}
	if bytes.Contains(code, []byte("testing.T")) {
		return "main_test.go"
	}
	return "main.go"
}
