package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(page), i+1), func(t *testing.T) { vet(t, block[1]) })
		}
	}
	if blocks == 0 {
		t.Error("no Go code found")
	}
}

func vet(t *testing.T, code []byte) {
	if !bytes.HasPrefix(code, []byte("package ")) && !bytes.HasPrefix(code, []byte("//")) {
		t.Fatalf("a Go block is a whole file, this is not:\n%s", code)
	}
	name := "main.go"
	if bytes.Contains(code, []byte("testing.T")) {
		name = "main_test.go"
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "vet", file)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}
