package docs

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// writes are what the files of a package write, and in which files: "Type.field", the name of a
// type of which a field or a whole is written, or of a constant that is set or cleared in a field.
type writes struct {
	*typedPackage
	in     map[string]map[string]bool
	passed map[types.Object]bool // parameters that are set or cleared in a field
}

// allWrites finds assignments, also of literals with keys, and addresses that are taken. What a
// method does counts where the method is.
func allWrites(p *typedPackage) map[string]map[string]bool {
	w := &writes{p, map[string]map[string]bool{}, map[types.Object]bool{}}
	for _, f := range p.files {
		ast.Inspect(f, w.node)
	}
	for _, f := range p.files {
		ast.Inspect(f, w.arguments)
	}
	return w.in
}

func (w *writes) add(state string, pos token.Pos) {
	if state == "" || state[0] == '.' {
		return // of another package
	}
	if w.in[state] == nil {
		w.in[state] = map[string]bool{}
	}
	w.in[state][strings.TrimSuffix(w.file(pos), ".go")] = true
}

func (w *writes) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if n.Tok == token.DEFINE || !w.written(left) {
				continue
			}
			if len(n.Rhs) == len(n.Lhs) {
				w.constants(n.Rhs[i], w.TypeOf(left), true)
			}
		}
	case *ast.IncDecStmt:
		w.written(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			w.written(n.Key)
			w.written(n.Value)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			w.written(n.X)
		}
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			w.literal(n, e)
		}
	}
	return true
}

func (w *writes) literal(n *ast.CompositeLit, e ast.Expr) {
	pair, ok := e.(*ast.KeyValueExpr)
	if !ok {
		return
	}
	key, ok := pair.Key.(*ast.Ident)
	if !ok {
		return
	}
	if field, ok := w.Uses[key].(*types.Var); ok && field.IsField() {
		w.add(w.named(w.TypeOf(n))+"."+key.Name, n.Pos())
		w.constants(pair.Value, field.Type(), true)
	}
}

// written adds what is written with the operand of an assignment. It reports whether that is more
// than a variable of a function.
func (w *writes) written(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return w.written(e.X)
	case *ast.IndexExpr:
		return w.written(e.X)
	case *ast.StarExpr:
		w.add(w.named(w.TypeOf(e)), e.Pos())
		return true
	case *ast.SelectorExpr:
		selection := w.Selections[e]
		if selection == nil || selection.Kind() != types.FieldVal {
			return false
		}
		in := selection.Recv()
		for _, i := range selection.Index() {
			field := structOf(in).Field(i)
			w.add(w.named(in), e.Pos())
			w.add(w.named(in)+"."+field.Name(), e.Pos())
			in = field.Type()
		}
		w.add(w.named(in), e.Pos())
		if _, behind := w.TypeOf(e.X).Underlying().(*types.Pointer); !behind {
			w.written(e.X)
		}
		return true
	}
	return false
}

// constants adds those of type t in e. direct says that e is assigned, so that its parameters are.
func (w *writes) constants(e ast.Expr, t types.Type, direct bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if _, call := n.(*ast.CallExpr); call {
			return false // what it takes is not what it returns
		}
		id, ok := n.(*ast.Ident)
		if !ok || w.Uses[id] == nil || !types.Identical(w.Uses[id].Type(), t) {
			return true
		}
		switch object := w.Uses[id].(type) {
		case *types.Const:
			w.add(object.Name(), id.Pos())
		case *types.Var:
			w.passed[object] = w.passed[object] || direct
		}
		return true
	})
}

// arguments adds the constants that a function gets for a parameter that it sets or clears.
func (w *writes) arguments(n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return true
	}
	f, ok := w.TypeOf(call.Fun).(*types.Signature)
	if !ok || f.Variadic() {
		return true
	}
	id, _ := call.Fun.(*ast.Ident)
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		id = s.Sel
	}
	if id == nil {
		return true
	}
	if called, ok := w.Uses[id].(*types.Func); ok {
		f = called.Signature() // as it is declared
	}
	for i, arg := range call.Args {
		if i < f.Params().Len() && w.passed[f.Params().At(i)] {
			w.constants(arg, f.Params().At(i).Type(), false)
		}
	}
	return true
}

// named returns the name of a type of the package, or of what it points to.
func (w *writes) named(t types.Type) string {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() != w.Package {
		return ""
	}
	if s, ok := n.Underlying().(*types.Struct); ok && s.NumFields() > 0 {
		return w.declarer(s.Field(0)) // of outlet that is Channel
	}
	return n.Obj().Name()
}

// declarer returns the name of the type in whose declaration a field is.
func (w *writes) declarer(field *types.Var) string {
	found := token.NoPos
	name := ""
	for _, n := range w.Scope().Names() {
		object, ok := w.Scope().Lookup(n).(*types.TypeName)
		if ok && object.Pos() < field.Pos() && object.Pos() > found {
			found, name = object.Pos(), n
		}
	}
	return name
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	return t.Underlying().(*types.Struct)
}
