package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goName = regexp.MustCompile("`((?:core|chat|fifo|terminator)\\.[A-Z][A-Za-z]*(?:\\.[A-Z][A-Za-z]*)?|Example[A-Za-z_]+)`")

// Every Go name on the page for those who come from Python is there, or they look for it in vain.
func TestNamesExist(t *testing.T) {
	text, err := os.ReadFile("asynchat.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, pkg := range []string{"core", "chat", "fifo", "terminator"} {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			collect(t, names, pkg, file)
		}
	}
	found := goName.FindAllSubmatch(text, -1)
	for _, m := range found {
		if name := string(m[1]); !names[name] {
			t.Errorf("asynchat.md: there is no %s", name)
		}
	}
	if len(found) < 50 {
		t.Errorf("only %d names found on the page", len(found))
	}
}

// collect adds what a file declares: pkg.Name, pkg.Type.Method, and examples by their own name.
func collect(t *testing.T, names map[string]bool, pkg, file string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			switch {
			case strings.HasSuffix(file, "_test.go"):
				names[d.Name.Name] = true
			case d.Recv == nil:
				names[pkg+"."+d.Name.Name] = true
			default:
				receiver := d.Recv.List[0].Type
				if star, ok := receiver.(*ast.StarExpr); ok {
					receiver = star.X
				}
				if id, ok := receiver.(*ast.Ident); ok {
					names[pkg+"."+id.Name+"."+d.Name.Name] = true
				}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names[pkg+"."+s.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names[pkg+"."+n.Name] = true
					}
				}
			}
		}
	}
}
