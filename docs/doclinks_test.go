package docs

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// published are the packages that a reader of pkg.go.dev sees.
var published = []string{".", "chat", "chat/chattest", "chat/proxy", "chat/serve",
	"chat/transcript", "chat/web", "chat/web/status", "chat/web/websocket", "core", "core/kernel",
	"core/kerneltest", "core/simkernel", "fifo", "terminator"}

// bracketed is what its author took for a link, and is none: to a name that is not there, or with a
// letter behind it.
var bracketed = regexp.MustCompile(`(^|[\s(])\[\*?[A-Za-z_]\w*(\.\w+)*\]`)

// Every name in brackets in the comment of a package, a type, a function or a method is a link, and
// one to this module leads to a name that is there.
func TestDocLinksResolve(t *testing.T) {
	packages := map[string]*doc.Package{}
	for _, folder := range published {
		packages[path.Join(module, folder)] = packageDoc(t, folder)
	}
	links := 0
	for _, p := range packages {
		for name, text := range docTexts(p) {
			eachText(p.Parser().Parse(text).Content, func(part comment.Text) {
				switch part := part.(type) {
				case comment.Plain:
					if m := bracketed.FindString(string(part)); m != "" {
						t.Errorf("%s, %s: %s is no link", p.ImportPath, name, m)
					}
				case *comment.DocLink:
					links++
					to := packages[part.ImportPath]
					if part.ImportPath == "" {
						to = p
					}
					ours := strings.HasPrefix(part.ImportPath, module)
					if to == nil && ours || to != nil && !has(to, part.Recv, part.Name) {
						t.Errorf("%s, %s: there is no %s.%s in %s", p.ImportPath, name, part.Recv, part.Name,
							part.ImportPath)
					}
				}
			})
		}
	}
	if links < 200 {
		t.Errorf("only %d links were found", links)
	}
}

func packageDoc(t *testing.T, folder string) *doc.Package {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(fset, files, path.Join(module, folder))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// docTexts returns the comments that are rendered with links, by the name that they are about.
func docTexts(p *doc.Package) map[string]string {
	texts := map[string]string{"package": p.Doc}
	funcs := func(of string, list []*doc.Func) {
		for _, f := range list {
			texts[of+f.Name] = f.Doc
		}
	}
	values := func(list []*doc.Value) {
		for _, v := range list {
			texts[strings.Join(v.Names, ", ")] = v.Doc
		}
	}
	funcs("", p.Funcs)
	values(p.Consts)
	values(p.Vars)
	for _, t := range p.Types {
		texts[t.Name] = t.Doc
		funcs("", t.Funcs)
		funcs(t.Name+".", t.Methods)
		values(t.Consts)
		values(t.Vars)
	}
	return texts
}

func has(p *doc.Package, recv, name string) bool {
	if name == "" {
		return true // the package
	}
	if recv != "" {
		for _, t := range p.Types {
			if t.Name != recv {
				continue
			}
			for _, m := range t.Methods {
				if m.Name == name {
					return true
				}
			}
			return hasMember(t.Decl, name)
		}
		return false
	}
	for known := range docTexts(p) {
		for one := range strings.SplitSeq(known, ", ") {
			if one == name {
				return true
			}
		}
	}
	return false
}

// hasMember reports whether a type has a field or a method of an interface with that name.
func hasMember(d *ast.GenDecl, name string) (found bool) {
	ast.Inspect(d, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found
}

func eachText(blocks []comment.Block, f func(comment.Text)) {
	each := func(texts []comment.Text) {
		for _, t := range texts {
			f(t)
		}
	}
	for _, b := range blocks {
		switch b := b.(type) {
		case *comment.Paragraph:
			each(b.Text)
		case *comment.Heading:
			each(b.Text)
		case *comment.List:
			for _, item := range b.Items {
				eachText(item.Content, f)
			}
		}
	}
}
