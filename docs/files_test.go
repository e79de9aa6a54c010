package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedFile = regexp.MustCompile("`([\\w*/]+\\.go)`")

// The table of files in architecture.md names every file that is not a test, and none that is not
// there. A name without a folder is in that of the first one of its row.
func TestFilesAreListed(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Files\n")
	listed := map[string]bool{}
	for row := range strings.Lines(section) {
		if !strings.HasPrefix(row, "| `") {
			continue
		}
		folder := ""
		for _, m := range namedFile.FindAllStringSubmatch(row, -1) {
			if strings.Contains(m[1], "/") {
				folder = path.Dir(m[1])
			}
			files := sources(t, path.Join(folder, path.Base(m[1])))
			if len(files) == 0 {
				t.Errorf("there is no %s in %s", m[1], folder)
			}
			for _, f := range files {
				listed[f] = true
			}
		}
	}
	for _, folder := range []string{
		"terminator", "fifo", "core", "core/simkernel", "core/kerneltest",
		"core/kernel", "internal/*", "core/internal/*", "core/internal/poll/kqueuemodel",
		"chat", "chat/chattest", "chat/serve", "chat/web", "chat/web/webtest", "chat/web/status",
		"chat/web/websocket", "chat/web/internal/*", "chat/internal/*", "chat/transcript", "chat/proxy",
	} {
		for _, f := range sources(t, folder+"/*.go") {
			if !listed[f] {
				t.Errorf("%s is not in the table of architecture.md", f)
			}
		}
	}
}

func sources(t *testing.T, pattern string) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !strings.HasSuffix(f, "_test.go") {
			files = append(files, f)
		}
	}
	return files
}

// The table of a channel's life has the phases that there are in chat/life.go, in their order.
func TestStatesAreListed(t *testing.T) {
	code, err := os.ReadFile("../chat/life.go")
	if err != nil {
		t.Fatal(err)
	}
	consts := regexp.MustCompile(`(?s)\n\tconnecting phase = iota\n(.*?)\n\)`).FindSubmatch(code)
	if consts == nil {
		t.Fatal("the phases are not found in chat/life.go")
	}
	want := append([]string{"connecting"}, strings.Fields(string(consts[1]))...)
	var got []string
	table, _, _ := strings.Cut(sections(t, "architecture.md")["The life of a channel"], "\n| part |")
	for row := range strings.Lines(table) {
		name, _, ok := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		if ok && name != "phase" {
			got = append(got, name)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("architecture.md has the phases %q, chat/life.go %q", got, want)
	}
}
