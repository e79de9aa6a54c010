package docs

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// typed are packages as they are on linux/amd64, wherever the tests run. They are read from their
// source, those of the standard library too: nothing asks the go command.
type typed struct {
	build.Context
	files    *token.FileSet
	packages map[string]*types.Package // by import path
	loaded   map[string]*typedPackage  // by folder
}

// A typedPackage is one whose function bodies were looked at.
type typedPackage struct {
	*types.Info
	*types.Package
	*token.FileSet
	files []*ast.File
	err   error // the first one
}

var onLinux = func() *typed {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.BuildTags = "linux", "amd64", false, nil
	return &typed{Context: ctx, files: token.NewFileSet(), loaded: map[string]*typedPackage{},
		packages: map[string]*types.Package{"unsafe": types.Unsafe}}
}()

// load returns the package in a folder of this module.
func load(t *testing.T, folder string) *typedPackage {
	t.Helper()
	p := onLinux.loaded[folder]
	if p == nil {
		p = &typedPackage{FileSet: onLinux.files, Info: &types.Info{
			Defs:       map[*ast.Ident]types.Object{},
			Uses:       map[*ast.Ident]types.Object{},
			Selections: map[*ast.SelectorExpr]*types.Selection{},
			Types:      map[ast.Expr]types.TypeAndValue{},
		}}
		onLinux.loaded[folder] = p
		p.Package, p.files, p.err = onLinux.check(module+"/"+folder, p.Info)
	}
	if len(p.files) == 0 {
		t.Fatalf("there is no package in %s", folder)
	}
	if p.err != nil && !p.importsSys() {
		t.Fatal(p.err)
	}
	return p
}

// importsSys reports whether something in the package is not known.
func (p *typedPackage) importsSys() bool {
	return slices.ContainsFunc(p.Imports(), func(i *types.Package) bool {
		return strings.HasPrefix(i.Path(), "golang.org/x/sys/")
	})
}

// file returns the name of the file in which pos is.
func (p *typedPackage) file(pos token.Pos) string { return filepath.Base(p.Position(pos).Filename) }

// Import is of types.Importer.
func (l *typed) Import(path string) (*types.Package, error) {
	if l.packages[path] == nil {
		l.packages[path], _, _ = l.check(path, nil)
	}
	return l.packages[path], nil
}

// check reads the package of a path. One that is not found is empty: what it has is not known then,
// which is true of golang.org/x/sys.
func (l *typed) check(path string, info *types.Info) (*types.Package, []*ast.File, error) {
	dir := filepath.Join(l.GOROOT, "src", path)
	if own, ok := strings.CutPrefix(path, module+"/"); ok {
		dir = filepath.Join("..", own)
	} else if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		dir = filepath.Join(l.GOROOT, "src", "vendor", path)
	}
	var files []*ast.File
	if found, err := l.ImportDir(filepath.FromSlash(dir), 0); err == nil {
		for _, name := range found.GoFiles {
			file, err := parser.ParseFile(l.files, filepath.Join(dir, name), nil,
				parser.SkipObjectResolution)
			if err != nil {
				return types.NewPackage(path, ""), nil, err
			}
			files = append(files, file)
		}
	}
	var first error
	config := types.Config{Importer: l, IgnoreFuncBodies: info == nil, Error: func(err error) {
		if first == nil {
			first = err
		}
	}}
	p, _ := config.Check(path, l.files, files, info)
	p.MarkComplete()
	return p, files, first
}
