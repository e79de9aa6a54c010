package docs

import (
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The largest knot that a package may have: files of which each uses, directly or by others, a name
// of each other, so that none can be read alone. These figures only go down.
var knots = []struct {
	folder string
	most   int
}{
	{"chat", 17},
	{"core", 9},
	{"core/simkernel", 11},
	{"terminator", 8},
	{"fifo", 3},
}

func TestKnot(t *testing.T) {
	for _, row := range knots {
		p := load(t, row.folder)
		knot := largestKnot(p.uses())
		t.Logf("%s: %d of %d files: %s", row.folder, len(knot), len(p.files), strings.Join(knot, " "))
		if len(knot) > row.most {
			t.Errorf("%s: the files above use each other in a circle, at most %d may", row.folder, row.most)
		}
	}
}

// uses returns for each file those in which a package-level name, a method or a field is declared
// that it uses.
func (p *typedPackage) uses() map[string]map[string]bool {
	files := map[string]map[string]bool{}
	for _, f := range p.files {
		if p.file(f.Pos()) != "invariants_off.go" { // which is empty
			files[p.file(f.Pos())] = map[string]bool{}
		}
	}
	for id, object := range p.Uses {
		if object.Pkg() == p.Package && isShared(object) && files[p.file(id.Pos())] != nil {
			files[p.file(id.Pos())][p.file(object.Pos())] = true
		}
	}
	return files
}

func isShared(object types.Object) bool {
	if v, ok := object.(*types.Var); ok && v.IsField() {
		return true
	}
	if f, ok := object.(*types.Func); ok && f.Signature().Recv() != nil {
		return true
	}
	return object.Parent() == object.Pkg().Scope()
}

// largestKnot returns the largest set of which each reaches each other.
func largestKnot(graph map[string]map[string]bool) (largest []string) {
	reached := map[string]map[string]bool{}
	for from := range graph {
		seen := map[string]bool{from: true}
		for next := []string{from}; len(next) > 0; {
			last := next[len(next)-1]
			next = next[:len(next)-1]
			for to := range graph[last] {
				if !seen[to] {
					seen[to] = true
					next = append(next, to)
				}
			}
		}
		reached[from] = seen
	}
	for _, from := range slices.Sorted(maps.Keys(graph)) {
		var knot []string
		for to := range reached[from] {
			if reached[to][from] {
				knot = append(knot, to)
			}
		}
		if len(knot) > len(largest) {
			slices.Sort(knot)
			largest = knot
		}
	}
	return largest
}
