package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// W42: a folder for the results that cannot be made is an error before anything is measured.
func TestOutIsMadeFirst(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(flags{out: filepath.Join(file, "out")}); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("run: %v, want ENOTDIR", err)
	}
	out := filepath.Join(t.TempDir(), "new", "folder")
	t.Setenv("PATH", "") // nothing can be built
	if err := run(flags{out: out}); err == nil {
		t.Error("programs were built without a go command")
	}
	if _, err := os.Stat(out); err != nil {
		t.Errorf("the folder was not made: %v", err)
	}
}
