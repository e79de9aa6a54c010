package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	maxFile     = 300 // lines
	maxFunction = 60
	maxFlags    = 16 // in one type
	maxLine     = 100
)

// What is larger than that today. These may only shrink, and go from here when they fit.
var larger = map[string]int{}

// The parts of the product are small.
func TestSizes(t *testing.T) {
	found := map[string]int{}
	walk(t, func(name string, _ []string) {
		folder, _, _ := strings.Cut(name, "/")
		if strings.HasSuffix(name, "_test.go") ||
			folder != "terminator" && folder != "fifo" && folder != "core" && folder != "chat" {
			return
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join("..", name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		line := func(pos token.Pos) int { return files.Position(pos).Line }
		note := func(what string, size, most int) {
			if size > most {
				found[what] = size
			}
		}
		note(name, files.File(file.Pos()).LineCount(), maxFile)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				note(name+" "+d.Name.Name, line(d.End())-line(d.Pos())+1, maxFunction)
			case *ast.GenDecl:
				if of, n := flagsOf(d); n > 0 {
					note(name+" "+of, n, maxFlags)
				}
			}
		}
	})
	for what, size := range found {
		if size > larger[what] {
			t.Errorf("%s has grown to %d", what, size)
		}
	}
	for what, size := range larger {
		switch n := found[what]; {
		case n == 0:
			t.Errorf("%s is small now: take out its row", what)
		case n < size:
			t.Logf("%s has shrunk to %d: lower its row, which says %d", what, n, size)
		}
	}
}

// flagsOf returns the type of constants that begin with 1 << iota, and how many they are.
func flagsOf(d *ast.GenDecl) (of string, n int) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		switch {
		case !ok || n > 0 && len(v.Values) > 0:
			return of, n
		case n > 0:
			n++
		case len(v.Values) == 1 && isShift(v.Values[0]):
			n = 1
			if id, ok := v.Type.(*ast.Ident); ok {
				of = id.Name
			}
		}
	}
	return of, n
}

func isShift(e ast.Expr) bool {
	b, ok := e.(*ast.BinaryExpr)
	if !ok || b.Op != token.SHL {
		return false
	}
	id, ok := b.Y.(*ast.Ident)
	return ok && id.Name == "iota"
}

// Lines fit beside each other on a screen. A tab is one column, and each byte of a letter is one,
// as the tools count that look at them.
func TestLongLines(t *testing.T) {
	walk(t, func(name string, _ []string) {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			if len(strings.TrimRight(line, "\r\n")) > maxLine {
				t.Errorf("%s:%d is longer than %d columns", name, n, maxLine)
			}
		}
	})
}
