// Package docs checks what the documentation says: the import table and the Go code in it.
package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/go-asynchat/asynchat"

// The table of docs/architecture.md: what the packages below a folder may import besides the
// standard library. The first folder that fits counts. Tests may import testify and every package
// of the module too.
var table = []struct {
	folder string
	may    []string
}{
	{"terminator", nil},
	{"fifo", nil},
	{"core/simkernel", []string{module + "/core"}},
	{"core/kerneltest", []string{module + "/core"}},
	{"core/kernel", nil},
	{"core/internal/heap", nil},
	{"core/internal/sys", []string{"golang.org/x/sys/", module + "/core/kernel"}},
	{"core/internal/poll", []string{"golang.org/x/sys/", module + "/core/kernel",
		module + "/core/internal/sys", module + "/core/internal/poll/kqueuemodel"}},
	{"core/internal/system", []string{"golang.org/x/sys/", module + "/core/kernel",
		module + "/core/internal/sys", module + "/core/internal/poll"}},
	{"internal/inside", nil},
	{"core", []string{"golang.org/x/sys/", module + "/core/kernel", module + "/core/internal/",
		module + "/internal/inside"}},
	{"chat/chattest",
		[]string{module + "/core", module + "/chat", module + "/fifo", module + "/terminator"}},
	{"chat/transcript", []string{module + "/chat"}},
	{"chat/proxy", []string{module + "/chat/internal/proxyproto"}},
	{"chat/serve", []string{module + "/chat", module + "/core"}},
	{"chat/web/internal", nil},
	{"chat/web/websocket", []string{module + "/chat/web/internal/", module + "/chat",
		module + "/core", module + "/terminator"}},
	{"chat/web", []string{module + "/chat", module + "/core", module + "/fifo",
		module + "/terminator", module + "/chat/web/websocket", module + "/chat/web/internal/"}},
	{"chat/internal/coroutine", []string{module + "/core"}},
	{"chat/internal", []string{module + "/chat/internal/list"}},
	{"chat", []string{module + "/chat/internal/", module + "/chat/proxy", module + "/core",
		module + "/fifo", module + "/terminator", module + "/internal/inside"}},
	{"examples", []string{module + "/chat", module + "/core", module + "/fifo", module + "/terminator",
		module + "/examples/internal/"}},
	{"bench", []string{module + "/chat", module + "/core", module + "/fifo", module + "/terminator",
		module + "/bench/internal/", module + "/bench/simulation"}},
	{"docs", nil},
	{".", nil},
}

// The imports are read in this process: a test that asks "go list" stays cached, and green, after a
// forbidden import.
func TestImportTable(t *testing.T) {
	seen := map[string]bool{}
	walk(t, func(path string, imports []string) {
		i := ruleOf(path)
		if i < 0 {
			t.Errorf("%s: no row of the import table fits", path)
			return
		}
		seen[table[i].folder] = true
		for _, imp := range imports {
			if !allowed(imp, table[i].may, strings.HasSuffix(path, "_test.go")) {
				t.Errorf("%s may not import %s", path, imp)
			}
		}
	})
	for _, folder := range []string{"terminator", "fifo", "core", "chat", "chat/chattest",
		"chat/serve", "chat/web", "chat/internal", "examples"} {
		if !seen[folder] {
			t.Errorf("no file of %s was looked at", folder)
		}
	}
}

func ruleOf(path string) int {
	for i, row := range table {
		if strings.HasPrefix(path, row.folder+"/") || row.folder == "." && !strings.Contains(path, "/") {
			return i
		}
	}
	return -1
}

func allowed(imp string, may []string, test bool) bool {
	if first, _, _ := strings.Cut(imp, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	if test {
		may = []string{module, "github.com/stretchr/testify/", "golang.org/x/sys/"}
	}
	for _, prefix := range may {
		if imp == prefix || strings.HasPrefix(imp, strings.TrimSuffix(prefix, "/")+"/") {
			return true
		}
	}
	return false
}

func walk(t *testing.T, visit func(path string, imports []string)) {
	t.Helper()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := fs.Stat(root, filepath.Join(path, "go.mod")); err == nil && path != "." ||
				strings.HasPrefix(d.Name(), ".") && path != "." {
				return fs.SkipDir // a nested module, or nothing of ours
			}
			return nil
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", path), nil,
			parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range file.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			imports = append(imports, imp)
		}
		visit(path, imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRequirements(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, line := range strings.Split(string(data), "\n") {
		line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") {
			direct = append(direct, fields[0])
		}
	}
	got, want := strings.Join(direct, " "), "github.com/stretchr/testify golang.org/x/sys"
	if got != want {
		t.Errorf("go.mod requires %s, want %s only", got, want)
	}
}
