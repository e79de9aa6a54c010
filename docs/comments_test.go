package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// What implements an interface of the standard library says nothing that the interface does not
// say.
var wellKnown = map[string]bool{"Error": true, "Unwrap": true, "Is": true, "String": true,
	"Timeout": true, "Temporary": true}

// Every exported name of a package that others import has a comment, fields and methods of
// interfaces too, and that of a function or a type begins with its name.
func TestEveryNameHasAComment(t *testing.T) {
	for _, pkg := range []string{
		"chat", "core", "fifo", "terminator", "chat/chattest", "chat/serve", "chat/web",
		"chat/web/webtest", "chat/web/status", "chat/web/websocket",
		"chat/web/internal/token", "chat/transcript", "chat/proxy",
		"core/kerneltest", "core/simkernel",
		"core/kernel", "internal/inside", "core/internal/heap", "core/internal/sys",
		"chat/internal/coroutine", "chat/internal/list", "chat/internal/proxyproto", "chat/internal/rate",
		"chat/internal/workers",
	} {
		c := commented{T: t, files: token.NewFileSet()}
		for _, name := range sources(t, pkg+"/*.go") {
			file, err := parser.ParseFile(c.files, filepath.FromSlash(name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			c.hasComment = c.hasComment || file.Doc != nil
			for _, decl := range file.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					c.function(d)
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						c.spec(d, spec)
					}
				}
			}
		}
		if !c.hasComment {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

type commented struct {
	*testing.T
	files      *token.FileSet
	hasComment bool
}

// want fails if name is exported and there is no comment.
func (c *commented) want(name *ast.Ident, comments ...*ast.CommentGroup) {
	for _, g := range comments {
		if strings.TrimSpace(g.Text()) != "" {
			return
		}
	}
	if name.IsExported() && !wellKnown[name.Name] {
		c.Errorf("%v: %s has no comment", c.files.Position(name.Pos()), name.Name)
	}
}

func (c *commented) begins(name *ast.Ident, doc *ast.CommentGroup) {
	words := strings.Fields(doc.Text() + " . .")
	if name.IsExported() && doc != nil && words[0] != name.Name && words[1] != name.Name {
		c.Errorf("%v: the comment of %s begins with %q", c.files.Position(name.Pos()), name.Name,
			strings.Join(words[:2], " "))
	}
}

func (c *commented) function(d *ast.FuncDecl) {
	if d.Recv != nil {
		receiver := d.Recv.List[0].Type
		if star, ok := receiver.(*ast.StarExpr); ok {
			receiver = star.X
		}
		if generic, ok := receiver.(*ast.IndexExpr); ok {
			receiver = generic.X
		}
		if id, ok := receiver.(*ast.Ident); ok && !id.IsExported() {
			return
		}
	}
	c.want(d.Name, d.Doc)
	c.begins(d.Name, d.Doc)
}

func (c *commented) spec(d *ast.GenDecl, spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			c.want(name, d.Doc, s.Doc, s.Comment)
		}
	case *ast.TypeSpec:
		doc := s.Doc
		if doc == nil {
			doc = d.Doc
		}
		c.want(s.Name, doc)
		if !s.Name.IsExported() {
			return
		}
		if !d.Lparen.IsValid() {
			c.begins(s.Name, doc)
		}
		c.members(doc, s.Type)
	}
}

// members are the fields of a struct and the methods of an interface. One that is alone, or that
// the comment of another one names, needs no more.
func (c *commented) members(doc *ast.CommentGroup, is ast.Expr) {
	var list *ast.FieldList
	switch x := is.(type) {
	case *ast.StructType:
		list = x.Fields
	case *ast.InterfaceType:
		list = x.Methods
	}
	if list == nil || len(list.List) == 1 {
		return
	}
	all := doc.Text()
	for _, f := range list.List {
		all += f.Doc.Text() + f.Comment.Text()
	}
	for _, f := range list.List {
		for _, field := range f.Names {
			if !strings.Contains(strings.ToLower(all), strings.ToLower(field.Name)) {
				c.want(field, f.Doc, f.Comment)
			}
		}
	}
}
