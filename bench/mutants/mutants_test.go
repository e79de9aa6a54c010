package main

import (
	"path/filepath"
	"testing"
)

// Each fault can still be planted: what it replaces is there, once.
func TestMutantsApply(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutants {
		if _, err := m.apply(filepath.Join("..", "..", m.file)); err != nil {
			t.Error(err)
		}
		if names[m.name] {
			t.Errorf("two faults are called %q", m.name)
		}
		names[m.name] = true
	}
}
