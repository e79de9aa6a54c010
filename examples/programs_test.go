//go:build unix

package examples

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// command is an example, or another program by its path, that is to end by itself, and is killed if
// it does not.
func command(t *testing.T, stdin io.Reader, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	if !filepath.IsAbs(name) {
		name = filepath.Join(binaries, name)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = stdin
	return cmd
}

// run runs an example to its end.
func run(
	t *testing.T, stdin io.Reader, name string, args ...string,
) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := command(t, stdin, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
