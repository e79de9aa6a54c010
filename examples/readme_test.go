//go:build unix

package examples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every program is in the list.
func TestReadmeIsComplete(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	programs, err := filepath.Glob("*/main.go")
	require.NoError(t, err)
	for _, program := range programs {
		name := filepath.Dir(program)
		if !strings.Contains(string(text), "["+name+"]("+name+")") {
			t.Errorf("README.md has no line for %s", name)
		}
	}
}
