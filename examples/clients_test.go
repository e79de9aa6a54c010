//go:build unix

package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// withPackage returns a folder in which node finds packages of npm. Without a network the test is
// skipped.
func withPackage(t *testing.T, packages ...string) (dir string) {
	t.Helper()
	need(t, "node")
	dir = t.TempDir()
	install := command(t, nil, lookUp(t, "npm"),
		append([]string{"install", "--no-audit", "--no-fund"}, packages...)...)
	install.Dir = dir
	install.Env = append(os.Environ(), "npm_config_cache="+filepath.Join(dir, "cache"))
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install %v: %v\n%.500s", packages, err, out)
	}
	return dir
}

// nodeClient runs a script of testdata/clients with a package of npm.
func nodeClient(t *testing.T, pkg, script string, args ...string) {
	t.Helper()
	dir := withPackage(t, pkg)
	text, err := os.ReadFile(filepath.Join("testdata/clients", script))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, script), text, 0o644))
	cmd := command(t, nil, lookUp(t, "node"), append([]string{script}, args...)...)
	cmd.Dir = dir
	mustBeDone(t, cmd)
}

// pythonClient runs a script of testdata/clients with Debian's Python, which has its packages.
func pythonClient(t *testing.T, module, script string, args ...string) {
	t.Helper()
	const python = "/usr/bin/python3"
	need(t, python)
	if out, err := command(t, nil, python, "-c", "import "+module).CombinedOutput(); err != nil {
		t.Skipf("python3 has no %s: %s", module, out)
	}
	script = filepath.Join("testdata/clients", script)
	mustBeDone(t, command(t, nil, python, append([]string{script}, args...)...))
}

// goClient runs bench/clients, a module of its own.
func goClient(t *testing.T, args ...string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "clients")
	build := command(t, nil, lookUp(t, "go"), "build", "-o", program, ".")
	build.Dir = "../bench/clients"
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the clients in Go cannot be built: %v\n%.500s", err, out)
	}
	mustBeDone(t, command(t, nil, program, args...))
}

func mustBeDone(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "done\n", string(out))
}

// Clients that others have written do what their users do, with their defaults: connect, pipeline,
// transaction, subscribe, and many operations.
func TestRedisClients(t *testing.T) {
	t.Parallel()
	if !foreign {
		t.Skip("runs only with ASYNCHAT_FOREIGN=1")
	}
	n := strconv.Itoa(scaled(100_000))
	for name, run := range map[string]func(t *testing.T, addr string){
		"node-redis": func(t *testing.T, addr string) {
			nodeClient(t, "redis@6", "node-redis.js", addr, n)
		},
		"ioredis": func(t *testing.T, addr string) {
			nodeClient(t, "ioredis@6", "ioredis.js", addr, n)
		},
		"redis-py": func(t *testing.T, addr string) {
			pythonClient(t, "redis", "redis-py.py", addr, n)
		},
		"go-redis": func(t *testing.T, addr string) { goClient(t, "redis", addr, n) },
	} {
		t.Run(name, func(t *testing.T) { run(t, start(t, "redis", "-loops", "2").addr) })
	}
}
