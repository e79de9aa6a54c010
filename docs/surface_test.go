package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What a newcomer has to read through stays small: lines of "go doc -short", in which a group of
// constants or variables is one, and all names.
func TestSurface(t *testing.T) {
	for _, p := range []struct {
		pkg          string
		lines, names int
	}{
		{"chat", 75, 110}, // one of them is deprecated: Idle
		{"core", 70, 75},
	} {
		lines, names := surface(t, p.pkg)
		if lines > p.lines || names > p.names {
			t.Errorf("%s has %d lines in go doc -short, and %d exported names; at most %d, %d", p.pkg,
				lines, names, p.lines, p.names)
		}
		if lines < 50 {
			t.Errorf("%s: only %d lines found", p.pkg, lines)
		}
	}
}

func surface(t *testing.T, pkg string) (lines, names int) {
	files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			l, n := exported(decl)
			lines, names = lines+l, names+n
		}
	}
	return lines, names
}

// exported returns how many lines, and how many names, a declaration adds.
func exported(decl ast.Decl) (lines, names int) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil && d.Name.IsExported() {
			return 1, 1
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					lines, names = lines+1, names+1
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() {
						names++
					}
				}
			}
		}
		if d.Tok != token.TYPE && names > 0 {
			lines = 1
		}
	}
	return lines, names
}
